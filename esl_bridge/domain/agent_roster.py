"""A company's agents, by id and by phone, as the configuration defines them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.agent_states import AgentStates
from esl_bridge.domain.company import AgentEntry, Company, folded
from esl_bridge.domain.states import Status
from esl_bridge.errors import UnknownAgent


class AgentRoster:
    """``agents`` is kept by id. ``now`` returns the time as ``YYYY-MM-DD HH:MM:SS``."""

    def __init__(
        self,
        company: Company,
        agents: dict[str, Agent],
        states: AgentStates,
        now: Callable[[], str],
        now_ms: Callable[[], int],
    ) -> None:
        self._company = company
        self._agents = agents
        self._states = states
        self._now = now
        self._now_ms = now_ms
        self._at: dict[str, list[Agent]] = {}

    def reconfiguring(self, company: Company) -> Iterator[None]:
        """Apply this configuration, one agent at a time; agents at work keep their state."""
        self._company = company
        yield
        for agent_id, entry in company.agents.items():
            self._configure(agent_id, entry)
            yield
        for agent in list(self._agents.values()):
            if agent.id not in company.agents:
                self._retire(agent)
            yield

    def _configure(self, agent_id: str, entry: AgentEntry) -> None:
        enabled = self._company.enabled and entry.enabled
        agent = self._agents.get(agent_id)
        if agent is None:
            agent = self._agents[agent_id] = Agent(agent_id, entry, since=self._now())
            agent.since_ms = self._now_ms()
            self._at.setdefault(agent.phone, []).append(agent)
        elif (agent.entry, agent.enabled) == (entry, enabled):
            agent.entry = entry  # so that the old entry can be freed
            return
        elif agent.entry.extension != entry.extension:
            self._take_phone(agent)
            self._at.setdefault(folded(entry.extension or ""), []).append(agent)
            agent.registered_at.clear()
        agent.entry, agent.enabled = entry, enabled
        if not enabled:
            agent.revoke_token()
        self._states.mark_changed(agent)

    def _take_phone(self, agent: Agent) -> None:
        left = [one for one in self._at.get(agent.phone, ()) if one is not agent]
        self._at[agent.phone] = left
        if not left:
            del self._at[agent.phone]

    def agent_or_stand_in(self, agent_id: str) -> Agent:
        """The agent with a stored id. A former agent gets a stand-in, which completes what it was
        doing and can do nothing else."""
        if agent_id not in self._agents:
            entry = AgentEntry(enabled=False, password_hash="")
            self._agents[agent_id] = Agent(agent_id, entry, enabled=False, since=self._now())
        return self._agents[agent_id]

    def remove_stand_ins(self) -> None:
        """Remove idle stand-ins; the others are indexed by their phones."""
        for agent in [one for one in self._agents.values() if one.id not in self._company.agents]:
            self._retire(agent)
            if agent.id in self._agents and agent not in self.agents_at(agent.extension):
                self._at.setdefault(agent.extension, []).append(agent)

    def _retire(self, agent: Agent) -> None:
        """A former agent may complete what it is doing."""
        agent.entry = replace(agent.entry, enabled=False, skills={})
        agent.networks = ()
        agent.revoke_token()
        agent.enabled = False
        self._states.mark_changed(agent)
        if agent.status is Status.OFFLINE and agent.leg_at_phone is None:
            self._take_phone(agent)
            del self._agents[agent.id]
            self._states.forget(agent)

    def agent(self, agent_id: str) -> Agent:
        """An agent of the company, or a former one still at work; raises UnknownAgent."""
        found, is_ours = self._agents.get(agent_id), agent_id in self._company.agents
        if found is None or (found.status is Status.OFFLINE and not is_ours):
            raise UnknownAgent
        return found

    def agents_at(self, extension: str) -> list[Agent]:
        """All agents with this phone; at most one of them is at work, and it comes first."""
        at = self._at.get(folded(extension), [])
        return sorted(at, key=lambda agent: agent.status is Status.OFFLINE)
