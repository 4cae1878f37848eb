"""A whole installation: a switch with its phones, the daemon beside it, agents' desktops."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from urllib.request import urlopen

import yaml
from argon2 import PasswordHasher

from esl_bridge.config import load
from esl_bridge.runtime.state_file import StateFile
from tests.behaviour.client import Client
from tests.behaviour.daemon_process import Daemon
from tests.lab.hearing import comes_to_hear
from tests.lab.makes import ALIKE, PLAIN, Early, drawn
from tests.lab.process import free_ports
from tests.lab.sound import PLACES, write_tone

COMPANY = "90001"
AGENTS = {
    "A": "90001_20000",
    "B": "90001_20001",
    "S": "90001_20002",
    "D": "90001_20003",
    "E": "90001_20004",
    "F": "90001_Front.Desk-5",  # whose phone answers when it is told to
}
OUTSIDE = {"C": "13107618845", "X": "13900000002"}
VARY = [name for name in AGENTS if name != "F"]
NAMES = {number: name for name, number in (AGENTS | OUTSIDE).items()}
NUMBER_OF_A, NUMBER_OF_IVR, CALLER_ID = "40010002", "40010003", "40010001"
NUMBER_OF_F, NUMBER_OF_SKILL, NUMBER_OF_BRIEF_SKILL = "40010004", "40010005", "40010006"
SKILLS = {"1001": {"max_wait_seconds": 60}, "1002": {"max_wait_seconds": 4, "ring_seconds": 6}}
REACHED = 100  # of the crowd, at most, by numbers of their own
SERVING = {"A": {"1001": 1}, "B": {"1001": 2}, "E": {"1002": 1}}  # by tier level
SECONDS = 30.0
FILE_SECONDS = 3.0
_WRITTEN_SECONDS = 0.1
IN_BAND = 1
_WAITING = {"MOH", "RINGBACK"}

# As weak as argon2 gets: the tests are not about its strength.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("example")


def _music_file(folder: Path, ending: str) -> Path:
    tone, file = folder / "tone.wav", folder / f"music.{ending}"
    write_tone(tone, PLACES["MOH"], FILE_SECONDS)
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", tone, file], check=True)
    return file


class Phone(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def wait_ringing(self, seconds: float = 10) -> None: ...
    def wait_talking(self, seconds: float = 10) -> None: ...
    def wait_idle(self, seconds: float = 10) -> str: ...
    def answer(self) -> None: ...
    def reject(self, code: int = 486) -> None: ...
    def hangup(self) -> None: ...
    def hold(self) -> None: ...
    def resume(self) -> None: ...
    def dial(self, number: str) -> None: ...
    def dtmf(self, digits: str) -> None: ...
    def digits(self) -> str: ...
    def wait_digits(self, digits: str, seconds: float = 10) -> None: ...
    def hears(self, seconds: float = 1.0) -> set[str]: ...


def companies(crowd: int) -> dict[str, Any]:
    """The configuration of the company that the stories are about. ``crowd``: how many agents it
    has besides."""
    agents = AGENTS | {one: one for one in crowd_of(crowd)}
    extension = {"password": "ext-secret", "login_type": 1}
    agent = {"password_hash": _HASH}
    return {
        COMPANY: {
            "name": "Example",
            "skills": SKILLS,
            "ring_seconds": 20,
            "external": {
                "dial": "sofia/gateway/carrier/{number}",
                "caller_id": CALLER_ID,
                "allowed": [r"1\d{10}", r"9\d{3}"],
                "per_minute": 10_000,
                "barred": [r"1390000000[^2]"],
            },
            "extensions": dict.fromkeys(agents.values(), extension),
            "agents": {
                agent_id: agent
                | {
                    "name": f"Agent {name}",
                    "extension": agent_id,
                    "supervisor": name == "S",
                    "skills": SERVING.get(name, {}),
                }
                for name, agent_id in agents.items()
            },
            "ivrs": {"2001": {"extension": "ivr_main"}},
            "survey": {"extension": "survey"},
            "numbers": {
                NUMBER_OF_A: {"agent": AGENTS["A"]},
                NUMBER_OF_F: {"agent": AGENTS["F"]},
                NUMBER_OF_SKILL: {"skill": "1001"},
                NUMBER_OF_BRIEF_SKILL: {"skill": "1002"},
                NUMBER_OF_IVR: {"ivr": "2001"},
            }
            | {number: {"agent": agent} for number, agent in reached(crowd).items()},
        }
    }


def crowd_of(number: int) -> list[str]:
    """The ids of so many agents whom no story knows by name."""
    return [f"{COMPANY}_{30_000 + each}" for each in range(number)]


def reached(crowd: int) -> dict[str, str]:
    """Agents of a crowd, by the numbers at which they are called from outside."""
    agents = crowd_of(min(crowd, REACHED))
    return {f"4002{each:04}": agent for each, agent in enumerate(agents)}


def customers_of(crowd: int) -> list[str]:
    """The numbers of those outside whom so many agents may call: each has one, and another."""
    return [f"138{each:08}" for each in range(2 * crowd)]


class Pages:
    """What a daemon's pages say, to whoever waits for that."""

    port: int

    def counted(self, name: str) -> float:
        """What the daemon's metrics say, all labels together."""
        lines = [line for line in self.page("metrics").splitlines() if line.startswith(name)]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def readiness(self) -> str:
        return self.page("readyz")

    def until_page(self, path: str, text: str) -> None:
        """Until this is on it."""
        self.until(lambda: text in self.page(path), SECONDS)

    def page(self, path: str) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}/{path}") as page:
            text: str = page.read().decode()
            return text

    def until(self, is_so: Callable[[], bool], seconds: float = 3.0) -> None:
        """Ask until it is so; every question is a whole round trip."""
        clock = threading.Event()
        for _ in range(int(seconds / 0.05)):
            if is_so():
                return
            clock.wait(0.05)
        raise AssertionError("never so")


class SecondDaemon(Pages):
    """A daemon that nobody is connected to."""

    def __init__(self, daemon: Daemon, port: int) -> None:
        self.port = port
        self._daemon = daemon
        self._log: list[str] = []
        self._logged = threading.Condition()
        threading.Thread(target=self._read_log, daemon=True).start()

    def logs(self, text: str) -> None:
        """It does, or has done so."""
        with self._logged:
            there = lambda: any(text in line for line in self._log)  # noqa: E731
            assert self._logged.wait_for(there, SECONDS), "".join(self._log)

    def stop(self) -> None:
        self._daemon.send_signal(signal.SIGTERM)
        assert self._daemon.wait(SECONDS) == 0

    def _read_log(self) -> None:
        with self._daemon.stderr as lines:
            for line in lines:
                with self._logged:
                    self._log.append(line)
                    self._logged.notify_all()


class World(Pages):
    """``kind``: ``simulator`` or ``freeswitch``; ``build`` makes the laboratory. ``grace``: seconds
    that an agent may be away. ``crowd``: agents without a name. ``limits`` and more ``environment``
    of the daemon's. ``phones``: which choice of makes; ``used``: whose phones the story needed.
    ``music``: the ending of a file that is the hold music in place of a stream."""

    def __init__(
        self,
        kind: str,
        root: Path,
        build: Callable[..., Any],
        grace: float = 1,
        crowd: int = 0,
        limits: Mapping[str, float] | None = None,
        environment: Mapping[str, str] | None = None,
        phones: str = ALIKE,
        music: str = "",
    ) -> None:
        self.crowd, self.customers = crowd_of(crowd), customers_of(crowd)
        self._limits = dict(limits or {})
        self._environment = environment or {}
        self.kind = kind
        self._root = root
        self._grace = grace
        self._hold_music = {"sounds": {"hold": str(_music_file(root, music))}} if music else {}
        self._ports = esl, sip, ws, self._port, self.gateway_port = free_ports(5)
        self._companies = companies(crowd)
        self._write("companies.yaml", self._companies)
        self._write("esl_bridge.yaml", self._settings(esl, sip, ws))
        settings, configured = load(root / "esl_bridge.yaml")
        everybody = [*self.crowd, *self.customers]
        self.makes = drawn(phones, VARY, list(OUTSIDE))
        self.used: set[str] = set()
        makes = {(AGENTS | OUTSIDE)[name]: make for name, make in self.makes.items()}
        self.lab = build(
            root, settings, configured, obedient=[AGENTS["F"]], crowd=everybody, makes=makes
        )
        self._clients: list[Client] = []
        self.heard: list[tuple[str, list[str]]] = []
        self._daemon: Daemon | None = None

    def _settings(self, esl: int, sip: int, ws: int) -> dict[str, Any]:
        user = {"user": "bridge@esl-bridge.local"} if self.kind == "freeswitch" else {}
        return {
            "listen": {
                "agents": f"127.0.0.1:{self._port}",
                "gateways": f"127.0.0.1:{self.gateway_port}",
            },
            "switch": {
                "port": esl,
                "sip_port": sip,
                "ws_port": ws,
                "password": "esl-secret",
                "recordings": str(self._root / "recordings"),
            }
            | user
            | self._hold_music,
            "state": "sqlite:///state.db",
            "companies": "companies.yaml",
            "audit": None,
            "language": "en-US",
            "timing": {"grace_seconds": self._grace, "answer_seconds": 1},
            "limits": self._limits,
        }

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        (self._root / name).write_text(yaml.safe_dump(dict(content)))

    # -- life -----------------------------------------------------------------------------------

    def __enter__(self) -> World:
        with ExitStack() as begun:
            begun.enter_context(self.lab)
            for phone in self.lab.phones.values():
                phone.start()
            begun.callback(self.stop_daemon)
            self.start_daemon()
            self._open = begun.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def start_daemon(self) -> None:
        self._daemon = Daemon(self._root, self._environment)
        self._log: list[str] = []
        self._logged = threading.Condition()
        threading.Thread(target=self._read_log, daemon=True).start()
        self._await_line("ready for agents")
        self._await_line("linked to the switch")
        self.await_registrations()

    def crash_daemon(self) -> None:
        """kill -9, and a new one; whoever was connected is not any more."""
        self.kill_daemon()
        self.start_daemon()

    @contextmanager
    def grace(self, seconds: float) -> Iterator[None]:
        """For the daemons that are started meanwhile."""
        usual, self._grace = self._grace, seconds
        self._write_settings()
        try:
            yield
        finally:
            self._grace = usual
            self._write_settings()

    @contextmanager
    def limits(self, **changes: float) -> Iterator[None]:
        """Other limits for the daemons that are started meanwhile."""
        usual, self._limits = self._limits, self._limits | changes
        self._write_settings()
        try:
            yield
        finally:
            self._limits = usual
            self._write_settings()

    def _write_settings(self) -> None:
        self._write("esl_bridge.yaml", self._settings(*self._ports[:3]))

    def kill_daemon(self) -> None:
        """Once what was told is written, as is promised of it."""
        threading.Event().wait(_WRITTEN_SECONDS)
        self.kill_daemon_at_once()

    def wrap_ups(self) -> list[tuple[str, str, str]]:
        """What the state file has of them: the agent's leg, the disposition, the notes."""
        file = StateFile(self._root / "state.db")
        rows = [json.loads(row.body) for row in file.wrap_ups()]
        file.close()
        return [(row["own_leg"], row["disposition"], row["notes"]) for row in rows]

    def finds_state(self, file: Path) -> None:
        """The next daemon does, in place of what the last one has left."""
        for left in self._root.glob("state.db*"):
            left.unlink()
        shutil.copy(file, self._root / "state.db")

    @property
    def daemon_pid(self) -> int:
        assert self._daemon is not None
        return self._daemon.pid

    def kill_daemon_at_once(self) -> None:
        assert self._daemon is not None
        self._daemon.kill()
        self._daemon.wait(SECONDS)

    @contextmanager
    def led_through(self, port: int) -> Iterator[None]:
        """A daemon that reaches the switch by another port."""
        self._begin_anew_through(port)
        try:
            yield
        finally:
            self._begin_anew_through(self.switch_port)

    def _begin_anew_through(self, port: int) -> None:
        self._write("esl_bridge.yaml", self._settings(port, *self._ports[1:3]))
        self.crash_daemon()

    @property
    def switch_port(self) -> int:
        return self._ports[0]

    def stop_daemon(self) -> None:
        if self._daemon is None:
            return
        self._daemon.send_signal(signal.SIGTERM)
        assert self._daemon.wait(SECONDS) == 0

    @contextmanager
    def without_daemon(self) -> Iterator[None]:
        """The switch alone; calls go on."""
        self.stop_daemon()
        try:
            yield
        finally:
            self.start_daemon()

    @contextmanager
    def second_daemon(self) -> Iterator[SecondDaemon]:
        """One more, with the same companies on the same switch, that knows nothing of the first."""
        root = self._root / "second"
        root.mkdir(exist_ok=True)
        (port,) = free_ports(1)
        settings = self._settings(*self._ports[:3]) | {"listen": {"agents": f"127.0.0.1:{port}"}}
        for name, content in (
            ("esl_bridge.yaml", settings),
            ("companies.yaml", self._companies),
        ):
            (root / name).write_text(yaml.safe_dump(content))
        second = SecondDaemon(Daemon(root, self._environment), port)
        try:
            second.logs("linked to the switch")
            yield second
        finally:
            second.stop()

    @contextmanager
    def without_switch(self, *in_calls: str) -> Iterator[None]:
        """It is killed, and comes back; these phones would find out in time that it was."""
        since = len(self._log)
        self.lab.crash_switch()
        try:
            yield
        finally:
            self.lab.start_switch()
            for name in in_calls:
                self.phone(name).stop()
                self.phone(name).start()
            self._await_line("linked to the switch", since)  # the metrics may be a second old
            self.await_registrations()

    @contextmanager
    def switch_hangs(self) -> Iterator[None]:
        """It is stopped as it is, and goes on as if nothing had been."""
        os.kill(self.lab.switch_pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.lab.switch_pid, signal.SIGCONT)

    def await_registrations(self) -> None:
        there = len(AGENTS) + len(self.crowd)
        self.until(lambda: self.counted("esl_bridge_registered_phones") == there, SECONDS)

    def until_connected(self, *, just: int) -> None:
        """So many clients and no more."""
        self.until(lambda: f"esl_bridge_connections {just}.0" in self.page("metrics"), SECONDS)

    def _read_log(self) -> None:
        assert self._daemon is not None
        with self._daemon.stderr as lines:
            for line in lines:
                with self._logged:
                    self._log.append(line)
                    self._logged.notify_all()

    def _await_line(self, text: str, since: int = 0) -> None:
        with self._logged:
            there = self._logged.wait_for(
                lambda: any(text in line for line in self._log[since:]), SECONDS
            )
        assert there, "".join(self._log)

    def legs_over(self, name: str) -> list[str]:
        """The legs of an agent in the calls that this daemon has logged as over."""
        with self._logged:
            lines = [json.loads(line) for line in self._log if '"event":"call_over"' in line]
        return [
            party["uuid"]
            for line in lines
            for party in line["parties"]
            if party.get("agent") == AGENTS[name]
        ]

    def complaints(self) -> list[str]:
        """What the daemon logged that it should not have had to."""
        with self._logged:
            return [line for line in self._log if " ERROR " in line or "Traceback" in line]

    def forgives(self) -> None:
        """What was logged up to now was to be."""
        with self._logged:
            self._log.clear()

    @cached_property
    def version(self) -> str:
        """The switch's own, without the words around it."""
        return str(self.lab.esl.api("version")).split()[2].partition("+")[0]

    # -- what stories use -----------------------------------------------------------------------

    def phone(self, name: str) -> Phone:
        self.used.add(name)
        phone: Phone = self.lab.phones[(AGENTS | OUTSIDE)[name]]
        return phone

    def phones_used(self) -> dict[str, str]:
        """Of which make they were."""
        return {name: self.makes.get(name, PLAIN).name for name in sorted(self.used)}

    def hears(self, name: str, *whom: str) -> None:
        """A phone hears these and nobody else, as soon as what changed has reached it: phones by
        their letters, MOH, RINGBACK, IVR, EARLY. Who presses keys while it waits hears no other
        thing for it."""
        self._comes_to_hear(name, *whom)
        keys = self.makes[name].keys if name in self.makes else ""
        if keys and _WAITING.intersection(whom):
            self.phone(name).dtmf(keys)
            self._comes_to_hear(name, *whom)
        self.heard.append((name, sorted(whom)))

    def _comes_to_hear(self, name: str, *whom: str) -> None:
        phone = self.phone(name)
        comes_to_hear(
            name,
            lambda: {NAMES.get(who, who) for who in phone.hears()},
            set(whom),
            200 if self.kind == "simulator" else 12,
        )

    def ringing_of(self, name: str) -> set[str]:
        """What is heard by whom the switch leads straight to a phone that rings: ringback, or what
        the phone sends itself before it is answered."""
        return {name} if self.makes.get(name, PLAIN).early is Early.SOUND else {"RINGBACK"}

    @contextmanager
    def without_music(self) -> Iterator[None]:
        """As on a switch whose sounds were never installed."""
        with self.lab.without_music():
            yield

    def recorded(self, file: str) -> list[set[str]]:
        """Who is in each channel of a recording, for long enough not to be a click; SILENCE where
        there is nobody."""
        blocks = [
            [{NAMES.get(who, who) for who in channel} or {"SILENCE"} for channel in block]
            for block in self.lab.recorded(file)
        ]
        channels = [
            Counter(who for at in channel for who in at) for channel in zip(*blocks, strict=True)
        ]
        found = [{who for who, times in each.items() if times >= 2} for each in channels]
        self.heard.append((file.rpartition(".")[2], [" + ".join(sorted(each)) for each in found]))
        return found

    def plays(self, file: str, name: str) -> None:
        """The switch calls an outside phone and plays a recording to it, over and over."""
        path = self._root / "recordings" / file
        callee = f"sofia/gateway/carrier/{OUTSIDE[name]}"
        self.lab.esl.api(f"bgapi originate {callee} &endless_playback({path})")
        self.phone(name).wait_ringing()
        self.phone(name).answer()

    def is_answered(self, name: str) -> bool:
        phone = self.lab.phones[(AGENTS | OUTSIDE)[name]]
        answered: bool = phone.is_answered()
        return answered

    def caller_seen_by(self, name: str) -> str:
        """The number that the phone, which rings, shows."""
        seen: str = self.lab.phones[(AGENTS | OUTSIDE)[name]].caller()
        return seen

    def receives_digits(self, name: str, digits: str, dtmf_type: int) -> None:
        phone = self.lab.phones[(AGENTS | OUTSIDE)[name]]
        (phone.wait_tones if dtmf_type == IN_BAND else phone.wait_digits)(digits)

    def offers(self, name: str, sound: str, pictures: str) -> None:
        """The phone changes its media by itself, to directions as SDP has them."""
        self.lab.phones[(AGENTS | OUTSIDE)[name]].offers(sound, pictures)

    def says_nothing(self, number: str) -> None:
        """At an outside number: no 180, and no answer. The real carrier knows it by the number."""
        if self.kind == "simulator":
            self.lab.sim("outside", number, "silent on")

    @contextmanager
    def another_phone(self, name: str, **how: Any) -> Iterator[Any]:
        """One more of somebody's extension; ``how`` as the laboratories have it."""
        phone = self.lab.another_phone(AGENTS[name], **how)
        self.comes_up(phone)
        try:
            yield phone
        finally:
            phone.stop()

    def comes_up(self, phone: Any) -> None:
        with self._told_of("Registered"):
            phone.start()

    def registers_again(self, phone: Any) -> None:
        with self._told_of("Registered"):
            phone.registers_again()

    @contextmanager
    def _told_of(self, event: str) -> Iterator[None]:
        """The daemon has heard of what is done here."""
        name = f'esl_bridge_esl_events_total{{name="{event}",'
        before = self.counted(name)
        yield
        self.until(lambda: self.counted(name) > before, SECONDS)

    @contextmanager
    def unregistered(self, name: str) -> Iterator[None]:
        self.phone(name).stop()
        try:
            yield
        finally:
            self.phone(name).start()
            self.await_registrations()

    @contextmanager
    def registration_expired(self, name: str) -> Iterator[None]:
        """The phone loses its registration and goes on talking."""
        self.lab.expire(AGENTS[name])
        try:
            yield
        finally:
            self.phone(name).stop()
            self.phone(name).start()
            self.await_registrations()

    @property
    def port(self) -> int:  # type: ignore[override]
        return self._port

    def logs(self, text: str) -> None:
        """The daemon does, or has done so in this story."""
        self._await_line(text)

    @staticmethod
    def last_push(client: Client) -> Any:
        return client.told[-1] if client.told else {}

    def settings_of_company(self) -> Any:
        return deepcopy(self._companies[COMPANY])

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/agent"

    def connect(self, name: str, query: str = "", **headers: str) -> Client:
        client = Client(self.url + query, COMPANY, AGENTS.get(name, name), **headers)
        self._clients.append(client)
        return client

    def agent(self, name: str, **fields: Any) -> Client:
        """An agent that is checked in and FREE, with nothing told yet."""
        client = self.connect(name)
        client.checkin(reset=True, **fields)
        client.forget()
        return client

    @contextmanager
    def company(self, **changes: Any) -> Iterator[None]:
        """The company with other settings, for a while."""
        changed = deepcopy(self._companies)
        changed[COMPANY] |= changes
        self._reconfigure(changed)
        try:
            yield
        finally:
            self._reconfigure(self._companies)

    @contextmanager
    def restarted_with(self, **changes: Any) -> Iterator[None]:
        """A daemon that was stopped and found the company with other settings at its start; at the
        end it is as it was again."""
        changed = deepcopy(self._companies)
        changed[COMPANY] |= changes
        self.stop_daemon()
        self._write("companies.yaml", changed)
        try:
            self.start_daemon()
            yield
        finally:
            self._reconfigure(self._companies)

    def refuses_company(self, **changes: Any) -> list[str]:
        """What the daemon logs of a company with a mistake in it, and need not be blamed for."""
        changed = deepcopy(self._companies)
        changed[COMPANY] |= changes
        since = self._reload(changed)
        self._await_line("not reloaded", since)
        with self._logged:
            told, self._log[since:] = self._log[since:], []
        self._write("companies.yaml", self._companies)
        return told

    def _reconfigure(self, content: Mapping[str, Any]) -> None:
        self._await_line("companies reloaded", self._reload(content))

    def _reload(self, content: Mapping[str, Any]) -> int:
        """Write the companies and have them read; gives where in the log that begins."""
        assert self._daemon is not None
        self._write("companies.yaml", content)
        since = len(self._log)
        self._daemon.send_signal(signal.SIGHUP)
        return since

    # -- the end of a story ---------------------------------------------------------------------

    def clean_up(self, *, all_taken: bool = True) -> None:
        """Nobody was told more than the story says, where that has taken all that it says, and
        nothing is left on the switch."""
        try:
            assert not self.complaints(), "".join(self._log)
            for client in self._clients if all_taken else []:
                if client.is_open:
                    client.got_nothing_more()
            self.lab_is_empty()
        finally:
            self._reset()

    def lab_is_empty(self) -> None:
        """Asked once each time: a leg that is just ending may be there, not, and once more."""
        clock = threading.Event()
        for _ in range(200):
            if not (left := [*self.lab.legs(), *self.lab.rooms()]):
                return
            clock.wait(0.05)  # the other of two that never came together is given up after 2 s
        raise AssertionError(f"{left}: {self.lab.esl.api('show channels as json')}")

    def _reset(self) -> None:
        names = {NAMES.get(client.agent_id, client.agent_id) for client in self._clients}
        for client in self._clients:
            client.close()
        self.lab.clear()
        for name in names:
            last = self.connect(name)
            last.checkin(reset=True)
            last.ok("checkout")
            last.close()
        self._clients.clear()
