"""Which outside numbers a company may call, and how many at once.

These limits bound the damage of a stolen password.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, deque

from esl_bridge.domain.company import External
from esl_bridge.errors import NumberBarred, TooManyCalls

_MINUTE = 60.0

WITHHELD = "anonymous"
"""Reported and displayed in place of a number that the caller withholds or lacks."""
_LONGEST = 64
# digits, and a "+"; up to this length the patterns are known to match quickly
_LONGEST_DIALLED = 33
_SEEN = frozenset("LMNPS")  # Unicode categories of printable characters, besides the space


def told(number: str, *, withheld: bool) -> str:
    """A caller's number as reported to agents. The outside may send anything, so line ends,
    bidirectional controls and other invisible characters are dropped, and the length is limited."""
    if withheld:
        return WITHHELD
    seen = [each for each in number if each == " " or unicodedata.category(each)[0] in _SEEN]
    return "".join(seen)[:_LONGEST].strip() or WITHHELD


class OutboundCounter:
    """Counts outbound legs that are up, and calls begun in the last minute."""

    def __init__(self) -> None:
        self._begun: deque[tuple[float, str]] = deque()
        self._begun_by: Counter[str] = Counter()
        self._up: dict[str, str] = {}  # leg -> the agent that began it
        self._by: Counter[str] = Counter()

    def comes_up(self, leg: str, begun_by: str) -> None:
        """``begun_by``: the agent, "" where no agent requested it."""
        self._up[leg] = begun_by
        self._by[begun_by] += 1

    def is_over(self, leg: str) -> None:
        """May be called for any leg, outbound or not."""
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
    """A company's ``external`` section; without one no outbound call is allowed."""

    def __init__(self, external: External | None, agents: int) -> None:
        self._external = external
        self._share = external.agents_share(agents) if external else 0
        self._allowed = [re.compile(p) for p in external.allowed] if external else []
        self._barred = [re.compile(p) for p in external.barred] if external else []

    def judge(self, number: str) -> External:
        """The section that allows the number; raises NumberBarred."""
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
        """Count one more call; raises TooManyCalls where a limit is reached. ``begun_by`` "": no
        agent requested it, and it counts for the company alone."""
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
