"""A leg has ended: the consequences for actions, agents and the remaining legs."""

from __future__ import annotations

from esl_bridge.callflow import ending, media, monitoring, recording, replaces, routing, takeover
from esl_bridge.callflow.procedure_registry import module_of
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.call import Action, ActionKind, Call
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
from esl_bridge.esl.events import ByeSent, LegEnded, OriginateFailed
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
    leg.intrusion.hijacked = leg.intrusion.hijacked or event.cause == causes.REPLACED
    if event.cause != causes.REPLACED:
        tenant.leg_book.expect_release(leg)
    steps = leg_ended(tenant, leg, event.cause, event.sip_status)
    if event.cause == causes.REPLACED:
        tenant.leg_book.expect_replacement(leg)
    return steps


@reaction(ByeSent)
def bye_sent(event: ByeSent, tenant: Tenant) -> None:
    tenant.leg_book.released(event.leg)


@reaction(OriginateFailed)
def originate_failed(event: OriginateFailed, tenant: Tenant) -> Steps | None:
    """Without a leg this is the only sign of a failed originate; else the leg's end was reported
    before."""
    leg = tenant.legs.get(event.leg)
    if leg is None:
        return None
    return leg_ended(tenant, leg, event.cause)


def leg_ended(tenant: Tenant, leg: Leg, cause: str, sip_status: int = 0) -> Steps:
    leg.progress.hangup_cause = cause
    why = _why(leg, cause, sip_status)
    return _over(tenant, leg, why, Trigger.LEG_ENDED, _reason(leg, why))


def leg_missing(tenant: Tenant, leg: Leg) -> Steps:
    """A leg that the switch no longer has, without having reported its end."""
    why = None if leg.progress.talked else SwitchUnavailable
    return _over(tenant, leg, why, Trigger.SWITCH_LOST, "RESYNC")


def _over(
    tenant: Tenant, leg: Leg, why: type[BridgeError] | None, trigger: Trigger, reason: str
) -> Steps:
    call = leg.call
    procedure, partner = call.procedure, leg.peer
    if leg.media.change is not None:
        media.end(tenant, leg.media.change, PartyGone)
    listeners = monitoring.operated_ended(tenant, leg)
    if leg.intrusion.hijacked and replaces.returns_to_agent(leg, procedure):
        steps: Steps | None = replaces.replaced_leg_ended(tenant, leg, procedure)
    elif procedure is None:
        steps = None
    elif leg in procedure.parties:
        steps = module_of(procedure).ended(tenant, procedure, leg, why)
    else:
        steps = ending.nothing()
    # Where its customer was handed over, the actions begun by the leg left the call with it.
    actions = dict.fromkeys([*call.actions, *leg.call.actions])
    for action in [action for action in actions if action.concerns(leg)]:
        if call.procedure is None or action is not call.procedure.action:
            _end(tenant, action, why)
    _end_actions_at_checkout(tenant, leg)
    leg_changes.drop(tenant, leg, trigger, reason)
    recording.leg_ended(tenant, leg)
    rest = steps if steps is not None else _end_remaining(tenant, leg, partner)
    return _all(listeners, takeover.operated_ended(leg), rest)


def _all(*moves: Steps) -> Steps:
    for each in moves:
        yield from each


def _end(tenant: Tenant, action: Action, why: type[BridgeError] | None) -> None:
    # An action that has started was not cancelled, nor did it fail: it just ends.
    ordinary = action.started and why in (Cancelled, SwitchUnavailable)
    aim = action.kind is ActionKind.INTERRUPT_CALL
    tenant.actions.end(action, None if ordinary or aim else why, reached=aim)


def _end_actions_at_checkout(tenant: Tenant, leg: Leg) -> None:
    """A check-out that was put off until now also ends what would continue without the agent."""
    agent = leg.agent
    remembered = agent.state.remembered if agent is not None and agent.own_leg is leg else None
    if agent is not None and remembered is not None and remembered.status is Status.OFFLINE:
        ending.end_actions_of(tenant, agent)


def _why(leg: Leg, cause: str, sip_status: int) -> type[BridgeError] | None:
    """The cause in the protocol's terms; ``None`` for the ordinary end of a talk."""
    in_a_room = any(action.started and action.near is leg for action in leg.call.actions)
    if leg.progress.talked or in_a_room:
        return causes.after_talk(cause, sip_status)
    if leg.ending is not None:
        return leg.ending
    if causes.hung_up(cause, sip_status, answered=leg.answered):
        # Cancelled only where the leg's own agent began the call; a called party has just left.
        began = any(action.near is leg for action in leg.call.actions)
        return Cancelled if began else PartyGone
    # An agent's leg whose call failed ends with the far leg's cause.
    whose = _called_by(leg) if leg.answered else leg
    return causes.unanswered(cause, inside=whose.inside, sip_status=sip_status)


def _called_by(leg: Leg) -> Leg:
    far = [action.far for action in leg.call.actions if action.near is leg and action.far]
    return far[0] if far else leg


def _reason(leg: Leg, why: type[BridgeError] | None) -> str:
    if leg.progress.end_reason:
        return leg.progress.end_reason
    # An agent whose phone has dialled is in the call although nobody has answered.
    busy = leg.agent is not None and leg.agent.status is Status.CALLING
    if leg.answered or busy or why is None:
        return ""
    if leg.origin.offered and why in (PartyGone, Cancelled):
        return "CALLER_GONE"
    return _REASONS.get(why, "")


def _forget_undialled(tenant: Tenant, call: Call) -> None:
    """Drop far parties that the ended leg would have called: the switch does not know of them. A
    third party is not dropped, since its originate may be under way."""
    for other in list(call.legs):
        if other.state is LegState.SETTING_UP and other.origin.purpose is Purpose.CALLIN:
            leg_changes.drop(tenant, other, Trigger.LEG_ENDED)


def _end_remaining(tenant: Tenant, leg: Leg, partner: Leg | None) -> Steps:
    call, origin, talked = leg.call, leg.origin, leg.progress.talked
    if call.customer is None:
        _forget_undialled(tenant, call)
    elif leg is call.customer:
        yield from ending.end_unanswered(call)
    elif origin.purpose is Purpose.CALLIN and not talked and not origin.from_queue:
        yield from routing.fall_back(tenant, call.customer)
    # A leg that is played music or silence does not notice that its partner is gone (measured), and
    # a leg that was not bridged to it is on its way to a place where nobody is.
    deaf = partner is not None and partner.position.silence
    on_its_way = talked and partner is None and not leg.position.room
    if leg.media.hold is not Hold.NO or deaf or on_its_way:
        for other in [one for one in call.legs if one.progress.talked]:
            yield from ending.end_leg(other)
