"""Whoever knows a leg's uuid asks for its place, by SIP's ``Replaces``: nobody is lost by it."""

import pytest

from tests.behaviour.client import Client
from tests.behaviour.test_incoming import IVR, rings_at_a
from tests.behaviour.world import AGENTS, OUTSIDE, World


def talks_to_c(world: World, a: Client) -> str:
    """A talks to C, who has called in; gives the uuid of A's leg."""
    own = rings_at_a(world, a)
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_talking()
    world.hears("A", "C")
    return own


def rings_again(world: World, a: Client, *, then: str) -> None:
    """C rings for A once more, and the two talk; ``then`` one of them hangs up."""
    callin = a.gets("callin")
    assert callin["caller_number"] == OUTSIDE["C"]
    a.gets("FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.hears("A", "C")
    world.hears("C", "A")
    assert len(world.lab.legs()) == 2
    world.phone(then).hangup()
    a.gets("CALLING>FREE")


def test_a_customer_that_talked_comes_back_to_its_agent(world: World):
    a, stolen = world.agent("A"), world.counted("esl_bridge_thefts_total")
    world.lab.steal(talks_to_c(world, a))
    a.gets("CALLING>FREE")
    rings_again(world, a, then="A")
    world.until(lambda: world.counted("esl_bridge_thefts_total") == stolen + 1)


def test_whom_an_agent_has_called_comes_back_to_it(world: World):
    a = world.agent("A")
    own = a.begin("call", callee_number=OUTSIDE["C"])["uuid"]
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    a.gets("CALL.S")
    world.hears("A", "C")
    world.lab.steal(own)
    a.gets("CALL.E+", "CALLING>FREE")
    rings_again(world, a, then="C")


def test_a_customer_on_hold_comes_back_to_its_agent(world: World):
    a = world.agent("A")
    own = talks_to_c(world, a)
    a.ok("hold", uuid=own, hold="1")
    world.hears("C", "MOH")
    a.gets("CALLING>CALLING/HOLD")
    world.lab.steal(own)
    a.gets("CALLING/HOLD>FREE")
    rings_again(world, a, then="A")


def test_a_customer_whose_agent_wraps_up_goes_to_the_fallback(world: World):
    with world.company(fallback=IVR, wrap_up_seconds=30):
        a = world.agent("A")
        world.lab.steal(talks_to_c(world, a))
        a.gets("CALLING>ARRANGE")
        world.hears("C", "IVR")
        assert len(world.lab.legs()) == 1
        world.phone("C").hangup()


@pytest.mark.parametrize("whose", ["A", "B"])
def test_between_agents_nobody_is_left_with_the_thief(world: World, whose: str):
    a, b = world.agent("A"), world.agent("B")
    own = a.begin("call", callee_number=AGENTS["B"], out_line=0)["uuid"]
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    uuid = b.gets("callin")["uuid"]
    b.gets("FREE>RINGING")
    world.phone("B").wait_ringing()
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("CALL.S")
    world.lab.steal(own if whose == "A" else uuid)
    a.gets("CALL.E+", "CALLING>FREE")
    b.gets("CALLING>FREE")
    world.lab_is_empty()
