"""The next effect that brings a call to its wanted layout, from whatever the switch shows."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from esl_bridge.layout import rules
from esl_bridge.layout.places import Destination, Layout, Seen


class Keep(msgspec.Struct, frozen=True):
    """Have the switch park these legs, and not end them, when their partners go."""

    uuids: tuple[str, ...]


class AwaitArrival(msgspec.Struct, frozen=True):
    """Wait until this leg is seen somewhere."""

    uuid: str


class Rest(msgspec.Struct, frozen=True):
    """Leave this leg as it is for so many seconds."""

    uuid: str
    seconds: float


class Move(msgspec.Struct, frozen=True):
    """Send this leg to its place."""

    uuid: str
    place: Destination


Effect = Keep | AwaitArrival | Rest | Move


def plan(
    wanted: Layout, seen: Mapping[str, Seen], in_flight: Mapping[str, Destination]
) -> Effect | None:
    """What to do next; None where every wanted leg that is still there is in its place, or on its
    way to it. ``in_flight``: where legs have been sent and have not been seen yet."""
    to_move = [uuid for uuid, place in wanted.items() if _is_to_move(uuid, place, seen, in_flight)]
    if not to_move:
        return None
    unkept = rules.keep_before_a_move(to_move, [uuid for uuid in wanted if uuid in seen], seen)
    if unkept:
        return Keep(tuple(unkept))
    uuid = to_move[0]
    if rules.await_a_leg_on_its_way(seen[uuid]):
        return AwaitArrival(uuid)
    if seconds := rules.rest_after_a_bridge(seen[uuid]):
        return Rest(uuid, seconds)
    return Move(uuid, wanted[uuid])


def _is_to_move(
    uuid: str, place: Destination, seen: Mapping[str, Seen], in_flight: Mapping[str, Destination]
) -> bool:
    there = uuid in seen and seen[uuid].place == place and not seen[uuid].moving
    return uuid in seen and not there and in_flight.get(uuid) != place
