"""Putting parties together and apart, so that none of them is lost on the way."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TypeVar

from esl_bridge.callflow import dialling, ending, failsafe_timers, queueing, recording
from esl_bridge.callflow.routing import fall_back, may_call
from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import THIRDS, Hold, Leg, Media, Purpose
from esl_bridge.domain.procedures import Conference, Consult, Rejoining, Transfer
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    BadField,
    BridgeError,
    NotNow,
    PartyGone,
    SwitchError,
    SwitchRefused,
    SwitchTimedOut,
    SwitchUnavailable,
    TargetNotFree,
)
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command
from esl_bridge.protocol.envelope import SetsUpALeg

AnyProcedure = TypeVar("AnyProcedure", Consult, Transfer, Conference)


_IN_DOUBT = (Hold.PHONE, Hold.ASKED, Hold.UNSURE)

# How long the switch takes to move a leg, or to join two; measured: 0.1 s.
_MOVE_SECONDS = 2.0
# How long two that have been joined are left alone.
_GROW_SECONDS = 0.3


def keep_on_unbridge(tenant: Tenant, *legs: Leg) -> Steps:
    """From here on a leg that loses its partner, or in ``join`` the one it is to get, waits for us
    for a while and is not ended by the switch at once. While it waits its phone is sent silence: a
    whisper is heard in that, not in nothing (measured)."""
    for leg in legs:
        yield commands.uuid_setvar(
            leg.uuid,
            **failsafe_timers.kept_on_unbridge(tenant),
            hangup_after_bridge="false",
            uuid_bridge_park_on_cancel="true",
            send_silence_when_idle="-1",
            # Else the switch ends whoever is left by one that holds by its own phone (source).
            hold_hangup_xfer_exten="park:inline",
            **dialstring.KEYS_END_NOTHING,
        )


def end_on_unbridge(*legs: Leg) -> Steps:
    """The end of ``keep_on_unbridge``: who loses its partner now is ended, also if we are not
    there."""
    for leg in [leg for leg in legs if not leg.ended]:
        with suppress(SwitchError):  # it has just gone; or the link, and the read-back sees to it
            yield commands.uuid_setvar(
                leg.uuid,
                park_after_bridge="",
                park_timeout="",
                hangup_after_bridge="true",
                uuid_bridge_park_on_cancel="",
                hold_hangup_xfer_exten="",
                # What a partner's hold by its phone has left there, in case it was not needed.
                transfer_after_bridge="",
                **failsafe_timers.held(),
            )


def let_go(own_leg: Leg, customer: Leg) -> Steps:
    """An agent has handed its customer over. Where its leg cannot be ended now, it is when the
    switch is read back."""
    own_leg.ending = own_leg.ending or PartyGone
    yield from end_on_unbridge(customer)
    if not own_leg.ended:
        yield from ending.end_leg(own_leg)


def arrived(*legs: Leg) -> Steps:
    """Wait for legs that are on their way. A bridge that meets a leg there may be forgotten: it
    goes where it was sent first, its partner waits 20 s for it, and both are ended (measured)."""
    for leg in legs:
        if leg.moving and not leg.ended:
            yield Until(leg, partial(_is_there, leg), _MOVE_SECONDS)


def _is_there(leg: Leg) -> bool:
    return leg.ended or not leg.moving


def grown_together(tenant: Tenant, leg: Leg) -> Steps:
    """Leave two that have only just been joined as they are for a moment: one that was moved before
    the switch was through with joining was lost; no event tells when it is (measured on a busy
    switch: 0.1 s)."""
    left = min(leg.joined_at - tenant.clock(), 0.0) + _GROW_SECONDS
    if leg.peer is not None and left > 0:
        yield Until(leg, lambda: leg.ended, left)


def move(leg: Leg, command: Command) -> Steps:
    """Send a leg elsewhere once it is where it was sent before."""
    yield from arrived(leg)
    yield from send(leg, command)


def send(leg: Leg, command: Command) -> Steps:
    """Send a leg elsewhere; its secured partner is parked by that."""
    _set_out(leg)
    try:
        yield command
    except (SwitchTimedOut, SwitchUnavailable):
        if leg.moving:  # else the switch has told of its arrival, which is as good
            raise


def join(first: Leg, second: Leg) -> Steps:
    """Have two talk; a customer second, for music played to the first goes on without its partner.
    Where the second goes before they talk, the first, if secured, is parked. Where the first goes,
    the second hangs in the air: nothing is told of it, and it may be sent anywhere (measured)."""
    yield from arrived(first, second)
    _set_out(first, second)
    before = first.joined_at
    try:
        yield commands.uuid_bridge(first.uuid, second.uuid)
    except SwitchRefused:
        _set_out(first, second, moving=False)
        raise
    except SwitchError:
        if first.joined_at == before:  # else the switch has told of it, which is as good
            raise


def _set_out(*legs: Leg, moving: bool = True) -> None:
    for leg in legs:
        leg.moving = moving
        if leg.peer is not None:
            leg.peer.moving = moving


def part(tenant: Tenant, leg: Leg) -> Steps:
    """Before a leg is joined to somebody else: it and whom it talks to wait apart, it secured.

    Taken right out of its talk it may be in the next one before its old partner has noticed: one
    that is played music never does in time, and stays up until that next talk is over, though the
    switch was told to end it (measured, source).
    """
    left = leg.peer
    if left is None or leg.ended:
        return
    yield from keep_on_unbridge(tenant, left, leg)
    yield from grown_together(tenant, leg)
    if leg.peer is not left:
        return
    limits = dialstring.set_variables(failsafe_timers.parked(tenant))
    yield from move(left, commands.uuid_execute(left.uuid, limits, dialstring.park()))
    yield from arrived(left, leg)


def reroute(tenant: Tenant, customer: Leg) -> Steps:
    """A customer without an agent; if it has talked it may be secured: its next talk would leave it
    parked."""
    if customer.talked:
        yield from end_on_unbridge(customer)
    yield from fall_back(tenant, customer)


def holds_yet(tenant: Tenant, own_leg: Leg, error: BridgeError) -> None:
    """Of one who held when something else was begun: where nobody knows what the switch has done
    the music may go on, until the two are joined or the switch is read back."""
    unknown = isinstance(error, SwitchTimedOut | SwitchUnavailable)
    if unknown and own_leg.hold is Hold.NO:
        tenant.holds(own_leg, Hold.ENDING)


def rejoin(tenant: Tenant, own_leg: Leg, customer: Leg) -> Steps:
    """Back to a plain talk of two. If the agent goes at this very moment, or has gone before, the
    customer is sent on; it is secured till they talk."""
    customer.call.procedure = Rejoining(own_leg, customer)
    yield from _bring_together(tenant, own_leg, customer)
    yield from talk_on(tenant, own_leg, customer)


def talk_on(tenant: Tenant, own_leg: Leg, customer: Leg) -> Steps:
    """Nothing new begins between two that were secured before both are released."""
    call = customer.call
    call.procedure = Rejoining(own_leg, customer)
    if not own_leg.ended and not customer.ended:
        yield from end_on_unbridge(own_leg, customer)
    if own_leg.ended:
        yield from arrived(customer)
    call.procedure = None
    tenant.mark_all_changed(call)
    if customer.ended:
        yield from ending.end_all(own_leg)
    elif own_leg.ended:
        yield from _without_agent(tenant, customer)


def _without_agent(tenant: Tenant, customer: Leg) -> Steps:
    tenant.holds_nobody(customer)
    if customer.purpose in THIRDS:
        yield from ending.end_leg(customer)
    else:
        customer.call.customer = customer
        yield from reroute(tenant, customer)


def _bring_together(tenant: Tenant, own_leg: Leg, customer: Leg) -> Steps:
    yield from arrived(own_leg, customer)
    if own_leg.ended or customer.ended:
        return
    with suppress(SwitchError):
        yield from keep_on_unbridge(tenant, customer)  # it may have been parked meanwhile
    with suppress(SwitchError):
        yield from join(own_leg, customer)
        done = lambda: customer.peer is own_leg or own_leg.ended or customer.ended  # noqa: E731
        yield Until(customer, done, _MOVE_SECONDS)


def together(own_leg: Leg) -> Steps:
    """Wait for two that are being put together again: their agent has been told that they talk."""
    if isinstance(own_leg.call.procedure, Rejoining):
        yield Until(own_leg, lambda: own_leg.call.procedure is None or own_leg.ended, _MOVE_SECONDS)


def joined(leg: Leg) -> Steps:
    """Wait for a leg that has just answered to be joined to somebody: ended on the way there, it
    would take the other with it."""
    if leg.answered and not leg.talked and leg.call.procedure is not None:
        yield Until(leg, lambda: leg.talked or leg.ended, _MOVE_SECONDS)


def partner(own_leg: Leg) -> Leg:
    """Whom an agent talks to or holds; raises NotNow where that is nobody, in the phone's hands, or
    about to be changed by what the other has under way."""
    peer = answered_peer(own_leg)
    if peer is None or own_leg.hold in _IN_DOUBT or own_leg.call.procedure is not None:
        raise NotNow
    return peer


def answered_peer(leg: Leg) -> Leg | None:
    """Whom a leg is joined to, unless that only rings: who sends media before the answer is joined
    too, and the switch ends the leg if such a phone is sent anywhere (measured, source)."""
    return leg.peer if leg.peer is not None and leg.peer.answered else None


def begun_by(agent: Agent, kind: type[AnyProcedure]) -> AnyProcedure:
    """What this agent has under way; raises NotNow if it is another's, or something else."""
    under_way = agent.own_leg.call.procedure if agent.own_leg is not None else None
    if not isinstance(under_way, kind) or under_way.agent is not agent:
        raise NotNow
    return under_way


def target(tenant: Tenant, call: Call, field: str, number: str, *, inside: bool) -> Agent | None:
    """The agent that is meant, None for a number of the outside; refuses what may not be called."""
    tenant.need_switch()
    there = [leg for leg in call.legs if leg.ending is None]
    if any(leg.number == number or (leg.agent and leg.agent.id == number) for leg in there):
        raise BadField(field, "in the call already")
    if not inside:
        return None
    agent = tenant.agent(number)
    if not agent.takes_calls:
        raise TargetNotFree
    return agent


def reach(
    tenant: Tenant,
    own_leg: Leg,
    agent: Agent | None,
    number: str,
    purpose: Purpose,
    request: SetsUpALeg,
) -> Leg:
    """A leg to a third party, about to be called; its agent is reserved. ``number``: outside."""
    assert own_leg.agent is not None
    if agent is None:
        may_call(tenant, number, own_leg.agent.id)
    shown = agent.extension if agent else number
    leg = tenant.set_up(own_leg.call, shown, purpose, agent, own_leg.agent.id)
    leg.offered = agent is not None
    leg.caller, leg.callee = own_leg.number, leg.number
    leg.media = Media(request.audio, request.video, request.pixels)
    return leg


def ring(tenant: Tenant, leg: Leg, request: SetsUpALeg) -> Steps:
    """Call a third party; once it answers it is parked, and what it was called for goes on.

    Raises what it was ended for, if that was before anybody was called.
    """
    if not leg.ended and leg.ending is None:
        yield from queueing.step_out(leg)
    if leg.ending is not None:
        raise leg.ending
    if leg.ended:
        return
    yield from recording.third(tenant, leg, request)
    phone = dialling.offered_phone(tenant, leg, request.max_ring_time, request.max_call_time)
    yield from dialling.dial(leg, phone, dialstring.Then(dialstring.park()))
