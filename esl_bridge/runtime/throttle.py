"""What keeps one client from taking the service away from all others: passwords and pace."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Hashable
from functools import partial
from time import monotonic

from gevent.lock import BoundedSemaphore

from esl_bridge.callflow.steps import Verify
from esl_bridge.errors import TooManyRequests

_MINUTE = 60.0


class Gate:
    """Looks at passwords by ``verify``, and at none after too many wrong ones in the last minute:
    ``per_agent`` of them for one account, ``per_address`` from one address."""

    def __init__(
        self,
        verify: Callable[[str | None, str], bool],
        per_agent: int,
        per_address: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._verify = verify
        self._per_agent = per_agent
        self._per_address = per_address
        self._clock = clock
        self._wrong: deque[tuple[float, tuple[str, str]]] = deque()
        self._counts: Counter[str] = Counter()
        self._turn = BoundedSemaphore(os.cpu_count() or 1)

    def verify(self, attempt: Verify) -> bool:
        """Whether it fits; raises TooManyRequests. Lets other greenlets run meanwhile."""
        self._judge(attempt)
        with self._turn:
            self._judge(attempt)  # those before it may have been wrong
            fits = self._look_at(attempt)
        if not fits:
            self._note(attempt)
        return fits

    def _look_at(self, attempt: Verify) -> bool:
        """Meanwhile it counts for its account as wrong: all of many at once may be."""
        account, _ = _keys(attempt)
        self._counts[account] += 1
        try:
            return self._verify(attempt.password_hash, attempt.password)
        finally:
            self._discount(account)

    def _judge(self, attempt: Verify) -> None:
        self._forget_old()
        account, address = _keys(attempt)
        if self._counts[account] >= self._per_agent or self._counts[address] >= self._per_address:
            raise TooManyRequests

    def _note(self, attempt: Verify) -> None:
        keys = _keys(attempt)
        self._wrong.append((self._clock(), keys))
        self._counts.update(keys)

    def _forget_old(self) -> None:
        while self._wrong and self._wrong[0][0] <= self._clock() - _MINUTE:
            _, keys = self._wrong.popleft()
            for key in keys:
                self._discount(key)

    def _discount(self, key: str) -> None:
        self._counts[key] -= 1
        if not self._counts[key]:
            del self._counts[key]


def _keys(attempt: Verify) -> tuple[str, str]:
    return f"account {attempt.account}", f"address {attempt.address}"


class Pace:
    """How fast somebody asks, and how much of that is under way."""

    def __init__(
        self, per_second: int, in_flight: int, clock: Callable[[], float] = monotonic
    ) -> None:
        self._per_second = per_second
        self._in_flight = in_flight
        self._clock = clock
        self._second = 0
        self._asked: dict[Hashable, int] = {}
        self._open: dict[Hashable, int] = {}

    def admit(self, who: Hashable) -> Callable[[], None]:
        """Take one more request; gives what is to be called once it is answered. Raises
        TooManyRequests."""
        if (second := int(self._clock())) != self._second:
            self._second = second
            self._asked.clear()
        self._asked[who] = asked = self._asked.get(who, 0) + 1
        under_way = self._open.get(who, 0)
        if asked > self._per_second or under_way >= self._in_flight:
            raise TooManyRequests
        self._open[who] = under_way + 1
        return partial(self._answered, who)

    def _answered(self, who: Hashable) -> None:
        left = self._open.pop(who) - 1
        if left:
            self._open[who] = left
