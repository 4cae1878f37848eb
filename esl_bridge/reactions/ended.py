"""A leg is over: what that means for actions, agents, and those who are left."""

from __future__ import annotations

from esl_bridge.callflow import ending, listening, media, recording, routing, substituting, thefts
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.call import Action, Call, Kind
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Hold, Leg, Life, Why
from esl_bridge.domain.states import Status, Trigger
from esl_bridge.errors import (
    BridgeError,
    Cancelled,
    MediaFailed,
    NoAnswer,
    PartyGone,
    Rejected,
    SwitchUnavailable,
    Unreachable,
)
from esl_bridge.esl import causes
from esl_bridge.esl.events import LegEnded, LegReleased, OriginateFailed
from esl_bridge.reactions import works
from esl_bridge.reactions.registry import reaction

_REASONS: dict[type[BridgeError], str] = {
    NoAnswer: "NO_ANSWER",
    Unreachable: "NO_ANSWER",
    Rejected: "REJECTED",
    MediaFailed: "MEDIA_FAILED",
}


@reaction(LegEnded)
def ended(event: LegEnded, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    if leg is None:
        return None
    leg.stolen = leg.stolen or event.cause == causes.REPLACED
    if event.cause != causes.REPLACED:
        desk.expect_release(leg)
    steps = leg_ended(desk, leg, event.cause, event.sip_status)
    if event.cause == causes.REPLACED:
        desk.expect_thief(event.leg)
    return steps


@reaction(LegReleased)
def released(event: LegReleased, desk: Desk) -> None:
    desk.released(event.leg)


@reaction(OriginateFailed)
def originate_failed(event: OriginateFailed, desk: Desk) -> Moves | None:
    """Where no phone was reached there is no other sign; else the leg has ended already."""
    leg = desk.legs.get(event.leg)
    if leg is None:
        return None
    return leg_ended(desk, leg, event.cause)


def leg_ended(desk: Desk, leg: Leg, cause: str, sip_status: int = 0) -> Moves:
    leg.cause = cause
    why = _why(leg, cause, sip_status)
    return _over(desk, leg, why, Trigger.LEG_ENDED, _reason(leg, why))


def leg_missing(desk: Desk, leg: Leg) -> Moves:
    """A leg that is not there any more, and whose end was not told."""
    why = None if leg.talked else SwitchUnavailable
    return _over(desk, leg, why, Trigger.SWITCH_LOST, "RESYNC")


def _over(
    desk: Desk, leg: Leg, why: type[BridgeError] | None, trigger: Trigger, reason: str
) -> Moves:
    call = leg.call
    work, partner = call.work, leg.peer
    if leg.changing is not None:
        media.end(desk, leg.changing, PartyGone)
    listeners = listening.operated_ended(desk, leg)
    if leg.stolen and thefts.leads_back(leg, work):
        steps: Moves | None = thefts.place_lost(desk, leg, work)
    else:
        steps = works.ended(desk, work, leg, why) if work is not None else None
    # What was begun by it has left the call with it, where its customer has been handed over.
    actions = dict.fromkeys([*call.actions, *leg.call.actions])
    for action in [action for action in actions if action.concerns(leg)]:
        if call.work is None or action is not call.work.action:
            _end(desk, action, why)
    _say_goodbye(desk, leg)
    desk.drop(leg, trigger, reason)
    recording.leg_ended(desk, leg)
    rest = steps if steps is not None else _what_is_left(desk, leg, partner)
    return _all(listeners, substituting.operated_ended(leg), rest)


def _all(*moves: Moves) -> Moves:
    for each in moves:
        yield from each


def _end(desk: Desk, action: Action, why: type[BridgeError] | None) -> None:
    # What was under way has not been cancelled, nor has it failed: it has just ended.
    ordinary = action.started and why in (Cancelled, SwitchUnavailable)
    aim = action.kind is Kind.INTERRUPT_CALL
    desk.end(action, None if ordinary or aim else why, reached=aim)


def _say_goodbye(desk: Desk, leg: Leg) -> None:
    """A check-out that was put off till now is a whole one: it ends what goes on without the agent,
    too."""
    agent = leg.agent
    remembered = agent.state.remembered if agent is not None and agent.own is leg else None
    if agent is not None and remembered is not None and remembered.status is Status.OFFLINE:
        ending.end_actions_of(desk, agent)


def _why(leg: Leg, cause: str, sip_status: int) -> type[BridgeError] | None:
    """The cause in the protocol's terms; ``None`` for the ordinary end of a talk."""
    in_a_room = any(action.started and action.near is leg for action in leg.call.actions)
    if leg.talked or in_a_room:
        return causes.after_talk(cause, sip_status)
    if leg.ending is not None:
        return leg.ending
    if causes.hung_up(cause, sip_status, answered=leg.answered):
        # Of one that was called for somebody nobody here has thought better of it.
        began = any(action.near is leg for action in leg.call.actions)
        return Cancelled if began else PartyGone
    # An agent's leg that called somebody in vain ends with the other's cause.
    whose = _called_by(leg) if leg.answered else leg
    return causes.unanswered(cause, inside=whose.inside, sip_status=sip_status)


def _called_by(leg: Leg) -> Leg:
    far = [action.far for action in leg.call.actions if action.near is leg and action.far]
    return far[0] if far else leg


def _reason(leg: Leg, why: type[BridgeError] | None) -> str:
    if leg.reason:
        return leg.reason
    # An agent whose own phone has dialled is in the call though nobody has answered.
    busy = leg.agent is not None and leg.agent.status is Status.CALLING
    if leg.answered or busy or why is None:
        return ""
    if leg.offered and why in (PartyGone, Cancelled):
        return "CALLER_GONE"
    return _REASONS.get(why, "")


def _forget_undialled(desk: Desk, call: Call) -> None:
    """Parties that the leg which is gone would have called: the switch has not heard of them. Of a
    third party it may be hearing just now."""
    for other in list(call.legs):
        if other.life is Life.SETTING_UP and other.why is Why.CALLIN:
            desk.drop(other, Trigger.LEG_ENDED)


def _what_is_left(desk: Desk, leg: Leg, partner: Leg | None) -> Moves:
    call = leg.call
    if call.customer is None:
        _forget_undialled(desk, call)
    elif leg is call.customer:
        yield from ending.end_unanswered(call)
    elif leg.why is Why.CALLIN and not leg.talked and not leg.from_queue:
        yield from routing.fall_back(desk, call.customer)
    # Who hears music, or silence, does not notice that its partner is gone (measured), and who was
    # not in a bridge with it is on the way to somewhere with nobody there.
    deaf = partner is not None and partner.silence
    if leg.hold is not Hold.NO or deaf or (leg.talked and partner is None and not leg.room):
        for other in [one for one in call.legs if one.talked]:
            yield from ending.end_leg(other)
