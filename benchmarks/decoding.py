"""What it costs to read an event: the daemon's link beside the stock library and beside C."""

from __future__ import annotations

import json
import os
import subprocess

from benchmarks.line import Bench, CannotRun, Line, Sense
from benchmarks.process import answer_of, child, told

_REPETITIONS = 150
_MIX = "a recorded stream of 8 talks, the events that the daemon subscribes to"


def by(client: str) -> tuple[float]:
    """Microseconds of CPU an event."""
    with child("replay", "subscribed", _REPETITIONS) as replay:
        told_by = answer_of("readers", client, told(replay))
    return (told_by["seconds"] / told_by["events"] * 1e6,)


def by_c() -> tuple[float]:
    """The same by a client on the switch's own C library, which ``ESL_C_CLIENT`` names."""
    with child("replay", "subscribed", _REPETITIONS) as replay:
        command = [os.environ["ESL_C_CLIENT"], told(replay), "plain"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    told_by = json.loads(output.splitlines()[-1])
    return (told_by["cpu"] / told_by["events"] * 1e6,)


def _needs_c() -> None:
    if "ESL_C_CLIENT" not in os.environ:
        raise CannotRun("ESL_C_CLIENT names no client on the C library")


BENCHES = (
    Bench(
        "decoding",
        _MIX,
        (Line("an event read", "stock greenswitch", "us CPU", Sense.TIMES_LESS, 10, 12),),
        lambda: by("daemon"),
        lambda: by("greenswitch"),
    ),
    Bench(
        "decoding-c",
        _MIX,
        (Line("an event read", "C libesl", "us CPU", Sense.TIMES_LESS, 3, 4),),
        lambda: by("daemon"),
        by_c,
        _needs_c,
    ),
)
