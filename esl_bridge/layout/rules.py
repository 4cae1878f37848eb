"""Oddities of FreeSWITCH that a plan respects: one function each, with the fact behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from esl_bridge.layout.places import BridgedWith, Layout, ObservedLeg

REST_SECONDS = 0.3


def park_before_a_move(
    wanted: Layout, to_move: Sequence[str], seen: Mapping[str, ObservedLeg]
) -> tuple[str, ...]:
    """The switch hangs up a leg whose partner is moved away, or ends before the two are bridged,
    unless it was told before to park it (``park_after_bridge``, ``uuid_bridge_park_on_cancel``;
    source). It forgets that as soon as the leg is parked (source).

    Gives the legs to set to park before any of those ``to_move`` leaves.
    """
    breaks_a_bridge = any(isinstance(seen[uuid].place, BridgedWith) for uuid in to_move)
    has_a_pair = any(isinstance(place, BridgedWith) for place in wanted.places.values())
    if not breaks_a_bridge and not has_a_pair:
        return ()
    there = [uuid for uuid in wanted.park_on_unbridge if uuid in seen]
    return tuple(uuid for uuid in there if not seen[uuid].parks_on_unbridge)


def await_a_leg_on_its_way(leg: ObservedLeg) -> bool:
    """The switch may forget a command to a leg on its way: the leg goes where it was sent first,
    its partner waits 20 s for it, and the switch ends both (measured)."""
    return leg.moving


def rest_after_a_bridge(leg: ObservedLeg) -> float:
    """The switch loses a leg that is moved before its bridge is complete, and no event reports when
    it is (measured on a busy switch: 0.1 s). Gives the seconds to wait."""
    if not isinstance(leg.place, BridgedWith):
        return 0.0
    return max(0.0, REST_SECONDS - leg.bridged_seconds)


def separate_before_a_bridge(second: str, seen: Mapping[str, ObservedLeg]) -> str | None:
    """A leg that goes straight from one talk into the next may arrive there before its old partner
    has noticed. A partner that is played music never notices in time, and stays up until that next
    talk is over (measured, source).

    Gives the partner to park first. A partner that only rings is left alone: its phone sends early
    media, and the switch ends the leg if it is moved (measured, source).
    """
    place = seen[second].place
    if not isinstance(place, BridgedWith) or place.uuid not in seen:
        return None
    return place.uuid if seen[place.uuid].answered else None


def answer_before_a_bridge(second: ObservedLeg) -> bool:
    """The switch ends a leg that is bridged before it has media, and its partner with it (source).
    ``uuid_answer``, unlike other commands, has taken effect when it is answered (measured)."""
    return not second.answered
