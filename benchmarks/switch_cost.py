"""What a call costs FreeSWITCH itself, with the daemon attached and without."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

from benchmarks.line import Bench, Line, Sense
from benchmarks.private_switch import (
    ESL_PASSWORD,
    Private,
    daemon_on,
    needs_freeswitch,
    private_switch,
)
from benchmarks.process import cpu_seconds
from tests.lab.esl import Esl

CALLS, AT_ONCE = 300, 4
_CALL = "originate loopback/phone/bench &hangup()"


def cost(*, attached: bool) -> tuple[float]:
    """Milliseconds of CPU of the switch a call."""
    with private_switch() as switch, daemon_on(switch) if attached else nullcontext():
        _drive(switch, AT_ONCE)
        before = cpu_seconds(switch.pid)
        _drive(switch, CALLS)
        return ((cpu_seconds(switch.pid) - before) / CALLS * 1e3,)


def _drive(switch: Private, calls: int) -> None:
    """Make the calls with a few sessions at once; returns when all have ended."""
    sessions = [Esl(switch.port, f"auth {ESL_PASSWORD}") for _ in range(AT_ONCE)]

    def some(session: Esl) -> None:
        for _ in range(calls // AT_ONCE):
            session.api(_CALL)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(some, sessions))
    pause = threading.Event()
    while not switch.esl.api("show channels count").startswith("0 "):
        pause.wait(0.05)
    for session in sessions:
        session.close()


BENCHES = (
    Bench(
        "switch",
        f"{CALLS} calls of loopback channels that answer and hang up, {AT_ONCE} at once",
        (Line("FreeSWITCH's CPU a call", "no subscriber", "ms", Sense.AT_MOST, 1.15, 1.1),),
        lambda: cost(attached=True),
        lambda: cost(attached=False),
        needs_freeswitch,
    ),
)
