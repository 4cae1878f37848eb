"""Executes a dial string: legs ring, in sequence or in parallel, until one is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from esl_bridge.simulator import dialstring
from esl_bridge.simulator.activity import Idle, LegActivity

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel
    from esl_bridge.simulator.clock import ClockTimer
    from esl_bridge.simulator.dialstring import Target
    from esl_bridge.simulator.switch import SimulatedSwitch

RING_SECONDS = 60.0  # without any timeout
Dialed = Callable[["SimulatedChannel | None", str], None]


class Dial:
    """``dialed`` is called once, with the leg that answered, or with None and the cause of the
    failure.

    ``marks`` are variables for every leg.
    """

    def __init__(
        self,
        switch: SimulatedSwitch,
        text: str,
        caller: SimulatedChannel | None,
        dialed: Dialed,
        rings: Callable[[], None] = lambda: None,
        marks: Mapping[str, str] | None = None,
    ) -> None:
        self._switch = switch
        self._groups = dialstring.parse(text)
        self.caller = caller
        self._dialed = dialed
        self._rings = rings
        self._marks = _taken_over(caller) | dict(marks or {})
        self._timers: list[ClockTimer] = []
        self._over = False
        self._cause = "CHAN_NOT_IMPLEMENTED"
        self.legs: list[SimulatedChannel] = []

    def start(self) -> None:
        while self._groups and not self.legs:
            for target in self._groups.pop(0):
                self._call(target)
        if not self.legs:
            self._end(None, self._cause)

    def _call(self, target: Target) -> None:
        leg = self._switch.call(target.marked(self._marks), self.caller)
        if isinstance(leg, str):
            self._cause = leg
            return
        self.legs.append(leg)
        leg.activity = Ringing(leg, self)
        leg.on_end.append(lambda: self._lost(leg))
        self._limit(leg)

    def _limit(self, leg: SimulatedChannel) -> None:
        waits = leg.get("originate_timeout") or self._caller_says("call_timeout")
        seconds = float(waits or leg.get("call_timeout") or RING_SECONDS)
        self._hang_up_after(leg, seconds, "NO_ANSWER")
        if leg.get("leg_timeout"):
            self._hang_up_after(leg, float(leg.get("leg_timeout")), "ALLOTTED_TIMEOUT")

    def _caller_says(self, variable: str) -> str:
        return self.caller.get(variable) if self.caller is not None else ""

    def _hang_up_after(self, leg: SimulatedChannel, seconds: float, cause: str) -> None:
        self._timers.append(self._switch.later(seconds, lambda: leg.hangup(cause)))

    def rings(self) -> None:
        if not self._over:
            self._rings()

    def won(self, leg: SimulatedChannel) -> None:
        if self._over:
            return
        leg.activity = Idle(leg)
        if leg.phone is not None and not leg.phone.outside:
            leg.run_on("execute_on_originate")  # again: user/ is dialled in two stages (source)
        for other in self.legs:
            if other is not leg:
                other.hangup("LOSE_RACE")
        self._end(leg, "")

    def cancel(self) -> None:
        """The caller has left; ``dialed`` is not called."""
        self._close()
        for leg in self.legs:
            if not leg.thread.moving:
                leg.hangup("ORIGINATOR_CANCEL")

    def stolen(self) -> None:
        """A command moved a ringing leg elsewhere."""
        self._end(None, "ORIGINATOR_CANCEL")

    def _lost(self, leg: SimulatedChannel) -> None:
        self.legs.remove(leg)
        self._cause = leg.cause
        if not self.legs and not self._over:
            self.start()

    def _end(self, leg: SimulatedChannel | None, cause: str) -> None:
        if not self._over:
            self._close()
            self._dialed(leg, cause)

    def _close(self) -> None:
        self._over = True
        for timer in self._timers:
            timer.cancel()


def _taken_over(caller: SimulatedChannel | None) -> dict[str, str]:
    """Variables that apply to the called legs because they apply to the caller (source)."""
    value = caller.get("ignore_early_media") if caller is not None else ""
    return {"ignore_early_media": value} if value else {}


class Ringing(LegActivity):
    """Being called."""

    def __init__(self, leg: SimulatedChannel, dial: Dial) -> None:
        super().__init__(leg)
        self._dial = dial

    def rang(self) -> None:
        self.leg.run_on("execute_on_ring")
        self._dial.rings()

    def early(self) -> None:
        self.leg.run_on("execute_on_pre_answer")
        if not self.leg.true("ignore_early_media"):
            self._dial.won(self.leg)

    def answered(self) -> None:
        """The switch checks called legs every 20 ms: one that ends before that never seems
        answered."""
        if self.leg.phone is None or not self.leg.phone.plan.leaves:
            self._dial.won(self.leg)

    def stop(self) -> None:
        if not self.leg.dead:
            self._dial.stolen()
