"""A seed gives legs different paces, and the outcome stays the same."""

import pytest

from tests.unit.simulator.world import World


@pytest.mark.parametrize("seed", range(20))
def test_holds_and_a_transfer_end_the_same_at_every_pace(seed: int) -> None:
    world = World(seed=seed)
    world.call(extra=",park_after_bridge=true")
    for _ in range(5):
        world.api("uuid_transfer C playback:local_stream://moh inline")
        world.run()
        world.api("uuid_bridge A C")
        world.run()
    assert world.hears("ann", "139") == [{"139"}, {"ann"}]
    world.job("originate {origination_uuid=T}user/bob@esl-bridge.local &park()")
    world.run()
    world.api("uuid_bridge C T")
    world.run(2)
    assert world.hears("ann", "139", "bob") == [set(), {"bob"}, {"139"}]
    assert world.causes() == {}


def ends_of_a_bridge_in_a_hurry(seed: int) -> set[str]:
    """C is sent elsewhere and, before it has got there, joined again."""
    world = World(seed=seed)
    world.call(extra=",park_after_bridge=true")
    world.api("uuid_transfer C playback:local_stream://moh inline")
    world.api("uuid_bridge A C")
    world.run(19)
    assert world.causes() == {}
    world.run(3)
    return set(world.causes().values())


def test_a_bridge_to_a_leg_on_its_way_may_be_forgotten() -> None:
    outcomes = [ends_of_a_bridge_in_a_hurry(seed) for seed in range(20)]
    assert set() in outcomes
    assert {"ORIGINATOR_CANCEL"} in outcomes


@pytest.mark.parametrize("seed", range(20))
def test_a_bridge_to_a_leg_whose_partner_has_just_left_is_not_forgotten(seed: int) -> None:
    world = World(seed=seed)
    world.call(extra=",park_after_bridge=true")
    world.job("originate {origination_uuid=T}user/bob@esl-bridge.local &park()")
    world.run()
    world.api("uuid_setvar C park_after_bridge true")
    world.api("uuid_kill A")
    world.api("uuid_bridge T C")
    world.run(2)
    assert world.hears("139", "bob") == [{"bob"}, {"139"}]
