"""A company's agents, by id and by phone, as the configuration defines them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from esl_bridge.domain import numbers
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.company import AgentEntry, Company, folded
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.states import Status
from esl_bridge.domain.wallboard import Wallboard
from esl_bridge.errors import UnknownAgent


class AgentRoster:
    """The part of a tenant that follows the configuration."""

    company: Company
    closed: bool
    policy: numbers.Policy
    wallboard: Wallboard
    legs: dict[str, Leg]
    now: Callable[[], str]

    def __init__(self) -> None:
        self.agents: dict[str, Agent] = {}
        self._at: dict[str, list[Agent]] = {}
        self._changed: dict[str, Agent] = {}

    def mark_changed(self, agent: Agent) -> None:
        """What this agent is shown as may have changed."""
        self._changed[agent.id] = agent

    def mark_all_changed(self, call: Call) -> None:
        for leg in call.legs:
            if leg.agent is not None and leg.agent.own_leg is leg:
                self.mark_changed(leg.agent)

    def reconfigure(self, company: Company) -> None:
        """Apply this configuration; agents at work keep their state."""
        for _ in self.reconfiguring(company):
            pass

    def reconfiguring(self, company: Company) -> Iterator[None]:
        """The same in steps, one agent at a time: the tenant may be used between steps. Only one
        such change may be under way."""
        self.company = company
        self.closed = False
        self.wallboard.skills |= company.skills.keys()
        self.policy = numbers.Policy(company.external, len(company.agents))
        yield
        for agent_id, entry in company.agents.items():
            self._configure_agent(agent_id, entry)
            yield
        for agent in list(self.agents.values()):
            if agent.id not in company.agents:
                self._retire(agent)
            yield

    def _configure_agent(self, agent_id: str, entry: AgentEntry) -> None:
        enabled = self.company.enabled and entry.enabled
        agent = self.agents.get(agent_id)
        if agent is None:
            agent = self.agents[agent_id] = Agent(agent_id, entry, since=self.now())
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
        self.mark_changed(agent)

    def _take_phone(self, agent: Agent) -> None:
        left = [one for one in self._at.get(agent.phone, ()) if one is not agent]
        self._at[agent.phone] = left
        if not left:
            del self._at[agent.phone]

    def closing(self) -> Iterator[None]:
        """The company was removed: nothing new is accepted, what is under way is completed."""
        gone = replace(self.company, enabled=False, agents={}, numbers={})
        yield from self.reconfiguring(gone)
        self.closed = True

    @property
    def is_over(self) -> bool:
        """Closed, with no leg left and no agent at work."""
        if not self.closed or self.legs:
            return False
        return all(agent.status is Status.OFFLINE for agent in self.agents.values())

    def agent_or_stand_in(self, agent_id: str) -> Agent:
        """The agent with a stored id. A former agent gets a stand-in, which completes what it was
        doing and can do nothing else."""
        if agent_id not in self.agents:
            entry = AgentEntry(enabled=False, password_hash="")
            self.agents[agent_id] = Agent(agent_id, entry, enabled=False, since=self.now())
        return self.agents[agent_id]

    def remove_stand_ins(self) -> None:
        """Remove idle stand-ins; the others are indexed by their phones."""
        for agent in [one for one in self.agents.values() if one.id not in self.company.agents]:
            self._retire(agent)
            if agent.id in self.agents and agent not in self.agents_at(agent.extension):
                self._at.setdefault(agent.extension, []).append(agent)

    def _retire(self, agent: Agent) -> None:
        """A former agent may complete what it is doing."""
        agent.entry = replace(agent.entry, enabled=False, skills={})
        agent.networks = ()
        agent.revoke_token()
        agent.enabled = False
        self.mark_changed(agent)
        if agent.status is Status.OFFLINE and self.leg_left_at(agent) is None:
            self._take_phone(agent)
            del self.agents[agent.id], self._changed[agent.id]

    def agent(self, agent_id: str) -> Agent:
        """An agent of the company, or a former one still at work; raises UnknownAgent."""
        found, is_ours = self.agents.get(agent_id), agent_id in self.company.agents
        if found is None or (found.status is Status.OFFLINE and not is_ours):
            raise UnknownAgent
        return found

    def agents_at(self, extension: str) -> list[Agent]:
        """All agents with this phone; at most one of them is at work, and it comes first."""
        at = self._at.get(folded(extension), [])
        return sorted(at, key=lambda agent: agent.status is Status.OFFLINE)

    def leg_left_at(self, agent: Agent) -> Leg | None:
        """The agent's leg, or one that its phone still has from before it went OFFLINE."""
        return agent.own_leg or agent.detached_leg
