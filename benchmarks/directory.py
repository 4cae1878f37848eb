"""What it costs the daemon to keep everybody's directory up to date while agents change."""

from __future__ import annotations

import itertools
from time import perf_counter

from benchmarks.daemon_process import ScriptedDaemon, daemon_process
from benchmarks.line import Bench, Line, Sense
from benchmarks.process import exact_cpu_seconds

SUBSCRIBERS, CHANGES, SECONDS = 1_000, 50, 20.0
BUDGET = 10.0
_PATIENCE = 60.0
_ACTIONS = ("MAKE_BUSY", "MAKE_FREE")


def cost() -> tuple[float]:
    """Per cent of a core, of what the subscriptions add to the same changes."""
    with daemon_process(SUBSCRIBERS) as at_work:
        without = _cpu_of_changes(at_work)
        for desktop in at_work.desktops:
            desktop.ask("directory", "d")
        return (_cpu_of_changes(at_work) - without,)


def _cpu_of_changes(at_work: ScriptedDaemon) -> float:
    """So many agents change in each second; the first of these is not counted."""
    turns = ((one, action) for one in itertools.cycle(at_work.desktops) for action in _ACTIONS)
    began = perf_counter()
    sent, counted_from = 0, 0.0
    while (now := perf_counter() - began) < SECONDS + 1:
        if not counted_from and now >= 1:
            counted_from = exact_cpu_seconds(at_work.pid)
        while sent < now * CHANGES:
            desktop, action = next(turns)
            desktop.ask("change_status", "c", action=action)
            sent += 1
        due = began + sent / CHANGES
        at_work.loop.run(lambda: perf_counter() >= due, _PATIENCE)  # noqa: B023
    return (exact_cpu_seconds(at_work.pid) - counted_from) / SECONDS * 100


BENCHES = (
    Bench(
        "directory",
        f"{SUBSCRIBERS:,} agents follow the directory, {CHANGES} of them change in each second",
        (
            Line(
                "the directory of 1,000, kept up to date",
                f"{BUDGET:.0f} % of a core",
                "% of a core",
                Sense.AT_MOST,
                1,
                0.5,
            ),
        ),
        cost,
        lambda: (BUDGET,),
    ),
)
