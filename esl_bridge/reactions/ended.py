"""A leg is over: what that means for actions, agents, and those who are left."""

from __future__ import annotations

from esl_bridge.callflow import ending, media, monitoring, recording, replaces, routing, takeover
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.call import Action, Call, Kind
from esl_bridge.domain.leg import Hold, Leg, LegState, Purpose
from esl_bridge.domain.states import Status, Trigger
from esl_bridge.domain.tenant import Tenant
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
from esl_bridge.reactions import procedures
from esl_bridge.reactions.registry import reaction

_REASONS: dict[type[BridgeError], str] = {
    NoAnswer: "NO_ANSWER",
    Unreachable: "NO_ANSWER",
    Rejected: "REJECTED",
    MediaFailed: "MEDIA_FAILED",
}


@reaction(LegEnded)
def ended(event: LegEnded, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    if leg is None:
        return None
    leg.taken = leg.taken or event.cause == causes.REPLACED
    if event.cause != causes.REPLACED:
        tenant.expect_release(leg)
    steps = leg_ended(tenant, leg, event.cause, event.sip_status)
    if event.cause == causes.REPLACED:
        tenant.expect_replacement(event.leg)
    return steps


@reaction(LegReleased)
def released(event: LegReleased, tenant: Tenant) -> None:
    tenant.released(event.leg)


@reaction(OriginateFailed)
def originate_failed(event: OriginateFailed, tenant: Tenant) -> Steps | None:
    """Where no phone was reached there is no other sign; else the leg has ended already."""
    leg = tenant.legs.get(event.leg)
    if leg is None:
        return None
    return leg_ended(tenant, leg, event.cause)


def leg_ended(tenant: Tenant, leg: Leg, cause: str, sip_status: int = 0) -> Steps:
    leg.cause = cause
    why = _why(leg, cause, sip_status)
    return _over(tenant, leg, why, Trigger.LEG_ENDED, _reason(leg, why))


def leg_missing(tenant: Tenant, leg: Leg) -> Steps:
    """A leg that is not there any more, and whose end was not told."""
    why = None if leg.talked else SwitchUnavailable
    return _over(tenant, leg, why, Trigger.SWITCH_LOST, "RESYNC")


def _over(
    tenant: Tenant, leg: Leg, why: type[BridgeError] | None, trigger: Trigger, reason: str
) -> Steps:
    call = leg.call
    procedure, partner = call.procedure, leg.peer
    if leg.changing is not None:
        media.end(tenant, leg.changing, PartyGone)
    listeners = monitoring.operated_ended(tenant, leg)
    if leg.taken and replaces.leads_back(leg, procedure):
        steps: Steps | None = replaces.place_lost(tenant, leg, procedure)
    else:
        steps = procedures.ended(tenant, procedure, leg, why) if procedure is not None else None
    # What was begun by it has left the call with it, where its customer has been handed over.
    actions = dict.fromkeys([*call.actions, *leg.call.actions])
    for action in [action for action in actions if action.concerns(leg)]:
        if call.procedure is None or action is not call.procedure.action:
            _end(tenant, action, why)
    _say_goodbye(tenant, leg)
    tenant.drop(leg, trigger, reason)
    recording.leg_ended(tenant, leg)
    rest = steps if steps is not None else _what_is_left(tenant, leg, partner)
    return _all(listeners, takeover.operated_ended(leg), rest)


def _all(*moves: Steps) -> Steps:
    for each in moves:
        yield from each


def _end(tenant: Tenant, action: Action, why: type[BridgeError] | None) -> None:
    # What was under way has not been cancelled, nor has it failed: it has just ended.
    ordinary = action.started and why in (Cancelled, SwitchUnavailable)
    aim = action.kind is Kind.INTERRUPT_CALL
    tenant.end(action, None if ordinary or aim else why, reached=aim)


def _say_goodbye(tenant: Tenant, leg: Leg) -> None:
    """A check-out that was put off till now is a whole one: it ends what goes on without the agent,
    too."""
    agent = leg.agent
    remembered = agent.state.remembered if agent is not None and agent.own_leg is leg else None
    if agent is not None and remembered is not None and remembered.status is Status.OFFLINE:
        ending.end_actions_of(tenant, agent)


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


def _forget_undialled(tenant: Tenant, call: Call) -> None:
    """Parties that the leg which is gone would have called: the switch has not heard of them. Of a
    third party it may be hearing just now."""
    for other in list(call.legs):
        if other.state is LegState.SETTING_UP and other.purpose is Purpose.CALLIN:
            tenant.drop(other, Trigger.LEG_ENDED)


def _what_is_left(tenant: Tenant, leg: Leg, partner: Leg | None) -> Steps:
    call = leg.call
    if call.customer is None:
        _forget_undialled(tenant, call)
    elif leg is call.customer:
        yield from ending.end_unanswered(call)
    elif leg.purpose is Purpose.CALLIN and not leg.talked and not leg.from_queue:
        yield from routing.fall_back(tenant, call.customer)
    # Who hears music, or silence, does not notice that its partner is gone (measured), and who was
    # not in a bridge with it is on the way to somewhere with nobody there.
    deaf = partner is not None and partner.silence
    if leg.hold is not Hold.NO or deaf or (leg.talked and partner is None and not leg.room):
        for other in [one for one in call.legs if one.talked]:
            yield from ending.end_leg(other)
