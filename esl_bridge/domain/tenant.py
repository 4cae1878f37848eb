"""A company's state: its agents, legs and calls, and the domain events not yet taken.

A tenant is changed by plain method calls that never wait, so everything between two commands to the
switch happens at once. After each such stretch ``publish_changes`` reports what has changed of
agents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container

from esl_bridge.domain import numbers, presence
from esl_bridge.domain.actions import Actions
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.agent_roster import AgentRoster
from esl_bridge.domain.call import TALKS, ActionKind, Call, Party
from esl_bridge.domain.cancelled_legs import CancelledLegs
from esl_bridge.domain.company import Company
from esl_bridge.domain.domain_events import (
    AgentStateChanged,
    CallOver,
    DomainEvent,
    LegOffered,
    TeamUpdated,
    TimerStarted,
)
from esl_bridge.domain.leg import SUPERVISING, Hold, Leg, LegState, Origin, Purpose
from esl_bridge.domain.procedures import PhoneLoss, Procedure, ThirdPartyProcedure, last_talk_of
from esl_bridge.domain.recording import Recording
from esl_bridge.domain.request_order import RequestOrder
from esl_bridge.domain.states import AgentState, Status, Timer, Trigger, TriggerDetails, next_state
from esl_bridge.domain.switch_settings import SwitchSettings
from esl_bridge.domain.wallboard import Wallboard
from esl_bridge.errors import (
    BridgeError,
    Cancelled,
    SwitchUnavailable,
    UnknownLeg,
)

Owners = defaultdict[str, dict[str, "Tenant"]]


class Tenant(AgentRoster, Actions):
    """``new_id`` returns 32 random hex digits, ``clock`` monotonic seconds, ``now`` the time as
    ``YYYY-MM-DD HH:MM:SS``, ``now_ms`` milliseconds of Unix time. ``owners`` maps for
    each switch the uuids of the legs on it to their tenants, and ``cancelled_legs`` holds legs that
    were given up; all tenants share both."""

    def __init__(
        self,
        company: Company,
        switch_settings: SwitchSettings,
        new_id: Callable[[], str],
        clock: Callable[[], float],
        now: Callable[[], str],
        now_ms: Callable[[], int],
        owners: Owners | None = None,
        cancelled_legs: CancelledLegs | None = None,
    ) -> None:
        AgentRoster.__init__(self)
        self.switch_settings = switch_settings
        self.new_id = new_id
        self.clock = clock
        self.now = now
        self.now_ms = now_ms
        self.epoch = new_id()
        self.switch_up = False
        self.legs: dict[str, Leg] = {}
        self.recordings: dict[str, Recording] = {}
        self._owners = owners if owners is not None else defaultdict(dict)
        self._cancelled_legs = cancelled_legs if cancelled_legs is not None else CancelledLegs()
        self.dialled = numbers.OutboundCounter()
        self.request_order = RequestOrder()
        self.wallboard = Wallboard()
        self.domain_events: list[DomainEvent] = []
        self.current_request: tuple[str, str] = ("", "")
        self._to_sync: list[Agent] = []
        self._calls_over: list[Call] = []
        self._reasons: dict[str, str] = {}
        self._left: dict[str, Call] = {}
        self._releasing: dict[str, Leg] = {}
        self.reconfigure(company)

    @property
    def node(self) -> str:
        """The switch that the company is homed on: its phones, queues and new calls are there."""
        return self.switch_settings.node

    def move_to(self, switch_settings: SwitchSettings) -> None:
        """Home the company on this node from now on. Calls stay on the switch that they are on;
        phones count once they have registered here."""
        if switch_settings.node != self.node:
            self.switch_up = False
            for agent in self.agents.values():
                if agent.registered:
                    agent.registered_at.clear()
                    self.phone_is_gone(agent)
                agent.known_to_queues = False
                self.mark_changed(agent)
        self.switch_settings = switch_settings

    # -- legs -------------------------------------------------------------------------------------

    def need_switch(self) -> None:
        """Raises SwitchUnavailable where there is no link: for requests that cannot even begin
        without it."""
        if not self.switch_up:
            raise SwitchUnavailable

    def legs_on(self, node: str) -> list[Leg]:
        return [leg for leg in self.legs.values() if leg.position.node == node]

    def recordings_on(self, node: str) -> list[Recording]:
        return [one for one in self.recordings.values() if one.on.position.node == node]

    def node_of(self, uuid: str, otherwise: str = "") -> str:
        """The switch that a leg is on; of one that is not known: ``otherwise``, or the company's
        own."""
        leg = self.legs.get(uuid)
        return leg.position.node if leg is not None else otherwise or self.node

    def leg_of(self, agent: Agent, uuid: str) -> Leg:
        """A leg of the agent's own call; raises UnknownLeg for any other."""
        leg = self.legs.get(uuid)
        if leg is None or agent.own_leg is None or leg.call is not agent.own_leg.call:
            raise UnknownLeg
        return leg

    def own_leg(self, agent: Agent, uuid: str) -> Leg:
        """The agent's own leg, by the uuid of any leg of its call."""
        self.leg_of(agent, uuid)
        assert agent.own_leg is not None
        return agent.own_leg

    def open_call(self, contact_id: str = "", flow_data: str = "", work_order_id: str = "") -> Call:
        """A call of an existing contact, or of a new one."""
        contact_id = contact_id or f"contact-{self.new_id()}"
        return Call(flow_data=flow_data, work_order_id=work_order_id, contact_id=contact_id)

    def set_up(
        self,
        call: Call,
        number: str,
        purpose: Purpose,
        agent: Agent | None = None,
        begun_by: str = "",
    ) -> Leg:
        """A leg that the service is about to originate; it reserves its agent from now on."""
        leg = self.join(call, "call-" + self.new_id(), number, purpose, agent)
        leg.origin.dialled, leg.origin.begun_by = True, begun_by
        self._count_outbound(leg)
        return leg

    def take_in(self, leg: Leg) -> None:
        """A leg from before the service was restarted."""
        self.legs[leg.uuid] = leg
        self._owns(leg)
        self._count_outbound(leg)

    def _count_outbound(self, leg: Leg) -> None:
        if leg.origin.dialled and leg.agent is None:
            self.dialled.comes_up(leg.uuid, leg.origin.begun_by)

    def join(
        self,
        call: Call,
        uuid: str,
        number: str,
        purpose: Purpose,
        agent: Agent | None = None,
        node: str = "",
    ) -> Leg:
        """A leg, on the switch that its call is on; the first one on ``node``, or on the company's
        own."""
        node = call.legs[0].position.node if call.legs else node or self.node
        leg = Leg(uuid, call, number, Origin(purpose), agent)
        leg.position.node, leg.progress.began_ms = node, self.now_ms()
        call.legs.append(leg)
        self.legs[uuid] = leg
        self._owns(leg)
        if agent is not None and agent.own_leg is None:
            agent.own_leg = leg
            self.mark_changed(agent)
        return leg

    def move_to_call(self, leg: Leg, call: Call) -> None:
        """Move a leg to another call; the call that it leaves may be over by that."""
        left = leg.call
        call.take(leg)
        self._note_if_over(left)

    def _note_if_over(self, call: Call) -> None:
        if not call.legs:
            self._calls_over.append(call)
            if call.gone:
                self.domain_events.append(
                    CallOver(call.contact_id, call.work_order_id, tuple(call.gone))
                )

    def abandon(self, leg: Leg) -> None:
        """A leg that may or may not come up: free its agent."""
        leg.ending = Cancelled
        self._free_agent_of(leg, Trigger.LEG_ENDED)

    def take_back(self, agent: Agent, leg: Leg) -> None:
        """An agent checks in while its phone still has a leg."""
        agent.own_leg, agent.detached_leg = leg, None
        if leg.origin.offered and leg.state is LegState.RINGING:
            leg.progress.reported = True
            self.domain_events.append(LegOffered.of(leg))
        if leg.state is not LegState.SETTING_UP:
            trigger = Trigger.LEG_ANSWERED if leg.answered else Trigger.LEG_RINGS
            self.change(agent, trigger, TriggerDetails(reason=leg.origin.purpose))

    def let_go(self, agent: Agent) -> None:
        """Detach the agent from its leg, which stays in its call."""
        if agent.own_leg is not None:
            self._left[agent.id] = agent.own_leg.call
        agent.own_leg, agent.detached_leg = None, agent.own_leg or agent.detached_leg
        self.mark_changed(agent)

    def rings(self, leg: Leg, *, early: bool = False) -> None:
        leg.progress.early = leg.progress.early or early
        if leg.state is LegState.SETTING_UP:
            leg.state = LegState.RINGING
        self._own_leg(leg, Trigger.LEG_RINGS)

    def answered(self, leg: Leg, at_ms: int = 0) -> None:
        """``at_ms``: when it was answered, if that was reported late."""
        leg.state = LegState.ANSWERED
        leg.progress.answered_ms = leg.progress.answered_ms or at_ms or self.now_ms()
        self._own_leg(leg, Trigger.LEG_ANSWERED)
        self._mark_talking(leg.call)

    def bridged(self, leg: Leg, other: Leg) -> None:
        for one in (leg, other):
            self.unbridged(one)
            self.wallboard.waits_no_more(one.uuid)
            position = one.position
            position.moving, position.parked, position.joined_at = False, False, self.clock()
        leg.peer, other.peer = other, leg
        self._mark_talking(leg.call)

    def parked(self, leg: Leg) -> None:
        self.unbridged(leg)
        self.wallboard.waits_no_more(leg.uuid)
        position = leg.position
        position.moving, position.parked, position.parks_on_unbridge = False, True, None

    def unbridged(self, leg: Leg) -> None:
        if leg.peer is not None:
            leg.peer.peer = None
            leg.peer = None

    def holds(self, leg: Leg, hold: Hold) -> None:
        leg.media.hold = hold
        if leg.agent is not None:
            self.mark_changed(leg.agent)

    def holds_nobody(self, leg: Leg) -> None:
        """The party that heard its hold music has left; a hold by the phone persists."""
        self.holds(leg, Hold.PHONE if leg.media.phone_holds else Hold.NO)

    def off_hook(self, leg: Leg) -> None:
        """A phone that dials by itself: its agent is in a call before the far side answers."""
        if leg.agent is not None and leg.agent.own_leg is leg:
            self.change(leg.agent, Trigger.LEG_ANSWERED, TriggerDetails(reason=leg.origin.purpose))

    def entered(self, leg: Leg, room: str) -> None:
        position = leg.position
        position.room, position.moving, position.parked = room, False, False
        together = [one for one in self.legs.values() if one.position.room == room]
        if leg.call.procedure is None and len(together) > 1:
            for one in together:
                one.progress.talked = True
        for action in leg.call.actions:
            if action.near is leg and action.kind is ActionKind.CALL:
                self.start(action)

    def drop(self, leg: Leg, trigger: Trigger, reason: str = "") -> None:
        """The leg has ended; its agent changes state by the table."""
        if leg.ended:
            return
        if trigger is Trigger.SWITCH_LOST and leg.origin.dialled and not leg.answered:
            self._cancelled_legs.note(leg.uuid, self)
        leg.state = LegState.ENDED
        if leg.peer is not None:
            leg.peer.position.moving = True  # it is about to be ended or parked
        self.unbridged(leg)
        leg.position.room = ""
        last_talk_of(leg).gone.append(Party.of(leg, self.now_ms(), reason))
        leg.call.legs.remove(leg)
        self._note_if_over(leg.call)
        del self.legs[leg.uuid]
        self.dialled.is_over(leg.uuid)
        self.wallboard.waits_no_more(leg.uuid)
        if leg.media.recording is None or leg.media.recording.over:
            self.disown(leg)
        self._free_agent_of(leg, trigger, reason)

    def _free_agent_of(self, leg: Leg, trigger: Trigger, reason: str = "") -> None:
        agent = leg.agent
        if agent is not None and agent.detached_leg is leg:
            agent.detached_leg = None
        if agent is None or agent.own_leg is not leg:
            return
        agent.own_leg = None
        self._left[agent.id] = leg.call
        details = TriggerDetails(
            wrap_up_seconds=self.company.wrap_up_seconds,
            reason=reason,
            talked=leg.progress.talked,
            supervising=leg.origin.purpose in SUPERVISING,
            missed_offer_makes_busy=self._missed(leg, reason),
        )
        if trigger is not Trigger.SWITCH_LOST:
            trigger = _end_of(leg, agent)
        self.change(agent, trigger, details)

    def disown(self, leg: Leg) -> None:
        """The switch reports nothing more of a leg, except that its phone has been told of its
        end."""
        if leg.uuid not in self._releasing:
            self._owners[leg.position.node].pop(leg.uuid, None)

    def expect_release(self, leg: Leg) -> None:
        """The switch is ending the leg, and has yet to tell its phone."""
        if leg.agent is not None:
            leg.agent.releasing = (*leg.agent.releasing, leg.uuid)
            self._releasing[leg.uuid] = leg
            self._owns(leg)

    def released(self, uuid: str) -> None:
        """The leg's phone has been told, or no report of that will come."""
        leg = self._releasing.pop(uuid, None)
        if leg is None or leg.agent is None:
            return
        agent = leg.agent
        agent.releasing = tuple(one for one in agent.releasing if one != uuid)
        if agent.entry.skills:  # its queues may offer it callers again
            self.mark_changed(agent)
        if not any(uuid == recording.on.uuid for recording in self.recordings.values()):
            self._owners[leg.position.node].pop(uuid, None)

    def release_all_but(self, there: Container[str], node: str) -> int:
        """Release the phones of legs that a switch no longer has; returns their number."""
        legs = self._releasing.values()
        gone = [leg.uuid for leg in legs if leg.position.node == node and leg.uuid not in there]
        for uuid in gone:
            self.released(uuid)
        return len(gone)

    def expect_replacement(self, leg: Leg) -> None:
        """Keep the owner of an ended leg until the leg that replaces it is reported."""
        self._owns(leg)

    def replacement_came(self, uuid: str) -> None:
        if uuid not in self.legs:
            for legs in self._owners.values():
                legs.pop(uuid, None)

    def _owns(self, leg: Leg) -> None:
        self._owners[leg.position.node][leg.uuid] = self

    def _missed(self, leg: Leg, reason: str) -> bool:
        """Whether a queue's offer was missed, and the company makes such agents BUSY."""
        missed = leg.origin.from_queue and reason in ("REJECTED", "NO_ANSWER", "MEDIA_FAILED")
        return missed and self.company.missed_offer == "busy"

    def _own_leg(self, leg: Leg, trigger: Trigger) -> None:
        agent = leg.agent
        if agent is None or agent.own_leg is not leg or agent.status is Status.OFFLINE:
            return
        if leg.origin.offered and not leg.progress.reported:
            leg.progress.reported = True
            self.domain_events.append(LegOffered.of(leg))
        self.change(agent, trigger, TriggerDetails(reason=leg.origin.purpose))

    def _mark_talking(self, call: Call) -> None:
        """Two legs talk once both have answered and are bridged: early media is no talk."""
        for leg in call.legs:
            if leg.answered and leg.peer is not None and leg.peer.answered:
                leg.progress.talked = True
                if leg.agent is not None and leg.ending is None and leg.peer.ending is None:
                    call.fallen_back = False
        for action in call.actions:
            far = action.far
            joined = far is not None and action.near.peer is far and far.answered
            if joined and action.near.answered and action.kind in TALKS:
                self.start(action)

    # -- procedures --------------------------------------------------------------------------------

    def finish(self, procedure: Procedure, cause: type[BridgeError] | None) -> None:
        """The procedure is over; the remaining parties are in a plain call."""
        self.end(procedure.action, cause if cause or procedure.action.started else Cancelled)
        procedure.own_leg.call.procedure = None
        self.mark_all_changed(procedure.own_leg.call)

    def part(self, procedure: ThirdPartyProcedure | PhoneLoss) -> None:
        """The customer has been handed over: move the agent's leg, if it is up, out of the call."""
        call = procedure.own_leg.call
        for action in [one for one in call.actions if one.concerns(procedure.own_leg)]:
            if action.kind in TALKS:
                self.end(action)
        call.procedure = None
        call.customer = procedure.customer
        if not procedure.own_leg.ended:
            parted = Call(procedure=procedure, contact_id=call.contact_id)
            self.move_to_call(procedure.own_leg, parted)
        self.holds_nobody(procedure.customer)
        self.mark_all_changed(call)

    def forget(self, leg: Leg) -> None:
        """Drop a leg that the switch refused to set up."""
        if not leg.ended:
            self.drop(leg, Trigger.LEG_ENDED)

    def note_reason(self, agent: Agent, reason: str) -> None:
        """The reason to report if only the agent's sub-status changes."""
        self._reasons[agent.id] = reason

    # -- agents ---------------------------------------------------------------------------------

    def change(
        self, agent: Agent, trigger: Trigger, details: TriggerDetails | None = None
    ) -> AgentState:
        """Pull a trigger and return the state before it; raises what the table refuses with."""
        last = agent.state
        agent.state = next_state(last, trigger, details or TriggerDetails())
        self.mark_changed(agent)
        if agent.status is Status.OFFLINE and trigger is not Trigger.GRACE_OVER:
            agent.token = ""
            self.wallboard.leave(agent)
        for timer, old in ((agent.state.wrap_up, last.wrap_up), (agent.state.rest, last.rest)):
            if timer is not None and not timer.over and timer is not old:
                self.domain_events.append(TimerStarted(agent.id, timer))
        return last

    def time_is_over(self, agent: Agent, timer: Timer) -> None:
        """A timer has expired; one that is no longer current is ignored."""
        if timer in (agent.state.wrap_up, agent.state.rest):
            self.change(agent, timer.trigger)

    def publish_changes(self) -> list[Agent]:
        """Report each changed agent's new status, once, after everything else. Returns the agents
        that may have changed."""
        changed, self._changed = self._changed, {}
        for agent in changed.values():
            now = (str(agent.status), presence.sub_status(agent))
            last, agent.last_reported = agent.last_reported, now
            if now != last:
                agent.since = self.now() if now[0] != last[0] else agent.since
                self.domain_events.append(self._moved(agent, last[0], now))
            if self.switch_up and agent.known_to_queues and agent.needs_queue_sync:
                agent.queues_settled = False
                self._to_sync.append(agent)
        self._reasons.clear()
        self._left.clear()
        if self.wallboard.note(changed):
            self.domain_events.append(TeamUpdated())
        return list(changed.values())

    def _moved(self, agent: Agent, last_status: str, now: tuple[str, str]) -> AgentStateChanged:
        own_leg, reason = agent.own_leg, self._reasons.pop(agent.id, "")
        requester, req_id = self.current_request
        call = own_leg.call if own_leg is not None else self._left.get(agent.id)
        return AgentStateChanged(
            agent_id=agent.id,
            last_status=last_status,
            status=now[0],
            sub_status=now[1],
            reason=agent.state.reason if last_status != now[0] else reason,
            numbers=presence.in_call_numbers(agent),
            uuid=own_leg.uuid if own_leg is not None else "",
            req_id=req_id if requester == agent.id else "",
            contact_id=call.contact_id if call is not None else "",
        )

    def take_agents_to_sync(self) -> list[Agent]:
        """Agents whose queue membership has to be updated; each is returned once until that is
        done."""
        agents, self._to_sync = self._to_sync, []
        return agents

    def take_calls_over(self) -> list[Call]:
        """Calls that nobody is in any more."""
        calls, self._calls_over = self._calls_over, []
        return calls

    def take_domain_events(self) -> list[DomainEvent]:
        domain_events, self.domain_events = self.domain_events, []
        return domain_events


def _end_of(leg: Leg, agent: Agent) -> Trigger:
    if agent.status is Status.RINGING:
        return Trigger.LEG_ENDED_UNANSWERED
    return Trigger.LEG_ENDED if leg.progress.talked else Trigger.LEG_ENDED_UNTALKED
