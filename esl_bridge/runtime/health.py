"""Whether the service can serve, and what is wrong nevertheless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from esl_bridge.runtime.requests import Requests


class Node(Protocol):
    """A switch, as far as its health goes."""

    @property
    def up(self) -> bool: ...
    @property
    def trouble(self) -> str: ...
    def served_twice(self) -> list[str]: ...


class Health:
    """With several switches the service is ready while it has a link to any: refusing all clients
    would be worse for those whose switch is up."""

    def __init__(self, nodes: Mapping[str, Node], requests: Requests) -> None:
        self._nodes = nodes
        self._requests = requests

    def why_not_ready(self) -> str:
        """What the service waits for before it can serve; "" if nothing."""
        if self._requests.draining:
            return "shutting down"
        return "" if any(node.up for node in self._nodes.values()) else "; ".join(self._down())

    def warnings(self) -> list[str]:
        """Faults despite which the service is ready."""
        return [
            *self._down(),
            *(
                f"company {code} is served by another daemon on {self._title(name, 'this')}, too"
                for name, node in self._nodes.items()
                for code in node.served_twice()
            ),
        ]

    def _down(self) -> list[str]:
        down = [(name, node) for name, node in self._nodes.items() if not node.up]
        return [f"no link to {self._title(name)}: {node.trouble}" for name, node in down]

    def _title(self, name: str, which: str = "the") -> str:
        return f"switch {name}" if len(self._nodes) > 1 else f"{which} switch"
