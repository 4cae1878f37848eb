"""A busy switch without the right to real time, as if it did not run as root: many callers hear
ringback when their agents answer, and each caller is bridged to its agent.

The switch's own threads race there, so it makes no sense on a simulated one.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.behaviour.report import missing
from tests.behaviour.world import World, reached
from tests.faults.conftest import LONG
from tests.faults.crowd import Crowd
from tests.lab.real_lab import RealLab

CROWD = 5
CALLS = 1_000 if LONG else 40
_SECONDS = 40.0
_BUSY = [sys.executable, "-c", "while True: pass"]


def _why_not() -> str:
    if why := missing():
        return why
    if "docker" in os.environ.get("FREESWITCH", ""):
        return "A CONTAINER HAS RIGHTS OF ITS OWN"
    return "" if shutil.which("setpriv") or os.geteuid() else "NO SETPRIV HERE"


@pytest.fixture
def world() -> Iterator[World]:
    """In a folder of its own: each new run of pytest closes the others' folders to ``nobody``."""
    if why := _why_not():
        pytest.skip(why)
    build = functools.partial(RealLab, privileged=False)
    with (
        tempfile.TemporaryDirectory(prefix="unprivileged-") as root,
        World("freeswitch", Path(root), build, crowd=CROWD) as world,
    ):
        yield world


@contextmanager
def busy_machine() -> Iterator[None]:
    """Keep each processor busy, unless other programs do so already."""
    processors = os.cpu_count() or 1
    idle = max(0, processors - int(os.getloadavg()[0]))
    with ExitStack() as busy:
        for _ in range(idle):
            process = busy.enter_context(subprocess.Popen(_BUSY))
            busy.callback(process.kill)
        yield


def test_no_caller_is_cut_off_when_its_agent_answers(world: World) -> None:
    """A switch that has no time at all, and leaves the daemon without a reply for seconds, lets
    nobody ring: who is told so by 486 is not counted. In the moment of the answer that is a caller
    lost; beside other tests, on a machine that is busy with those, it is none."""
    crowd = Crowd(world, CROWD)
    answered = through = 0
    with busy_machine(), world.lab.crowd.only_ringing():
        for _ in range(2 * CALLS // CROWD):
            now_answered, now_through = _wave(world, crowd)
            answered, through = answered + now_answered, through + now_through
            _hang_up(world, crowd)
            if answered >= CALLS:
                break
    assert answered >= CALLS
    assert through == answered, f"{answered - through} of {answered} cut off"
    world.clean_up(all_taken=False)


def _wave(world: World, crowd: Crowd) -> tuple[int, int]:
    """All agents are called, and those whose phones ring pick up at once: how many do, and how many
    callers are joined to them."""
    phones = world.lab.crowd
    agents = [agent.agent_id for agent in crowd.agents]
    numbers = {agent: number for number, agent in reached(CROWD).items()}
    customers = world.customers[:CROWD]
    phones.call({who: numbers[whom] for who, whom in zip(customers, agents, strict=True)})
    refused = lambda: len(phones.refused(customers))  # noqa: E731
    world.until(lambda: crowd.statuses()["RINGING"] + refused() == CROWD, _SECONDS)
    before = phones.told_busy(customers)
    answered = phones.answer(agents)
    world.until(lambda: crowd.statuses()["RINGING"] == 0, _SECONDS)
    world.until(lambda: crowd.statuses()["CALLING"] == len(phones.through(customers)), _SECONDS)
    late = set() if LONG else phones.told_busy(customers) - before
    return answered - len(late), len(phones.through(customers))


def _hang_up(world: World, crowd: Crowd) -> None:
    world.lab.crowd.hang_up([agent.agent_id for agent in crowd.agents])
    world.until(crowd.are("FREE"), _SECONDS)
    world.until(lambda: not world.lab.legs(), _SECONDS)
