"""A phone's socket is lost, which is not yet the phone: while packets come from it, it talks.

One that has fallen silent may come back for a while: its customer hears music, and the agent stays
in the call. Whoever is not back in time has lost it.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

from esl_bridge.callflow import bridging, ending, waiting
from esl_bridge.callflow.steps import Step, Steps, Until
from esl_bridge.domain.agent import Agent, by_websocket
from esl_bridge.domain.leg import THIRDS, Hold, Leg
from esl_bridge.domain.procedures import Consult, PhoneLoss
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import Cancelled, SwitchError, SwitchRefused
from esl_bridge.esl import causes, commands

REASON = "PHONE_LOST"

_SILENT_SECONDS = 1.0
# In that time 50 packets come, of silence too. Of fewer than these some may have been on their way
# when the phone was lost (measured), and it is looked at for longer.
_STEADY, _LOOKS = 10, 3


def look_after(tenant: Tenant, agent: Agent) -> Steps:
    """The socket of an agent's phone is lost, or another phone has registered in its place: see
    whether the one that is in the agent's call is still there, and else wait for it."""
    own_leg = agent.own_leg
    if own_leg is None or not own_leg.answered or own_leg.may_be_lost:
        return
    own_leg.may_be_lost = True
    try:
        if (yield from _came_by_websocket(own_leg)) and not (yield from _is_heard(own_leg)):
            yield from _wait(tenant, agent, own_leg)
    finally:
        own_leg.may_be_lost = False


def go_on(tenant: Tenant, procedure: PhoneLoss) -> Steps:
    """Of a service that was ended while it waited: its time begins anew."""
    agent = procedure.own_leg.agent
    if agent is not None and not procedure.own_leg.may_be_lost:
        procedure.own_leg.may_be_lost = True
        try:
            yield from _until_back(tenant, agent, procedure.own_leg)
        finally:
            procedure.own_leg.may_be_lost = False


def _came_by_websocket(own_leg: Leg) -> Generator[Step, Any, bool]:
    """Of others nothing is known by the loss of a socket: they may say nothing while they hold."""
    return by_websocket((yield from _variables(own_leg)).get("variable_sip_destination_url", ""))


def _is_heard(own_leg: Leg) -> Generator[Step, Any, bool]:
    """Whether packets come from its phone, silent ones too. Where nobody can tell it is there."""
    before = yield from _packets(own_leg)
    for _ in range(_LOOKS):
        yield Until(own_leg, lambda: own_leg.ended, _SILENT_SECONDS)
        now = yield from _packets(own_leg)
        if before is None or now is None or now - before >= _STEADY:
            break
        if now == before:
            return False
        before = now
    return True


def _packets(own_leg: Leg) -> Generator[Step, Any, int | None]:
    """How many have come up to now; None where the switch does not say so."""
    if own_leg.ended:
        return None
    try:
        yield commands.uuid_set_media_stats(own_leg.uuid)
    except SwitchRefused:  # it has just gone, or the daemon's account is from before there was this
        return None
    found = (yield from _variables(own_leg)).get("variable_rtp_audio_in_packet_count", "")
    return int(found) if found.isdecimal() else None


def _variables(own_leg: Leg) -> Generator[Step, Any, dict[str, str]]:
    try:
        found: dict[str, str] = json.loads((yield commands.uuid_dump(own_leg.uuid)))
    except (SwitchRefused, ValueError):
        return {}
    return found


def _wait(tenant: Tenant, agent: Agent, own_leg: Leg) -> Steps:
    """Who is held by the phone itself hears music already, and a phone may say nothing while it
    holds."""
    customer, call, holds = bridging.answered_peer(own_leg), own_leg.call, own_leg.phone_holds
    if customer is not None and call.procedure is None and own_leg.ending is None and not holds:
        call.procedure = PhoneLoss(own_leg, customer)
        tenant.holds(own_leg, Hold.NO)
        tenant.mark_all_changed(call)
        yield from _hold_with_music(tenant, own_leg, customer)
    yield from _until_back(tenant, agent, own_leg)


def _hold_with_music(tenant: Tenant, own_leg: Leg, customer: Leg) -> Steps:
    """Where that fails they stay as they are, and the customer hears nobody."""
    try:
        yield from bridging.keep_on_unbridge(tenant, own_leg, customer)
        yield from waiting.hold_with_music(tenant, customer, tenant.switch_settings.rejoin_seconds)
        yield from waiting.silence(tenant, own_leg)
    except SwitchError:
        return


def _until_back(tenant: Tenant, agent: Agent, own_leg: Leg) -> Steps:
    deadline, phone = tenant.clock() + tenant.switch_settings.rejoin_seconds, agent.call_id
    while not _is_over(own_leg) and (left := deadline - tenant.clock()) > 0:
        heard_of = agent.registrations
        anew = lambda: _is_over(own_leg) or agent.registrations != heard_of  # noqa: B023, E731
        yield Until(own_leg, anew, left)
        same = own_leg.phone_holds and agent.registrations != heard_of and agent.call_id == phone
        if not _is_over(own_leg) and (same or (yield from _is_heard(own_leg))):
            yield from _is_back(tenant, own_leg)
            return
    if not _is_over(own_leg):
        yield from _is_lost(tenant, own_leg)


def _is_over(own_leg: Leg) -> bool:
    """It has ended, or is about to, in another way."""
    return own_leg.ended or own_leg.ending is not None


def _is_back(tenant: Tenant, own_leg: Leg) -> Steps:
    procedure = own_leg.call.procedure
    if isinstance(procedure, PhoneLoss) and procedure.own_leg is own_leg:
        yield from bridging.rejoin(tenant, own_leg, procedure.customer)


def _is_lost(tenant: Tenant, own_leg: Leg) -> Steps:
    """Its agent is told why, and its customer has what the company has for such. Of others in the
    call its end means what an agent's hanging up does."""
    own_leg.reason = REASON
    customer = yield from _customer_of(tenant, own_leg)
    if customer is not None and not customer.ended:
        tenant.part(PhoneLoss(own_leg, customer))
        yield from _leads_on(tenant, customer)
    if not own_leg.ended:
        yield from ending.end_leg(own_leg)


def _customer_of(tenant: Tenant, own_leg: Leg) -> Generator[Step, Any, Leg | None]:
    """Who is left by its phone with nobody else."""
    procedure = own_leg.call.procedure
    if procedure is None:
        return bridging.answered_peer(own_leg)
    if not isinstance(procedure, Consult | PhoneLoss) or own_leg is not procedure.own_leg:
        return None
    if isinstance(procedure, Consult):
        if procedure.hand_over is not None:
            return None
        tenant.finish(procedure, Cancelled)
        yield from ending.end_all(procedure.other)
    return procedure.customer


def _leads_on(tenant: Tenant, customer: Leg) -> Steps:
    try:
        if customer.inside or customer.purpose in THIRDS:
            yield from ending.end_leg(customer)
        else:
            yield from bridging.arrived(customer)
            yield from bridging.reroute(tenant, customer)
    except SwitchError:
        return


def ended(tenant: Tenant, procedure: PhoneLoss, leg: Leg) -> Steps:
    """One of the two has gone meanwhile. A phone that says so has been put down by its agent."""
    call = leg.call
    if call is not procedure.customer.call:
        return ending.nothing()
    call.procedure = None
    tenant.mark_all_changed(call)
    if leg is procedure.customer:
        return ending.end_all(procedure.own_leg)
    if leg.cause in causes.NORMAL or procedure.customer.ended:
        return ending.end_all(procedure.customer)
    call.customer = None if procedure.customer.inside else procedure.customer
    return _leads_on(tenant, procedure.customer)
