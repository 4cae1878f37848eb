"""The dialplan applications, by name."""

from __future__ import annotations

import re

from esl_bridge.simulator import dialstring
from esl_bridge.simulator.activity import RunningApplication
from esl_bridge.simulator.bridging import Bridge
from esl_bridge.simulator.causes import known
from esl_bridge.simulator.playback import EndlessPlayback, Playback
from esl_bridge.simulator.queues import Callcenter
from esl_bridge.simulator.record_bug import RecordingBug
from esl_bridge.simulator.rooms import ConferenceApplication
from esl_bridge.simulator.spying import EavesdropApplication, Intercept, ThreeWayApplication

_SCHEDULE = re.compile(r"\+?(\d+)[ ,]?(\w*)")


class AnswerApplication(RunningApplication):
    name = "answer"

    def run(self) -> bool:
        self.leg.answer()
        return True


class PreAnswer(RunningApplication):
    name = "pre_answer"

    def run(self) -> bool:
        self.leg.early_media()
        return True


class RingReady(RunningApplication):
    name = "ring_ready"

    def run(self) -> bool:
        self.leg.ring()
        return True


class Set(RunningApplication):
    name = "set"

    def run(self) -> bool:
        name, _, value = self.data.partition("=")
        self.leg.setvar(name.strip(), value)
        return True


class Multiset(RunningApplication):
    """``^^`` and a separator first, else they are separated by blanks."""

    name = "multiset"

    def run(self) -> bool:
        told = self.data.startswith("^^")
        pairs = self.data[3:].split(self.data[2]) if told else self.data.split()
        for pair in pairs:
            name, _, value = pair.partition("=")
            self.leg.setvar(name.strip(), value)
        return True


class Export(Set):
    """Sets the variable also on legs that this one calls."""

    name = "export"

    def run(self) -> bool:
        self.data = self.data.removeprefix("nolocal:")
        exported = self.data.partition("=")[0].strip()
        self.leg.variables["export_vars"] = ",".join(
            filter(None, [self.leg.get("export_vars"), exported])
        )
        return super().run()


class HangupApplication(RunningApplication):
    name = "hangup"

    def run(self) -> bool:
        self.leg.hangup(known(self.data or "NORMAL_CLEARING"))
        return True


class SchedHangup(RunningApplication):
    name = "sched_hangup"

    def run(self) -> bool:
        self.leg.switch.schedule_hangup(self.leg, self.data)
        return True


class SchedCancel(RunningApplication):
    name = "sched_cancel"

    def run(self) -> bool:
        self.leg.switch.cancel_scheduled(self.leg)
        return True


class RecordSession(RunningApplication):
    name = "record_session"

    def run(self) -> bool:
        RecordingBug(self.leg, self.data).add()
        return True


class TransferApplication(RunningApplication):
    name = "transfer"

    def run(self) -> bool:
        self.leg.switch.transfer(self.leg, *dialstring.words(self.data))
        return True


class Park(RunningApplication):
    name = "park"

    def run(self) -> bool:
        self.leg.emit("CHANNEL_PARK")
        self.leg.switch.limit_park(self)
        return False

    def stop(self) -> None:
        self.leg.emit("CHANNEL_UNPARK")

    def sounds(self) -> bool:
        return bool(self.leg.get("send_silence_when_idle"))


class Echo(RunningApplication):
    name = "echo"

    def run(self) -> bool:
        return False

    def heard(self) -> set[str]:
        return {self.leg.phone.name} if self.leg.phone else set()

    def sounds(self) -> bool:
        return True


class Sleep(RunningApplication):
    name = "sleep"

    def run(self) -> bool:
        self.leg.switch.later(int(self.data) / 1000, lambda: self.leg.thread.finished(self))
        return False


_ALL: tuple[type[RunningApplication], ...] = (
    *(
        AnswerApplication,
        PreAnswer,
        RingReady,
        Set,
        Multiset,
        Export,
        HangupApplication,
        SchedHangup,
        SchedCancel,
        TransferApplication,
        RecordSession,
    ),
    *(
        Park,
        Echo,
        Sleep,
        Playback,
        EndlessPlayback,
        Bridge,
        ConferenceApplication,
        EavesdropApplication,
        ThreeWayApplication,
        Intercept,
    ),
    Callcenter,
)
APPLICATIONS: dict[str, type[RunningApplication]] = {
    application.name: application for application in _ALL
}
