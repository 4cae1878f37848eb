"""Places at the switch: what a phase wants of each leg, and what the switch shows, in one word."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class InRoom(msgspec.Struct, frozen=True):
    """In the conference room of this name."""

    room: str


class BridgedWith(msgspec.Struct, frozen=True):
    """Joined to the leg of this uuid."""

    uuid: str


class Parked(msgspec.Struct, frozen=True):
    """Waiting for the daemon, hearing nothing."""


class Elsewhere(msgspec.Struct, frozen=True):
    """Ringing, in a queue, or played something."""


Place = InRoom | BridgedWith | Parked | Elsewhere

Destination = InRoom | Parked
"""Where a leg can be sent by itself."""

Layout = Mapping[str, Destination]
"""Where each of these legs, by uuid, is wanted; the first is moved first."""


class Seen(msgspec.Struct, frozen=True):
    """What is known of one leg at the switch.

    ``moving``: it has left its place and has not been seen at another. ``kept``: the switch parks
    it, and does not end it, when its partner goes. ``bridged_seconds``: for how long it has been
    with its partner.
    """

    place: Place
    moving: bool = False
    kept: bool = False
    bridged_seconds: float = 0.0
