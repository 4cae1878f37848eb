"""A takeover: a supervisor replaces an agent in the talk with the agent's far party."""

from __future__ import annotations

from esl_bridge.callflow import (
    bridging,
    dialling,
    ending,
    failsafe_timers,
    moving,
    originating,
    rejoining,
    routing,
)
from esl_bridge.callflow.converging import converge
from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain import leg_changes
from esl_bridge.domain.call import TALKS
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.phases import TakeoverPhase, TakeoverSees
from esl_bridge.domain.procedures import Rejoining, Takeover
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, PartyGone, SwitchError, SwitchRefused, WrongState
from esl_bridge.esl import dialstring
from esl_bridge.layout.places import BridgedWith, Layout

# Limit for the switch to bridge two legs, or to begin music; measured: 0.2 s.
_SETTLE_SECONDS = 2.0


def far_party(operated: Leg) -> Leg | None:
    """The only party that a leg rings for, talks to or holds; None where there are more, or where
    the leg is a customer for whom an agent is rung."""
    others = operated.call.others(operated)
    if operated.ended or operated.call.procedure is not None or len(others) != 1:
        return None
    rings = not operated.answered and not operated.is_customer
    return others[0] if others[0].answered or rings else None


def begin(tenant: Tenant, procedure: Takeover, shows: str) -> Steps:
    """Ring the supervisor's phone, which displays ``shows``."""
    limits = {
        **failsafe_timers.parked_limit(tenant),
        "execute_on_answer": dialling.talk_limit(dialling.TALK_SECONDS),
    }
    then = dialstring.AfterAnswer(dialstring.park())
    return originating.ring_own_phone(tenant, procedure.own_leg, shows, lambda: then, limits)


def parked(tenant: Tenant, procedure: Takeover, leg: Leg) -> Steps | None:
    has_answered = leg is procedure.own_leg and leg.answered and leg.ending is None
    return (
        supervisor_waits(tenant, procedure) if has_answered and procedure.customer is None else None
    )


def supervisor_waits(tenant: Tenant, procedure: Takeover) -> Steps:
    """The supervisor has answered. Up to now the operated call was not touched."""
    operated = procedure.operated
    yield Until(lambda: _is_settled(operated), _SETTLE_SECONDS)
    customer = far_party(operated)
    if (
        procedure.own_leg.ended
        or procedure.own_leg.ending is not None
        or procedure.customer is not None
    ):
        return
    if customer is None:  # the agent has begun a procedure of its own
        procedure.own_leg.ending = WrongState
        yield from ending.end_leg(procedure.own_leg)
        return
    _step_in(tenant, procedure, customer)
    yield from _join(tenant, procedure, customer)


def pursue(tenant: Tenant, procedure: Takeover) -> Steps:
    """Bring the legs where the phase wants them; also after a restart of the service."""
    if procedure.customer is not None and procedure.customer.call.procedure is procedure:
        yield from _join(tenant, procedure, procedure.customer)


def is_to_stay(leg: Leg) -> bool:
    """Whether an agent that is to leave its call keeps its customer until the supervisor has it."""
    procedure = leg.call.procedure
    return isinstance(procedure, Takeover) and leg is procedure.operated


def _is_settled(leg: Leg) -> bool:
    """No music is about to begin or to end, and no bridge is under way."""
    procedure = leg.call.procedure
    joined = leg.peer is not None or procedure is not None or not leg.answered
    in_flight = leg.hold_changes or isinstance(procedure, Rejoining)
    return leg.ended or (joined and not in_flight)


def _step_in(tenant: Tenant, procedure: Takeover, customer: Leg) -> None:
    call, own_leg, operated = procedure.operated.call, procedure.own_leg, procedure.operated
    procedure.detach()
    procedure.sees(TakeoverSees.SUPERVISOR_ANSWERED)
    tenant.leg_book.move_to_call(own_leg, call)
    call.procedure = procedure
    procedure.customer = procedure.action.far = customer
    procedure.action.work_order_id = call.work_order_id
    _is_called_instead_of(own_leg, operated)
    own_leg.media.recording_options = operated.media.recording_options
    operated.media.recording_options = None
    operated.progress.end_reason = f"SUBSTITUTED:{procedure.agent.id}"
    operated.ending = PartyGone if operated.progress.talked else None


def _is_called_instead_of(leg: Leg, other: Leg) -> None:
    for action in leg.call.actions:
        if action.far is other:
            action.far = leg


def _join(tenant: Tenant, procedure: Takeover, customer: Leg) -> Steps:
    """The operated agent's leg is ended only once the others talk: if the supervisor leaves at this
    moment, the customer is not left alone."""
    operated = procedure.operated
    try:
        if operated.origin.from_queue and not operated.progress.talked:
            yield from _leave_the_queue(tenant, procedure, customer)
        yield from converge(tenant, customer.call, lambda: layout(procedure, customer))
        if _has_left(procedure, customer):
            procedure.sees(TakeoverSees.CUSTOMER_LEFT)
        if procedure.own_leg.ended:
            yield from _give_back(tenant, procedure, customer)
    except SwitchError as error:
        yield from _fail(tenant, procedure, customer, error)


def _has_left(procedure: Takeover, customer: Leg) -> bool:
    """Whether the customer was separated from the operated agent, or is on its way from it."""
    is_parted = procedure.operated.progress.talked and customer.peer is not procedure.operated
    return is_parted or customer.position.moving


def layout(procedure: Takeover, customer: Leg) -> Layout:
    """The supervisor is to talk to the customer; a phone that still rings is left alone."""
    if customer.call.procedure is not procedure:
        return Layout()  # it is over, or the whole call was interrupted
    operated, park_on_unbridge = procedure.operated, [customer.uuid]
    if bridging.answered_peer(customer) is operated:
        park_on_unbridge.insert(0, operated.uuid)
    places = {procedure.own_leg.uuid: BridgedWith(customer.uuid)}
    return Layout(places, tuple(park_on_unbridge))


def _leave_the_queue(tenant: Tenant, procedure: Takeover, customer: Leg) -> Steps:
    """Take the customer out of the queue, which ends the agent's leg, unless the queue bridges the
    two at this moment. Bridged straight out of the queue a customer could end up bridged to both,
    and be offered again (measured)."""
    operated = procedure.operated
    yield from moving.move(customer, routing.ringback(tenant, customer))
    procedure.sees(TakeoverSees.CUSTOMER_LEFT)
    yield Until(lambda: operated.ended or operated.progress.talked, _SETTLE_SECONDS)


def bridged(tenant: Tenant, procedure: Takeover) -> Steps | None:
    customer, operated = procedure.customer, procedure.operated
    if customer is None or procedure.own_leg.peer is not customer:
        return None
    call = customer.call
    for action in [one for one in call.actions if one.near is operated]:
        if action.kind in TALKS:
            tenant.actions.end(action)
    call.procedure, call.customer = None, customer
    _let_go(tenant, operated)
    leg_changes.holds_nobody(tenant, customer)
    tenant.agent_states.mark_all_changed(call)
    return _release(tenant, procedure, customer)


def _release(tenant: Tenant, procedure: Takeover, customer: Leg) -> Steps:
    yield from rejoining.rejoin(tenant, procedure.own_leg, customer)
    yield from ending.end_all(procedure.operated)


def _let_go(tenant: Tenant, operated: Leg) -> None:
    """Move the leg out of the call, so that its end concerns only its own agent."""
    if not operated.ended:
        tenant.agent_states.mark_all_changed(
            operated.call
        )  # the call that it moves to has to be saved, too
        tenant.leg_book.move_to_call(operated, tenant.open_call(operated.call.contact_id))


def operated_ended(leg: Leg) -> Steps:
    """There is nobody to take over from any more: hang up the supervisors' phones that ring for
    that."""
    return ending.end_all(*[procedure.own_leg for procedure in leg.intrusion.takeovers])


def ended(tenant: Tenant, procedure: Takeover, leg: Leg, why: type[BridgeError] | None) -> Steps:
    """Report the action now, before the leg is dropped; the steps run after that."""
    customer, operated = procedure.customer, procedure.operated
    if customer is None:
        procedure.detach()
        tenant.actions.end(procedure.action, why)
    elif leg is customer:
        operated.progress.end_reason = ""
        tenant.finish(procedure, PartyGone)
        return ending.end_all(procedure.own_leg, operated)
    elif leg is procedure.own_leg:
        tenant.actions.end(procedure.action, why)
        _is_called_instead_of(operated, leg)
        if procedure.phase is TakeoverPhase.BRIDGING:
            return _give_back(tenant, procedure, customer)
    return ending.nothing()


def _fail(tenant: Tenant, procedure: Takeover, customer: Leg, error: SwitchError) -> Steps:
    """The bridge failed: one of the three has left, which an event reports too, or the outcome is
    unknown."""
    if customer.call.procedure is procedure:
        refused = isinstance(error, SwitchRefused)
        if _has_left(procedure, customer):
            procedure.sees(TakeoverSees.CUSTOMER_LEFT)
        tenant.actions.end(procedure.action, PartyGone if refused else type(error))
        yield from ending.end_all(procedure.own_leg)
        yield from _give_back(tenant, procedure, customer)


def _give_back(tenant: Tenant, procedure: Takeover, customer: Leg) -> Steps:
    """The supervisor's leg is over. The customer stays with its agent, or returns to it (its phone
    rings on if it was not answered); else it is rerouted."""
    call, operated = customer.call, procedure.operated
    if call.procedure is not procedure:
        return
    call.procedure, operated.progress.end_reason, operated.ending = None, "", None
    has_left = procedure.phase is TakeoverPhase.BRIDGING
    if has_left:
        # It is in limbo, which no event reports, and may have been parked on the way there.
        customer.position.moving, customer.position.parks_on_unbridge = False, None
        leg_changes.holds_nobody(tenant, operated)
    tenant.agent_states.mark_all_changed(call)
    rings_for_it = (
        call.customer is customer and not operated.answered and not operated.origin.from_queue
    )
    if not has_left and operated.peer is customer:
        yield from rejoining.rejoin(tenant, operated, customer)
    elif not has_left and not operated.ended:
        yield from moving.end_on_unbridge(operated, customer)
        if operated.answered and operated.position.parked:
            yield from routing.join(tenant, customer, operated)
    elif operated.answered:
        yield from rejoining.rejoin(tenant, operated, customer)
    elif rings_for_it and not operated.ended:
        yield from moving.move(customer, routing.ringback(tenant, customer))
        yield from moving.end_on_unbridge(customer)
    elif has_left or operated.progress.talked or rings_for_it:
        yield from _reroute(tenant, procedure, customer)


def _reroute(tenant: Tenant, procedure: Takeover, customer: Leg) -> Steps:
    """Both agents have left the customer; the switch may be ending the operated agent's leg right
    now."""
    call, operated = customer.call, procedure.operated
    _let_go(tenant, operated)
    call.procedure = Rejoining(operated, customer)
    yield from ending.end_all(operated)
    yield from moving.arrived(customer)
    call.procedure, call.customer = None, customer
    yield from moving.end_on_unbridge(customer)
    yield from routing.fall_back(tenant, customer)
