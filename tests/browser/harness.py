"""A FreeSWITCH with the rendered files, the daemon, browsers inside, and a customer outside."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml
from argon2 import PasswordHasher

from esl_bridge.config import load
from esl_bridge.render import render
from tests.behaviour.daemon_process import Daemon
from tests.browser.chromium import Browser, pages
from tests.lab.esl import Esl
from tests.lab.phone import Line, Phone
from tests.lab.process import claimed_ports, free_ports
from tests.lab.sound import PLACES
from tests.lab.switch import Ports, Switch
from tests.lab.wire import Wire

ADDRESS = "10.77.0.1"
"""Of the switch and of the browsers: these have no use for the loopback."""

DOMAIN = "esl-bridge.local"
COMPANY, A, B, CUSTOMER, NUMBER_OF_A = (
    "90001",
    "90001_20000",
    "90001_20001",
    "13107618845",
    "40010002",
)
TONES = {"A": 500, "B": 800, "C": 1400, "MOH": PLACES["MOH"]}
REJOIN_SECONDS = 4
_SECONDS = 60.0
_MASTER = "lab-master"
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("example")
_RTP = 300
_GATEWAY = """\
<include>
<gateway name="carrier">
<param name="proxy" value="127.0.0.1:{port}"/>
<param name="register" value="false"/>
<param name="username" value="lab"/>
<param name="password" value="lab"/>
<param name="caller-id-in-from" value="true"/>
</gateway>
</include>
"""


def until(is_so: Callable[[], Any], seconds: float = _SECONDS) -> Any:
    clock = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if found := is_so():
            return found
        clock.wait(0.1)
    raise AssertionError("never so")


class BrowserHarness:
    """``agents``: A and B, each a browser that is registered and checked in. ``customer``: C."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.agents: dict[str, Browser] = {}

    def __enter__(self) -> BrowserHarness:
        with ExitStack() as opened:
            self._open(opened)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def _open(self, opened: ExitStack) -> None:
        origin = opened.enter_context(pages())
        esl, sip, self._ws, self._agents, internal, external, ws, wss, phone, control = free_ports(
            10
        )
        claim, rtp = claimed_ports(_RTP)
        opened.callback(claim.close)
        self._configure(origin, esl, sip)
        settings, companies = load(self._root / "esl_bridge.yaml")
        half = rtp.start + _RTP // 2
        ports = Ports(esl, internal, external, ws, wss, range(rtp.start, half))
        switch = Switch(self._root / "freeswitch", ports, _MASTER, address=ADDRESS)
        render(settings, companies, switch.conf)
        switch.add("sip_profiles/external/lab.xml", _GATEWAY.format(port=phone))
        opened.callback(switch.stop)
        switch.start()
        self.esl = Esl(esl, f"auth {_MASTER}")
        opened.callback(self.esl.close)
        until(self._profiles_run)
        self._start_daemon(opened)
        wire = Wire(range(half, rtp.stop))
        opened.callback(wire.close)
        line = Line(CUSTOMER, f"{ADDRESS}:{external}", phone, control, range(half, half + 20))
        self.customer = Phone(line, self._root / "customer", wire, {**TONES, CUSTOMER: TONES["C"]})
        self.customer.start()
        opened.callback(self.customer.stop)
        for name in ("A", "B"):
            browser = Browser(name, self._root / "browsers", origin, TONES[name])
            self.agents[name] = browser.start()
            opened.callback(browser.kill)
            self.comes(name)

    def _profiles_run(self) -> bool:
        status = self.esl.api("sofia status")
        running = set(re.findall(r"^\s*(\S+)\s+profile\s.*RUNNING", status, re.MULTILINE))
        return {"esl_bridge", "external"} <= running

    def _start_daemon(self, opened: ExitStack) -> None:
        daemon = Daemon(self._root, {})
        threading.Thread(target=daemon.stderr.read, daemon=True).start()

        def stop() -> None:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(_SECONDS)

        opened.callback(stop)
        until(self._is_ready)

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self._agents}/readyz") as page:
                return bool(page.status == 200)
        except URLError:
            return False

    def _configure(self, origin: str, esl: int, sip: int) -> None:
        agent = {"password_hash": _HASH}
        company = {
            "fallback": {"agent": B},
            "extensions": {one: {"password": "ext-secret", "login_type": 1} for one in (A, B)},
            "agents": {one: agent | {"extension": one} for one in (A, B)},
            "external": {
                "dial": "sofia/gateway/carrier/{number}",
                "caller_id": "40010001",
                "allowed": [r"1\d{10}"],
            },
            "numbers": {NUMBER_OF_A: {"agent": A}},
        }
        settings = {
            "listen": {"agents": f"127.0.0.1:{self._agents}", "origins": [origin]},
            "switch": {
                "port": esl,
                "user": f"bridge@{DOMAIN}",
                "password": "esl-secret",
                "sip_port": sip,
                "ws_port": self._ws,
                "rtc": f"ws://{ADDRESS}:{self._ws}",
                "recordings": str(self._root / "recordings"),
            },
            "state": "memory",
            "companies": "companies.yaml",
            "audit": None,
            "language": "en-US",
            "limits": {"rejoin_seconds": REJOIN_SECONDS},
        }
        for name, content in (("companies", {COMPANY: company}), ("esl_bridge", settings)):
            (self._root / f"{name}.yaml").write_text(yaml.safe_dump(content))

    def comes(self, name: str) -> dict[str, Any]:
        """An agent's page is there, or there again: it registers where it is told to."""
        browser, agent = self.agents[name], {"A": A, "B": B}[name]
        reply = browser.check_in(f"ws://127.0.0.1:{self._agents}/agent", COMPANY, agent, "example")
        browser.register(agent, reply["ext_pwd"], reply["rtc_address"], DOMAIN)
        return reply

    def hear(self, **whom: str | set[str]) -> None:
        """All hear these and nobody else, once what changed has reached them: letters, MOH."""
        wanted = {name: set(those) for name, those in whom.items()}
        found: dict[str, set[str]] = {}
        for _ in range(8):
            found = {name: self._heard_by(name) for name in wanted}
            if found == wanted:
                return
        raise AssertionError(f"heard {found}, not {wanted}")

    def _heard_by(self, name: str) -> set[str]:
        if name != "C":
            return self.agents[name].hears(TONES)
        return {"C" if who == CUSTOMER else who for who in self.customer.hears()}

    def clear(self) -> None:
        """Nobody is in a call, and what was told is forgotten. A page that has lost its socket in a
        call is not told of its end."""
        for browser in self.agents.values():
            browser.hangup()
        self.esl.api("hupall NORMAL_CLEARING")
        self.customer.wait_idle()
        for browser in self.agents.values():
            browser.wait_idle(40)
            browser.js("lab.auto = null")
            until(partial(_is_free, browser), 15)
            browser.forget()


def _is_free(agent: Browser) -> bool:
    return bool(agent.ok("get_status")["status"] == "FREE")
