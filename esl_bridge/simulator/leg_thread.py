"""What a leg does: one thing at a time, its *activity* (ring, run an application, talk).

Commands do not change it at once: they leave an instruction (``turn``), and the leg carries out the
last one at its next turn, as the real switch's session thread does. Only CHANNEL_HANGUP is emitted
immediately.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from esl_bridge.simulator.activity import Idle, LegActivity, ParkedActivity
from esl_bridge.simulator.dialstring import inline

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel

Application = tuple[str, str]  # name, data


class LegThread:
    """``next``: what the leg does at its next turn. ``caught``: it is in a bridge that has ended
    without its noticing, and has no turn."""

    def __init__(self, leg: SimulatedChannel) -> None:
        self._leg = leg
        self.next: Callable[[], None] | None = None
        self.caught = False
        self._turning = False
        self._todo: deque[Application] | None = None

    @property
    def moving(self) -> bool:
        """The leg has an instruction to do something else."""
        return self.next is not None

    def turn(self, then: Callable[[], None]) -> None:
        """Have the leg leave what it does and do ``then``; a later instruction replaces this
        one."""
        if self._leg.dead:
            return
        self.next = then
        self.schedule()

    def schedule(self) -> None:
        if not self._turning and not self.caught:
            self._turning = True
            self._leg.switch.soon(self._turn)

    def _turn(self) -> None:
        self._turning = False
        self.leave()
        then, self.next = self.next, None
        if then is not None:
            then()

    def goes_free(self) -> None:
        """It notices that the bridge in which it was caught has ended."""
        self.caught = False
        if self._leg.overlay is not None:
            self._leg.overlay.stop("done", "PLAYBACK ERROR")
        if self.moving:
            self.schedule()

    def leave(self, response: str = "") -> None:
        """End what the leg does now, with the events of that."""
        leg = self._leg
        if leg.overlay is not None:
            leg.overlay.stop("done", "PLAYBACK ERROR")
        activity, leg.activity = leg.activity, Idle(leg)
        activity.stop()
        activity.tell_complete(response)

    # -- applications

    def execute(self, applications: Iterable[Application]) -> None:
        """Run applications in order; at their end the leg is hung up."""
        self._todo = deque(applications)
        self._leg.state = "CS_EXECUTE"
        self._next_application()

    def _next_application(self) -> None:
        while self._todo:
            name, data = self._todo.popleft()
            if not self._leg.switch.start_application(self._leg, name, data):
                return
        self._leg.hangup("NORMAL_CLEARING")

    def finished(self, activity: LegActivity, response: str = "") -> None:
        """``activity`` has ended by itself: continue with the next application."""
        if self._leg.activity is not activity or self.moving or self._leg.dead:
            return
        self.leave(response)
        self.go_on()

    def go_on(self) -> None:
        """Continue with the remaining applications, or hang up."""
        if self._todo is None:
            self._leg.hangup("NORMAL_CLEARING")
        else:
            self._leg.state = "CS_EXECUTE"
            self._next_application()

    # -- where it goes

    def park(self) -> None:
        """Be parked without an application (after a bridge)."""
        self._leg.state = "CS_PARK"
        self._leg.activity = ParkedActivity(self._leg)
        self._leg.activity.start()

    def route(self, destination: str, context: str) -> None:
        """Look up the destination in the dialplan and execute the result."""
        leg = self._leg
        self._routing(destination, context)
        applications = leg.switch.dialplan.applications(leg)
        if not applications:
            leg.switch.soon(lambda: leg.hangup("NO_ROUTE_DESTINATION"))
            return
        leg.hit_dialplan = True
        self._routed(applications)

    def route_inline(self, destination: str) -> None:
        """The destination is itself a list of applications."""
        self._routing(destination, self._leg.profile.context)
        self._routed(inline(destination))

    def _routing(self, destination: str, context: str) -> None:
        leg = self._leg
        leg.state = "CS_ROUTING"
        leg.profile.destination, leg.profile.context = destination, context
        if leg.direction == "inbound":  # even an answered leg counts as ringing (measured)
            leg.set_callstate("RINGING")

    def _routed(self, applications: list[Application]) -> None:
        self._leg.state = "CS_EXECUTE"
        if self._leg.answered:
            self._leg.set_callstate("ACTIVE")
        self.execute(applications)
