"""Oddities of FreeSWITCH that a plan has to mind: one function each, with the fact it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from esl_bridge.layout.places import BridgedWith, Seen

REST_SECONDS = 0.3


def keep_before_a_move(
    to_move: Sequence[str], legs: Sequence[str], seen: Mapping[str, Seen]
) -> list[str]:
    """A leg whose partner is moved away is ended by the switch, unless it was told before to park
    it (``park_after_bridge``, ``uuid_bridge_park_on_cancel``; source).

    Gives the legs to keep before any of those ``to_move`` leaves its bridge.
    """
    breaks_a_bridge = any(isinstance(seen[uuid].place, BridgedWith) for uuid in to_move)
    return [uuid for uuid in legs if not seen[uuid].kept] if breaks_a_bridge else []


def await_a_leg_on_its_way(leg: Seen) -> bool:
    """A command that meets a leg on its way may be forgotten: the leg goes where it was sent first,
    its partner waits 20 s for it, and both are ended (measured)."""
    return leg.moving


def rest_after_a_bridge(leg: Seen) -> float:
    """A leg that is moved before the switch is through with bridging it is lost, and no event tells
    when it is (measured on a busy switch: 0.1 s). Gives the seconds to wait."""
    if not isinstance(leg.place, BridgedWith):
        return 0.0
    return max(0.0, REST_SECONDS - leg.bridged_seconds)
