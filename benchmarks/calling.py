"""CPU of a whole call: the daemon with all its logic beside a stock library with none.

The library reads as fast as it can, so the daemon gets enough calls to keep half of its core busy:
a daemon that sleeps between two events also pays for waking up, which the line "CPU under load"
measures.
"""

from __future__ import annotations

from benchmarks import recorded
from benchmarks.busy import daemon_shift
from benchmarks.daemon_process import daemon_process
from benchmarks.line import Bench, Line, Sense
from benchmarks.process import answer_of, child, told

AGENTS, RATE, SECONDS = 1_500, 500.0, 5.0
_REPETITIONS = 40


def by_daemon() -> tuple[float]:
    """Milliseconds of CPU a call, with its two requests, their replies and all pushes."""
    with daemon_process(AGENTS) as at_work:
        before = at_work.cpu()
        shift = daemon_shift(at_work, RATE, SECONDS)
        return ((at_work.cpu() - before) / shift.talks * 1e3,)


def by_greenswitch() -> tuple[float]:
    """Milliseconds of CPU to read a call's events."""
    with child("replay", "all", _REPETITIONS) as replay:
        read = answer_of("readers", "greenswitch", told(replay))
    return (read["seconds"] / (recorded.TALKS * _REPETITIONS) * 1e3,)


BENCHES = (
    Bench(
        "call",
        f"{RATE:.0f} talks a second of {AGENTS:,} agents: call, rings, answered, talks, hung up",
        (
            Line(
                "CPU a call, all logic",
                "stock greenswitch, plain ALL",
                "ms",
                Sense.TIMES_LESS,
                8,
                20,
            ),
        ),
        by_daemon,
        by_greenswitch,
    ),
)
