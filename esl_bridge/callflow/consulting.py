"""A consult: the customer hears music while the agent talks to a consultant."""

from __future__ import annotations

from esl_bridge.callflow import bridging, ending, transferring, waiting
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.call import Action
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Consult, Transfer
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, PartyGone, SwitchError, SwitchUnavailable
from esl_bridge.protocol.envelope import OriginatingRequest


def begin(tenant: Tenant, procedure: Consult, request: OriginatingRequest, *, held: bool) -> Steps:
    """``held``: the customer hears hold music already."""
    try:
        yield from bridging.keep_on_unbridge(tenant, procedure.own_leg, procedure.customer)
        longest = request.max_ring_time + request.max_call_time
        yield from waiting.hold_with_music(tenant, procedure.customer, longest)
        yield from bridging.arrived(procedure.own_leg)
        if not procedure.other.ended:  # if it ended meanwhile, agent and customer are bridged again
            yield from waiting.ringback(tenant, procedure.own_leg)
        yield from bridging.ring(tenant, procedure.other, request)
    except BridgeError as error:
        if held:
            bridging.holds_yet(tenant, procedure.own_leg, error)
        under_way = procedure.own_leg.call.procedure
        if isinstance(under_way, Transfer) and under_way.other is procedure.other:
            yield from transferring.fail(tenant, under_way, error)
            return
        ending.give_up(tenant, procedure.other, error)
        if under_way is procedure:
            tenant.finish(procedure, type(error))
            yield from bridging.rejoin(tenant, procedure.own_leg, procedure.customer)


def consultant_waits(procedure: Consult) -> Steps:
    """The consultant has answered: bridge the agent to it."""
    try:
        yield from bridging.arrived(procedure.own_leg)
        if procedure.own_leg.call.procedure is procedure and procedure.other.ending is None:
            yield from bridging.join(procedure.own_leg, procedure.other)
    except SwitchUnavailable:  # the resync shows whether they talk
        return
    except SwitchError:
        yield from ending.end_all(procedure.other)


def hand_over(tenant: Tenant, procedure: Consult, action: Action) -> Steps:
    """Bridge the customer to the consultant, which parks the agent."""
    procedure.hand_over = action
    try:
        yield from bridging.join(procedure.other, procedure.customer)
    except SwitchError as error:
        procedure.hand_over = None
        tenant.end(action, type(error))


def bridged(tenant: Tenant, procedure: Consult) -> Steps | None:
    """Customer and consultant talk, also where the bridge was given up for lack of an answer."""
    if procedure.other.peer is not procedure.customer:
        return None
    if procedure.hand_over is not None:
        tenant.start(procedure.hand_over)
        tenant.end(procedure.hand_over)
    tenant.part(procedure)
    return bridging.let_go(procedure.own_leg, procedure.customer)


def _cancel_hand_over(tenant: Tenant, procedure: Consult) -> None:
    if procedure.hand_over is not None:
        tenant.end(procedure.hand_over, PartyGone)
        procedure.hand_over = None


def ended(tenant: Tenant, procedure: Consult, leg: Leg, why: type[BridgeError] | None) -> Steps:
    """Report the actions now, before the leg is dropped; the steps run after that."""
    if procedure.handed_over:
        return ending.nothing()
    if leg is procedure.own_leg and procedure.hand_over is not None:
        goes_on = Transfer(
            procedure.agent,
            leg,
            procedure.customer,
            procedure.other,
            procedure.hand_over,
            with_music=True,
        )
        leg.call.procedure = goes_on
        return transferring.ended(tenant, goes_on, leg, why)
    if leg is procedure.other:
        tenant.finish(procedure, why)
        return bridging.rejoin(tenant, procedure.own_leg, procedure.customer)
    if leg is procedure.customer and procedure.talks:
        _cancel_hand_over(tenant, procedure)
        # The two talk on in a plain call; the consult action ends with that call.
        leg.call.procedure = None
        tenant.note_reason(procedure.agent, "CUSTOMER_GONE")
        if procedure.other.agent is not None:
            tenant.note_reason(procedure.other.agent, "CUSTOMER_GONE")
        tenant.mark_all_changed(leg.call)
        return bridging.end_on_unbridge(procedure.own_leg, procedure.other)
    tenant.finish(procedure, PartyGone if leg is procedure.customer else why)
    return ending.end_all(procedure.own_leg, procedure.customer, procedure.other)
