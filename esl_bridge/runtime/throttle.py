"""Keeps one client from monopolising the service: limits on passwords and on the rate of
requests."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable
from functools import partial
from time import monotonic

from esl_bridge.callflow.steps import Verify
from esl_bridge.errors import TooManyRequests
from esl_bridge.runtime.password_queue import PasswordQueue

_MINUTE = 60.0


class LoginGuard:
    """Verifies passwords by ``verify``, unless there were too many failures in the last minute:
    ``per_agent`` for one account, ``per_address`` from one network. Pending verifications count as
    failures, since all of many at once may be. At most ``waiting`` wait.

    An account that has checked in from a network before is counted there by itself: others'
    failures, for this account or in this network, do not lock it out.
    """

    def __init__(
        self,
        verify: Callable[[str | None, str], bool],
        per_agent: int,
        per_address: int,
        waiting: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._verify = verify
        self._per_agent = per_agent
        self._per_address = per_address
        self._clock = clock
        self._wrong: deque[tuple[float, tuple[str, ...]]] = deque()
        self._counts: Counter[str] = Counter()
        self._line = PasswordQueue(os.cpu_count() or 1, waiting)

    def verify(self, attempt: Verify) -> bool:
        """Whether the password matches; raises TooManyRequests, or Cancelled where the client has
        disconnected. Other greenlets run meanwhile."""
        self._forget_old()
        self._line.drop_the_gone()
        limits = self._limits(attempt)
        if any(self._counts[key] >= most for key, most in limits.items()):
            raise TooManyRequests
        self._counts.update(limits.keys())
        fits = True
        try:
            fits = self._check(attempt)
        finally:
            if fits:
                self._discount(limits)
            else:
                self._wrong.append((self._clock(), tuple(limits)))
        return fits

    def _check(self, attempt: Verify) -> bool:
        with self._line.turn_of(attempt):
            return self._verify(attempt.password_hash, attempt.password)

    def _limits(self, attempt: Verify) -> dict[str, int]:
        """The keys under which the attempt is counted, and the limit for each."""
        account, network = attempt.account, attempt.network
        if attempt.known:
            return {f"{account} at {network}": self._per_agent}
        return {f"account {account}": self._per_agent, f"network {network}": self._per_address}

    def _forget_old(self) -> None:
        while self._wrong and self._wrong[0][0] <= self._clock() - _MINUTE:
            self._discount(self._wrong.popleft()[1])

    def _discount(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]


class RateLimiter:
    """Limits the rate of requests, and how many are under way. A client that has not checked in may
    name any agent, so its requests are limited by connection only."""

    def __init__(
        self, per_second: int, in_flight: int, clock: Callable[[], float] = monotonic
    ) -> None:
        self._per_second = per_second
        self._in_flight = in_flight
        self._clock = clock
        self._second = 0
        self._asked: dict[Hashable, int] = {}
        self._open: dict[Hashable, int] = {}

    def admit(self, who: Hashable, *, checked_in: bool = True) -> Callable[[], None]:
        """Admit one more request; returns what to call once it is answered. Raises
        TooManyRequests."""
        asked = self._count(who) if checked_in else 0
        under_way = self._open.get(who, 0)
        if asked > self._per_second or under_way >= self._in_flight:
            raise TooManyRequests
        self._open[who] = under_way + 1
        return partial(self._answered, who)

    def _count(self, who: Hashable) -> int:
        if (second := int(self._clock())) != self._second:
            self._second = second
            self._asked.clear()
        self._asked[who] = asked = self._asked.get(who, 0) + 1
        return asked

    def _answered(self, who: Hashable) -> None:
        left = self._open.pop(who) - 1
        if left:
            self._open[who] = left
