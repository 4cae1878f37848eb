"""The vocabulary of layouts: where a phase wants each leg, and where the switch shows it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

import msgspec


class Sound(Enum):
    """What a leg hears while it waits."""

    MUSIC = auto()
    RINGBACK = auto()
    SILENCE = auto()


class Waiting(msgspec.Struct, frozen=True):
    """Waiting, and played this sound; where music cannot be played, silence in its place."""

    sound: Sound


class InRoom(msgspec.Struct, frozen=True):
    """In the conference room of this name."""

    room: str


class BridgedWith(msgspec.Struct, frozen=True):
    """Bridged with the leg of this uuid."""

    uuid: str


class Parked(msgspec.Struct, frozen=True):
    """Waiting for the daemon, hearing nothing."""


class Elsewhere(msgspec.Struct, frozen=True):
    """Ringing, in a queue, in an IVR, or on its way."""


Destination = InRoom | BridgedWith | Waiting | Parked
"""Where a leg can be sent."""

Place = Destination | Elsewhere


class Layout(msgspec.Struct, frozen=True):
    """What a phase wants of the legs of its call.

    ``places``: where each of these legs, by uuid, is wanted; the first is moved first, and a leg
    that is wanted bridged with another stands first in ``uuid_bridge``. ``park_on_unbridge``: the
    legs that the switch is to park, and not to hang up, when their partners leave.
    ``ends_together``: once all are in place, each of the two is to end with the other, as in a
    plain call. ``wait_seconds``: how long a leg that is sent to wait may have to.
    """

    places: Mapping[str, Destination] = {}
    park_on_unbridge: tuple[str, ...] = ()
    ends_together: bool = False
    wait_seconds: int = 0


class ObservedLeg(msgspec.Struct, frozen=True):
    """What the switch shows of one leg: by its events so far, by its line in the list of channels,
    or by its dump. What a source does not say keeps its default.

    ``moving``: it has left its place and has not been seen at another. ``parks_on_unbridge``: the
    switch parks it, and does not hang it up, when its partner leaves; None: not known.
    ``hears_partner``: no hold music is about to begin or to end. ``bridged_seconds``: for how long
    it has been bridged. ``rings``: its phone has said so. ``early``: media flow before the
    answer. ``answered_ms``: when it was answered, in milliseconds of Unix time; 0: not said.
    ``video``: the directions of video that its phone allows, 0 none, 1 sends, 2 receives, 3 both.
    ``held``: by its phone's own button. ``plays``: the file that the switch plays to it.
    ``listens_to``: the leg that it eavesdrops on.
    """

    place: Place
    answered: bool = True
    moving: bool = False
    parks_on_unbridge: bool | None = None
    hears_partner: bool = True
    bridged_seconds: float = 0.0
    rings: bool = False
    early: bool = False
    answered_ms: int = 0
    video: int = 0
    held: bool = False
    plays: str = ""
    listens_to: str = ""

    def is_at(self, place: Destination) -> bool:
        return self.place == place and not self.moving

    @property
    def room(self) -> str:
        return self.place.room if isinstance(self.place, InRoom) else ""

    @property
    def partner(self) -> str:
        return self.place.uuid if isinstance(self.place, BridgedWith) else ""
