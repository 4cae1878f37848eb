"""A shift's work: talks begun at a steady rate, and how long each event takes to its agent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle
from time import perf_counter
from typing import NamedTuple

from benchmarks.desktops import Desktop, Message, request
from benchmarks.loop import Loop

TALK_SECONDS = 1.0
_PATIENCE = 10.0


class Shift(NamedTuple):
    """``waits``: seconds from an event's first byte to its push at the agent, each one."""

    waits: list[float]
    talks: int
    seconds: float


def percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Clocks:
    """The time at which each event was written, and how long its push took."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._written: dict[tuple[str, str], float] = {}

    def written(self, agent_id: str, what: str) -> None:
        self._written[agent_id, what] = perf_counter()

    def read(self, agent_id: str, what: str) -> None:
        began = self._written.pop((agent_id, what), None)
        if began is not None:
            self.waits.append(perf_counter() - began)


def work(
    loop: Loop,
    desktops: Sequence[Desktop],
    clocks: Clocks,
    *,
    rate: float,
    seconds: float,
    fields: dict[str, object],
    told: Callable[[Message], str],
) -> Shift:
    """``rate`` talks a second for some seconds; each is hung up a second after its request.
    ``told`` names what a push tells, as the clocks do."""
    talks = int(rate * seconds)
    over = 0
    free = cycle(desktops)

    def heard(desktop: Desktop, message: Message) -> None:
        nonlocal over
        what = told(message)
        clocks.read(desktop.agent_id, what)
        if message.msg_type == "call":
            if message.code != "0":
                raise RuntimeError(f"{desktop.agent_id}: {message}")
            hangs_up = request(desktop.agent_id, "hangup", "out", uuid=message.uuid)
            loop.at(perf_counter() + TALK_SECONDS, lambda: desktop.send(hangs_up))
        over += what == "end"

    def begin() -> None:
        next(free).ask("call", "call", **fields)

    for desktop in desktops:
        desktop.on_message = heard
    began = perf_counter()
    for number in range(talks):
        loop.at(began + number / rate, begin)
    loop.run(lambda: over >= talks, seconds + TALK_SECONDS + _PATIENCE)
    return Shift(clocks.waits, talks, perf_counter() - began)
