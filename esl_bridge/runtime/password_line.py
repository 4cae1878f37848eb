"""Who waits for a password to be looked at, and in which order.

A look takes a core for some 100 ms, so that whoever sends many passwords could make all others
wait. Accounts that have come in from the same place before go first, but for one turn in some:
whoever is where many of them are may say their names. Beyond that the places take turns: who sends
one password is not behind somebody else's hundred.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gevent.event import AsyncResult

from esl_bridge.callflow.steps import Verify
from esl_bridge.errors import Cancelled, TooManyRequests
from esl_bridge.runtime.connections import Connection

_KNOWN_IN_A_ROW = 3  # turns, while others wait


class PasswordLine:
    """``looks``: how many are looked at at once; ``room``: for how many others that are not known
    where they come from."""

    def __init__(self, looks: int, room: int) -> None:
        self._free = looks
        self._room = room
        self._known, self._unknown = _Rank(), _Rank()
        self._in_a_row = 0

    @contextmanager
    def turn_of(self, attempt: Verify) -> Iterator[None]:
        """Waits for its turn, and has it while the context lasts. Raises TooManyRequests where
        there is no room, and Cancelled where its connection has gone. While somebody waits here its
        connection is not late with its check-in."""
        if self._free:
            self._free -= 1
        else:
            self._wait(attempt)
        try:
            yield
        finally:
            self._free += 1
            self._call_next()

    def drop_the_gone(self) -> None:
        """Those whose connections have been closed take up no room."""
        for rank in (self._known, self._unknown):
            for one in rank.take_out(_is_gone):
                one.turn.set_exception(Cancelled())

    def _wait(self, attempt: Verify) -> None:
        one = _WaitingCheck(attempt)
        rank = self._known if attempt.known else self._unknown
        rank.add(one)
        if rank is self._unknown and rank.length > self._room:
            rank.last_of_the_most().turn.set_exception(TooManyRequests())
        connection = attempt.connection
        if isinstance(connection, Connection):
            with connection.being_kept_waiting():
                one.turn.get()
        else:
            one.turn.get()

    def _call_next(self) -> None:
        self.drop_the_gone()
        if self._free and (self._known.length or self._unknown.length):
            self._free -= 1
            self._next_rank().next().turn.set(None)

    def _next_rank(self) -> _Rank:
        had_enough = self._unknown.length and self._in_a_row >= _KNOWN_IN_A_ROW
        if self._known.length and not had_enough:
            self._in_a_row += 1
            return self._known
        self._in_a_row = 0
        return self._unknown


class _WaitingCheck:
    """``turn``: set when it comes, or to why it does not."""

    __slots__ = ("attempt", "turn")

    def __init__(self, attempt: Verify) -> None:
        self.attempt = attempt
        self.turn: AsyncResult[None] = AsyncResult()


def _is_gone(one: _WaitingCheck) -> bool:
    connection = one.attempt.connection
    return isinstance(connection, Connection) and connection.gone


class _Rank:
    """Those who wait, by the place that they come from; the place whose turn is next is first."""

    def __init__(self) -> None:
        self.length = 0
        self._places: dict[str, deque[_WaitingCheck]] = {}

    def add(self, one: _WaitingCheck) -> None:
        self._places.setdefault(one.attempt.place, deque()).append(one)
        self.length += 1

    def next(self) -> _WaitingCheck:
        place = next(iter(self._places))
        waiting = self._places.pop(place)
        one = waiting.popleft()
        if waiting:
            self._places[place] = waiting  # behind the others
        self.length -= 1
        return one

    def last_of_the_most(self) -> _WaitingCheck:
        """Out of those from the place of which most wait, whoever came last."""
        place = max(self._places, key=lambda each: len(self._places[each]))
        one = self._places[place].pop()
        if not self._places[place]:
            del self._places[place]
        self.length -= 1
        return one

    def take_out(self, is_meant: Callable[[_WaitingCheck], bool]) -> list[_WaitingCheck]:
        out = [one for waiting in self._places.values() for one in waiting if is_meant(one)]
        if out:
            left = {
                place: deque(one for one in waiting if not is_meant(one))
                for place, waiting in self._places.items()
            }
            self._places = {place: waiting for place, waiting in left.items() if waiting}
            self.length -= len(out)
        return out
