"""A company's wallboard: who watches, who waits in a queue, and what has changed since the watchers
were last sent it. Agents are tracked only while somebody watches."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from esl_bridge.domain.agent import Agent


class Caller(msgspec.Struct, frozen=True):
    """A caller waiting for an agent of a skill. ``member``: the queue's id of this wait; ``since``:
    ``YYYY-MM-DD HH:MM:SS``."""

    skill: str
    member: str
    number: str
    since: str


class Wallboard:
    """``watchers``: by agent id; ``line``: the waiting callers by their legs, in order of arrival;
    ``skills``: those whose queues have changed; ``seen``: what the watchers were last sent, by
    subject."""

    def __init__(self) -> None:
        self.watchers: dict[str, Agent] = {}
        self.line: dict[str, Caller] = {}
        self.skills: set[str] = set()
        self.seen: dict[tuple[str, str], object] = {}
        self._agents: dict[str, Agent] = {}
        self._announced = False

    def watch(self, agent: Agent) -> None:
        if not self.watchers:
            self.take()
            self.seen.clear()
        self.watchers[agent.id] = agent

    def leave(self, agent: Agent) -> None:
        self.watchers.pop(agent.id, None)

    def waits(self, leg: str, caller: Caller) -> None:
        self.waits_no_more(leg)
        self.line[leg] = caller
        self.skills.add(caller.skill)

    def waits_no_more(self, leg: str, member: str = "") -> None:
        """``member``: the wait that is over; the leg may have begun another meanwhile."""
        caller = self.line.get(leg)
        if caller is not None and member in ("", caller.member):
            del self.line[leg]
            self.skills.add(caller.skill)

    def note(self, agents: Mapping[str, Agent]) -> bool:
        """These agents may look different now. Returns whether that is worth announcing, i.e.
        whether there are changes and none was announced before."""
        if not self.watchers:
            return False
        self._agents |= agents
        is_changed = not self._announced and bool(self._agents or self.skills)
        self._announced = self._announced or is_changed
        return is_changed

    def take(self) -> tuple[list[Agent], set[str]]:
        """The agents and skills that may have changed since the last call."""
        agents, self._agents = list(self._agents.values()), {}
        skills, self.skills = self.skills, set()
        self._announced = False
        return agents, skills.union(*(agent.entry.skills for agent in agents))
