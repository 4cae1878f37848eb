"""How long others wait while thousands of agents are read anew, or taken up at a link-up."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import quantiles
from time import perf_counter
from typing import Any

from benchmarks.desktops import COMPANY, Desktop, Message
from benchmarks.line import Bench, Line, Sense
from benchmarks.loop import Loop
from benchmarks.office import DOMAIN, PASSWORD, agent_ids, company, daemon, settings
from benchmarks.office import Daemon as Running
from benchmarks.scripted_switch import ScriptedSwitch

MANY, FEW = 10_000, 10
_SKILLS = {"1001": 1, "1002": 2}
_PATIENCE = 300.0
_PING_SECONDS = 0.005


def at_reload(agents: int) -> tuple[float, float]:
    """Milliseconds that a ping waited, at the 99th percentile and at most, from SIGHUP until the
    queues were looked at anew."""
    with _office(agents) as office:
        lists = office.switch.lists_asked
        os.kill(office.daemon.pid, signal.SIGHUP)
        return office.pings(lambda: office.switch.lists_asked > lists)


def at_link_up(agents: int) -> tuple[float, float]:
    """The same, from the loss of the link on."""
    with _office(agents) as office:
        lists = office.switch.lists_asked
        office.switch.cut()
        return office.pings(lambda: office.switch.lists_asked > lists)


class _Office:
    """One agent who pings, beside so many who have two skills and are known to the queues."""

    def __init__(self, loop: Loop, switch: ScriptedSwitch, daemon: Running) -> None:
        self.switch, self.daemon = switch, daemon
        self._loop = loop
        loop.run(lambda: switch.lists_asked > 0, _PATIENCE)
        self._desktop = Desktop(loop, daemon.port, agent_ids(1)[0])
        checked_in: list[Message] = []
        self._desktop.on_message = lambda _, message: checked_in.append(message)
        self._desktop.ask("checkin", "in", agent_pwd=PASSWORD)
        loop.run(lambda: any(one.msg_type == "agent_change" for one in checked_in), _PATIENCE)

    def pings(self, is_over: Callable[[], bool]) -> tuple[float, float]:
        """As fast as they are answered, with a little pause, and for half a second after that."""
        waited: list[float] = []
        asked = over_at = 0.0

        def ask() -> None:
            nonlocal asked
            asked = perf_counter()
            self._desktop.ask("ping", "p")

        def heard(_desktop: Desktop, message: Message) -> None:
            if message.req_id == "p":
                waited.append((perf_counter() - asked) * 1e3)
                self._loop.at(perf_counter() + _PING_SECONDS, ask)

        def is_done() -> bool:
            nonlocal over_at
            if not over_at and is_over():
                over_at = perf_counter()
            return bool(over_at) and perf_counter() > over_at + 0.5

        self._desktop.on_message = heard
        ask()
        self._loop.run(is_done, _PATIENCE)
        return quantiles(waited, n=100)[98], max(waited)

    def close(self) -> None:
        self._desktop.close()


@contextmanager
def _office(agents: int) -> Iterator[_Office]:
    loop = Loop()
    ids = agent_ids(agents)
    switch = ScriptedSwitch(loop, ids, DOMAIN)
    switch.seat(ids, COMPANY, _SKILLS)
    with daemon(settings(switch.port), {COMPANY: _with_skills(agents)}) as running:
        office = _Office(loop, switch, running)
        yield office
        office.close()


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
