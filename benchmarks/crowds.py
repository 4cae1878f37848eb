"""How long others wait during a reload or a link-up with thousands of agents."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import quantiles
from time import perf_counter
from typing import Any

from benchmarks.daemon_process import DOMAIN, agent_ids, company, daemon, settings
from benchmarks.daemon_process import Daemon as Running
from benchmarks.desktops import COMPANY
from benchmarks.line import Bench, Line, Sense
from benchmarks.loop import Loop
from benchmarks.process import child, told
from benchmarks.scripted_switch import ScriptedSwitch

MANY, FEW = 10_000, 10
_SKILLS = {"1001": 1, "1002": 2}
_PATIENCE = 300.0


def at_reload(agents: int) -> tuple[float, float]:
    """Milliseconds that a ping waited, at the 99th percentile and at most, from SIGHUP until the
    queues were checked again."""
    with _crowd(agents) as daemon_process:
        lists = daemon_process.switch.lists_asked
        os.kill(daemon_process.daemon.pid, signal.SIGHUP)
        return daemon_process.pings(lambda: daemon_process.switch.lists_asked > lists)


def at_link_up(agents: int) -> tuple[float, float]:
    """The same, from the loss of the link on."""
    with _crowd(agents) as daemon_process:
        lists = daemon_process.switch.lists_asked
        daemon_process.switch.cut()
        return daemon_process.pings(lambda: daemon_process.switch.lists_asked > lists)


class _Crowd:
    """One agent that pings, beside many agents with two skills that are known to the queues."""

    def __init__(
        self, loop: Loop, switch: ScriptedSwitch, daemon: Running, pinger: subprocess.Popen[str]
    ) -> None:
        self.switch, self.daemon = switch, daemon
        self._loop, self._pinger = loop, pinger
        loop.run(lambda: switch.lists_asked > 0, _PATIENCE)

    def pings(self, is_over: Callable[[], bool]) -> tuple[float, float]:
        """How long those waited that were asked from now on until half a second after it is."""
        began = perf_counter()
        self._loop.run(is_over, _PATIENCE)
        ends = perf_counter() + 0.5
        self._loop.run(lambda: perf_counter() > ends, _PATIENCE)
        self._pinger.terminate()
        waited = [took * 1e3 for asked, took in json.loads(told(self._pinger)) if asked > began]
        return quantiles(waited, n=100)[98], max(waited)


@contextmanager
def _crowd(agents: int) -> Iterator[_Crowd]:
    loop = Loop()
    ids = agent_ids(agents)
    switch = ScriptedSwitch(loop, ids, DOMAIN)
    switch.seat(ids, COMPANY, _SKILLS)
    with daemon(settings(switch.port), {COMPANY: _with_skills(agents)}) as running:
        loop.run(running.linked.is_set, _PATIENCE)
        with child("pinger", running.port, ids[0]) as pinger:
            said = threading.Thread(target=told, args=(pinger,))
            said.start()
            loop.run(lambda: not said.is_alive(), _PATIENCE)
            yield _Crowd(loop, switch, running, pinger)


def _with_skills(agents: int) -> dict[str, Any]:
    content = company(agents)
    content["skills"] = {skill: {} for skill in _SKILLS}
    content["agents"] = {
        one: entry | {"skills": _SKILLS} for one, entry in content["agents"].items()
    }
    return content


def _lines(when: str) -> tuple[Line, ...]:
    beside = f"{FEW} agents"
    return (
        Line(f"a ping while {when}, p99", beside, "ms", Sense.AT_MOST, 10, 5),
        Line(f"a ping while {when}, the longest", beside, "ms", Sense.AT_MOST, 10, 5),
    )


BENCHES = (
    Bench(
        "reload",
        f"SIGHUP with {MANY:,} agents of two skills, known to the queues, beside {FEW}",
        _lines("companies are read anew"),
        lambda: at_reload(MANY),
        lambda: at_reload(FEW),
    ),
    Bench(
        "link_up",
        f"the link to the switch is lost and made anew with {MANY:,} agents of two skills",
        _lines("the link is made anew"),
        lambda: at_link_up(MANY),
        lambda: at_link_up(FEW),
    ),
)
