"""Long work in slices, between which other greenlets run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import gevent

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.tenant import Tenant

AT_A_TIME = 100
"""Agents, rows or legs per slice; a thousand would take some ten milliseconds."""

# Above 0: gevent runs up to a thousand callbacks, among them greenlets that sleep for 0, before it
# polls sockets and timers again (measured: 170 ms).
_TURN_SECONDS = 0.0001

Item = TypeVar("Item")


def others_turn() -> None:
    """Let everything that came meanwhile run first."""
    gevent.sleep(_TURN_SECONDS)


def in_slices(items: Iterable[Item], at_a_time: int = AT_A_TIME) -> Iterator[Item]:
    """The same items; after each ``at_a_time`` of them other greenlets run, and may change
    anything."""
    for number, item in enumerate(items, 1):
        yield item
        if number % at_a_time == 0:
            others_turn()


def run_in_slices(work: Iterable[object], at_a_time: int = AT_A_TIME) -> None:
    """Run to the end work that proceeds as it is iterated."""
    for _ in in_slices(work, at_a_time):
        pass


def agents_in_slices(tenants: Iterable[Tenant]) -> Iterator[tuple[Tenant, list[Agent]]]:
    """The agents of all tenants, in lists of one tenant each."""
    seen = 0
    for tenant in tenants:
        agents = list(tenant.agents.values())
        for begin in range(0, len(agents), AT_A_TIME):
            some = agents[begin : begin + AT_A_TIME]
            yield tenant, some
            seen += len(some)
            if seen >= AT_A_TIME:
                seen = 0
                others_turn()
