"""One line of the table: the measurement, its peer, and the ratio that it must reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median


class Sense(Enum):
    """How the two medians make the ratio, and which way it is good."""

    TIMES_LESS = "x less"
    """A cost: the peer's divided by ours; more is better."""
    TIMES_MORE = "x"
    """A rate: ours divided by the peer's; more is better."""
    AT_MOST = "x at most"
    """A cost: ours divided by the peer's; less is better."""


@dataclass(frozen=True)
class Line:
    """``unit`` is that of the raw numbers; ``must`` and ``aim`` are ratios."""

    what: str
    beside: str
    unit: str
    sense: Sense
    must: float
    aim: float

    def ratio(self, ours: Sequence[float], peers: Sequence[float]) -> float:
        """Of the medians."""
        own_leg, other = self.medians(ours, peers)
        return other / own_leg if self.sense is Sense.TIMES_LESS else own_leg / other

    @staticmethod
    def medians(ours: Sequence[float], peers: Sequence[float]) -> tuple[float, float]:
        return median(ours), median(peers)

    def reaches(self, ratio: float, goal: float) -> bool:
        return ratio <= goal if self.sense is Sense.AT_MOST else ratio >= goal


@dataclass(frozen=True)
class Measured:
    """A line with all raw numbers of both sides, in the order of the runs."""

    line: Line
    ours: tuple[float, ...]
    peers: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return self.line.ratio(self.ours, self.peers)

    @property
    def verdict(self) -> str:
        if self.line.reaches(self.ratio, self.line.aim):
            return "aim"
        return "must" if self.line.reaches(self.ratio, self.line.must) else "missed"


class CannotRun(Exception):
    """Why a line cannot be measured on this machine."""


@dataclass(frozen=True)
class Bench:
    """Lines that come out of the same runs. ``ours`` and ``peer`` give one number a line;
    ``needs`` raises CannotRun where something is missing."""

    name: str
    mix: str
    lines: tuple[Line, ...]
    ours: Callable[[], Sequence[float]]
    peer: Callable[[], Sequence[float]]
    needs: Callable[[], None] = lambda: None

    def run(self, rounds: int) -> list[Measured]:
        """Peer and daemon in turn, ``rounds`` times."""
        ours, peers = [], []
        for _ in range(rounds):
            peers.append(self.peer())
            ours.append(self.ours())
        return [
            Measured(line, _column(ours, number), _column(peers, number))
            for number, line in enumerate(self.lines)
        ]


def _column(runs: Sequence[Sequence[float]], number: int) -> tuple[float, ...]:
    return tuple(run[number] for run in runs)
