"""A daemon with a company of any size, checked in, on a switch that plays recorded talks."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml
from argon2 import PasswordHasher

from benchmarks.desktops import COMPANY, Desktop, Message
from benchmarks.loop import Loop
from benchmarks.metered import metered
from benchmarks.process import cpu_seconds
from benchmarks.scripted_switch import ScriptedSwitch

DOMAIN = "esl-bridge.local"
OUTSIDE = "13107618845"
PASSWORD = "example"
_SECONDS = 120.0
# The weakest argon2: the measurement begins after the check-in.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_AT_ONCE = 100  # check-ins on their way
_ACTIVITY = "{"  # the begin of a line of the activity log


def agent_ids(size: int) -> list[str]:
    return [f"{COMPANY}_{20_000 + number}" for number in range(size)]


def company(size: int) -> dict[str, Any]:
    ids = agent_ids(size)
    return {
        "name": "Bench",
        "external": {
            "dial": "sofia/gateway/carrier/{number}",
            "caller_id": "40010001",
            "allowed": [r"1\d{10}"],
            "per_minute": 1_000_000,
            "max_calls": 100_000,
        },
        "extensions": {one: {"password": "ext-secret", "login_type": 1} for one in ids},
        "agents": {one: {"password_hash": _HASH, "extension": one} for one in ids},
    }


def settings(esl: int) -> dict[str, Any]:
    """As shipped, but for what keeps one desktop from doing a thousand's work: here all come from
    one address, at once, and ping nobody."""
    return {
        "listen": {"agents": "127.0.0.1:0"},
        "switch": {"port": esl, "password": "esl-secret"},
        "companies": "companies.yaml",
        "timing": {"idle_seconds": 600, "login_seconds": 600},
        "limits": {
            "password_attempts_per_address": 1_000_000,
            "originates_in_flight": 100_000,
            "requests_per_second": 100_000,
            "messages_per_second": 1_000_000,
            "login_connections": 20_000,
            "login_connections_per_address": 20_000,
        },
    }


class Daemon(NamedTuple):
    """``port`` is that for agents; ``linked`` is set when the switch is linked and read."""

    process: subprocess.Popen[str]
    port: int
    linked: threading.Event

    @property
    def pid(self) -> int:
        return self.process.pid


@contextmanager
def daemon(config: dict[str, Any], companies: dict[str, Any]) -> Iterator[Daemon]:
    with installed(config, companies) as folder, started(folder) as daemon:
        yield daemon


@contextmanager
def installed(config: dict[str, Any], companies: dict[str, Any]) -> Iterator[str]:
    """A folder with the files of a daemon, for one life of it after the other."""
    with TemporaryDirectory() as folder:
        Path(folder, "companies.yaml").write_text(yaml.safe_dump(companies))
        Path(folder, "esl_bridge.yaml").write_text(yaml.safe_dump(config))
        yield folder


@contextmanager
def started(folder: str, *, meter: bool = False) -> Iterator[Daemon]:
    """The real one, as ``esl-bridge serve``; it is killed at the end. With ``meter`` it can be
    asked for its ``bytes_in_use``."""
    program = ["benchmarks.metered", "esl_bridge"] if meter else ["esl_bridge"]
    with subprocess.Popen(
        [sys.executable, "-m", *program, "serve", "--config", "esl_bridge.yaml"],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        **metered() if meter else {},
    ) as process:
        try:
            daemon = Daemon(process, _port(process), threading.Event())
            threading.Thread(target=_follow, args=(process, daemon), daemon=True).start()
            yield daemon
        finally:
            process.kill()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"ready for agents at \S+:(\d+)", line):
            return int(found[1])
    raise ChildProcessError("the daemon ended at its start")


def _follow(process: subprocess.Popen[str], daemon: Daemon) -> None:
    """What goes wrong at the daemon is seen."""
    assert process.stderr is not None
    for line in process.stderr:
        if "linked to the switch" in line:
            daemon.linked.set()
        if " INFO " not in line and not line.startswith(_ACTIVITY):
            sys.stderr.write(line)


class ServedDaemon:
    """``desktops`` are checked in; ``loop`` plays them, and the switch where that is scripted."""

    def __init__(self, size: int, loop: Loop, daemon: Daemon) -> None:
        self.loop, self.pid, self.port = loop, daemon.pid, daemon.port
        self._checked_in = 0
        loop.run(daemon.linked.is_set, _SECONDS)
        self.desktops: list[Desktop] = []
        self._check_in(agent_ids(size))

    def _check_in(self, agents: Sequence[str]) -> None:
        waiting = iter(agents)

        def next_one() -> None:
            if agent_id := next(waiting, ""):
                desktop = Desktop(self.loop, self.port, agent_id)
                self.desktops.append(desktop)
                desktop.on_message = heard
                desktop.ask("checkin", "in", agent_pwd=PASSWORD)

        def heard(desktop: Desktop, message: Message) -> None:
            desktop.token = message.token or desktop.token
            if message.msg_type == "agent_change":
                desktop.on_message = None
                self._checked_in += 1
                next_one()
            elif message.code != "0":
                raise RuntimeError(f"{desktop.agent_id}: {message}")

        for _ in range(_AT_ONCE):
            next_one()
        self.loop.run(lambda: self._checked_in == len(agents), _SECONDS)

    def cpu(self) -> float:
        return cpu_seconds(self.pid)

    def close(self) -> None:
        for desktop in self.desktops:
            desktop.close()


class ScriptedDaemon(ServedDaemon):
    """One whose ``switch`` plays recorded talks."""

    switch: ScriptedSwitch


@contextmanager
def daemon_process(size: int) -> Iterator[ScriptedDaemon]:
    loop = Loop()
    switch = ScriptedSwitch(loop, agent_ids(size), DOMAIN)
    with daemon(settings(switch.port), {COMPANY: company(size)}) as running:
        made = ScriptedDaemon(size, loop, running)
        made.switch = switch
        yield made
        made.close()
