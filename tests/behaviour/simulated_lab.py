"""The simulated switch in a process of its own, with the verbs of the real laboratory."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from esl_bridge.config import Settings
from esl_bridge.domain.company import Company
from esl_bridge.render import render
from tests.lab.esl import Esl
from tests.lab.makes import PLAIN, Early, Hold, Make
from tests.lab.switch import only_switch

_ANNOUNCES, _LEAVES = "9183", "9200"
_RINGS_MS = 20
NOT_MODELLED = (
    "codecs",
    "hold by 0.0.0.0 (told as sendonly)",
    "SIP over WebSocket (but for its socket's death)",
    "what SIP allows and phones seldom do (test_odd_phones.py)",
)
"""What of a make of phone makes no difference on the simulated switch."""
_PLACES = Path(__file__).parent / "places.xml"


class SimulatedPhone:
    spelt = ""

    def __init__(self, lab: SimulatedLab, name: str, kind: str, make: Make) -> None:
        self._lab = lab
        self.name = name
        self._kind = kind
        self.make = make

    def be_of_its_make(self) -> None:
        """What the switch's ``reset`` takes from it."""
        if self.make.early is not Early.NONE:
            self._do("early on" if self.make.early is Early.SOUND else "early mute")

    def start(self) -> None:
        if self._kind == "phone":
            self._do(f"websocket {'on' if self.make.websocket else 'off'}")
            self._do(f"register {self.spelt}")
            self._lab.registered.add(self.name)

    def stop(self) -> None:
        if self._kind == "phone":
            self._do("unregister")
            self._lab.registered.discard(self.name)

    kill = stop

    def registers_again(self) -> None:
        self._do(f"register {self.spelt}")

    def cut(self) -> None:
        """Its socket dies, and it comes back."""
        self._do("lose_socket")
        self.registers_again()

    def lose(self) -> None:
        """Its socket and its sound are gone, and it does not come back by itself."""
        self._do("mute on")
        self._do("lose_socket")

    def come_back(self, *, anew: bool = False) -> None:
        self._do("anew" if anew else "register")

    def speak(self) -> None:
        self._do("mute off")

    def wait_ringing(self, seconds: float = 10) -> None:
        self._wait("ringing", seconds)

    def wait_talking(self, seconds: float = 10) -> None:
        self._wait("talking", seconds)

    def wait_idle(self, seconds: float = 10) -> str:
        self._wait("idle", seconds)
        return str(self._lab.sim("state", self.name)["ended"])

    def answer(self) -> None:
        self._do("answer")

    def reject(self, code: int = 486) -> None:
        self._do(f"reject {code}")

    def hangup(self) -> None:
        self._do("hangup")

    def hold(self) -> None:
        self.offers("inactive" if self.make.hold is Hold.INACTIVE else "sendonly", "inactive")

    def resume(self) -> None:
        self._do("resume")

    def sends_early_media(self, *, now: bool, silent: bool = False) -> None:
        """While it rings, from the next call on; ``silent``: it says so and sends nothing."""
        self._do("early off" if not now else "early mute" if silent else "early on")

    def begins_to_sound(self) -> None:
        """While it rings, after a silence."""
        self._do("early on")

    def offers(self, sound: str, pictures: str) -> None:
        self._do(f"offers {sound} {pictures}")

    def dial(self, number: str) -> None:
        self._do(f"dial {number}")

    def dtmf(self, digits: str) -> None:
        self._do(f"dtmf {digits}")

    def digits(self) -> str:
        heard = self._lab.sim("digits", self.name)["digits"]
        return "".join(each["digit"] for each in heard)

    def wait_digits(self, digits: str, seconds: float = 10) -> None:
        clock = threading.Event()
        for _ in range(int(seconds / 0.05)):
            if self.digits() == digits:
                return
            clock.wait(0.05)
        raise AssertionError(f"{self.name} received {self.digits()!r}, not {digits}")

    wait_tones = wait_digits

    def is_answered(self) -> bool:
        return str(self._lab.sim("state", self.name)["state"]) == "talking"

    def caller(self) -> str:
        """The number that it shows while it rings."""
        return str(self._lab.sim("state", self.name)["calls"][0]["from"])

    def hears(self, seconds: float = 1.0) -> set[str]:
        heard = self._lab.sim("hears", self.name)["hears"]
        return {"EARLY" if who == _ANNOUNCES else who for who in heard}

    def _do(self, what: str) -> None:
        self._lab.sim(self._kind, self.name, what)

    def _wait(self, state: str, seconds: float) -> None:
        reached = self._lab.sim("wait", self.name, state, str(seconds))
        assert reached["reached"], f"{self.name} is {reached['state']}, not {state}"


class SimulatedWebPhone(SimulatedPhone):
    def kill(self) -> None:
        """Its socket dies, and it does not come back."""
        self._do("lose_socket")
        self._lab.registered.discard(self.name)


class SimulatedCrowd:
    """Phones that answer by themselves, with the verbs of ``Crowd``."""

    def __init__(self, lab: SimulatedLab, kinds: Mapping[str, str]) -> None:
        self._lab = lab
        self._kinds = kinds

    def come_to(self) -> None:
        for name, kind in self._kinds.items():
            if kind == "phone":
                self._lab.sim(kind, name, "register")

    def answer_by_themselves(self) -> None:
        for name, kind in self._kinds.items():
            self._lab.sim(kind, name, f"auto {_RINGS_MS}")

    def talking(self, names: Collection[str]) -> set[str]:
        return {name for name in names if self._lab.sim("state", name)["state"] == "talking"}

    def hang_up(self, names: Collection[str]) -> None:
        for name in names:
            self._lab.esl.api(f"sim {self._kinds[name]} {name} hangup")


class SimulatedLab:
    """``phones`` by extension and by outside number, and a ``crowd``, as ``RealLab`` has them."""

    def __init__(
        self,
        root: Path,
        settings: Settings,
        companies: Mapping[str, Company],
        outside: Sequence[str] = ("13107618845", "13900000002"),
        obedient: Sequence[str] = (),
        crowd: Sequence[str] = (),
        makes: Mapping[str, Make] | None = None,
    ) -> None:
        switch = only_switch(settings)
        self._recordings = switch.recordings
        rendered = root / "rendered"
        render(settings, companies, rendered)
        extensions = {
            extension: company.code
            for company in companies.values()
            for extension in company.extensions
        }
        self._port = switch.port
        self._login = f"auth {switch.password}"
        self._extensions = extensions
        self._obedient = obedient
        self.registered: set[str] = set()
        self._further = itertools.count(2)
        kinds = {name: "phone" if name in extensions else "outside" for name in crowd}
        self.crowd = SimulatedCrowd(self, kinds)
        self._command = [
            sys.executable,
            "-m",
            "esl_bridge.simulator",
            f"--port={switch.port}",
            f"--password={switch.password}",
            f"--outside={','.join(outside)}",
            f"--queues={rendered / 'autoload_configs' / 'callcenter.conf.xml'}",
            "--dialplan",
            *map(str, self._dialplans(rendered)),
        ]
        known = dict.fromkeys(extensions, "phone") | dict.fromkeys(outside, "outside")
        self.phones = {
            name: SimulatedPhone(self, name, kind, (makes or {}).get(name, PLAIN))
            for name, kind in known.items()
            if name not in kinds
        }
        self.start_switch()

    def start_switch(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith("ready")
        self.esl = Esl(self._port, self._login)
        for extension, company in self._extensions.items():
            self.sim(
                "extension",
                extension,
                f"esl_bridge_company={company}",
                f"esl_bridge_extension={extension}",
                "user_context=esl_bridge",
            )
        for extension in self.registered:
            self.sim("phone", extension, "register")
        self.crowd.come_to()
        self.clear()

    def crash_switch(self) -> None:
        """All calls are gone and nobody is told; ``start_switch`` brings it back, and it finds the
        phones again."""
        self.esl.close()
        with self._process:
            self._process.kill()

    @property
    def switch_pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> SimulatedLab:
        return self

    def __exit__(self, *_: object) -> None:
        self.esl.close()
        with self._process:
            self._process.terminate()

    def _dialplans(self, rendered: Path) -> Iterable[Path]:
        yield rendered / "dialplan" / "esl_bridge.xml"
        yield rendered / "dialplan" / "public" / "05_esl_bridge.xml"
        yield _PLACES

    def legs(self) -> list[str]:
        rows = json.loads(self.esl.api("show channels as json")).get("rows", [])
        return [row["uuid"] for row in rows]

    def recorded(self, file: str) -> list[list[list[str]]]:
        path = f"{self._recordings}/{file}"
        sounds: list[list[list[str]]] = self.sim("recorded", path)["sounds"]
        return sounds

    @contextmanager
    def unwritable_recordings(self, _company: str) -> Iterator[None]:
        self.sim("recordings", "off")
        try:
            yield
        finally:
            self.sim("recordings", "on")

    @contextmanager
    def without_music(self) -> Iterator[None]:
        """As a switch whose music was never installed."""
        self.sim("music", "off")
        try:
            yield
        finally:
            self.sim("music", "on")

    def rooms(self) -> list[str]:
        answer = self.esl.api("conference json_list")
        return [room["conference_name"] for room in json.loads(answer)] if answer[:1] == "[" else []

    def another_phone(
        self, extension: str, *, web: bool = False, spelt: str = ""
    ) -> SimulatedPhone:
        build = SimulatedWebPhone if web else SimulatedPhone
        phone = build(self, f"{extension}/{next(self._further)}", "phone", PLAIN)
        phone.spelt = spelt
        return phone

    def expire(self, extension: str) -> None:
        """The switch forgets where a phone is."""
        self.sim("phone", extension, "expire")

    def clear(self) -> None:
        """Hang everything up, and have the carrier's numbers fail as those of the real one do."""
        self.sim("reset")
        for code in (403, 404, 480, 486, 503, 504, 603):
            self.sim("outside", f"9{code}", f"refuse {code}")
        self.sim("outside", _ANNOUNCES, "early on")
        self.sim("outside", _LEAVES, "leave on")
        for name in self._obedient:
            self.sim("phone", name, "talk on")
        for phone in self.phones.values():
            phone.be_of_its_make()
        self.crowd.answer_by_themselves()

    def call_in(self, number: str, display: str, did: str, *, withheld: bool = False) -> None:
        told = (quote(text, safe="", errors="surrogateescape") for text in (number, display, did))
        self.sim("call", *(text or "-" for text in told), *["withheld"] * withheld)

    def steal(self, leg: str) -> None:
        self.sim("steal", "13900000009", leg)

    def sim(self, *words: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.esl.api(" ".join(("sim", *words))))
        assert "error" not in answer, answer
        return answer
