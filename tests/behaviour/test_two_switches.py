"""One daemon and two switches, each with a company of its own: what becomes of one is no concern of
the other."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from argon2 import PasswordHasher
from msgspec.structs import replace

from esl_bridge.config import load
from tests.behaviour.client import Client
from tests.behaviour.daemon_process import Daemon
from tests.behaviour.report import missing
from tests.behaviour.simulated_lab import SimulatedLab
from tests.behaviour.world import SECONDS, Pages, Phone, SecondDaemon
from tests.lab.hearing import comes_to_hear
from tests.lab.process import free_ports
from tests.lab.real_lab import RealLab

HOMES = {"90001": "a", "90002": "b"}
OUTSIDE = {"a": "13107618845", "b": "13900000002"}
CALLER, RESERVE = "13107618846", "13107618847"
"""Outside as well, at ``a``: one who calls a skill, and where its company's fallback leads."""
NUMBERS = {"90001": "40010005", "90002": "40020005"}
"""By which a company's skill is called."""
# As weak as argon2 gets: the story is not about its strength.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("example")


def _agent_of(company: str) -> str:
    return f"{company}_20000"


def _company(code: str) -> dict[str, Any]:
    agent = _agent_of(code)
    return {
        "switch": HOMES[code],
        "external": {
            "dial": "sofia/gateway/carrier/{number}",
            "caller_id": "40010001",
            "allowed": [r"1\d{10}"],
        },
        "numbers": {NUMBERS[code]: {"skill": "1001"}},
        "skills": {"1001": {"max_wait_seconds": 600}},
        "fallback": {"number": RESERVE},
        "extensions": {agent: {"password": "ext-secret", "login_type": 1}},
        "agents": {agent: {"password_hash": _HASH, "extension": agent}},
    }


class Side:
    """A switch, its company's agent, and whom the agent calls."""

    def __init__(self, name: str, lab: Any, url: str) -> None:
        [self.company] = [code for code, home in HOMES.items() if home == name]
        self.lab = lab
        self._number = OUTSIDE[name]
        self._phone: Phone = lab.phones[_agent_of(self.company)]
        self.outside: Phone = lab.phones[self._number]
        self.client = Client(url, self.company, _agent_of(self.company))

    def start_phones(self) -> None:
        for phone in (self._phone, self.outside):
            phone.start()

    def stop_phones(self) -> None:
        for phone in (self._phone, self.outside):
            phone.stop()

    def talks(self) -> str:
        """The agent has called, and both have answered; gives the uuid of the agent's leg."""
        uuid: str = self.client.begin("call", callee_number=self._number)["uuid"]
        self.client.gets("CALL.I", "FREE>RINGING")
        self._phone.wait_ringing()
        self._phone.answer()
        self.client.gets("RINGING>CALLING")
        self.outside.wait_ringing()
        self.outside.answer()
        self.client.gets("CALL.S")
        self.hears(_agent_of(self.company))
        return uuid

    def hears(self, whom: str) -> None:
        """The party outside hears the agent, or MOH."""
        comes_to_hear(self._number, self.outside.hears, {whom}, 60)

    def ends(self, uuid: str) -> None:
        self.client.ok("hangup", uuid=uuid)
        self.client.gets("CALL.E+", "CALLING>FREE")
        self.outside.wait_idle()

    def is_refused(self) -> None:
        self.client.refused("5300", "call", callee_number=self._number)


class TwoSwitches(Pages):
    """``a`` and ``b``, and the daemon that leads both."""

    def __init__(self, root: Path, kind: str) -> None:
        self._root = root
        *ports, self.port = free_ports(7)
        user = {"user": "bridge@esl-bridge.local"} if kind == "freeswitch" else {}
        switches = {
            name: dict(zip(("port", "sip_port", "ws_port"), some, strict=True))
            | {"password": "esl-secret", "recordings": str(root / "recordings")}
            | user
            for name, some in (("a", ports[:3]), ("b", ports[3:]))
        }
        settings = {
            "listen": {"agents": f"127.0.0.1:{self.port}"},
            "switches": switches,
            "state": "sqlite:///state.db",
            "companies": "companies.yaml",
            "audit": None,
            "language": "en-US",
            "limits": {"unreachable_seconds": 0.5, "reconcile_seconds": 1.0},
        }
        companies = {code: _company(code) for code in HOMES}
        (root / "esl_bridge.yaml").write_text(yaml.safe_dump(settings))
        (root / "companies.yaml").write_text(yaml.safe_dump(companies))
        self._build = SimulatedLab if kind == "simulator" else RealLab

    def __enter__(self) -> TwoSwitches:
        with ExitStack() as begun:
            settings, companies = load(self._root / "esl_bridge.yaml")
            labs = {}
            for name, switch in settings.nodes.items():
                alone = replace(settings, switch=switch, switches={})
                homed = {
                    code: replace(company, switch=None)
                    for code, company in settings.homed_on(name, companies).items()
                }
                folder = self._root / name
                folder.mkdir()
                outside = [OUTSIDE[name], *((CALLER, RESERVE) if name == "a" else ())]
                lab = self._build(folder, alone, homed, outside=outside)
                labs[name] = begun.enter_context(lab)
            process = Daemon(self._root, {})
            self._sighup = partial(process.send_signal, signal.SIGHUP)
            self._daemon = SecondDaemon(process, self.port)
            begun.callback(self._daemon.stop)
            self._daemon.logs("ready for agents")
            url = f"ws://127.0.0.1:{self.port}/agent"
            self.a, self.b = (Side(name, lab, url) for name, lab in labs.items())
            for side in (self.a, self.b):
                begun.callback(side.client.close)
                side.start_phones()
            self.until_all_is_there()
            for side in (self.a, self.b):
                side.client.checkin(reset=True)
                side.client.forget()
            self._open = begun.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def moves(self, company: str, home: str) -> None:
        """The company is homed on another switch from now on."""
        companies = {code: _company(code) for code in HOMES}
        companies[company]["switch"] = home
        (self._root / "companies.yaml").write_text(yaml.safe_dump(companies))
        self._sighup()
        self._daemon.logs("companies reloaded")

    def until_all_is_there(self) -> None:
        """Both switches are linked, and both agents' phones registered."""
        self.until(lambda: self.counted("esl_bridge_esl_connected") == len(HOMES), SECONDS)
        self.until(lambda: self.counted("esl_bridge_registered_phones") == len(HOMES), SECONDS)


@pytest.fixture(params=["simulator", "freeswitch"])
def switches(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TwoSwitches]:
    if request.param == "freeswitch" and (why := missing()):
        pytest.skip(why)
    with TwoSwitches(tmp_path, request.param) as switches:
        yield switches


def test_a_switch_that_dies_takes_only_its_own_companys_calls_along(switches: TwoSwitches):
    a, b = switches.a, switches.b
    a.talks()
    uuid = b.talks()
    a.lab.crash_switch()
    ended = a.client.gets("CALL.E+", "CALLING>FREE")
    assert ended["reason"] == "SWITCH_LOST"
    a.is_refused()
    b.client.got_nothing_more()
    assert b.client.ok("get_status")["status"] == "CALLING"
    b.hears(_agent_of(b.company))
    b.client.ok("hold", uuid=uuid, hold="1")
    b.hears("MOH")
    b.client.ok("hold", uuid=uuid, hold="0")
    b.client.forget()
    b.ends(uuid)
    b.ends(b.talks())


def test_the_page_names_the_switch_that_is_down_and_calls_are_made_when_it_is_back(
    switches: TwoSwitches,
):
    a, b = switches.a, switches.b
    uuid = b.talks()
    a.lab.crash_switch()
    switches.until(lambda: "warning: no link to switch a:" in switches.readiness(), SECONDS)
    assert "switch b" not in switches.readiness()
    assert switches.counted('esl_bridge_esl_connected{node="a"}') == 0
    assert switches.counted('esl_bridge_esl_connected{node="b"}') == 1
    assert switches.counted('esl_bridge_calls{node="b"}') == 1
    a.lab.start_switch()
    a.stop_phones()
    a.start_phones()
    switches.until_all_is_there()
    a.client.forget()
    a.ends(a.talks())
    b.client.got_nothing_more()
    b.ends(uuid)


def test_a_company_that_moves_keeps_its_talks_and_its_waiting_callers_go_to_the_fallback(
    switches: TwoSwitches,
):
    a, b = switches.a, switches.b
    uuid = a.talks()
    caller, reserve = (a.lab.phones[number] for number in (CALLER, RESERVE))
    for phone in (caller, reserve):
        phone.start()
    caller.dial(NUMBERS[a.company])
    comes_to_hear(CALLER, caller.hears, {"MOH"}, 60)
    switches.moves(a.company, "b")
    reserve.wait_ringing()
    reserve.answer()
    comes_to_hear(CALLER, caller.hears, {RESERVE}, 60)
    caller.hangup()
    reserve.wait_idle()
    a.hears(_agent_of(a.company))
    a.client.ok("hold", uuid=uuid, hold="1")
    a.hears("MOH")
    a.client.ok("hold", uuid=uuid, hold="0")
    a.hears(_agent_of(a.company))
    a.client.forget()
    a.ends(uuid)
    b.ends(b.talks())
