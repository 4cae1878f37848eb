"""A transfer: the customer goes to somebody else, or comes back."""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow import bridging, ending, waiting
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Transfer
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    BridgeError,
    PartyGone,
    SwitchError,
    SwitchRefused,
    SwitchTimedOut,
    SwitchUnavailable,
)
from esl_bridge.esl import commands
from esl_bridge.protocol.envelope import LONGEST_RING_SECONDS, SetsUpALeg


def begin(tenant: Tenant, procedure: Transfer, request: SetsUpALeg, *, held: bool) -> Steps:
    """Ring the target before anybody is let go; a customer that was ``held`` hears its agent
    again, or goes on hearing music."""
    assert procedure.other is not None
    stays = True
    try:
        yield from bridging.keep_on_unbridge(tenant, procedure.own_leg, procedure.customer)
        if procedure.with_music:
            yield from waiting.hold_with_music(tenant, procedure.customer, request.max_ring_time)
            stays = procedure.own_leg.ending is None
            yield from _agent_waits(tenant, procedure)
        elif held:
            yield commands.uuid_break(procedure.customer.uuid)
        yield from bridging.ring(tenant, procedure.other, request)
    except BridgeError as error:
        if stays and procedure.own_leg.call.procedure is procedure:
            procedure.own_leg.ending = None
        if held:
            bridging.holds_yet(tenant, procedure.own_leg, error)
        yield from fail(tenant, procedure, error)


def fail(tenant: Tenant, procedure: Transfer, error: BridgeError) -> Steps:
    """The target could not be called."""
    assert procedure.other is not None
    under_way = procedure.own_leg.call.procedure is procedure
    if under_way:
        tenant.finish(procedure, type(error))
    ending.give_up(tenant, procedure.other, error)
    if under_way:
        yield from _give_back(tenant, procedure)


def _agent_waits(tenant: Tenant, procedure: Transfer) -> Steps:
    """On the line, hearing ringback; or not at all, where the company has it so. One who leaves at
    this very moment is not needed any more."""
    if procedure.own_leg.ending is not None:
        with suppress(SwitchTimedOut):  # if it lasts it is ended later: the transfer goes on
            yield from ending.end_leg(procedure.own_leg)
        return
    yield from bridging.arrived(procedure.own_leg)
    over = (
        procedure.other is None or procedure.other.ended
    )  # meanwhile; then the two are together again
    if not procedure.own_leg.ended and not over:
        with suppress(SwitchRefused):
            yield from waiting.ringback(tenant, procedure.own_leg)


def to_place(
    tenant: Tenant, procedure: Transfer, extension: str, context: str, *, held: bool
) -> Steps:
    """To an IVR, a queue or the survey: the switch ends the agent's leg once the customer left.

    Where the switch gives no answer the customer may be there all the same: then the end of that
    leg tells, or the switch when it is read back.
    """
    try:
        yield from bridging.grown_together(tenant, procedure.customer)
        yield commands.uuid_transfer(procedure.customer.uuid, extension, context)
    except SwitchRefused as error:
        if procedure.own_leg.call.procedure is procedure:
            tenant.finish(procedure, type(error))
    except SwitchError as error:
        if held and procedure.own_leg.call.procedure is procedure:
            bridging.holds_yet(tenant, procedure.own_leg, error)
        raise


def target_waits(tenant: Tenant, procedure: Transfer) -> Steps:
    """The target has answered: customer and target are joined."""
    assert procedure.other is not None
    try:
        yield from bridging.arrived(procedure.customer)
        if procedure.customer.peer is not None:  # the two have talked on
            yield from bridging.part(tenant, procedure.customer)
            yield from bridging.keep_on_unbridge(tenant, procedure.customer)
        if procedure.customer.call.procedure is procedure and procedure.other.ending is None:
            yield from bridging.join(procedure.other, procedure.customer)
    except SwitchUnavailable:  # whether they talk is seen when the switch is read back
        return
    except SwitchError:
        yield from ending.end_all(procedure.other)


def customer_waits(tenant: Tenant, procedure: Transfer) -> Steps | None:
    """A customer that talked on while the target rang, and whose agent has left; not one that the
    target is just being joined to."""
    if procedure.with_music or (procedure.other is not None and procedure.other.answered):
        return None
    procedure.with_music = True
    return waiting.hold_with_music(tenant, procedure.customer, LONGEST_RING_SECONDS)


def bridged(tenant: Tenant, procedure: Transfer) -> Steps | None:
    if procedure.other is None or procedure.other.peer is not procedure.customer:
        return None
    tenant.start(procedure.action)
    tenant.end(procedure.action)
    tenant.part(procedure)
    return bridging.let_go(procedure.own_leg, procedure.customer)


def ended(tenant: Tenant, procedure: Transfer, leg: Leg, why: type[BridgeError] | None) -> Steps:
    """Before the leg is dropped: tell of the actions. The steps come after that."""
    if leg is procedure.own_leg:
        return _agent_left(tenant, procedure)
    if leg is procedure.customer:
        tenant.finish(procedure, PartyGone)
        return ending.end_all(procedure.other, procedure.own_leg)
    tenant.finish(procedure, why)
    return _give_back(tenant, procedure)


def _agent_left(tenant: Tenant, procedure: Transfer) -> Steps:
    """By itself: the transfer goes on. From a customer that has reached its place: it is done. A
    customer that has been handed over already has no more to do with it."""
    if procedure.customer.call is not procedure.own_leg.call:
        return ending.nothing()
    tenant.holds_nobody(procedure.customer)
    if procedure.other is None:
        tenant.end(procedure.action, reached=True)
        tenant.part(procedure)
    return ending.nothing()


def _give_back(tenant: Tenant, procedure: Transfer) -> Steps:
    """To the agent; where that one has left, to what the company has for such customers."""
    own_leg, customer = procedure.own_leg, procedure.customer
    if own_leg.ending is not None and not own_leg.ended:  # it is being let go
        tenant.part(procedure)
        return bridging.reroute(tenant, customer)
    if own_leg.ended or customer.peer is not own_leg or customer.moving or own_leg.hold_changes:
        return bridging.rejoin(tenant, own_leg, customer)
    return bridging.talk_on(tenant, own_leg, customer)
