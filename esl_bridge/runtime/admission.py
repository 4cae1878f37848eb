"""Which connections are accepted, so that nobody can take all the slots.

Connections on which nobody has checked in are limited, in total and per network, since anybody can
open one. From a network where agents have checked in, as many more are expected as there were at
once: when the network or the service comes back, they all reconnect.
"""

from __future__ import annotations

import resource
from collections.abc import Mapping
from dataclasses import dataclass

from esl_bridge.config import Limits

# File descriptors reserved for the links to the switch, the state, the audit and the log.
_KEPT_BACK = 100
_REMEMBERED = 10_000  # networks remembered without a connection


class Descriptors:
    """The file descriptors that connections may use, out of the process's limit."""

    def __init__(self, most: int | None = None) -> None:
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._left = max(1, soft - _KEPT_BACK) if most is None else most

    def take(self) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        return True

    def give_back(self) -> None:
        self._left += 1


@dataclass(slots=True)
class _Place:
    """``expected``: the most agents that were checked in at once, or are known to come from
    here."""

    connections: int = 0
    checked_in: int = 0
    expected: int = 0

    @property
    def unexpected(self) -> int:
        return max(0, self.connections - self.checked_in - self.expected)


class Admission:
    """``descriptors`` is shared by all listeners."""

    def __init__(self, limits: Limits, descriptors: Descriptors) -> None:
        self._limits = limits
        self._descriptors = descriptors
        self._connections = 0
        self._unexpected = 0
        self._places: dict[str, _Place] = {}

    def expect(self, agents: Mapping[str, int]) -> None:
        """How many agents are known to come from each network."""
        for place, number in agents.items():
            self._at(place).expected = number

    def enter(self, place: str | None) -> bool:
        """Admit a connection if there is room; None: it comes through a proxy, its client is not
        known yet."""
        if self._connections >= self._limits.connections or not self._may_come_from(place):
            return False
        if not self._descriptors.take():
            return False
        self._connections += 1
        self._count(place, connections=1)
        return True

    def place_known(self, place: str) -> bool:
        """The client behind a proxy is known now; returns whether its connection may stay."""
        if not self._may_come_from(place):
            return False
        self._count(place, connections=1)
        return True

    def check_in(self, place: str) -> None:
        """The first agent has checked in on one of the network's connections."""
        self._count(place, checked_in=1)
        self._forget_some()

    def check_out(self, place: str) -> None:
        """The last agent has left one of them."""
        self._count(place, checked_in=-1)

    def leave(self, place: str | None, *, checked_in: bool = False) -> None:
        self._connections -= 1
        self._descriptors.give_back()
        self._count(place, connections=-1, checked_in=-checked_in)

    def _may_come_from(self, place: str | None) -> bool:
        at = self._places.get(place or "", _Place())
        limits = self._limits
        if place is None or at.connections - at.checked_in < at.expected:
            return at.connections < limits.connections_per_address
        return (
            at.connections < limits.connections_per_address
            and at.unexpected < limits.login_connections_per_address
            and self._unexpected < limits.login_connections
        )

    def _count(self, place: str | None, connections: int = 0, checked_in: int = 0) -> None:
        if place is None:
            return
        at = self._at(place)
        before = at.unexpected
        at.connections += connections
        at.checked_in += checked_in
        at.expected = max(at.expected, at.checked_in)
        self._unexpected += at.unexpected - before
        if not (at.connections or at.expected):
            del self._places[place]

    def _at(self, place: str) -> _Place:
        """The network's entry, which becomes the most recently used."""
        at = self._places[place] = self._places.pop(place, _Place())
        return at

    def _forget_some(self) -> None:
        """Forget networks without a connection, the least recently used first, to bound the
        memory."""
        if len(self._places) > 2 * _REMEMBERED:
            idle = [place for place, at in self._places.items() if not at.connections]
            for place in idle[:-_REMEMBERED]:
                del self._places[place]
