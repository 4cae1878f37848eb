"""What happens to a leg, and what follows for its agent and for the actions of its call.

What the switch shows of a leg is written here alone, whether an event has reported it, or the list
of channels or a dump shows that the event was missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esl_bridge.domain import last_call
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import CALLS, TALKS, Call
from esl_bridge.domain.domain_events import LegOffered
from esl_bridge.domain.leg import SUPERVISING, Hold, Leg, LegState, Media
from esl_bridge.domain.states import Status, Trigger, TriggerDetails
from esl_bridge.errors import Cancelled
from esl_bridge.layout.places import ObservedLeg, Parked

if TYPE_CHECKING:
    from esl_bridge.domain.tenant import Tenant


def rings(tenant: Tenant, leg: Leg, *, early: bool = False) -> None:
    leg.progress.early = leg.progress.early or early
    if leg.state is LegState.SETTING_UP:
        leg.state = LegState.RINGING
    _change_agent(tenant, leg, Trigger.LEG_RINGS)


def answered(tenant: Tenant, leg: Leg, at_ms: int = 0, video: int = 0) -> None:
    """``at_ms``: when it was answered, if that was reported late. ``video``: the directions that
    its phone allows."""
    leg.state, leg.media.of_phone = LegState.ANSWERED, Media(video=video)
    leg.progress.answered_ms = leg.progress.answered_ms or at_ms or tenant.now_ms()
    _change_agent(tenant, leg, Trigger.LEG_ANSWERED)
    _mark_talking(tenant, leg.call)


def off_hook(tenant: Tenant, leg: Leg) -> None:
    """A phone that dials by itself: its agent is in a call before the far side answers."""
    if leg.agent is not None and leg.agent.own_leg is leg:
        details = TriggerDetails(reason=leg.origin.purpose)
        tenant.agent_states.change(leg.agent, Trigger.LEG_ANSWERED, details)


def bridged(tenant: Tenant, leg: Leg, other: Leg) -> None:
    for one in (leg, other):
        unbridged(one)
        tenant.wallboard.waits_no_more(one.uuid)
        position = one.position
        position.moving, position.parked, position.joined_at = False, False, tenant.clock()
    leg.peer, other.peer = other, leg
    _mark_talking(tenant, leg.call)


def unbridged(leg: Leg) -> None:
    if leg.peer is not None:
        leg.peer.peer = None
        leg.peer = None


def parked(tenant: Tenant, leg: Leg) -> None:
    unbridged(leg)
    tenant.wallboard.waits_no_more(leg.uuid)
    position = leg.position
    position.moving, position.parked, position.parks_on_unbridge = False, True, None


def plays(tenant: Tenant, leg: Leg) -> None:
    """A sound has begun to play to it."""
    position = leg.position
    position.moving, position.parked, position.waiting_sound_began = False, False, tenant.clock()


def is_found(leg: Leg, shown: ObservedLeg) -> None:
    """The switch has been asked where it is: it has arrived where it was sent."""
    position = leg.position
    position.moving, position.parked = False, shown.place == Parked()
    position.parks_on_unbridge = shown.parks_on_unbridge


def left_room(leg: Leg) -> None:
    leg.position.room = ""


def entered(tenant: Tenant, leg: Leg, room: str) -> None:
    unbridged(leg)
    position = leg.position
    position.room, position.moving, position.parked = room, False, False
    if leg.media.hold is Hold.MUSIC:  # who heard it has gone to the room before
        holds_nobody(tenant, leg)
    together = [one for one in tenant.legs.values() if one.position.room == room]
    if leg.call.procedure is None and len(together) > 1:
        for one in together:
            one.progress.talks(tenant.now_ms())
    for action in leg.call.actions:
        if action.near is leg and action.kind in CALLS:
            tenant.actions.start(action)


def set_hold(tenant: Tenant, leg: Leg, hold: Hold) -> None:
    leg.media.hold = hold
    if leg.agent is not None:
        tenant.agent_states.mark_changed(leg.agent)


def holds_nobody(tenant: Tenant, leg: Leg) -> None:
    """The party that heard its hold music has left; a hold by the phone persists."""
    set_hold(tenant, leg, Hold.PHONE if leg.media.phone_holds else Hold.NO)


def phone_holds(tenant: Tenant, leg: Leg) -> None:
    """By its own button, which stops music that plays already; only the phone can retrieve."""
    leg.media.phone_holds = True
    if leg.media.hold is not Hold.OUT_OF_ROOM:
        set_hold(tenant, leg, Hold.PHONE)


def phone_retrieves(tenant: Tenant, leg: Leg) -> None:
    leg.media.phone_holds = False
    if leg.media.hold is Hold.PHONE:
        set_hold(tenant, leg, Hold.NO)


def abandon(tenant: Tenant, leg: Leg) -> None:
    """A leg that may or may not come up: free its agent."""
    leg.ending = Cancelled
    _free_agent(tenant, leg, Trigger.LEG_ENDED)


def take_back(tenant: Tenant, agent: Agent, leg: Leg) -> None:
    """An agent checks in while its phone still has a leg."""
    agent.own_leg, agent.detached_leg = leg, None
    if leg.origin.offered and leg.state is LegState.RINGING:
        leg.progress.reported = True
        tenant.domain_events.append(LegOffered.of(leg))
    if leg.state is not LegState.SETTING_UP:
        trigger = Trigger.LEG_ANSWERED if leg.answered else Trigger.LEG_RINGS
        tenant.agent_states.change(agent, trigger, TriggerDetails(reason=leg.origin.purpose))


def let_go(tenant: Tenant, agent: Agent) -> None:
    """Detach the agent from its leg, which stays in its call."""
    if agent.own_leg is not None:
        tenant.agent_states.note_left(agent, agent.own_leg.call)
        last_call.note(agent.own_leg)
    agent.own_leg, agent.detached_leg = None, agent.leg_at_phone
    tenant.agent_states.mark_changed(agent)


def drop(tenant: Tenant, leg: Leg, trigger: Trigger, reason: str = "") -> None:
    """The leg has ended; its agent changes state by the table."""
    if leg.ended:
        return
    if trigger is Trigger.SWITCH_LOST and leg.origin.dialled and not leg.answered:
        tenant.leg_book.may_come_yet(leg)
    if leg.peer is not None:
        leg.peer.position.loses_partner()
    unbridged(leg)
    leg.position.room = ""
    tenant.leg_book.remove(leg, reason)
    tenant.wallboard.waits_no_more(leg.uuid)
    _free_agent(tenant, leg, trigger, reason)


def forget(tenant: Tenant, leg: Leg) -> None:
    """Drop a leg that the switch refused to set up."""
    if not leg.ended:
        drop(tenant, leg, Trigger.LEG_ENDED)


def _free_agent(tenant: Tenant, leg: Leg, trigger: Trigger, reason: str = "") -> None:
    agent = leg.agent
    if agent is not None and agent.detached_leg is leg:
        agent.detached_leg = None
    if agent is None or agent.own_leg is not leg:
        return
    agent.own_leg = None
    tenant.agent_states.note_left(agent, leg.call)
    last_call.note(leg)
    details = TriggerDetails(
        wrap_up_seconds=tenant.company.wrap_up_seconds,
        reason=reason,
        talked=leg.progress.talked,
        supervising=leg.origin.purpose in SUPERVISING,
        missed_offer_makes_busy=_is_missed(tenant, leg, reason),
    )
    if trigger is not Trigger.SWITCH_LOST:
        trigger = _end_of(leg, agent)
    tenant.agent_states.change(agent, trigger, details)


def _is_missed(tenant: Tenant, leg: Leg, reason: str) -> bool:
    """Whether a queue's offer was missed, and the company makes such agents BUSY."""
    missed = leg.origin.from_queue and reason in ("REJECTED", "NO_ANSWER", "MEDIA_FAILED")
    return missed and tenant.company.missed_offer == "busy"


def _end_of(leg: Leg, agent: Agent) -> Trigger:
    if agent.status is Status.RINGING:
        return Trigger.LEG_ENDED_UNANSWERED
    return Trigger.LEG_ENDED if leg.progress.talked else Trigger.LEG_ENDED_UNTALKED


def _change_agent(tenant: Tenant, leg: Leg, trigger: Trigger) -> None:
    agent = leg.agent
    if agent is None or agent.own_leg is not leg or agent.status is Status.OFFLINE:
        return
    if leg.origin.offered and not leg.progress.reported:
        leg.progress.reported = True
        tenant.domain_events.append(LegOffered.of(leg))
    tenant.agent_states.change(agent, trigger, TriggerDetails(reason=leg.origin.purpose))


def _mark_talking(tenant: Tenant, call: Call) -> None:
    """Two legs talk once both have answered and are bridged: early media is no talk."""
    for leg in call.legs:
        if leg.answered and leg.peer is not None and leg.peer.answered:
            leg.progress.talks(tenant.now_ms())
            if leg.agent is not None and leg.ending is None and leg.peer.ending is None:
                call.fallen_back = False
    for action in call.actions:
        far = action.far
        joined = far is not None and action.near.peer is far and far.answered
        if joined and action.near.answered and action.kind in TALKS:
            tenant.actions.start(action)
