"""Where nobody talks the daemon sleeps, whatever it asks the switch meanwhile."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from time import monotonic

from tests.behaviour.steps.calls import ends_its_call, talks_to_c
from tests.behaviour.world import World

SECONDS = 3.0
WAKE_UPS_A_SECOND = 20
_SWITCHES = re.compile(r"^voluntary_ctxt_switches:\s*(\d+)", re.MULTILINE)


def test_after_the_last_call_the_daemon_is_hardly_ever_woken(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    ends_its_call(a, uuid)
    world.lab_is_empty()
    began, before = monotonic(), wake_ups(world.daemon_pid)
    threading.Event().wait(SECONDS)
    woken = wake_ups(world.daemon_pid) - before
    assert woken < WAKE_UPS_A_SECOND * (monotonic() - began)


def wake_ups(pid: int) -> int:
    """How often the threads of a process have slept so far: each time somebody has woken them."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int(_SWITCHES.findall((task / "status").read_text())[0]) for task in tasks)
