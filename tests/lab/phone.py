"""A phone: one baresip process, which takes commands and reports events over its control port."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tests.lab.makes import PLAIN, Make
from tests.lab.process import connect
from tests.lab.sound import heard, spoken_digits, write_tone
from tests.lab.wire import Wire

_START_SECONDS = 30.0
_REPLY_SECONDS = 20.0
_RINGING, _TALKING = "ringing", "talking"
_STATES = {"CALL_INCOMING": _RINGING, "CALL_ESTABLISHED": _TALKING}

_CONFIG = """\
sip_listen 127.0.0.1:{line.sip_port}
sip_verify_server no
call_local_timeout 300
call_hold_other_calls no
audio_path {folder}
audio_source aufile,{folder}/tone.wav
audio_player aubridge,sink
audio_alert nil,nil
ausrc_srate {rate}
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
ausrc_format s16
auplay_format s16
rtp_ports {line.rtp_ports.start}-{last_rtp_port}
rtcp_mux no
opus_stereo no
opus_sprop_stereo no
module_path {modules}
module g711.so
module g722.so
module opus.so
module aufile.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{line.control_port}
ring_aufile none
ringback_aufile none
busy_aufile none
error_aufile none
notfound_aufile none
callwaiting_aufile none
redial_attempts 0
"""


class PhoneError(AssertionError):
    """The phone did not do, or did not receive, what the test expects."""


@dataclass(frozen=True)
class Line:
    """Where a phone is: ``switch`` is the host:port it dials to; with a password it registers."""

    user: str
    switch: str
    sip_port: int
    control_port: int
    rtp_ports: range
    password: str | None = None


class Phone:
    """``tones``: Hz of everybody it may hear, itself included. Of a ``make`` it has the codecs."""

    def __init__(
        self, line: Line, folder: Path, wire: Wire, tones: dict[str, int], make: Make = PLAIN
    ) -> None:
        self.line = line
        self.make = make
        self._folder = folder
        self._wire = wire
        self._tones = tones
        self._changed = threading.Condition()
        self._calls: dict[str, str] = {}
        self._ended = 0
        self._registration = ""
        self._digits = ""
        self._caller = ""
        self._closed = ""
        self._replies: dict[str, dict[str, Any]] = {}
        self._requests = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once the phone is there, and registered if it is to be."""
        self._write_files()
        self._calls, self._registration = {}, ""
        with (self._folder / "log").open("wb") as log:
            process = subprocess.Popen(
                ["baresip", "-4", "-f", str(self._folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
            )
        self._control = connect(self.line.control_port, process)
        self._process = process
        threading.Thread(target=self._listen, daemon=True).start()
        if self.line.password is not None:
            self._register()

    def stop(self) -> None:
        """Hang up, unregister and leave."""
        process = self._process
        if process is None:
            return
        try:
            self._send({"command": "quit"})
            process.wait(3)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
        self._gone()

    def kill(self) -> None:
        """Vanish as in a power cut: no BYE, no unregistration."""
        if self._process is not None:
            self._process.kill()
            self._gone()

    def wait_ringing(self, seconds: float = 10) -> None:
        self._wait(lambda: _RINGING in self._calls.values(), seconds, "does not ring")

    def wait_talking(self, seconds: float = 10) -> None:
        self._wait(lambda: _TALKING in self._calls.values(), seconds, "is not in a call")

    def wait_idle(self, seconds: float = 10) -> str:
        """Wait until its call has ended; returns how it ended, such as ``486 Busy Here``."""
        self._wait(lambda: not self._calls, seconds, "is still in a call")
        return self._closed

    def answer(self) -> None:
        """Returns once it talks, or the call has ended at that very moment."""
        ended = self._ended
        self._command("accept")
        self._wait(
            lambda: _TALKING in self._calls.values() or self._ended > ended,
            _REPLY_SECONDS,
            "is not in a call",
        )

    def is_answered(self) -> bool:
        return _TALKING in self._calls.values()

    def caller(self) -> str:
        """The number that it shows for its latest incoming call."""
        return self._caller

    def reject(self, code: int = 486) -> None:
        self._command("hangup", f"scode={code} reason=Rejected")

    def hangup(self) -> None:
        self._command("hangup")

    def hold(self) -> None:
        self._command("hold")

    def resume(self) -> None:
        self._command("resume")

    def dial(self, number: str) -> None:
        """Returns when the phone has begun to call, not when somebody answers."""
        ended = self._ended
        self._command("dial", f"sip:{number}@{self.line.switch}")
        self._wait(lambda: self._calls or self._ended > ended, _REPLY_SECONDS, "does not call")

    def dtmf(self, digits: str) -> None:
        for digit in digits:
            self._command("sndcode", digit)

    def digits(self) -> str:
        """The digits that it received in this call, as the phone reports them."""
        return self._digits

    def wait_digits(self, digits: str, seconds: float = 10) -> None:
        self._wait(lambda: self._digits == digits, seconds, f"did not receive {digits}")

    def wait_tones(self, digits: str, seconds: float = 10) -> None:
        """Wait until the digits have been heard in the sound itself."""
        clock, sound = threading.Event(), np.empty(0)
        for _ in range(int(seconds / 0.1)):
            sound = np.append(sound, self._wire.take(self.line.rtp_ports))
            if digits in spoken_digits(sound):
                return
            clock.wait(0.1)
        raise PhoneError(f"{self.line.user} heard {spoken_digits(sound)!r}, not {digits}")

    def hears(self, seconds: float = 0.6) -> set[str]:
        """Whom it hears for ``seconds`` from now on: phones by name, ``MOH``, ``IVR``..."""
        return heard(self._wire.listen(self.line.rtp_ports, seconds), self._tones)

    def _write_files(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        tone = self._folder / "tone.wav"
        write_tone(tone, self._tones[self.line.user], seconds=240, rate=self._rate)
        (self._folder / "config").write_text(
            _CONFIG.format(
                line=self.line,
                rate=self._rate,
                folder=self._folder,
                last_rtp_port=self.line.rtp_ports.stop - 1,
                modules=modules_folder(),
            )
        )
        (self._folder / "accounts").write_text(self._account() + "\n")
        (self._folder / "contacts").write_text("")

    @property
    def _rate(self) -> int:
        """Its own filter from 8 to 16 kHz lets 1.6 kHz through 34 dB lower (measured)."""
        return 16_000 if any(codec.startswith("G722") for codec in self.make.codecs) else 8000

    def _account(self) -> str:
        codecs = ",".join(self.make.codecs)
        account = f"<sip:{self.line.user}@127.0.0.1>;answermode=manual;audio_codecs={codecs}"
        if self.line.password is None:
            return f"{account};regint=0"
        secret = f";auth_user={self.line.user};auth_pass={self.line.password}"
        return f'{account}{secret};outbound="sip:{self.line.switch}";regint=60'

    def _register(self) -> None:
        # It may have been told before it could tell us.
        known = self._command("reginfo")
        if "OK" not in known and "ERR" not in known:
            self._wait(lambda: self._registration, _START_SECONDS, "is not registered")
        if "ERR" in known or self._registration == "REGISTER_FAIL":
            raise PhoneError(f"{self.line.user} may not register")

    def _gone(self) -> None:
        assert self._process is not None
        self._process.wait()
        self._process = None
        self._control.close()

    def _send(self, message: dict[str, str]) -> None:
        data = json.dumps(message).encode()
        self._control.sendall(b"%d:%b," % (len(data), data))

    def _command(self, command: str, params: str = "") -> str:
        self._requests += 1
        token = str(self._requests)
        self._send({"command": command, "params": params, "token": token})
        self._wait(lambda: token in self._replies, _REPLY_SECONDS, f"does not obey {command}")
        reply = self._replies.pop(token)
        if not reply.get("ok"):
            raise PhoneError(f"{self.line.user}: {command} {params}: {reply}")
        return str(reply.get("data", ""))

    def _wait(self, ready: Callable[[], object], seconds: float, complaint: str) -> None:
        with self._changed:
            if not self._changed.wait_for(ready, seconds):
                raise PhoneError(f"{self.line.user} {complaint} after {seconds} s: {self._calls}")

    def _listen(self) -> None:
        """Netstrings of JSON: replies with our token, and events."""
        with self._control.makefile("rb") as stream:
            try:
                while length := _length(stream):
                    self._message(json.loads(stream.read(length)))
                    stream.read(1)
            except (OSError, ValueError):
                return

    def _message(self, message: dict[str, Any]) -> None:
        with self._changed:
            if message.get("event"):
                self._event(message)
            else:
                self._replies[message.get("token", "")] = message
            self._changed.notify_all()

    def _event(self, event: dict[str, Any]) -> None:
        kind, param = event["type"], str(event.get("param", ""))
        if kind in ("REGISTER_OK", "REGISTER_FAIL"):
            self._registration = kind
        elif kind == "CALL_DTMF_START":
            self._digits += param
        elif kind == "CALL_INCOMING":
            self._caller = _user(str(event.get("peeruri", "")))
        elif kind == "CALL_CLOSED":
            self._ended += 1
            self._closed = param
        if kind.startswith("CALL_"):
            self._call_goes_on(kind, event.get("id", ""))

    def _call_goes_on(self, kind: str, call: str) -> None:
        """A call that the phone begins has no id before the switch's first response."""
        state = self._calls.pop(call, None) or self._calls.pop("", None)
        if state is None:
            self._digits, state = "", "calling"
        if kind != "CALL_CLOSED":
            self._calls[call] = _STATES.get(kind, state)


def _user(uri: str) -> str:
    return uri.removeprefix("sip:").partition("@")[0]


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _length(stream: _Stream) -> int:
    digits = b""
    while (byte := stream.read(1)).isdigit():
        digits += byte
    return int(digits or b"0")


def modules_folder() -> Path:
    """Where the package of this distribution keeps baresip's modules."""
    found = sorted(Path("/usr/lib").glob("**/baresip/modules"))
    return found[0] if found else Path("/usr/local/lib/baresip/modules")
