"""The loss of a phone. Losing its socket is not losing the phone: while it sends packets, it talks.

A phone that has fallen silent may come back for a while: its customer hears music, and the agent
stays in the call. If it does not return in time, the agent loses the call.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from esl_bridge.callflow import bridging, ending, moving, packets, rejoining
from esl_bridge.callflow.converging import converge, leave_it
from esl_bridge.callflow.steps import Step, Steps, Until, all_of
from esl_bridge.domain import leg_changes
from esl_bridge.domain.agent import Agent, by_websocket
from esl_bridge.domain.leg import THIRDS, Hold, Leg
from esl_bridge.domain.procedures import Consult, PhoneLoss
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, Cancelled
from esl_bridge.esl import causes
from esl_bridge.layout.places import Destination, Layout, Sound, Waiting

REASON = "PHONE_LOST"

_SILENT_SECONDS = 1.0
# In that time 50 packets arrive, also of silence. A few may have been under way when the phone was
# lost (measured); then it is checked again.
_LOOKS = 3


def look_after(tenant: Tenant, agent: Agent) -> Steps:
    """The socket of an agent's phone is lost, or another phone has registered in its place: check
    whether the phone in the agent's call is still there, and else wait for it."""
    own_leg = agent.own_leg
    if own_leg is None or not own_leg.answered or own_leg.media.phone_suspected_lost:
        return
    own_leg.media.phone_suspected_lost = True
    try:
        if (yield from _came_by_websocket(own_leg)) and not (yield from _is_heard(own_leg)):
            yield from _wait(tenant, agent, own_leg)
    finally:
        own_leg.media.phone_suspected_lost = False


def pursue(tenant: Tenant, procedure: PhoneLoss) -> Steps:
    """Continue after a restart of the service; the time to return begins anew."""
    agent = procedure.own_leg.agent
    if agent is not None and not procedure.own_leg.media.phone_suspected_lost:
        procedure.own_leg.media.phone_suspected_lost = True
        try:
            yield from _hold_with_music(tenant, procedure)
            yield from _until_back(tenant, agent, procedure.own_leg)
        finally:
            procedure.own_leg.media.phone_suspected_lost = False


def _came_by_websocket(own_leg: Leg) -> Generator[Step, Any, bool]:
    """For other transports the loss of a socket says nothing: such phones may be silent while they
    hold."""
    return by_websocket((yield from packets.media(own_leg)).destination)


def _is_heard(own_leg: Leg) -> Generator[Step, Any, bool]:
    """Whether its phone sends packets, also silent ones; True where that cannot be determined."""
    before = yield from packets.count(own_leg)
    for _ in range(_LOOKS):
        yield Until(lambda: own_leg.ended, _SILENT_SECONDS)
        now = yield from packets.count(own_leg)
        if before is None or now is None or now - before >= packets.STEADY:
            break
        if now == before:
            return False
        before = now
    return True


def _wait(tenant: Tenant, agent: Agent, own_leg: Leg) -> Steps:
    """A customer whom the phone itself holds hears music already, and a phone may be silent while
    it holds."""
    customer, call, holds = bridging.answered_peer(own_leg), own_leg.call, own_leg.media.phone_holds
    if customer is not None and call.procedure is None and own_leg.ending is None and not holds:
        call.procedure = procedure = PhoneLoss(own_leg, customer)
        leg_changes.set_hold(tenant, own_leg, Hold.NO)
        tenant.agent_states.mark_all_changed(call)
        yield from _hold_with_music(tenant, procedure)
    yield from _until_back(tenant, agent, own_leg)


def _hold_with_music(tenant: Tenant, procedure: PhoneLoss) -> Steps:
    """If this fails the two stay bridged, and the customer hears nothing."""
    call = procedure.own_leg.call
    yield from converge(tenant, call, lambda: layout(tenant, procedure), leave_it)


def layout(tenant: Tenant, procedure: PhoneLoss) -> Layout:
    """The customer hears music, and whoever hears the phone's leg silence."""
    own_leg, customer = procedure.own_leg, procedure.customer
    if own_leg.call.procedure is not procedure:
        return Layout()
    places: dict[str, Destination] = {
        customer.uuid: Waiting(Sound.MUSIC),
        own_leg.uuid: Waiting(Sound.SILENCE),
    }
    seconds = tenant.switch_settings.rejoin_seconds
    return Layout(places, (own_leg.uuid, customer.uuid), wait_seconds=seconds)


def _until_back(tenant: Tenant, agent: Agent, own_leg: Leg) -> Steps:
    deadline, phone = tenant.clock() + tenant.switch_settings.rejoin_seconds, agent.call_id
    while not _is_over(own_leg) and (left := deadline - tenant.clock()) > 0:
        heard_of = agent.registrations
        anew = lambda: _is_over(own_leg) or agent.registrations != heard_of  # noqa: B023, E731
        yield Until(anew, left)
        same = (
            own_leg.media.phone_holds and agent.registrations != heard_of and agent.call_id == phone
        )
        if not _is_over(own_leg) and (same or (yield from _is_heard(own_leg))):
            yield from _is_back(tenant, own_leg)
            return
    if not _is_over(own_leg):
        yield from _is_lost(tenant, own_leg)


def _is_over(own_leg: Leg) -> bool:
    """It has ended, or is about to, for another reason."""
    return own_leg.ended or own_leg.ending is not None


def _is_back(tenant: Tenant, own_leg: Leg) -> Steps:
    procedure = own_leg.call.procedure
    if isinstance(procedure, PhoneLoss) and procedure.own_leg is own_leg:
        yield from rejoining.rejoin(tenant, own_leg, procedure.customer)


def _is_lost(tenant: Tenant, own_leg: Leg) -> Steps:
    """End the agent's leg, with the reason, and reroute its customer. For other parties of the call
    its end means the same as the agent's hanging up."""
    own_leg.progress.end_reason = REASON
    customer = yield from _customer_of(tenant, own_leg)
    led_on = ending.nothing()
    if customer is not None and not customer.ended:
        tenant.part(PhoneLoss(own_leg, customer))
        led_on = _leads_on(tenant, customer)
    yield from all_of(led_on, _end(own_leg))


def _end(own_leg: Leg) -> Steps:
    if not own_leg.ended:
        yield from ending.end_leg(own_leg)


def _customer_of(tenant: Tenant, own_leg: Leg) -> Generator[Step, Any, Leg | None]:
    """The party that would be left with nobody else."""
    procedure = own_leg.call.procedure
    if procedure is None:
        return bridging.answered_peer(own_leg)
    if not isinstance(procedure, Consult | PhoneLoss) or own_leg is not procedure.own_leg:
        return None
    if isinstance(procedure, Consult):
        if procedure.customer_leaves:
            return None
        tenant.finish(procedure, Cancelled)
        yield from ending.end_all(procedure.other)
    return procedure.customer


def _leads_on(tenant: Tenant, customer: Leg) -> Steps:
    if customer.inside or customer.origin.purpose in THIRDS:
        yield from ending.end_leg(customer)
    else:
        yield from moving.arrived(customer)
        yield from rejoining.reroute(tenant, customer)


def parked(tenant: Tenant, procedure: PhoneLoss, leg: Leg) -> None:
    """Both wait, and are played their sounds by the plan."""


def bridged(tenant: Tenant, procedure: PhoneLoss) -> None:
    """They talk again only when the phone is heard."""


def ended(tenant: Tenant, procedure: PhoneLoss, leg: Leg, _why: type[BridgeError] | None) -> Steps:
    """One of the two has ended meanwhile. If it is the phone, by a normal hangup, its agent hung
    up."""
    call = leg.call
    if call is not procedure.customer.call:
        return ending.nothing()
    call.procedure = None
    tenant.agent_states.mark_all_changed(call)
    if leg is procedure.customer:
        return ending.end_all(procedure.own_leg)
    if leg.progress.hangup_cause in causes.NORMAL or procedure.customer.ended:
        return ending.end_all(procedure.customer)
    call.customer = None if procedure.customer.inside else procedure.customer
    return _leads_on(tenant, procedure.customer)
