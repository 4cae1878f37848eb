"""What a leg can be doing, and the interface of every such activity."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel
    from esl_bridge.simulator.events import Headers


class LegActivity:
    """Nothing in particular; the base of everything a leg can do."""

    def __init__(self, leg: SimulatedChannel) -> None:
        self.leg = leg

    def start(self) -> None: ...

    def stop(self) -> None:
        """Emit the events of its end, however it ends."""

    def tell_complete(self, response: str) -> None:
        """An application emits CHANNEL_EXECUTE_COMPLETE; other activities emit nothing."""

    def rang(self) -> None:
        """The leg's phone rings."""

    def early(self) -> None:
        """The leg has media, not an answer."""

    def answered(self) -> None:
        """The leg has been answered."""

    def digit(self, digit: str) -> None:
        """The leg's phone pressed a key."""

    def heard(self) -> set[str]:
        """Names of what the leg hears because of this activity."""
        return set()

    def sounds(self) -> bool:
        """Whether its phone is sent any audio, including silence."""
        return False


class Idle(LegActivity):
    """Between two activities."""


class ParkedActivity(LegActivity):
    """Parked by the switch itself, after a bridge."""

    def start(self) -> None:
        self.leg.emit("CHANNEL_PARK")
        self.leg.switch.limit_park(self)

    def stop(self) -> None:
        self.leg.emit("CHANNEL_UNPARK")

    def sounds(self) -> bool:
        return bool(self.leg.get("send_silence_when_idle"))


class RunningApplication(LegActivity):
    """A dialplan application; events report its start and its completion."""

    name: ClassVar[str]

    def __init__(self, leg: SimulatedChannel, data: str) -> None:
        super().__init__(leg)
        self.data = data
        self._uuid = leg.switch.new_uuid()

    def announce(self) -> None:
        self.leg.variables["current_application"] = self.name
        self.leg.setvar("current_application_data", self.data)
        self.leg.emit("CHANNEL_EXECUTE", self._headers())

    def run(self) -> bool:
        """Execute it; True if it is complete already."""
        raise NotImplementedError

    def tell_complete(self, response: str) -> None:
        told = self._headers() | {"Application-Response": response or self.response}
        self.leg.emit("CHANNEL_EXECUTE_COMPLETE", told)

    response = "_none_"

    def _headers(self) -> Headers:
        headers = {"Application": self.name}
        if self.data:
            headers["Application-Data"] = self.data
        return headers | {"Application-UUID": self._uuid}
