"""The laboratory as a whole, as the behaviour tests use it."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from esl_bridge.config import Settings
from esl_bridge.domain.company import Company
from esl_bridge.render import render
from tests.lab import recordings
from tests.lab.carrier import Carrier
from tests.lab.crowd import Crowd
from tests.lab.esl import Esl
from tests.lab.makes import PLAIN, Make
from tests.lab.obedient import ObedientPhone
from tests.lab.odd import OddPhone
from tests.lab.phone import Line, Phone
from tests.lab.process import claimed_ports, free_ports
from tests.lab.softphone import Softphone
from tests.lab.sound import PLACES, speaker_hz
from tests.lab.stranger import Stranger
from tests.lab.switch import Ports, Switch, only_switch
from tests.lab.webphone import WebPhone
from tests.lab.wire import Wire

_MASTER = "lab-master"  # the event socket's own password, where the daemon has an account
_PHONE_RTP = 20  # ports a phone may use: a port for sound and one for RTCP, a few calls
_FURTHER_RTP = 4  # of those, for another phone of the same extension
_SWITCH_RTP = 400
_RTP = 1_000
_READY_SECONDS = 60.0

#: Extensions of context ``esl_bridge`` for companies to name as their IVR and survey.
_PLACES = """\
<include>
<extension name="ivr_main"><condition field="destination_number" expression="^ivr_main$">
<action application="answer"/>
<action application="playback" data="tone_stream://L=60;%(5000,0,{IVR})"/>
</condition></extension>
<extension name="survey"><condition field="destination_number" expression="^survey$">
<action application="answer"/>
<action application="playback" data="tone_stream://L=60;%(5000,0,{SURVEY})"/>
</condition></extension>
</include>
"""
_GATEWAY = """\
<gateway name="{name}">
<param name="proxy" value="127.0.0.1:{port}"/>
<param name="register" value="false"/>
<param name="username" value="lab"/>
<param name="password" value="lab"/>
<param name="caller-id-in-from" value="true"/>
</gateway>
"""


class RealLab:
    """``phones``: by extension and by outside number; its name is what the others hear.

    The switch opens ``settings.switch.port``, ``sip_port`` and ``ws_port``; take them from
    ``free_ports``. Gateways ``carrier``, ``carrier2`` and ``fail`` lead to one ``carrier``.
    Phones are not started: a test starts those that it needs. The ``obedient`` answer when told to.
    Those of the ``crowd`` are there at once, inside and outside, and answer by themselves.
    ``makes``: of which kind a phone is that is not plain. ``privileged``: whether the switch may
    claim real time.
    """

    def __init__(
        self,
        root: Path,
        settings: Settings,
        companies: Mapping[str, Company],
        outside: Sequence[str] = ("13107618845", "13900000002"),
        obedient: Sequence[str] = (),
        crowd: Sequence[str] = (),
        makes: Mapping[str, Make] | None = None,
        *,
        privileged: bool = True,
    ) -> None:
        internal, external, ws, wss, self._carrier_port, crowd_port = free_ports(6)
        self._claim, rtp = claimed_ports(_RTP)
        self._makes = makes or {}
        self._settings = settings
        self._switch_config = switch = only_switch(settings)
        self.trunk = f"127.0.0.1:{external}"  # where the outside comes
        self.stock = f"127.0.0.1:{internal}"  # where the phones of the stock configuration come
        switch_rtp = range(rtp.start, rtp.start + _SWITCH_RTP)
        ports = Ports(switch.port, internal, external, ws, wss, switch_rtp)
        self._password = _MASTER if switch.user else switch.password
        self.switch = Switch(root / "freeswitch", ports, self._password, privileged=privileged)
        self._configure(companies)
        self.wire = Wire(range(switch_rtp.stop, rtp.stop))
        accounts = _accounts(companies)
        insiders = {name: accounts.pop(name) for name in crowd if name in accounts}
        self.crowd = Crowd(self._registrar, self.trunk, crowd_port, insiders)
        self.phones = self._phones(root, accounts, outside, switch_rtp.stop, obedient)
        ports_outside = {number: self.phones[number].line.sip_port for number in outside}
        ports_outside |= dict.fromkeys(crowd, crowd_port)
        self.carrier = Carrier(self._carrier_port, ports_outside)
        self._stranger = Stranger(self.trunk)
        self._further = itertools.cycle(range(1, _PHONE_RTP // _FURTHER_RTP))

    def __enter__(self) -> RealLab:
        with ExitStack() as opened:
            for close in (self._claim.close, self.switch.stop, self.wire.close, self.carrier.close):
                opened.callback(close)
            self.crowd.start()
            opened.callback(self.crowd.stop)
            self.start_switch()
            opened.callback(lambda: self.esl.close())
            self._stranger.start()
            opened.callback(self._stranger.stop)
            for phone in self.phones.values():
                opened.callback(phone.stop)
            self._opened = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def start_switch(self) -> None:
        """Returns when calls can be made: both profiles run, and the crowd is there."""
        self.switch.start()
        self.esl = Esl(self._switch_config.port, f"auth {self._password}")
        clock = threading.Event()
        for _ in range(int(_READY_SECONDS / 0.1)):
            if self._ready():
                self.crowd.come_to()
                return
            clock.wait(0.1)
        raise AssertionError(f"the switch is not ready:\n{self.switch.log()[-3000:]}")

    def crash_switch(self) -> None:
        """Kill the switch: all calls end without a report; ``start_switch`` starts it again."""
        self.switch.kill()
        self.esl.close()

    @property
    def switch_pid(self) -> int:
        return self.switch.pid

    def legs(self) -> list[str]:
        """The uuids of the channels that live. The switch's list may go on showing some that have
        ended until something else happens on it (measured: 1 of 900 short calls)."""
        rows = json.loads(self.esl.api("show channels as json")).get("rows", [])
        return [row["uuid"] for row in rows if self.esl.api(f"uuid_exists {row['uuid']}") == "true"]

    def call_in(self, number: str, display: str, did: str, *, withheld: bool = False) -> None:
        """An outside caller calls with any number and any name. ``withheld``: the carrier sends the
        number, and asks the switch not to show it.
        """
        if withheld:
            asserted = ("P-Asserted-Identity", f'"{display}" <sip:{number}@127.0.0.1>')
            self._stranger.call("anonymous", "Anonymous", did, asserted, ("Privacy", "id"))
        else:
            self._stranger.call(number, display, did)

    def steal(self, leg: str) -> None:
        """An outside caller sends INVITE with Replaces for a leg."""
        self._stranger.steal(leg)

    def another_phone(self, extension: str, *, web: bool = False, spelt: str = "") -> Softphone:
        """Another phone of an extension, not started. ``web``: its SIP comes by WebSocket;
        ``spelt``: how it writes the extension.
        """
        line, first = self.phones[extension].line, next(self._further) * _FURTHER_RTP
        ports = line.rtp_ports[first : first + _FURTHER_RTP]
        where = self.web if web else self._registrar
        user = spelt or extension
        line = replace(line, user=user, switch=where, sip_port=0, rtp_ports=ports)
        tones = self._tones | {line.user: self._tones[extension]}
        if web:
            return WebPhone(line, self.wire, tones)
        return Softphone(line, self.wire, tones)

    def expire(self, extension: str) -> None:
        """Have the switch drop a phone's registration; the phone does not notice."""
        profile, domain = self._switch_config.profile, self._switch_config.domain
        self.esl.api(f"sofia profile {profile} flush_inbound_reg {extension}@{domain}")

    def clear(self) -> None:
        """Hang up all calls."""
        self.esl.api("hupall NORMAL_CLEARING")

    def recorded(self, file: str) -> recordings.Sounds:
        return recordings.sounds(Path(self._switch_config.recordings, file), self._tones)

    @contextmanager
    def unwritable_recordings(self, company: str) -> Iterator[None]:
        """Put a file where the company's folder should be."""
        folder = Path(self._switch_config.recordings, company)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(exist_ok=True)
        folder.touch()
        try:
            yield
        finally:
            folder.unlink()

    @contextmanager
    def without_music(self) -> Iterator[None]:
        """Remove the music, as on a switch where it was never installed."""
        streams = self._streams()
        for stream in streams:
            self.esl.api(f"local_stream stop {stream}")
        self._until_streams_are(set())
        try:
            yield
        finally:
            for stream in streams:
                self.esl.api(f"local_stream start {stream}")
            self._until_streams_are(streams)

    def _streams(self) -> set[str]:
        """The music streams; the switch's reply is empty where there are none."""
        rows = self.esl.api("local_stream show").splitlines()
        return {row.partition(",")[0] for row in rows if "," in row}

    def _until_streams_are(self, streams: set[str]) -> None:
        clock = threading.Event()
        for _ in range(int(_READY_SECONDS / 0.1)):
            if self._streams() == streams:
                return
            clock.wait(0.1)
        raise AssertionError(f"streams: {self._streams()}, not {streams}")

    def rooms(self) -> list[str]:
        """The names of the running conferences."""
        answer = self.esl.api("conference json_list")
        return [room["conference_name"] for room in json.loads(answer)] if answer[:1] == "[" else []

    def _ready(self) -> bool:
        status = self.esl.api("sofia status")
        running = set(re.findall(r"^\s*(\S+)\s+profile\s.*RUNNING", status, re.MULTILINE))
        return {self._switch_config.profile, "external"} <= running

    def _configure(self, companies: Mapping[str, Company]) -> None:
        render(self._settings, companies, self.switch.conf)
        self.switch.add("dialplan/esl_bridge/lab.xml", _PLACES.format(**PLACES))
        gateways = "".join(
            _GATEWAY.format(name=name, port=self._carrier_port)
            for name in ("carrier", "carrier2", "fail")
        )
        self.switch.add("sip_profiles/external/lab.xml", f"<include>\n{gateways}</include>\n")

    def _phones(
        self,
        root: Path,
        insiders: Mapping[str, str],
        outside: Sequence[str],
        rtp: int,
        obedient: Sequence[str],
    ) -> dict[str, Phone | Softphone]:
        accounts: dict[str, str | None] = {**insiders, **dict.fromkeys(outside)}
        tones = PLACES | {name: speaker_hz(index) for index, name in enumerate(accounts)}
        self._tones = tones
        phones: dict[str, Phone | Softphone] = {}
        for index, (name, password) in enumerate(accounts.items()):
            first = rtp + index * _PHONE_RTP
            line = self._line(name, password, range(first, first + _PHONE_RTP))
            if name in obedient:
                phones[name] = ObedientPhone(line, self.wire, tones)
            else:
                phones[name] = self._phone(line, root / "phones" / name)
        return phones

    def _phone(self, line: Line, folder: Path) -> Phone | Softphone:
        make = self._makes.get(line.user, PLAIN)
        if make.websocket:
            return WebPhone(replace(line, switch=self.web), self.wire, self._tones, make)
        if make.odd:
            return OddPhone(line, self.wire, self._tones, make)
        if make.by_hand:
            return Softphone(line, self.wire, self._tones, make)
        return Phone(line, folder, self.wire, self._tones, make)

    def _line(self, name: str, password: str | None, rtp: range) -> Line:
        sip_port, control_port = free_ports(2)
        where = self.trunk if password is None else self._registrar
        return Line(name, where, sip_port, control_port, rtp, password)

    @property
    def web(self) -> str:
        """The address for phones that connect by WebSocket."""
        return f"127.0.0.1:{self._switch_config.ws_port}"

    @property
    def _registrar(self) -> str:
        return f"127.0.0.1:{self._switch_config.sip_port}"


def _accounts(companies: Mapping[str, Company]) -> dict[str, str]:
    return {
        name: extension.password
        for company in companies.values()
        for name, extension in company.extensions.items()
    }
