"""The order of requests on the same subject: each is judged once the ones before it have taken
effect.

The effect of a request shows only when the switch has answered or reported it. A request judged
before that would be judged by outdated facts: ``mute`` 1, sent right after ``mute`` 0, would find
its agent still muted and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from enum import auto

from esl_bridge.domain.name_enum import NameEnum


class Aspect(NameEnum):
    """The aspect of a leg or a call that a request concerns."""

    COURSE = auto()
    """The phase of an agent's call: a hold, a consult, a transfer. A request that has judged it and
    replied delays no other."""
    SOUND = auto()
    RECORDING = auto()
    TONES = auto()
    SUPERVISION = auto()


Subject = tuple[Hashable, Aspect]


class Ticket:
    """A request's place in the lines of all subjects that it concerns."""

    __slots__ = ("_lines", "_things")

    def __init__(self, lines: dict[Subject, list[Ticket]], things: Iterable[Subject]) -> None:
        self._lines = lines
        self._things = list(dict.fromkeys(things))
        for thing in self._things:
            lines.setdefault(thing, []).append(self)

    def is_next(self) -> bool:
        return all(self._lines[thing][0] is self for thing in self._things)

    def answered(self) -> None:
        self._leave(lambda matter: matter is Aspect.COURSE)

    def over(self) -> None:
        self._leave(lambda _: True)

    def _leave(self, leaves: Callable[[Aspect], bool]) -> None:
        for thing in [one for one in self._things if leaves(one[1])]:
            self._things.remove(thing)
            self._lines[thing].remove(self)
            if not self._lines[thing]:
                del self._lines[thing]


class RequestOrder:
    """The turns of one tenant. A request enters all its lines at once, so that no two requests wait
    for each other."""

    def __init__(self) -> None:
        self._lines: dict[Subject, list[Ticket]] = {}

    def take(self, things: Iterable[Subject]) -> Ticket:
        return Ticket(self._lines, things)

    @property
    def is_idle(self) -> bool:
        return not self._lines
