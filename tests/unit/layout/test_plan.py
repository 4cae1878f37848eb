"""The next effect towards a layout, from places alone."""

from __future__ import annotations

import pytest

from esl_bridge.layout.places import BridgedWith, Elsewhere, InRoom, Parked, Seen
from esl_bridge.layout.plan import AwaitArrival, Keep, Move, Rest, plan

ROOM = InRoom("room")
THREE = {"agent": ROOM, "customer": ROOM, "third": ROOM}
LONG = 60.0


def talking(**changes: Seen) -> dict[str, Seen]:
    """Agent and customer talk, a third party is parked."""
    pair = {
        "agent": Seen(BridgedWith("customer"), bridged_seconds=LONG),
        "customer": Seen(BridgedWith("agent"), bridged_seconds=LONG),
        "third": Seen(Parked()),
    }
    return pair | changes


def kept(seen: dict[str, Seen]) -> dict[str, Seen]:
    return {
        uuid: Seen(one.place, one.moving, kept=True, bridged_seconds=one.bridged_seconds)
        for uuid, one in seen.items()
    }


def test_all_legs_are_kept_before_the_first_leaves_a_bridge():
    assert plan(THREE, talking(), {}) == Keep(("agent", "customer", "third"))


def test_the_first_leg_of_the_layout_moves_first():
    assert plan(THREE, kept(talking()), {}) == Move("agent", ROOM)


def test_a_leg_in_flight_to_its_place_is_not_sent_again():
    seen = kept(talking(agent=Seen(BridgedWith("customer"), moving=True)))
    assert plan(THREE, seen, {"agent": ROOM}) == Move("customer", ROOM)


def test_a_leg_on_its_way_elsewhere_is_awaited():
    seen = kept(talking(agent=Seen(BridgedWith("customer"), moving=True)))
    assert plan(THREE, seen, {"agent": Parked()}) == AwaitArrival("agent")
    assert plan(THREE, seen, {}) == AwaitArrival("agent")


def test_a_pair_that_has_only_just_been_bridged_rests():
    seen = kept(talking(agent=Seen(BridgedWith("customer"), bridged_seconds=0.1)))
    assert plan(THREE, seen, {}) == Rest("agent", pytest.approx(0.2))


def test_legs_that_wait_are_moved_without_more_ado():
    seen = {"agent": Seen(Parked()), "customer": Seen(Elsewhere()), "third": Seen(ROOM)}
    assert plan(THREE, seen, {}) == Move("agent", ROOM)


def test_nothing_is_to_be_done_where_all_are_in_place_or_on_their_way():
    seen = {"agent": Seen(ROOM), "customer": Seen(Parked(), moving=True), "third": Seen(ROOM)}
    assert plan(THREE, seen, {"customer": ROOM}) is None


def test_a_leg_that_has_ended_is_not_planned_for():
    assert plan(THREE, {"third": Seen(ROOM)}, {}) is None


def test_no_layout_wants_nothing():
    assert plan({}, talking(), {}) is None
