"""Recordings of what a leg's phone says and hears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esl_bridge.simulator import audio
from esl_bridge.simulator.media_bugs import Bug

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel

LISTEN_SECONDS = 0.1

Sounds = list[list[list[str]]]
"""What a file would contain: for every tenth of a second and each channel, whose voices."""


class RecordingBug(Bug):
    """No file is written; the switch keeps what it would contain: for every tenth of a second, who
    is on each channel. Recording to a path again appends."""

    function = "session_record"
    ends_first = True

    def __init__(self, leg: SimulatedChannel, path: str) -> None:
        super().__init__(leg, path)
        self._since = leg.switch.clock.now()
        self._sounds = leg.switch.recorded.setdefault(path, [])
        self._stereo = leg.true("RECORD_STEREO")
        self.masked = False

    def add(self) -> None:
        super().add()
        self._listen()

    def mask(self, on: bool) -> None:
        self.masked = on

    def _listen(self) -> None:
        if self in self.leg.bugs:
            self._sounds.append([sorted(one) for one in self._channels()])
            self.leg.switch.later(LISTEN_SECONDS, self._listen)

    def _channels(self) -> list[set[str]]:
        leg = self.leg
        own = set() if leg.true("RECORD_WRITE_ONLY") else audio.said(leg)
        other = set() if leg.true("RECORD_READ_ONLY") else audio.heard(leg)
        channels = [other, own] if leg.true("RECORD_STEREO_SWAP") else [own, other]
        if not self._stereo:
            channels = [own | other]
        return [set() for _ in channels] if self.masked else channels

    def _tell(self, what: str) -> None:
        told = {"Record-File-Path": self.target}
        if what == "STOP":
            milliseconds = int((self.leg.switch.clock.now() - self._since) * 1000)
            self.leg.variables["record_ms"] = str(milliseconds)
            self.leg.variables["record_samples"] = str(milliseconds * 8)
            told["Record-Completion-Cause"] = "success-silence"
        self.leg.emit(f"RECORD_{what}", told)
        super()._tell(what)
