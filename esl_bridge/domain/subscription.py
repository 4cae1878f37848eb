"""Who follows something of a company, and what may differ from what they were last sent. Changes
are tracked only while somebody follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import TypeVar, cast

from esl_bridge.domain.agent import Agent

_DIFFERENT = object()
"""Watchers were last sent different states of something: the present one must be sent to all."""

Whole = TypeVar("Whole")


class Subscription:
    """``watchers``: by agent id; ``seen``: what they were last sent, by subject; ``renewed``: the
    configuration has changed since then."""

    def __init__(self) -> None:
        self.watchers: dict[str, Agent] = {}
        self.seen: dict[tuple[str, str], object] = {}
        self.renewed = False
        self._agents: dict[str, Agent] = {}
        self._skills: set[str] = set()
        self._announced = False
        self._whole: object = None

    def watch(self, agent: Agent) -> None:
        if not self.watchers:
            self.take()
            self.seen.clear()
            self.renewed = False
            self._whole = None
        self.watchers[agent.id] = agent

    def leave(self, agent: Agent) -> None:
        self.watchers.pop(agent.id, None)

    def note(self, agents: Mapping[str, Agent], skills: Set[str]) -> bool:
        """These agents and skills may look different now. Returns whether that is worth announcing,
        i.e. whether there are changes and none was announced before."""
        if not self.watchers:
            return False
        self._agents |= agents
        self._skills |= skills
        if agents or skills:
            self._whole = None
        changes = bool(self._agents or self._skills or self.renewed)
        is_due = changes and not self._announced
        self._announced = self._announced or is_due
        return is_due

    def take(self) -> tuple[list[Agent], set[str]]:
        """The agents and skills that may have changed since the last call."""
        agents, self._agents = list(self._agents.values()), {}
        skills, self._skills = self._skills, set()
        self._announced = False
        return agents, skills.union(*(agent.entry.skills for agent in agents))

    def whole(self, build: Callable[[], Whole]) -> Whole:
        """What a new watcher is sent: built once between two changes, while somebody watches."""
        if not self.watchers or self.renewed:
            return build()
        if self._whole is None:
            self._whole = build()
        return cast(Whole, self._whole)

    def show(self, key: tuple[str, str], item: object) -> None:
        """Note what a new watcher was sent. If the others have not been sent it yet, it must be
        sent to all again: no two watchers may see different states."""
        if self.seen.setdefault(key, item) != item:
            self.seen[key] = _DIFFERENT

    def is_changed(self, key: tuple[str, str], item: object) -> bool:
        """Whether this differs from what was last sent; from now on it is what was."""
        last, self.seen[key] = self.seen.get(key), item
        return last != item
