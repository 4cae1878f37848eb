"""A leg is over: what that means for actions, agents, and those who are left."""

from __future__ import annotations

from esl_bridge.callflow import ending, routing
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.agent import Trigger
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.errors import BridgeError, Cancelled, NoAnswer, PartyGone, Rejected
from esl_bridge.esl import causes
from esl_bridge.esl.events import LegEnded, OriginateFailed
from esl_bridge.reactions.registry import reaction

_REASONS: dict[type[BridgeError], str] = {NoAnswer: "NO_ANSWER", Rejected: "REJECTED"}


@reaction(LegEnded)
def ended(event: LegEnded, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    if leg is None:
        return None
    return _ended(desk, leg, event.cause, by_phone=event.by_phone)


@reaction(OriginateFailed)
def originate_failed(event: OriginateFailed, desk: Desk) -> Moves | None:
    """Where no phone was reached there is no other sign; else the leg has ended already."""
    leg = desk.legs.get(event.leg)
    if leg is None:
        return None
    return _ended(desk, leg, event.cause, by_phone=False)


def _ended(desk: Desk, leg: Leg, cause: str, *, by_phone: bool) -> Moves:
    held, was_joined = leg.hold, leg.talked
    why = _why(leg, cause, by_phone=by_phone)
    for action in [action for action in leg.call.actions if action.concerns(leg)]:
        desk.end(action, why if leg in (action.near, action.far) else None)
    desk.drop(leg, Trigger.LEG_ENDED, _reason(leg, why))
    return _what_is_left(desk, leg, was_joined=was_joined, held=held is not held.NO)


def _why(leg: Leg, cause: str, *, by_phone: bool) -> type[BridgeError] | None:
    """The cause in the protocol's terms; ``None`` for the ordinary end of a talk."""
    if leg.talked:
        return causes.after_talk(cause)
    if leg.ending is not None:
        return leg.ending
    if leg.answered and (by_phone or cause in causes.NORMAL):
        return Cancelled
    # An agent's leg that called somebody in vain ends with the other's cause.
    whose = _called_by(leg) if leg.answered else leg
    return causes.unanswered(cause, inside=whose.inside)


def _called_by(leg: Leg) -> Leg:
    far = [action.far for action in leg.call.actions if action.near is leg and action.far]
    return far[0] if far else leg


def _reason(leg: Leg, why: type[BridgeError] | None) -> str:
    if leg.answered or why is None:
        return ""
    if leg.offered and why in (PartyGone, Cancelled):
        return "CALLER_GONE"
    return _REASONS.get(why, "")


def _what_is_left(desk: Desk, leg: Leg, *, was_joined: bool, held: bool) -> Moves:
    call = leg.call
    if leg is call.customer:
        yield from ending.end_unanswered(call)
    elif call.customer is not None and leg.why is leg.why.CALLIN and not was_joined:
        yield from routing.fall_back(desk, call.customer)
    if held and was_joined:
        # Who hears music does not notice that its partner is gone (measured).
        for other in list(call.legs):
            yield from ending.end_leg(other)
