"""Sounds: the ``playback`` application, and what ``uuid_broadcast`` plays over a leg."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from esl_bridge.simulator.activity import RunningApplication

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel
    from esl_bridge.simulator.clock import ClockTimer

_NOT_FOUND = "FILE NOT FOUND"
FILE_SECONDS = 2.0  # no file is opened, so all last equally long
_TONE = re.compile(r"%\((\d+),(\d+)")
_LOOPS = re.compile(r"L=(-?\d+)|loops=(-?\d+)")
_DIGITS = re.compile(r"d=(\d+);w=(\d+);([0-9A-D*#]+)")
_SPOKEN = re.compile(r";([0-9A-D*#]+)(?=;|$)")
_RINGING = re.compile(r"%\(\d+,\d+,(?:4[2-5]0|440)")  # the usual ringing tones, 420 to 450 Hz


def seconds_of(path: str) -> float | None:
    """How long a sound lasts; None: endlessly."""
    scheme, _, rest = path.partition("://")
    if scheme == "local_stream":
        return None
    if scheme == "silence_stream":
        return None if rest.startswith("-1") else int(rest.split(",")[0]) / 1000
    if scheme == "tone_stream":
        return _tone_seconds(rest)
    return FILE_SECONDS


def _tone_seconds(tones: str) -> float | None:
    loops = _LOOPS.search(tones)
    times = int(loops[1] or loops[2]) if loops else 1
    if times < 0:
        return None
    if digits := _DIGITS.match(tones):
        return (int(digits[1]) + int(digits[2])) * len(digits[3]) / 1000
    return times * sum(int(on) + int(off) for on, off in _TONE.findall(tones)) / 1000


def limited(leg: SimulatedChannel, seconds: float | None) -> tuple[float | None, str]:
    """How long a sound of ``seconds`` is played to a leg, and the response at its end. A
    ``playback_timeout_sec`` below 2 is ignored; its expiry counts as an error (source)."""
    limit = int(leg.get("playback_timeout_sec") or 0)
    if limit < 2 or (seconds is not None and seconds <= limit):
        return seconds, "FILE PLAYED"
    return limit, "PLAYBACK ERROR"


def ends_at(digit: str, leg: SimulatedChannel) -> bool:
    """Whether a key stops what is played: by default only ``*`` does (source)."""
    keys = leg.get("playback_terminators") or "*"
    return digit in {"any": "1234567890*#", "none": ""}.get(keys, keys)


def sound_of(path: str, leg: SimulatedChannel) -> str:
    """The name under which a phone hears it: MOH, RINGBACK, DTMF, else from the extension:
    IVR..."""
    if path.startswith("local_stream://"):
        return "MOH"
    if path.startswith("silence_stream://"):
        return ""
    if _RINGING.search(path):
        return "RINGBACK"
    if _DIGITS.search(path):
        return "DTMF"
    return leg.profile.destination.split("_")[0].upper()


class Overlay:
    """A sound played over what the leg does, which continues unheard meanwhile."""

    def __init__(self, leg: SimulatedChannel, path: str, *, silent: bool = False) -> None:
        self.leg = leg
        self.path = path
        self.silent = silent
        self.afterwards: Callable[[], None] = lambda: None
        self._playback = Playback(leg, path)
        self._timer: ClockTimer | None = None

    def start(self) -> None:
        if self.leg.dead:
            return
        if not self.leg.switch.has_sound(self.path):
            self._playback.announce()
            self._playback.tell_complete(_NOT_FOUND)
            return
        if self.leg.overlay is not None:
            self.leg.overlay.stop("break", "FILE PLAYED")
        self.leg.overlay = self
        if self.leg.phone is not None and _DIGITS.search(self.path):
            spoken = "".join(_SPOKEN.findall(self.path))
            self.leg.phone.digits += [(digit, "inband") for digit in spoken]
        self._playback.announce()
        self._playback.tell_start()
        length, response = limited(self.leg, seconds_of(self.path))
        if length is not None:
            self._timer = self.leg.switch.later(length, lambda: self.stop("done", response))

    def stop(self, status: str, response: str) -> None:
        if self.leg.overlay is not self:
            return
        self.leg.overlay = None
        if self._timer is not None:
            self._timer.cancel()
        self._playback.tell_stop(status)
        self._playback.tell_complete(response)
        self.leg.switch.soon(self.afterwards)

    def digit(self, digit: str) -> None:
        """What is played takes the digit, which goes no further (measured)."""
        if ends_at(digit, self.leg):
            self.stop("break", "FILE PLAYED")

    def heard(self) -> set[str]:
        return set() if self.silent else {sound_of(self.path, self.leg)} - {""}


class Playback(RunningApplication):
    name = "playback"
    response = "PLAYBACK ERROR"  # the response of an interrupted one
    _timer: ClockTimer | None = None
    _status = "done"
    _sounds = True

    def run(self) -> bool:
        if not self.leg.switch.has_sound(self.data):  # only its end is reported (measured)
            self._sounds, self.response = False, _NOT_FOUND
            return True
        self.tell_start()
        length, response = limited(self.leg, self._length())
        if length is not None:
            self._timer = self.leg.switch.later(length, lambda: self._end(response))
        return False

    def _length(self) -> float | None:
        return seconds_of(self.data)

    def _end(self, response: str = "FILE PLAYED") -> None:
        self.leg.thread.finished(self, response)

    def break_off(self) -> None:
        """Effect of ``uuid_break``: continue with the next application."""
        self._status = "break"
        self._end()

    def digit(self, digit: str) -> None:
        if ends_at(digit, self.leg):
            self.break_off()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._sounds:
            self.tell_stop(self._status)

    def tell_start(self) -> None:
        self.leg.emit("PLAYBACK_START", {"Playback-File-Path": self.data})

    def tell_stop(self, status: str) -> None:
        told = {"Playback-File-Path": self.data, "Playback-Status": status}
        self.leg.emit("PLAYBACK_STOP", told)

    def heard(self) -> set[str]:
        recorded = self.leg.switch.recorded.get(self.data)
        if recorded is None:
            return {sound_of(self.data, self.leg)} - {""}
        return {name for channels in recorded for channel in channels for name in channel}

    def sounds(self) -> bool:
        return True


class EndlessPlayback(Playback):
    """No key stops it, and ``uuid_break`` restarts it (source)."""

    name = "endless_playback"

    def digit(self, digit: str) -> None: ...

    def break_off(self) -> None:
        self.tell_stop("break")
        self.tell_start()

    def _length(self) -> float | None:
        return None
