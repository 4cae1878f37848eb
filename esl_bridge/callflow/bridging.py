"""Bridging legs and separating them, without losing any of them on the way."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TypeVar

from esl_bridge.callflow import dialling, ending, failsafe_timers, queueing, recording
from esl_bridge.callflow.routing import fall_back, may_call
from esl_bridge.callflow.steps import Effect, Steps, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import THIRDS, Hold, Leg, Media, Purpose
from esl_bridge.domain.procedures import Conference, Consult, Rejoining, Transfer
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    BadField,
    BridgeError,
    NotNow,
    OutcomeUnknown,
    PartyGone,
    SwitchError,
    SwitchRefused,
    TargetNotFree,
)
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command
from esl_bridge.layout import rules
from esl_bridge.layout.places import Destination
from esl_bridge.protocol.envelope import OriginatingRequest

AnyProcedure = TypeVar("AnyProcedure", Consult, Transfer, Conference)


_IN_DOUBT = (Hold.PHONE, Hold.ASKED, Hold.UNSURE)

# Limit for the switch to move a leg, or to bridge two; measured: 0.1 s.
_MOVE_SECONDS = 2.0


def keep_on_unbridge(tenant: Tenant, *legs: Leg) -> Steps:
    """From now on a leg that loses its partner, or during ``join`` the one it is to get, is parked
    for a while instead of being hung up by the switch. While parked its phone is sent silence: a
    whisper is mixed into that, not into nothing (measured)."""
    for leg in legs:
        yield commands.uuid_setvar(
            leg.uuid,
            **failsafe_timers.kept_on_unbridge(tenant),
            hangup_after_bridge="false",
            uuid_bridge_park_on_cancel="true",
            send_silence_when_idle="-1",
            # Else the switch hangs up the partner of a phone that holds and then leaves (source).
            hold_hangup_xfer_exten="park:inline",
            **dialstring.KEYS_END_NOTHING,
        )


def end_on_unbridge(*legs: Leg) -> Steps:
    """Undo ``keep_on_unbridge``: from now on a leg that loses its partner is hung up, even if the
    daemon is not running."""
    for leg in [leg for leg in legs if not leg.ended]:
        # The leg has just ended; or the link is down, and the resync does it.
        with suppress(SwitchError):
            yield commands.uuid_setvar(
                leg.uuid,
                park_after_bridge="",
                park_timeout="",
                hangup_after_bridge="true",
                uuid_bridge_park_on_cancel="",
                hold_hangup_xfer_exten="",
                # A partner's hold by its phone sets this, and may leave it behind.
                transfer_after_bridge="",
                **failsafe_timers.held(),
            )


def let_go(own_leg: Leg, customer: Leg) -> Steps:
    """Release an agent that has handed its customer over. If its leg cannot be ended now, the
    resync ends it."""
    own_leg.ending = own_leg.ending or PartyGone
    yield from end_on_unbridge(customer)
    if not own_leg.ended:
        yield from ending.end_leg(own_leg)


def arrived(*legs: Leg) -> Steps:
    """Wait for legs that are being moved: ``rules.await_a_leg_on_its_way``."""
    for leg in legs:
        if leg.moving and not leg.ended:
            yield Until(partial(_has_arrived, leg), _MOVE_SECONDS)


def _has_arrived(leg: Leg) -> bool:
    return leg.ended or not leg.moving


def grown_together(tenant: Tenant, leg: Leg) -> Steps:
    """Leave two legs alone for a moment after they were bridged: ``rules.rest_after_a_bridge``."""
    left = min(leg.joined_at - tenant.clock(), 0.0) + rules.REST_SECONDS
    if leg.peer is not None and left > 0:
        yield Until(lambda: leg.ended, left)


def move(leg: Leg, command: Command) -> Steps:
    """Send a leg elsewhere once it has arrived where it was sent before."""
    yield from arrived(leg)
    yield from send(leg, command)


def send(leg: Leg, command: Command, place: Destination | None = None) -> Steps:
    """Send a leg elsewhere, to ``place`` where a layout wants it there; its partner is parked if it
    is kept on unbridge."""
    _set_out(leg)
    leg.heading_for = place
    yield Effect(command, lambda: not leg.moving)


def join(first: Leg, second: Leg) -> Steps:
    """Bridge ``first`` to ``second``. Pass the customer second: hold music on the first leg
    outlives its partner. If ``second`` ends before they talk, ``first`` is parked if it is kept on
    unbridge. If ``first`` ends, ``second`` is left in limbo: no event reports it, but it may be
    sent anywhere (measured)."""
    yield from arrived(first, second)
    _set_out(first, second)
    before = first.joined_at
    try:
        yield Effect(
            commands.uuid_bridge(first.uuid, second.uuid), lambda: first.joined_at != before
        )
    except SwitchRefused:
        _set_out(first, second, moving=False)
        raise


def _set_out(*legs: Leg, moving: bool = True) -> None:
    for leg in legs:
        leg.moving, leg.heading_for, leg.parked = moving, None, False
        if leg.peer is not None:
            leg.peer.moving = moving


def part(tenant: Tenant, leg: Leg) -> Steps:
    """Separate a leg from its partner before it is bridged to another; both wait, kept on unbridge.

    If it were taken straight out of its talk it might be in the next one before its old partner has
    noticed. A partner that is played music never notices in time, and stays up until that next talk
    is over, although the switch was told to hang it up (measured, source).
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
    """Route a customer whose agent is gone. After a talk it may be kept on unbridge, which would
    leave it parked after its next talk; so that is undone first."""
    if customer.talked:
        yield from end_on_unbridge(customer)
    yield from fall_back(tenant, customer)


def holds_yet(tenant: Tenant, own_leg: Leg, error: BridgeError) -> None:
    """Keep an agent's hold when another operation failed with an unknown outcome: the music may go
    on until the two legs are bridged or the switch is resynced."""
    if isinstance(error, OutcomeUnknown) and own_leg.hold is Hold.NO:
        tenant.holds(own_leg, Hold.ENDING)


def rejoin(tenant: Tenant, own_leg: Leg, customer: Leg) -> Steps:
    """Return to a plain call of two. If the agent has left, or leaves now, the customer is
    rerouted; until they talk the customer is kept on unbridge."""
    customer.call.procedure = Rejoining(own_leg, customer)
    yield from _bring_together(tenant, own_leg, customer)
    yield from talk_on(tenant, own_leg, customer)


def talk_on(tenant: Tenant, own_leg: Leg, customer: Leg) -> Steps:
    """End ``keep_on_unbridge`` for both legs before anything new begins between them."""
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
        # It may have been parked meanwhile, which cleared the variables.
        yield from keep_on_unbridge(tenant, customer)
    with suppress(SwitchError):
        yield from join(own_leg, customer)
        done = lambda: customer.peer is own_leg or own_leg.ended or customer.ended  # noqa: E731
        yield Until(done, _MOVE_SECONDS)


def together(own_leg: Leg) -> Steps:
    """Wait for two legs that are being bridged again: their agent was told that they talk."""
    if isinstance(own_leg.call.procedure, Rejoining):
        yield Until(lambda: own_leg.call.procedure is None or own_leg.ended, _MOVE_SECONDS)


def joined(leg: Leg) -> Steps:
    """Wait for a leg that has just answered to be bridged: if it ended before, its partner would
    end too."""
    if leg.answered and not leg.talked and leg.call.procedure is not None:
        yield Until(lambda: leg.talked or leg.ended, _MOVE_SECONDS)


def partner(own_leg: Leg) -> Leg:
    """The party that an agent talks to or holds. Raises NotNow where there is none, where the phone
    itself holds, or where a procedure is under way."""
    peer = answered_peer(own_leg)
    if peer is None or own_leg.hold in _IN_DOUBT or own_leg.call.procedure is not None:
        raise NotNow
    return peer


def answered_peer(leg: Leg) -> Leg | None:
    """The leg's partner, unless that only rings: a phone that sends early media is bridged before
    it answers, and the switch hangs up the leg if such a phone is moved (measured, source)."""
    return leg.peer if leg.peer is not None and leg.peer.answered else None


def begun_by(agent: Agent, kind: type[AnyProcedure]) -> AnyProcedure:
    """The procedure that this agent began; raises NotNow if it is another's, or of another kind."""
    under_way = agent.own_leg.call.procedure if agent.own_leg is not None else None
    if not isinstance(under_way, kind) or under_way.agent is not agent:
        raise NotNow
    return under_way


def target(tenant: Tenant, call: Call, field: str, number: str, *, inside: bool) -> Agent | None:
    """The agent to call, None for an outside number. Raises what forbids the call:
    SwitchUnavailable, BadField, UnknownAgent or TargetNotFree."""
    tenant.need_switch()
    there = [leg for leg in call.legs if leg.ending is None]
    if any(leg.number == number or (leg.agent and leg.agent.id == number) for leg in there):
        raise BadField(field, "already in the call")
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
    request: OriginatingRequest,
) -> Leg:
    """Set up a leg to a third party, which reserves its agent. ``number`` is used where ``agent``
    is None. Raises NumberBarred or TooManyCalls."""
    assert own_leg.agent is not None
    if agent is None:
        may_call(tenant, number, own_leg.agent.id)
    shown = agent.extension if agent else number
    leg = tenant.set_up(own_leg.call, shown, purpose, agent, own_leg.agent.id)
    leg.offered = agent is not None
    leg.caller, leg.callee = own_leg.number, leg.number
    leg.media = Media(request.audio, request.video, request.pixels)
    return leg


def ring(tenant: Tenant, leg: Leg, request: OriginatingRequest) -> Steps:
    """Originate a third party's leg; when it answers it is parked, and the procedure continues.

    Raises the leg's ``ending`` if it was ended before the switch was told to call.
    """
    if not leg.ended and leg.ending is None:
        yield from queueing.leave_queues(leg)
    if leg.ending is not None:
        raise leg.ending
    if leg.ended:
        return
    yield from recording.third(tenant, leg, request)
    phone = dialling.offered_phone(tenant, leg, request.max_ring_time, request.max_call_time)
    yield from dialling.dial(leg, phone, dialstring.Then(dialstring.park()))
