"""The order of requests upon the same thing: each is judged once those before it have had their
effect.

What a request finds is changed by those before it only when the switch has answered, or has told.
Judged before that it would be answered by what is about to be wrong: a second ``mute`` 1, sent
right behind ``mute`` 0, would find its agent muted still, and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from enum import auto

from esl_bridge.domain.named import Named


class Matter(Named):
    """What of a leg, or of a call, a request is upon."""

    COURSE = auto()
    """What an agent's call is in the middle of: a hold, a consult, a transfer. Whoever has judged
    that, and has answered, makes nobody wait any more."""
    SOUND = auto()
    RECORDING = auto()
    TONES = auto()
    SUPERVISION = auto()


Thing = tuple[Hashable, Matter]


class Turn:
    """A place in the lines of all things that one request is upon."""

    __slots__ = ("_lines", "_things")

    def __init__(self, lines: dict[Thing, list[Turn]], things: Iterable[Thing]) -> None:
        self._lines = lines
        self._things = list(dict.fromkeys(things))
        for thing in self._things:
            lines.setdefault(thing, []).append(self)

    def has_come(self) -> bool:
        return all(self._lines[thing][0] is self for thing in self._things)

    def answered(self) -> None:
        self._leave(lambda matter: matter is Matter.COURSE)

    def over(self) -> None:
        self._leave(lambda _: True)

    def _leave(self, leaves: Callable[[Matter], bool]) -> None:
        for thing in [one for one in self._things if leaves(one[1])]:
            self._things.remove(thing)
            self._lines[thing].remove(self)
            if not self._lines[thing]:
                del self._lines[thing]


class Turns:
    """All of one tenant. Whoever takes a turn stands in all its lines at once, so that no two wait
    for each other."""

    def __init__(self) -> None:
        self._lines: dict[Thing, list[Turn]] = {}

    def take(self, things: Iterable[Thing]) -> Turn:
        return Turn(self._lines, things)

    @property
    def nobody_waits(self) -> bool:
        return not self._lines
