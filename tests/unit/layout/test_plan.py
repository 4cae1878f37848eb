"""The next step towards a layout, from places alone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from esl_bridge.layout.places import (
    BridgedWith,
    Elsewhere,
    InRoom,
    Layout,
    ObservedLeg,
    Parked,
    Sound,
    Waiting,
)
from esl_bridge.layout.plan import (
    Answer,
    AwaitArrival,
    EndOnUnbridge,
    Move,
    ParkOnUnbridge,
    Rest,
    plan,
)

ROOM = InRoom("room")
LEGS = ("agent", "customer", "third")
THREE = Layout(dict.fromkeys(LEGS, ROOM), LEGS)
MUSIC, RINGBACK = Waiting(Sound.MUSIC), Waiting(Sound.RINGBACK)
LONG = 60.0


def talking(**changes: ObservedLeg) -> dict[str, ObservedLeg]:
    """Agent and customer talk, a third party is parked."""
    pair = {
        "agent": ObservedLeg(BridgedWith("customer"), bridged_seconds=LONG),
        "customer": ObservedLeg(BridgedWith("agent"), bridged_seconds=LONG),
        "third": ObservedLeg(Parked()),
    }
    return pair | changes


def parking(seen: dict[str, ObservedLeg]) -> dict[str, ObservedLeg]:
    return {uuid: replace(one, parks_on_unbridge=True) for uuid, one in seen.items()}


def test_all_legs_are_set_to_park_before_the_first_leaves_its_bridge():
    assert plan(THREE, talking(), {}) == ParkOnUnbridge(LEGS)


def test_the_first_leg_of_the_layout_moves_first():
    assert plan(THREE, parking(talking()), {}) == Move("agent", ROOM)


def test_a_leg_in_flight_to_its_place_is_not_sent_again():
    seen = parking(talking(agent=ObservedLeg(BridgedWith("customer"), moving=True)))
    assert plan(THREE, seen, {"agent": ROOM}) == Move("customer", ROOM)


def test_a_leg_on_its_way_elsewhere_is_awaited():
    seen = parking(talking(agent=ObservedLeg(BridgedWith("customer"), moving=True)))
    assert plan(THREE, seen, {"agent": Parked()}) == AwaitArrival("agent")
    assert plan(THREE, seen, {}) == AwaitArrival("agent")


def test_two_legs_bridged_a_moment_ago_rest_before_they_move():
    seen = parking(talking(agent=ObservedLeg(BridgedWith("customer"), bridged_seconds=0.1)))
    assert plan(THREE, seen, {}) == Rest("agent", pytest.approx(0.2))


def test_waiting_legs_are_moved_at_once():
    seen = {
        "agent": ObservedLeg(Parked()),
        "customer": ObservedLeg(Elsewhere()),
        "third": ObservedLeg(ROOM),
    }
    assert plan(THREE, seen, {}) == Move("agent", ROOM)


def test_no_step_is_planned_where_all_legs_are_in_place_or_on_their_way():
    seen = {
        "agent": ObservedLeg(ROOM),
        "customer": ObservedLeg(Parked(), moving=True),
        "third": ObservedLeg(ROOM),
    }
    assert plan(THREE, seen, {"customer": ROOM}) is None


def test_no_step_is_planned_for_a_leg_that_has_ended():
    assert plan(THREE, {"third": ObservedLeg(ROOM)}, {}) is None


def test_an_empty_layout_needs_no_step():
    assert plan(Layout(), talking(), {}) is None


def bridged(one: str, other: str) -> dict[str, ObservedLeg]:
    return {
        one: ObservedLeg(BridgedWith(other), bridged_seconds=LONG),
        other: ObservedLeg(BridgedWith(one), bridged_seconds=LONG),
    }


def together(first: str, second: str, *park: str, ends_together: bool = False) -> Layout:
    return Layout({first: BridgedWith(second)}, park, ends_together=ends_together)


def test_the_first_leg_is_bridged_to_the_second():
    seen = {"third": ObservedLeg(Parked()), "customer": ObservedLeg(MUSIC, parks_on_unbridge=True)}
    wanted = together("third", "customer", "customer")
    assert plan(wanted, seen, {}) == Move("third", BridgedWith("customer"))


def test_the_second_leg_is_set_to_park_before_the_bridge():
    seen = {"agent": ObservedLeg(RINGBACK), "customer": ObservedLeg(Parked())}
    wanted = together("agent", "customer", "customer")
    assert plan(wanted, seen, {}) == ParkOnUnbridge(("customer",))


@pytest.mark.parametrize("on_its_way", ["agent", "customer"])
def test_two_legs_are_not_bridged_while_one_is_on_its_way(on_its_way):
    seen = {"agent": ObservedLeg(RINGBACK), "customer": ObservedLeg(MUSIC, parks_on_unbridge=True)}
    seen[on_its_way] = replace(seen[on_its_way], moving=True)
    assert plan(together("agent", "customer"), seen, {}) == AwaitArrival(on_its_way)


def test_the_second_leg_is_separated_from_its_old_partner_first():
    seen = parking(bridged("agent", "customer")) | {"third": ObservedLeg(Parked())}
    assert plan(together("third", "customer"), seen, {}) == Move("agent", Parked())


def test_the_first_leg_is_bridged_straight_out_of_its_talk():
    seen = parking(bridged("agent", "third")) | {"customer": ObservedLeg(MUSIC)}
    assert plan(together("third", "customer"), seen, {}) == Move("third", BridgedWith("customer"))


def test_a_partner_that_only_rings_is_not_separated():
    seen = bridged("agent", "customer") | {"third": ObservedLeg(Parked())}
    seen["agent"] = replace(seen["agent"], answered=False)
    assert plan(together("third", "customer"), seen, {}) == Move("third", BridgedWith("customer"))


def test_a_caller_is_answered_before_it_is_bridged():
    seen = {"third": ObservedLeg(Parked()), "customer": ObservedLeg(RINGBACK, answered=False)}
    assert plan(together("third", "customer"), seen, {}) == Answer("customer")


def test_two_legs_that_end_together_are_bridged_again_while_music_begins_or_ends():
    seen = bridged("agent", "customer")
    seen["agent"] = replace(seen["agent"], hears_partner=False)
    wanted = together("agent", "customer", ends_together=True)
    assert plan(wanted, seen, {}) == Move("agent", BridgedWith("customer"))
    assert plan(together("agent", "customer"), seen, {}) is None


def test_two_legs_end_together_only_once_they_are_bridged():
    wanted = together("agent", "customer", "customer", ends_together=True)
    on_their_way = parking(
        {name: ObservedLeg(Parked(), moving=True) for name in ("agent", "customer")}
    )
    heading = {"agent": BridgedWith("customer"), "customer": BridgedWith("agent")}
    assert plan(wanted, on_their_way, heading) == AwaitArrival("agent")
    seen = parking(bridged("agent", "customer"))
    assert plan(wanted, seen, {}) == EndOnUnbridge(("agent", "customer"))
    released = {uuid: replace(one, parks_on_unbridge=False) for uuid, one in seen.items()}
    assert plan(wanted, released, {}) is None


def test_no_leg_is_bridged_to_one_that_has_ended():
    assert (
        plan(together("agent", "customer", "customer"), {"agent": ObservedLeg(Parked())}, {})
        is None
    )


def test_a_talking_leg_is_set_to_park_where_its_phase_wants_that():
    wanted = together("agent", "customer", "agent", "customer")
    seen = bridged("agent", "customer")
    assert plan(wanted, seen, {}) == ParkOnUnbridge(("agent", "customer"))
    assert plan(wanted, parking(seen), {}) is None
