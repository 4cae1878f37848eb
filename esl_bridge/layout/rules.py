"""Oddities of FreeSWITCH that a plan has to mind: one function each, with the fact it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from esl_bridge.layout.places import BridgedWith, Layout, ObservedLeg

REST_SECONDS = 0.3


def park_before_a_move(
    wanted: Layout, to_move: Sequence[str], seen: Mapping[str, ObservedLeg]
) -> tuple[str, ...]:
    """A leg whose partner is moved away is ended by the switch, unless it was told before to park
    it (``park_after_bridge``, ``uuid_bridge_park_on_cancel``; source). So is one whose partner ends
    before the two are bridged. The switch forgets it as soon as the leg is parked (source).

    Gives the legs that have to be told before any of those ``to_move`` sets out.
    """
    breaks_a_bridge = any(isinstance(seen[uuid].place, BridgedWith) for uuid in to_move)
    has_a_pair = any(isinstance(place, BridgedWith) for place in wanted.places.values())
    if not breaks_a_bridge and not has_a_pair:
        return ()
    there = [uuid for uuid in wanted.park_on_unbridge if uuid in seen]
    return tuple(uuid for uuid in there if not seen[uuid].parks_on_unbridge)


def await_a_leg_on_its_way(leg: ObservedLeg) -> bool:
    """A command that meets a leg on its way may be forgotten: the leg goes where it was sent first,
    its partner waits 20 s for it, and both are ended (measured)."""
    return leg.moving


def rest_after_a_bridge(leg: ObservedLeg) -> float:
    """A leg that is moved before the switch is through with bridging it is lost, and no event tells
    when it is (measured on a busy switch: 0.1 s). Gives the seconds to wait."""
    if not isinstance(leg.place, BridgedWith):
        return 0.0
    return max(0.0, REST_SECONDS - leg.bridged_seconds)


def separate_before_a_bridge(second: str, seen: Mapping[str, ObservedLeg]) -> str | None:
    """A leg that is taken straight out of its talk into the next may be there before its old
    partner has noticed. A partner that is played music never notices in time, and stays up until
    that next talk is over (measured, source).

    Gives the partner that is to be parked first. A partner that only rings is left alone: its phone
    sends early media, and the switch ends the leg if it is moved (measured, source).
    """
    place = seen[second].place
    if not isinstance(place, BridgedWith) or place.uuid not in seen:
        return None
    return place.uuid if seen[place.uuid].answered else None


def answer_before_a_bridge(second: ObservedLeg) -> bool:
    """The switch ends a leg that is bridged before it has media, and its partner with it (source).
    ``uuid_answer``, unlike other commands, has taken effect when it is answered (measured)."""
    return not second.answered
