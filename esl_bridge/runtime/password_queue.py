"""The queue of passwords to verify, and its order.

Verifying one takes a core for some 100 ms, so a client that sends many could make all others wait.
Accounts that have checked in from the same network before go first, except that some turns go to
others, since a client in that network could name such accounts. Within each group the networks take
turns: one password does not wait behind somebody else's hundred.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gevent.event import AsyncResult

from esl_bridge.callflow.steps import Verify
from esl_bridge.errors import Cancelled, TooManyRequests
from esl_bridge.runtime.connections import Connection

_KNOWN_IN_A_ROW = 3  # turns while others wait


class PasswordQueue:
    """``looks``: how many are verified at once; ``room``: how many others may wait whose account is
    not known in their network."""

    def __init__(self, looks: int, room: int) -> None:
        self._free = looks
        self._room = room
        self._known, self._unknown = _Rank(), _Rank()
        self._in_a_row = 0

    @contextmanager
    def turn_of(self, attempt: Verify) -> Iterator[None]:
        """Waits for the attempt's turn, which lasts as long as the context. Raises TooManyRequests
        where there is no room, and Cancelled where the connection has ended. The wait does not
        count against the connection's time to check in."""
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
        """Remove attempts whose connections have ended."""
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
    """``turn``: set when the turn comes, or to the error if it does not."""

    __slots__ = ("attempt", "turn")

    def __init__(self, attempt: Verify) -> None:
        self.attempt = attempt
        self.turn: AsyncResult[None] = AsyncResult()


def _is_gone(one: _WaitingCheck) -> bool:
    connection = one.attempt.connection
    return isinstance(connection, Connection) and connection.gone


class _Rank:
    """Waiting attempts by network; the network whose turn is next comes first."""

    def __init__(self) -> None:
        self.length = 0
        self._networks: dict[str, deque[_WaitingCheck]] = {}

    def add(self, one: _WaitingCheck) -> None:
        self._networks.setdefault(one.attempt.network, deque()).append(one)
        self.length += 1

    def next(self) -> _WaitingCheck:
        network = next(iter(self._networks))
        waiting = self._networks.pop(network)
        one = waiting.popleft()
        if waiting:
            self._networks[network] = waiting  # to the end
        self.length -= 1
        return one

    def last_of_the_most(self) -> _WaitingCheck:
        """The latest attempt from the network with the most."""
        network = max(self._networks, key=lambda each: len(self._networks[each]))
        one = self._networks[network].pop()
        if not self._networks[network]:
            del self._networks[network]
        self.length -= 1
        return one

    def take_out(self, is_meant: Callable[[_WaitingCheck], bool]) -> list[_WaitingCheck]:
        out = [one for waiting in self._networks.values() for one in waiting if is_meant(one)]
        if out:
            left = {
                network: deque(one for one in waiting if not is_meant(one))
                for network, waiting in self._networks.items()
            }
            self._networks = {network: waiting for network, waiting in left.items() if waiting}
            self.length -= len(out)
        return out
