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
    """What is known of one leg at the switch.

    ``moving``: it has left its place and has not been seen at another. ``parks_on_unbridge``: the
    switch parks it, and does not hang it up, when its partner leaves; None: not known.
    ``hears_partner``: no hold music is about to begin or to end. ``bridged_seconds``: for how long
    it has been bridged.
    """

    place: Place
    answered: bool = True
    moving: bool = False
    parks_on_unbridge: bool | None = None
    hears_partner: bool = True
    bridged_seconds: float = 0.0

    def is_at(self, place: Destination) -> bool:
        return self.place == place and not self.moving
