"""The next step that brings a call to its wanted layout, from whatever the switch shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from esl_bridge.layout import rules
from esl_bridge.layout.places import BridgedWith, Destination, Layout, ObservedLeg, Parked


class ParkOnUnbridge(msgspec.Struct, frozen=True):
    """Have the switch park these legs, and not hang them up, when their partners leave."""

    uuids: tuple[str, ...]


class EndOnUnbridge(msgspec.Struct, frozen=True):
    """Have the switch hang up these legs when their partners leave."""

    uuids: tuple[str, ...]


class AwaitArrival(msgspec.Struct, frozen=True):
    """Wait until this leg is seen somewhere."""

    uuid: str


class Rest(msgspec.Struct, frozen=True):
    """Leave this leg as it is for so many seconds."""

    uuid: str
    seconds: float


class Answer(msgspec.Struct, frozen=True):
    """Answer this leg, which called in."""

    uuid: str


class Move(msgspec.Struct, frozen=True):
    """Send this leg to its place."""

    uuid: str
    place: Destination


PlannedStep = ParkOnUnbridge | EndOnUnbridge | AwaitArrival | Rest | Answer | Move


def plan(
    wanted: Layout, seen: Mapping[str, ObservedLeg], in_flight: Mapping[str, Destination]
) -> PlannedStep | None:
    """The next step; None once every wanted leg that is still up is in its place, or on its way
    there. ``in_flight``: where legs have been sent and have not been seen yet."""
    places = {
        uuid: place for uuid, place in wanted.places.items() if _is_possible(uuid, place, seen)
    }
    to_move = [
        uuid
        for uuid, place in places.items()
        if not _is_there(seen[uuid], place, wanted) and in_flight.get(uuid) != place
    ]
    if not to_move and wanted.ends_together:
        return _end_together(places, seen)
    if to_park := rules.park_before_a_move(wanted, to_move, seen):
        return ParkOnUnbridge(to_park)
    if not to_move:
        return None
    parting = [
        uuid for uuid, place in in_flight.items() if place == Parked() and uuid not in places
    ]
    return _move(to_move[0], places[to_move[0]], seen, parting)


def _is_possible(uuid: str, place: Destination, seen: Mapping[str, ObservedLeg]) -> bool:
    """Whether the leg is up, and the one that it is to be bridged with."""
    return uuid in seen and (not isinstance(place, BridgedWith) or place.uuid in seen)


def _is_there(leg: ObservedLeg, place: Destination, wanted: Layout) -> bool:
    """Two legs that are to end together also have to hear each other."""
    return leg.is_at(place) and (leg.hears_partner or not wanted.ends_together)


def _move(
    uuid: str, place: Destination, seen: Mapping[str, ObservedLeg], parting: Sequence[str]
) -> PlannedStep:
    """``parting``: legs that were separated from one to be bridged, and may be on their way."""
    if isinstance(place, BridgedWith):
        return _bridge(uuid, place, seen, parting)
    if rules.await_a_leg_on_its_way(seen[uuid]):
        return AwaitArrival(uuid)
    if seconds := rules.rest_after_a_bridge(seen[uuid]):
        return Rest(uuid, seconds)
    return Move(uuid, place)


def _bridge(
    first: str, place: BridgedWith, seen: Mapping[str, ObservedLeg], parting: Sequence[str]
) -> PlannedStep:
    second = place.uuid
    for uuid in (*parting, first, second):
        if uuid in seen and rules.await_a_leg_on_its_way(seen[uuid]):
            return AwaitArrival(uuid)
    if seen[second].place != BridgedWith(first):
        if seconds := rules.rest_after_a_bridge(seen[second]):
            return Rest(second, seconds)
        if partner := rules.separate_before_a_bridge(second, seen):
            return Move(partner, Parked())
    if rules.answer_before_a_bridge(seen[second]):
        return Answer(second)
    return Move(first, place)


def _end_together(
    places: Mapping[str, Destination], seen: Mapping[str, ObservedLeg]
) -> PlannedStep | None:
    """Two legs are bridged, or on their way to each other: each is to end with the other."""
    pair = [
        uuid
        for first, place in places.items()
        for uuid in (first, *([place.uuid] if isinstance(place, BridgedWith) else []))
    ]
    for uuid in pair:
        if seen[uuid].moving:
            return AwaitArrival(uuid)
    if any(seen[uuid].parks_on_unbridge is not False for uuid in pair):
        return EndOnUnbridge(tuple(pair))
    return None
