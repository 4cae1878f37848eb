"""Whom an agent can reach, and what a supervisor sees: values that are replaced on each change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec import Struct

from esl_bridge.protocol.messages import (
    DirectoryAgent,
    DirectoryChange,
    DirectorySkill,
    TeamAgent,
    TeamChange,
    TeamQueue,
)

T = TypeVar("T")


class Directory(Struct, frozen=True):
    """The agent's own company: its agents, its skills, the ids of its IVRs, and whether there is a
    survey to transfer to."""

    agents: tuple[DirectoryAgent, ...]
    skills: tuple[DirectorySkill, ...]
    ivrs: tuple[str, ...]
    survey: bool

    def changed(self, change: DirectoryChange) -> Directory:
        return Directory(
            _changed(self.agents, change.agents, lambda one: one.agent_id, change.gone_agents),
            _changed(self.skills, change.skills, lambda one: one.skill, change.gone_skills),
            self.ivrs if change.ivrs is None else change.ivrs,
            self.survey if change.survey is None else change.survey,
        )


class Team(Struct, frozen=True):
    """What a supervisor sees: each agent, and the queue of each skill."""

    agents: tuple[TeamAgent, ...]
    queues: tuple[TeamQueue, ...]

    def changed(self, change: TeamChange) -> Team:
        return Team(
            _changed(self.agents, change.agents, lambda one: one.agent_id),
            _changed(self.queues, change.queues, lambda one: one.skill),
        )


def _changed(
    known: Iterable[T],
    changed: Iterable[T],
    key: Callable[[T], str],
    gone: Iterable[str] | None = None,
) -> tuple[T, ...]:
    """In the same order; what is new comes last."""
    items = {key(one): one for one in (*known, *changed)}
    for each in gone or ():
        items.pop(each, None)
    return tuple(items.values())
