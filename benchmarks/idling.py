"""What a FreeSWITCH works where nobody talks, with the daemon linked to it and without."""

from __future__ import annotations

import threading
from contextlib import nullcontext

from benchmarks.line import Bench, Line, Sense
from benchmarks.private_switch import daemon_on, needs_freeswitch, private_switch
from benchmarks.process import exact_cpu_seconds

SECONDS = 60.0
_SETTLES_SECONDS = 6.0  # the daemon asks at its link-up, and looks whether anything goes on


def cost(*, attached: bool) -> tuple[float]:
    """Per cent of a core."""
    clock = threading.Event()
    with private_switch() as switch, daemon_on(switch) if attached else nullcontext():
        clock.wait(_SETTLES_SECONDS)
        before = exact_cpu_seconds(switch.pid)
        clock.wait(SECONDS)
        return ((exact_cpu_seconds(switch.pid) - before) / SECONDS * 100,)


BENCHES = (
    Bench(
        "idle",
        f"{SECONDS:.0f} seconds in which nobody talks",
        (Line("FreeSWITCH's CPU, idle", "no daemon", "% of a core", Sense.AT_MOST, 1.05, 1.02),),
        lambda: cost(attached=True),
        lambda: cost(attached=False),
        needs_freeswitch,
    ),
)
