"""A phone's socket is lost, which is not yet the phone: while packets come from it, it talks.

One that has fallen silent may come back for a while: its customer hears music, and the agent stays
in the call. Whoever is not back in time has lost it.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

from esl_bridge.callflow import ending, parties, waiting
from esl_bridge.callflow.steps import Moves, Step, Until
from esl_bridge.domain.agent import Agent, by_websocket
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import THIRDS, Hold, Leg
from esl_bridge.domain.work import Consult, Loss
from esl_bridge.errors import Cancelled, SwitchError, SwitchRefused
from esl_bridge.esl import causes, commands

REASON = "PHONE_LOST"

_SILENT_SECONDS = 1.0
# In that time 50 packets come, of silence too. Of fewer than these some may have been on their way
# when the phone was lost (measured), and it is looked at for longer.
_STEADY, _LOOKS = 10, 3


def look_after(desk: Desk, agent: Agent) -> Moves:
    """The socket of an agent's phone is lost, or another phone has registered in its place: see
    whether the one that is in the agent's call is still there, and else wait for it."""
    own = agent.own
    if own is None or not own.answered or own.losing:
        return
    own.losing = True
    try:
        if (yield from _came_by_websocket(own)) and not (yield from _is_heard(own)):
            yield from _wait(desk, agent, own)
    finally:
        own.losing = False


def go_on(desk: Desk, work: Loss) -> Moves:
    """Of a service that was ended while it waited: its time begins anew."""
    agent = work.own.agent
    if agent is not None and not work.own.losing:
        work.own.losing = True
        try:
            yield from _until_back(desk, agent, work.own)
        finally:
            work.own.losing = False


def _came_by_websocket(own: Leg) -> Generator[Step, Any, bool]:
    """Of others nothing is known by the loss of a socket: they may say nothing while they hold."""
    return by_websocket((yield from _variables(own)).get("variable_sip_destination_url", ""))


def _is_heard(own: Leg) -> Generator[Step, Any, bool]:
    """Whether packets come from its phone, silent ones too. Where nobody can tell it is there."""
    before = yield from _packets(own)
    for _ in range(_LOOKS):
        yield Until(own, lambda: own.ended, _SILENT_SECONDS)
        now = yield from _packets(own)
        if before is None or now is None or now - before >= _STEADY:
            break
        if now == before:
            return False
        before = now
    return True


def _packets(own: Leg) -> Generator[Step, Any, int | None]:
    """How many have come up to now; None where the switch does not say so."""
    if own.ended:
        return None
    try:
        yield commands.uuid_set_media_stats(own.uuid)
    except SwitchRefused:  # it has just gone, or the daemon's account is from before there was this
        return None
    found = (yield from _variables(own)).get("variable_rtp_audio_in_packet_count", "")
    return int(found) if found.isdecimal() else None


def _variables(own: Leg) -> Generator[Step, Any, dict[str, str]]:
    try:
        found: dict[str, str] = json.loads((yield commands.uuid_dump(own.uuid)))
    except (SwitchRefused, ValueError):
        return {}
    return found


def _wait(desk: Desk, agent: Agent, own: Leg) -> Moves:
    """Who is held by the phone itself hears music already, and a phone may say nothing while it
    holds."""
    customer, call, holds = parties.answered_peer(own), own.call, own.phone_holds
    if customer is not None and call.work is None and own.ending is None and not holds:
        call.work = Loss(own, customer)
        desk.holds(own, Hold.NO)
        desk.touch_all(call)
        yield from _put_aside(desk, own, customer)
    yield from _until_back(desk, agent, own)


def _put_aside(desk: Desk, own: Leg, customer: Leg) -> Moves:
    """Where that fails they stay as they are, and the customer hears nobody."""
    try:
        yield from parties.secure(desk, own, customer)
        yield from waiting.put_aside(desk, customer, desk.premises.rejoin_seconds)
        yield from waiting.silence(desk, own)
    except SwitchError:
        return


def _until_back(desk: Desk, agent: Agent, own: Leg) -> Moves:
    deadline, phone = desk.clock() + desk.premises.rejoin_seconds, agent.call_id
    while not _is_over(own) and (left := deadline - desk.clock()) > 0:
        heard_of = agent.registrations
        anew = lambda: _is_over(own) or agent.registrations != heard_of  # noqa: B023, E731
        yield Until(own, anew, left)
        same = own.phone_holds and agent.registrations != heard_of and agent.call_id == phone
        if not _is_over(own) and (same or (yield from _is_heard(own))):
            yield from _is_back(desk, own)
            return
    if not _is_over(own):
        yield from _is_lost(desk, own)


def _is_over(own: Leg) -> bool:
    """It has ended, or is about to, in another way."""
    return own.ended or own.ending is not None


def _is_back(desk: Desk, own: Leg) -> Moves:
    work = own.call.work
    if isinstance(work, Loss) and work.own is own:
        yield from parties.rejoin(desk, own, work.customer)


def _is_lost(desk: Desk, own: Leg) -> Moves:
    """Its agent is told why, and its customer has what the company has for such. Of others in the
    call its end means what an agent's hanging up does."""
    own.reason = REASON
    customer = yield from _customer_of(desk, own)
    if customer is not None and not customer.ended:
        desk.part(Loss(own, customer))
        yield from _leads_on(desk, customer)
    if not own.ended:
        yield from ending.end_leg(own)


def _customer_of(desk: Desk, own: Leg) -> Generator[Step, Any, Leg | None]:
    """Who is left by its phone with nobody else."""
    work = own.call.work
    if work is None:
        return parties.answered_peer(own)
    if not isinstance(work, Consult | Loss) or own is not work.own:
        return None
    if isinstance(work, Consult):
        if work.hand_over is not None:
            return None
        desk.finish(work, Cancelled)
        yield from ending.end_all(work.other)
    return work.customer


def _leads_on(desk: Desk, customer: Leg) -> Moves:
    try:
        if customer.inside or customer.why in THIRDS:
            yield from ending.end_leg(customer)
        else:
            yield from parties.arrived(customer)
            yield from parties.send_on(desk, customer)
    except SwitchError:
        return


def ended(desk: Desk, work: Loss, leg: Leg) -> Moves:
    """One of the two has gone meanwhile. A phone that says so has been put down by its agent."""
    call = leg.call
    if call is not work.customer.call:
        return ending.nothing()
    call.work = None
    desk.touch_all(call)
    if leg is work.customer:
        return ending.end_all(work.own)
    if leg.cause in causes.NORMAL or work.customer.ended:
        return ending.end_all(work.customer)
    call.customer = None if work.customer.inside else work.customer
    return _leads_on(desk, work.customer)
