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
class _Network:
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
        self._networks: dict[str, _Network] = {}

    def expect(self, agents: Mapping[str, int]) -> None:
        """How many agents are known to come from each network."""
        for network, number in agents.items():
            self._at(network).expected = number

    def enter(self, network: str | None) -> bool:
        """Admit a connection if there is room; None: it comes through a proxy, its client is not
        known yet."""
        if self._connections >= self._limits.connections or not self._may_come_from(network):
            return False
        if not self._descriptors.take():
            return False
        self._connections += 1
        self._count(network, connections=1)
        return True

    def network_known(self, network: str) -> bool:
        """The client behind a proxy is known now; returns whether its connection may stay."""
        if not self._may_come_from(network):
            return False
        self._count(network, connections=1)
        return True

    def check_in(self, network: str) -> None:
        """The first agent has checked in on one of the network's connections."""
        self._count(network, checked_in=1)
        self._forget_some()

    def check_out(self, network: str) -> None:
        """The last agent has left one of them."""
        self._count(network, checked_in=-1)

    def leave(self, network: str | None, *, checked_in: bool = False) -> None:
        self._connections -= 1
        self._descriptors.give_back()
        self._count(network, connections=-1, checked_in=-checked_in)

    def _may_come_from(self, network: str | None) -> bool:
        at = self._networks.get(network or "", _Network())
        limits = self._limits
        if network is None or at.connections - at.checked_in < at.expected:
            return at.connections < limits.connections_per_address
        return (
            at.connections < limits.connections_per_address
            and at.unexpected < limits.login_connections_per_address
            and self._unexpected < limits.login_connections
        )

    def _count(self, network: str | None, connections: int = 0, checked_in: int = 0) -> None:
        if network is None:
            return
        at = self._at(network)
        before = at.unexpected
        at.connections += connections
        at.checked_in += checked_in
        at.expected = max(at.expected, at.checked_in)
        self._unexpected += at.unexpected - before
        if not (at.connections or at.expected):
            del self._networks[network]

    def _at(self, network: str) -> _Network:
        """The network's entry, which becomes the most recently used."""
        at = self._networks[network] = self._networks.pop(network, _Network())
        return at

    def _forget_some(self) -> None:
        """Forget networks without a connection, the least recently used first, to bound the
        memory."""
        if len(self._networks) > 2 * _REMEMBERED:
            idle = [network for network, at in self._networks.items() if not at.connections]
            for network in idle[:-_REMEMBERED]:
                del self._networks[network]
