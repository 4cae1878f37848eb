"""A transfer: the customer goes to another party, or comes back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from esl_bridge.callflow import bridging, ending, moving, rejoining
from esl_bridge.callflow.converging import converge, give_up
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.phases import TransferPhase, TransferSees
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
from esl_bridge.layout.places import BridgedWith, Destination, Layout, Sound, Waiting
from esl_bridge.protocol.envelope import LONGEST_RING_SECONDS


def layout(procedure: Transfer, *, agent_waits: bool = True) -> Layout:
    """Where the phase wants each leg. An agent who is being released need not wait."""
    own_leg, customer, other = procedure.own_leg, procedure.customer, procedure.other
    if customer.call.procedure is not procedure or other is None:
        return Layout()
    park_on_unbridge = [customer.uuid]
    if own_leg.peer is customer:
        park_on_unbridge.insert(0, own_leg.uuid)
    places: dict[str, Destination] = {}
    match procedure.phase:
        case TransferPhase.RINGING if procedure.with_music:
            places[customer.uuid] = Waiting(Sound.MUSIC)
            if agent_waits and own_leg.ending is None:
                places[own_leg.uuid] = Waiting(Sound.RINGBACK)
        case TransferPhase.RINGING:
            places[own_leg.uuid] = BridgedWith(customer.uuid)
        case TransferPhase.HANDING_OVER if other.ending is None:
            places[other.uuid] = BridgedWith(customer.uuid)
    return Layout(places, tuple(park_on_unbridge), wait_seconds=procedure.wait_seconds)


def pursue(tenant: Tenant, procedure: Transfer) -> Steps:
    """Bring the legs where the phase wants them, whatever has happened so far; also after a restart
    of the service."""
    if procedure.other is None:
        if procedure.own_leg.peer is procedure.customer:  # it has not left for its destination
            tenant.finish(procedure, SwitchUnavailable)
        return
    yield from _converge(tenant, procedure, partial(_failed, procedure))


def _failed(procedure: Transfer, error: SwitchError) -> Steps:
    if not isinstance(error, SwitchUnavailable):  # else the resync shows whether they talk
        yield from ending.end_all(procedure.other)


def _converge(
    tenant: Tenant,
    procedure: Transfer,
    failed: Callable[[SwitchError], Steps] = give_up,
    *,
    agent_waits: bool = True,
) -> Steps:
    call = procedure.customer.call
    yield from converge(tenant, call, lambda: layout(procedure, agent_waits=agent_waits), failed)


def prepare(tenant: Tenant, procedure: Transfer, *, held: bool) -> Steps:
    """Music for the customer, or its agent again if it was ``held``, before the target is rung."""
    yield from _converge(tenant, procedure, partial(_keeps_agent, procedure), agent_waits=False)
    if procedure.with_music:
        yield from _agent_waits(tenant, procedure)
    elif held:
        yield commands.uuid_break(procedure.customer.uuid)


def _keeps_agent(procedure: Transfer, error: SwitchError) -> Steps:
    """The customer hears no music, perhaps: its agent is not released."""
    if procedure.own_leg.call.procedure is procedure:
        procedure.own_leg.ending = None
    raise error


def _agent_waits(tenant: Tenant, procedure: Transfer) -> Steps:
    """The agent stays on the line and hears ringback; or is released, if the company wants that. An
    agent that leaves at this moment is no longer needed."""
    if procedure.own_leg.ending is not None:
        # If the leg is still up it is ended later: the transfer continues.
        with suppress(SwitchTimedOut):
            yield from ending.end_leg(procedure.own_leg)
        return
    with suppress(SwitchRefused):
        yield from _converge(tenant, procedure)


def to_place(
    tenant: Tenant, procedure: Transfer, extension: str, context: str, *, held: bool
) -> Steps:
    """Transfer to an IVR, a queue or the survey: the switch hangs up the agent's leg once the
    customer has left.

    Where the switch does not answer, the customer may have left all the same: the end of the
    agent's leg shows it, or the resync.
    """
    try:
        yield from moving.rested(tenant, procedure.customer)
        yield commands.uuid_transfer(procedure.customer.uuid, extension, context)
    except SwitchError as error:
        refused, under_way = isinstance(error, SwitchRefused), procedure.own_leg.call.procedure
        if refused and under_way is procedure:
            tenant.finish(procedure, type(error))
        elif held and under_way is procedure:
            bridging.keep_hold(tenant, procedure.own_leg, error)
        if not refused:
            raise


def parked(tenant: Tenant, procedure: Transfer, leg: Leg) -> Steps | None:
    if leg is procedure.other and leg.waits_to_talk:
        procedure.sees(TransferSees.TARGET_ANSWERED)
        return pursue(tenant, procedure)
    if leg is procedure.customer:
        return _customer_waits(tenant, procedure)
    if leg is procedure.own_leg and procedure.other is None:
        return ending.end_leg(leg)  # its customer has left for its destination
    return None


def _customer_waits(tenant: Tenant, procedure: Transfer) -> Steps | None:
    """Music for a customer that talked on while the target rang, and whose agent has left; None if
    the target is just being bridged to it."""
    if procedure.with_music or (procedure.other is not None and procedure.other.answered):
        return None
    procedure.with_music, procedure.wait_seconds = True, LONGEST_RING_SECONDS
    return _converge(tenant, procedure)


def bridged(tenant: Tenant, procedure: Transfer) -> Steps | None:
    if procedure.other is None or procedure.other.peer is not procedure.customer:
        return None
    procedure.sees(TransferSees.CUSTOMER_BRIDGED)
    tenant.actions.start(procedure.action)
    tenant.actions.end(procedure.action)
    tenant.part(procedure)
    return rejoining.release_agent(procedure.own_leg, procedure.customer)


def ended(tenant: Tenant, procedure: Transfer, leg: Leg, why: type[BridgeError] | None) -> Steps:
    """Report the actions now, before the leg is dropped; the steps run after that."""
    if leg is procedure.own_leg:
        return _agent_left(tenant, procedure)
    if leg is procedure.customer:
        tenant.finish(procedure, PartyGone)
        return ending.end_all(procedure.other, procedure.own_leg)
    tenant.finish(procedure, why)
    return _give_back(tenant, procedure)


def _agent_left(tenant: Tenant, procedure: Transfer) -> Steps:
    """If the agent hung up, the transfer continues. If the customer has reached its destination,
    the transfer is complete. After the customer was handed over, the agent's end no longer matters
    to it."""
    if procedure.customer.call is not procedure.own_leg.call:
        return ending.nothing()
    leg_changes.holds_nobody(tenant, procedure.customer)
    if procedure.other is None:
        tenant.actions.end(procedure.action, reached=True)
        tenant.part(procedure)
    return ending.nothing()


def _give_back(tenant: Tenant, procedure: Transfer) -> Steps:
    """Return the customer to the agent; if the agent is being released, reroute it."""
    own_leg, customer = procedure.own_leg, procedure.customer
    if own_leg.ending is not None and not own_leg.ended:
        tenant.part(procedure)
        return rejoining.reroute(tenant, customer)
    return rejoining.rejoin(tenant, own_leg, customer)
