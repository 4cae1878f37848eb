"""Which outside numbers a company may call, and how many at once.

A stolen password must not be able to place more than this allows.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, deque

from esl_bridge.domain.company import External
from esl_bridge.errors import NumberBarred, TooManyCalls

_MINUTE = 60.0

WITHHELD = "anonymous"
"""What is told, and shown, in place of a number that its caller keeps to itself, or has not."""
_LONGEST = 64
_LONGEST_DIALLED = 33  # digits, and a "+": the patterns are known to be quick for so many
_SEEN = frozenset("LMNPS")  # the Unicode categories of what can be seen; and the blank


def told(number: str, *, withheld: bool) -> str:
    """A caller's number as agents are told it: what the outside sends can be anything at all, so no
    line's end, no mark that turns the direction of writing round, and no more than fits."""
    if withheld:
        return WITHHELD
    seen = [each for each in number if each == " " or unicodedata.category(each)[0] in _SEEN]
    return "".join(seen)[:_LONGEST].strip() or WITHHELD


class OutboundCounter:
    """The legs to the outside that are up, and when calls were begun in the last minute."""

    def __init__(self) -> None:
        self._begun: deque[tuple[float, str]] = deque()
        self._begun_by: Counter[str] = Counter()
        self._up: dict[str, str] = {}  # by whom each was begun
        self._by: Counter[str] = Counter()

    def comes_up(self, leg: str, begun_by: str) -> None:
        """``begun_by``: the agent, "" where nobody asked for it."""
        self._up[leg] = begun_by
        self._by[begun_by] += 1

    def is_over(self, leg: str) -> None:
        """Of any leg, also one that is not to the outside."""
        begun_by = self._up.pop(leg, None)
        if begun_by is not None:
            _discount(self._by, begun_by)

    @property
    def up(self) -> int:
        return len(self._up)

    def up_by(self, agent_id: str) -> int:
        return self._by[agent_id]

    def enter(self, now: float, begun_by: str) -> None:
        self._begun.append((now, begun_by))
        self._begun_by[begun_by] += 1

    def last_minute(self, now: float) -> int:
        while self._begun and self._begun[0][0] <= now - _MINUTE:
            _, begun_by = self._begun.popleft()
            _discount(self._begun_by, begun_by)
        return len(self._begun)

    def last_minute_by(self, agent_id: str, now: float) -> int:
        self.last_minute(now)
        return self._begun_by[agent_id]


class Policy:
    """A company's ``external`` section; without one nothing outside may be called."""

    def __init__(self, external: External | None, agents: int) -> None:
        self._external = external
        self._share = external.agents_share(agents) if external else 0
        self._allowed = [re.compile(p) for p in external.allowed] if external else []
        self._barred = [re.compile(p) for p in external.barred] if external else []

    def judge(self, number: str) -> External:
        """The section that the number may be called by; raises NumberBarred."""
        if self._external is None or len(number) > _LONGEST_DIALLED:
            raise NumberBarred
        if not _matches(self._allowed, number):
            raise NumberBarred
        if _matches(self._barred, number):
            raise NumberBarred
        return self._external

    def count(
        self, external: External, dialled: OutboundCounter, begun_by: str, now: float
    ) -> None:
        """Enter one call more, or refuse it, if that is more than is allowed: TooManyCalls.
        ``begun_by`` "": nobody asked for it, and so it counts for the company alone."""
        too_many = dialled.up >= external.max_calls
        too_many |= dialled.last_minute(now) >= external.per_minute
        if begun_by:
            too_many |= dialled.up_by(begun_by) >= external.per_agent
            too_many |= dialled.last_minute_by(begun_by, now) >= self._share
        if too_many:
            raise TooManyCalls
        dialled.enter(now, begun_by)


def _discount(counts: Counter[str], key: str) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


def _matches(patterns: list[re.Pattern[str]], number: str) -> bool:
    return any(pattern.fullmatch(number) for pattern in patterns)
