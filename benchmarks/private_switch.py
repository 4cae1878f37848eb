"""A FreeSWITCH of our own, whose phones are loopback channels that answer at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

import yaml

from benchmarks.daemon_process import (
    OUTSIDE,
    PASSWORD,
    Daemon,
    agent_ids,
    company,
    daemon,
    settings,
)
from benchmarks.desktops import COMPANY, Desktop, Message
from benchmarks.line import CannotRun
from benchmarks.loop import Loop
from esl_bridge.config import load
from esl_bridge.render import render
from tests.lab.esl import Esl
from tests.lab.process import claimed_ports, free_ports
from tests.lab.switch import NoFreeSwitch, Ports, Switch, installed

ESL_PASSWORD = "esl-secret"
_SECONDS = 60.0
_COUNTED_SECONDS = 1.5  # until the switch counts its sessions of a second by another limit
_CONTACT = re.compile(r'(name="dial-string" value=)"[^"]*"')
# A phone that is registered as far as the daemon knows.
_REGISTERED = (
    "sendevent CUSTOM\nEvent-Subclass: sofia::register\n"
    "from-user: {0}\nusername: {0}\nfrom-host: esl-bridge.local"
)
_DIALPLAN = """\
<include>
<context name="bench"><extension name="phone">
<condition field="destination_number" expression="^(phone|[0-9]+)$">
<action application="answer"/><action application="park"/>
</condition></extension></context>
</include>
"""


def needs_freeswitch() -> None:
    try:
        installed()
    except NoFreeSwitch as why:
        raise CannotRun(str(why)) from why


class Private(NamedTuple):
    """``esl``: a session on its event socket, whose ``port`` and ``pid`` these are."""

    port: int
    pid: int
    esl: Esl
    root: Path


@contextmanager
def private_switch() -> Iterator[Private]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        switch, port = _configured(root)
        switch.start()
        try:
            esl = Esl(port, f"auth {ESL_PASSWORD}")
            pid = int(re.sub(r"\D", "", (root / "freeswitch/run/freeswitch.pid").read_text()))
            _await_profile(esl)
            for setting in ("sps 10000", "loglevel warning"):  # a test's are low, and loud
                esl.api(f"fsctl {setting}")
            threading.Event().wait(_COUNTED_SECONDS)
            yield Private(port, pid, esl, root)
            esl.close()
        finally:
            switch.stop()


def _configured(root: Path) -> tuple[Switch, int]:
    esl, internal, external, ws, wss, sip, web = free_ports(7)
    claim, rtp = claimed_ports(400)
    claim.close()
    config = settings(esl)
    config["switch"] |= {"sip_port": sip, "ws_port": web}
    (root / "companies.yaml").write_text(yaml.safe_dump({COMPANY: company(2)}))
    (root / "esl_bridge.yaml").write_text(yaml.safe_dump(config))
    switch = Switch(root / "freeswitch", Ports(esl, internal, external, ws, wss, rtp), ESL_PASSWORD)
    render(*load(root / "esl_bridge.yaml"), switch.conf)
    directory = switch.conf / "directory" / "esl_bridge.xml"
    directory.write_text(_CONTACT.sub(r'\1"loopback/phone/bench"', directory.read_text()))
    switch.add("dialplan/bench.xml", _DIALPLAN)
    return switch, esl


def _await_profile(esl: Esl) -> None:
    clock = threading.Event()
    for _ in range(int(_SECONDS / 0.1)):
        if re.search(r"esl_bridge\s+profile\s.*RUNNING", esl.api("sofia status")):
            return
        clock.wait(0.1)
    raise TimeoutError("the switch is not ready")


class Talking(NamedTuple):
    """An agent that talks with somebody outside, by way of a daemon on a real switch."""

    loop: Loop
    desktop: Desktop


@contextmanager
def daemon_on(switch: Private) -> Iterator[Daemon]:
    """A daemon that is linked to it."""
    config = settings(switch.port)
    outside = company(2)
    outside["external"]["dial"] = "loopback/{number}/bench"
    with daemon(config, {COMPANY: outside}) as started:
        started.linked.wait(_SECONDS)
        yield started


@contextmanager
def talking(switch: Private) -> Iterator[Talking]:
    loop, agent_id = Loop(), agent_ids(1)[0]
    with daemon_on(switch) as started:
        desktop = Desktop(loop, started.port, agent_id)
        _begin_to_talk(loop, desktop, switch.esl)
        yield Talking(loop, desktop)
        desktop.close()
        switch.esl.api("hupall NORMAL_CLEARING")


def _begin_to_talk(loop: Loop, desktop: Desktop, esl: Esl) -> None:
    seen: list[Message] = []

    def until(is_it: Callable[[Message], bool]) -> None:
        loop.run(lambda: any(map(is_it, seen)), _SECONDS)

    desktop.on_message = lambda _desktop, message: seen.append(message)
    desktop.ask("checkin", "in", agent_pwd=PASSWORD)
    until(lambda message: message.msg_type == "agent_change")
    esl.command(_REGISTERED.format(desktop.agent_id))
    loop.run(_after(1.0), _SECONDS)
    desktop.ask("call", "call", callee_number=OUTSIDE)
    until(lambda message: message.phase == "START_CALL" or message.code not in ("", "0"))
    desktop.uuid = next(one.uuid for one in seen if one.phase == "START_CALL")


def _after(seconds: float) -> Callable[[], bool]:
    until = perf_counter() + seconds
    return lambda: perf_counter() > until
