"""A company's wallboard: who watches it, and who waits in a queue."""

from __future__ import annotations

import msgspec

from esl_bridge.domain.subscription import Subscription


class Caller(msgspec.Struct, frozen=True):
    """A caller waiting for an agent of a skill. ``member``: the queue's id of this wait; ``since``:
    ``YYYY-MM-DD HH:MM:SS``, and ``since_ms``: the same in milliseconds of Unix time."""

    skill: str
    member: str
    number: str
    since: str
    since_ms: int


class Wallboard(Subscription):
    """``line``: the waiting callers by their legs, in order of arrival; ``skills``: those whose
    queues have changed since that was last published."""

    def __init__(self) -> None:
        super().__init__()
        self.line: dict[str, Caller] = {}
        self.skills: set[str] = set()

    def waits(self, leg: str, caller: Caller) -> None:
        self.waits_no_more(leg)
        self.line[leg] = caller
        self.skills.add(caller.skill)

    def waits_no_more(self, leg: str, member: str = "") -> None:
        """``member``: the wait that is over; the leg may have begun another meanwhile."""
        caller = self.line.get(leg)
        if caller is not None and member in ("", caller.member):
            del self.line[leg]
            self.skills.add(caller.skill)

    def take_skills(self) -> set[str]:
        """The skills whose queues have changed since the last call."""
        skills, self.skills = self.skills, set()
        return skills
