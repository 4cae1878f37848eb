"""The simulated switch's time; with a virtual clock an hour of ringing passes at once."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Protocol


class ClockTimer(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    def now(self) -> float:
        """Unix time in seconds."""

    def later(self, seconds: float, call: Callable[[], object]) -> ClockTimer:
        """Call once, in ``seconds``; calls due at the same moment run in the order they came."""


class ScheduledTimer:
    def __init__(self, call: Callable[[], object]) -> None:
        self.call: Callable[[], object] | None = call

    def cancel(self) -> None:
        self.call = None


class TimerQueue:
    """Appointments by time, and by order of entry where the time is the same."""

    def __init__(self) -> None:
        self._order = count()
        self._due: list[tuple[float, int, ScheduledTimer]] = []

    def enter(self, when: float, call: Callable[[], object]) -> ScheduledTimer:
        appointment = ScheduledTimer(call)
        heapq.heappush(self._due, (when, next(self._order), appointment))
        return appointment

    def next_at(self) -> float | None:
        """When the next one is due that has not been cancelled."""
        while self._due and self._due[0][2].call is None:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def take(self) -> Callable[[], object] | None:
        return heapq.heappop(self._due)[2].call if self._due else None


class VirtualClock:
    """Time that passes only when told to, one appointment at a time."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._now = start
        self._agenda = TimerQueue()

    def now(self) -> float:
        return self._now

    def later(self, seconds: float, call: Callable[[], object]) -> ClockTimer:
        return self._agenda.enter(self._now + seconds, call)

    def step(self) -> bool:
        """Advance to the next appointment and run it; False if there is none."""
        due = self._agenda.next_at()
        call = self._agenda.take()
        if due is None or call is None:
            return False
        self._now = due
        call()
        return True

    def run(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        end = self._now + seconds
        while (due := self._agenda.next_at()) is not None and due <= end:
            self.step()
        self._now = end
