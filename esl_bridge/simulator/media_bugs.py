"""Media bugs attached to a leg's audio: mutes, recordings, listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from esl_bridge.simulator.channel import SimulatedChannel


class Bug:
    function: ClassVar[str]
    ends_first: ClassVar[bool] = (
        False  # goes before the leg's CALLSTATE HANGUP, not at its very end
    )

    def __init__(self, leg: SimulatedChannel, target: str) -> None:
        self.leg = leg
        self.target = target

    def add(self) -> None:
        self.leg.bugs.append(self)
        self._tell("START")

    def remove(self) -> None:
        if self in self.leg.bugs:
            self.leg.bugs.remove(self)
            self._tell("STOP")

    def _tell(self, what: str) -> None:
        told = {"Media-Bug-Function": self.function, "Media-Bug-Target": self.target}
        self.leg.emit(f"MEDIA_BUG_{what}", told)


class MuteBug(Bug):
    """``uuid_audio``: "read" silences what the phone says, "write" what it hears."""

    function = "audio"

    def __init__(self, leg: SimulatedChannel) -> None:
        super().__init__(leg, "mute")
        self.silenced: set[str] = set()

    def set(self, direction: str, level: int) -> None:
        """Level 0 is no mute; any other level is (measured)."""
        if level:
            self.silenced.add(direction)
        else:
            self.silenced.discard(direction)

    def remove_if_idle(self) -> None:
        """A bug that mutes nothing is removed at the next packet, unless it is set again
        (source)."""
        if not self.silenced:
            self.remove()


class Spy(Bug):
    """Somebody listens to the leg, and may be heard by its phone and by that phone's partner."""

    function = "eavesdrop"

    def __init__(
        self, leg: SimulatedChannel, spy: SimulatedChannel, lost: Callable[[], object]
    ) -> None:
        super().__init__(leg, leg.uuid)
        self.spy = spy
        self.to_phone = False
        self.to_others = False
        self._lost = lost

    def remove(self) -> None:
        super().remove()
        self._lost()
