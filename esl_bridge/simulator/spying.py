"""Applications of a third party: ``eavesdrop``, ``three_way``, ``intercept``."""

from __future__ import annotations

from esl_bridge.simulator import audio
from esl_bridge.simulator.activity import RunningApplication
from esl_bridge.simulator.bridging import BridgeSetup, bond
from esl_bridge.simulator.media_bugs import Spy

# What a key means: heard by the named leg's phone, by the other party.
_MODES = {"0": (False, False), "1": (False, True), "2": (True, False), "3": (True, True)}


class EavesdropApplication(RunningApplication):
    name = "eavesdrop"
    bug: Spy | None = None

    def run(self) -> bool:
        target = self.leg.switch.channels.get(self.data)
        if target is None or target.dead:
            return True
        self.bug = Spy(target, self.leg, self._lost)
        self.bug.to_phone, self.bug.to_others = self._mode()
        self.bug.add()
        return False

    def _mode(self) -> tuple[bool, bool]:
        return self.leg.true("eavesdrop_whisper_bleg"), self.leg.true("eavesdrop_whisper_aleg")

    def digit(self, digit: str) -> None:
        deaf = (
            self.leg.get("eavesdrop_enable_dtmf") == "false"
        )  # to keys; else it is not (measured)
        if self.bug is not None and not deaf and digit in _MODES:
            self.bug.to_phone, self.bug.to_others = _MODES[digit]

    def _lost(self) -> None:
        self.leg.thread.finished(self)

    def stop(self) -> None:
        if self.bug is not None:
            self.bug.remove()

    def heard(self) -> set[str]:
        if self.bug is None:
            return set()
        leg = self.bug.leg
        others = [bug for bug in leg.bugs if isinstance(bug, Spy) and bug.to_others]
        through = [audio.voice(bug.spy) for bug in others]
        return audio.said(leg).union(audio.heard(leg), *through) - audio.voice(self.leg)

    def sounds(self) -> bool:
        return True


class ThreeWayApplication(EavesdropApplication):
    name = "three_way"

    def _mode(self) -> tuple[bool, bool]:
        return True, True


class Intercept(RunningApplication):
    """Take the named leg; its partner, or the leg it rings for, is PICKED_OFF (measured)."""

    name = "intercept"

    def run(self) -> bool:
        target = self.leg.switch.channels.get(self.data)
        if target is None or target.dead:
            return True
        loser = bond(target)
        if target.direction == "inbound":
            target.answer()
        if loser is not None:
            loser.hangup("PICKED_OFF")
        BridgeSetup(self.leg, target).call()
        return True
