"""The states of a company's agents, and which of them have changed and are to be reported."""

from __future__ import annotations

from collections.abc import Callable

from esl_bridge.domain import presence
from esl_bridge.domain.agent import Agent, ServiceMode
from esl_bridge.domain.agent_views import AgentViews
from esl_bridge.domain.call import Call
from esl_bridge.domain.domain_events import (
    AgentStateChanged,
    DirectoryUpdated,
    DomainEvent,
    TeamUpdated,
    TimerStarted,
)
from esl_bridge.domain.states import AgentState, Status, Timer, Trigger, TriggerDetails, next_state
from esl_bridge.domain.subscription import Subscription
from esl_bridge.domain.wallboard import Wallboard

NO_REQUEST = ("", "")
"""In place of a request's agent and id, where a change follows from none."""


class AgentStates:
    """``now`` returns the time as ``YYYY-MM-DD HH:MM:SS``, ``now_ms`` milliseconds of Unix time;
    what is reported is appended to ``domain_events``."""

    def __init__(
        self,
        domain_events: list[DomainEvent],
        wallboard: Wallboard,
        directory: Subscription,
        agent_views: AgentViews,
        now: Callable[[], str],
        now_ms: Callable[[], int],
    ) -> None:
        self._domain_events = domain_events
        self._wallboard = wallboard
        self._directory = directory
        self._agent_views = agent_views
        self._now = now
        self._now_ms = now_ms
        self._changed: dict[str, Agent] = {}
        self._to_sync: list[Agent] = []
        self._reasons: dict[str, str] = {}
        self._left: dict[str, Call] = {}

    def mark_changed(self, agent: Agent) -> None:
        """What this agent is shown as may have changed."""
        self._changed[agent.id] = agent

    def mark_all_changed(self, call: Call) -> None:
        for leg in call.legs:
            if leg.agent is not None and leg.agent.own_leg is leg:
                self.mark_changed(leg.agent)

    def forget(self, agent: Agent) -> None:
        """The agent is nobody any more; nothing is reported of it."""
        self._changed.pop(agent.id, None)

    def note_reason(self, agent: Agent, reason: str) -> None:
        """The reason to report if only the agent's sub-status changes."""
        self._reasons[agent.id] = reason

    def note_left(self, agent: Agent, call: Call) -> None:
        """The call whose contact to report if the agent is in none any more."""
        self._left[agent.id] = call

    def change(
        self, agent: Agent, trigger: Trigger, details: TriggerDetails | None = None
    ) -> AgentState:
        """Pull a trigger and return the state before it; raises what the table refuses with."""
        last = agent.state
        agent.state = next_state(last, trigger, details or TriggerDetails())
        self.mark_changed(agent)
        if agent.status is not last.status:
            agent.since_ms, agent.reason = self._now_ms(), agent.state.reason
        if agent.status is Status.OFFLINE:
            self._agent_views.leave(agent)
            self._directory.leave(agent)
            agent.service_mode = ServiceMode.SERVICE
            if trigger is not Trigger.GRACE_OVER:
                agent.token = ""
                self._wallboard.leave(agent)
        for timer, old in ((agent.state.wrap_up, last.wrap_up), (agent.state.rest, last.rest)):
            if timer is not None and not timer.over and timer is not old:
                self.runs_for(agent, timer, timer.seconds)
                self._domain_events.append(TimerStarted(agent.id, timer))
        return last

    def runs_for(self, agent: Agent, timer: Timer, seconds: float) -> None:
        """A timer of the agent's state will expire after these seconds."""
        agent.ends_ms[timer.trigger] = self._now_ms() + round(1000 * seconds)

    def time_is_over(self, agent: Agent, timer: Timer) -> None:
        """A timer has expired; one that is no longer current is ignored."""
        if timer in (agent.state.wrap_up, agent.state.rest):
            self.change(agent, timer.trigger)

    def publish_changes(self, current_request: tuple[str, str], *, switch_up: bool) -> list[Agent]:
        """Report each changed agent's new status, once, after everything else. Returns the agents
        that may have changed."""
        changed, self._changed = self._changed, {}
        for agent in changed.values():
            now = (str(agent.status), presence.sub_status(agent))
            last, agent.last_reported = agent.last_reported, now
            if now != last:
                agent.since = self._now() if now[0] != last[0] else agent.since
                self._domain_events.append(self._moved(agent, last[0], now, current_request))
            if switch_up and agent.known_to_queues and agent.needs_queue_sync:
                agent.queues_settled = False
                self._to_sync.append(agent)
        self._reasons.clear()
        self._left.clear()
        skills = self._wallboard.take_skills()
        if self._wallboard.note(changed, skills):
            self._domain_events.append(TeamUpdated())
        if self._directory.note(changed, skills):
            self._domain_events.append(DirectoryUpdated())
        return list(changed.values())

    def _moved(
        self,
        agent: Agent,
        last_status: str,
        now: tuple[str, str],
        current_request: tuple[str, str],
    ) -> AgentStateChanged:
        own_leg, reason = agent.own_leg, self._reasons.pop(agent.id, "")
        requester, req_id = current_request
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
            since_ms=agent.since_ms,
            until_ms=agent.until_ms,
        )

    def take_agents_to_sync(self) -> list[Agent]:
        """Agents whose queue membership has to be updated; each is returned once until that is
        done."""
        agents, self._to_sync = self._to_sync, []
        return agents
