"""Whoever knows a leg's uuid asks for its place, by SIP's ``Replaces``: nobody is lost by it."""

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    IVR,
    called_in,
    ends_by_itself,
    hear_each_other,
    talk_again,
)
from tests.behaviour.steps.conferences import all_hear_all, third_rings, three_talk
from tests.behaviour.steps.consults import rings_at_d, talks_to_d
from tests.behaviour.steps.transfers import TALKING, rings_at_the_target
from tests.behaviour.world import AGENTS, OUTSIDE, World


def talks_to_its_caller(world: World, a: Client) -> str:
    """C has called A, and A hears it; gives the uuid of A's leg."""
    own_leg = called_in(world, a)
    world.hears("A", "C")
    return own_leg


def rings_again(world: World, a: Client, *, then: str) -> None:
    """C rings for A once more, and the two talk; ``then`` one of them hangs up."""
    callin = a.gets("callin")
    assert callin["caller_number"] == OUTSIDE["C"]
    a.gets("FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    hear_each_other(world, "A", "C")
    assert len(world.lab.legs()) == 2
    world.phone(then).hangup()
    a.gets("CALLING>FREE")


def test_a_customer_whose_agent_is_stolen_from_a_talk_comes_back_to_it(world: World):
    a, taken = world.agent("A"), world.counted("esl_bridge_replaced_legs_total")
    world.lab.steal(talks_to_its_caller(world, a))
    a.gets("CALLING>FREE")
    rings_again(world, a, then="A")
    world.until(lambda: world.counted("esl_bridge_replaced_legs_total") > taken)


def test_a_called_customer_whose_agent_is_stolen_comes_back_to_it(world: World):
    a = world.agent("A")
    own_leg = a.begin("call", callee_number=OUTSIDE["C"])["uuid"]
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    a.gets("CALL.S")
    world.hears("A", "C")
    world.lab.steal(own_leg)
    a.gets("CALL.E+", "CALLING>FREE")
    rings_again(world, a, then="C")


def test_a_customer_on_hold_whose_agent_is_stolen_comes_back_to_it(world: World):
    a = world.agent("A")
    own_leg = talks_to_its_caller(world, a)
    a.ok("hold", uuid=own_leg, hold="1")
    world.hears("C", "MOH")
    a.gets("CALLING>CALLING/HOLD")
    world.lab.steal(own_leg)
    a.gets("CALLING/HOLD>FREE")
    rings_again(world, a, then="A")


def test_a_customer_whose_stolen_agent_wraps_up_goes_to_the_fallback(world: World):
    with world.company(fallback=IVR, wrap_up_seconds=30):
        a = world.agent("A")
        world.lab.steal(talks_to_its_caller(world, a))
        a.gets("CALLING>ARRANGE")
        world.hears("C", "IVR")
        assert len(world.lab.legs()) == 1
        world.phone("C").hangup()


@pytest.mark.parametrize("whose", ["A", "B"])
def test_a_thief_in_a_call_between_agents_is_left_alone(world: World, whose: str):
    a, b = world.agent("A"), world.agent("B")
    own_leg = a.begin("call", callee_number=AGENTS["B"], out_line=0)["uuid"]
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
    world.lab.steal(own_leg if whose == "A" else uuid)
    a.gets("CALL.E+", "CALLING>FREE")
    b.gets("CALLING>FREE")
    world.lab_is_empty()


# -- while more is under way than a talk of two ---------------------------------------------------


def consults_d(world: World, a: Client, d: Client) -> tuple[str, str]:
    """C hears music while A talks to D; gives the legs of A and D."""
    own_leg = talks_to_its_caller(world, a)
    other = talks_to_d(world, a, d, own_leg)
    world.hears("A", "D")
    world.hears("C", "MOH")
    return own_leg, other


def is_noted(world: World, taken: float) -> None:
    world.until(lambda: world.counted("esl_bridge_replaced_legs_total") > taken)


def test_a_customer_whose_agent_is_stolen_from_a_consult_comes_back_to_it(world: World):
    a, d, taken = (
        world.agent("A"),
        world.agent("D"),
        world.counted("esl_bridge_replaced_legs_total"),
    )
    own_leg, _ = consults_d(world, a, d)
    world.lab.steal(own_leg)
    a.gets("CONSULT.E+", "CALLING/CONSULT>FREE")
    d.gets("CALLING/CONSULT>FREE")
    rings_again(world, a, then="A")
    is_noted(world, taken)


def test_a_customer_whose_agent_is_stolen_while_a_consultant_rings_comes_back_to_it(world: World):
    a, d, taken = (
        world.agent("A"),
        world.agent("D"),
        world.counted("esl_bridge_replaced_legs_total"),
    )
    own_leg = talks_to_its_caller(world, a)
    rings_at_d(world, a, d, own_leg)
    world.hears("A", "RINGBACK")
    world.lab.steal(own_leg)
    a.gets("CONSULT.E-", "CALLING/CONSULT>FREE")
    d.gets("RINGING>FREE")
    rings_again(world, a, then="A")
    is_noted(world, taken)


def test_an_agent_whose_consultant_is_stolen_has_its_customer_again(world: World):
    a, d, taken = (
        world.agent("A"),
        world.agent("D"),
        world.counted("esl_bridge_replaced_legs_total"),
    )
    own_leg, other = consults_d(world, a, d)
    world.lab.steal(other)
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    talk_again(world, a, called_in, own_leg)
    is_noted(world, taken)


def test_a_customer_stolen_from_its_music_is_gone_and_so_is_the_thief(world: World):
    a, d, taken = (
        world.agent("A"),
        world.agent("D"),
        world.counted("esl_bridge_replaced_legs_total"),
    )
    own_leg, other = consults_d(world, a, d)
    (customer,) = set(world.lab.legs()) - {own_leg, other}
    world.lab.steal(customer)
    world.phone("C").wait_idle()
    a.gets("CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>CALLING")
    is_noted(world, taken)
    world.until(lambda: len(world.lab.legs()) == 2)
    world.hears("A", "D")
    a.ok("hangup", uuid=own_leg)
    a.gets("CONSULT.E+", "CALLING>FREE")
    d.gets("CALLING>FREE")


def test_a_transfer_goes_on_where_its_agent_is_stolen(world: World):
    a, b, taken = (
        world.agent("A"),
        world.agent("B"),
        world.counted("esl_bridge_replaced_legs_total"),
    )
    own_leg = talks_to_its_caller(world, a)
    rings_at_the_target(world, a, b, own_leg)
    world.hears("A", "RINGBACK")
    world.lab.steal(own_leg)
    a.gets("CALLING/TRANS>FREE")
    is_handed_on(world, a, b)
    is_noted(world, taken)


def test_a_talking_transfer_goes_on_where_its_agent_is_stolen(world: World):
    a, b, taken = (
        world.agent("A"),
        world.agent("B"),
        world.counted("esl_bridge_replaced_legs_total"),
    )
    own_leg = talks_to_its_caller(world, a)
    rings_at_the_target(world, a, b, own_leg, TALKING)
    world.hears("C", "A")
    world.lab.steal(own_leg)
    a.gets("CALLING/TRANS>FREE")
    world.hears("C", "MOH")
    is_handed_on(world, a, b)
    is_noted(world, taken)


def is_handed_on(world: World, a: Client, b: Client) -> None:
    """B has answered and talks to C; its end is that of any talk."""
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    hear_each_other(world, "C", "B")
    assert len(world.lab.legs()) == 2
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
    world.phone("C").wait_idle()


def test_a_customer_comes_back_from_a_target_that_is_stolen_while_it_rings(world: World):
    a, b, taken = (
        world.agent("A"),
        world.agent("B"),
        world.counted("esl_bridge_replaced_legs_total"),
    )
    own_leg = talks_to_its_caller(world, a)
    target = rings_at_the_target(world, a, b, own_leg)
    world.lab.steal(target)
    b.gets("RINGING>FREE")
    a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
    talk_again(world, a, called_in, own_leg)
    is_noted(world, taken)


@pytest.mark.parametrize("whose", ["A", "D"])
def test_the_others_of_three_talk_on_where_one_is_stolen(world: World, whose: str):
    a, d, taken = (
        world.agent("A"),
        world.agent("D"),
        world.counted("esl_bridge_replaced_legs_total"),
    )
    own_leg = talks_to_its_caller(world, a)
    other = three_talk(world, a, d, own_leg)
    all_hear_all(world, "A", "C", "D")
    world.lab.steal(own_leg if whose == "A" else other)
    if whose == "A":
        a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>FREE")
        d.gets("CALLING/THREE_WAY>CALLING")
    else:
        a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
        d.gets("CALLING/THREE_WAY>FREE")
    stays = "D" if whose == "A" else "A"
    hear_each_other(world, "C", stays)
    world.until(lambda: len(world.lab.legs()) == 2)
    ends_by_itself(world)
    is_noted(world, taken)
    world.phone("C").hangup()
    (d if whose == "A" else a).gets("CALLING>FREE")


def test_an_agent_stolen_before_the_third_party_answers_has_its_customer_again(world: World):
    a, d, taken = (
        world.agent("A"),
        world.agent("D"),
        world.counted("esl_bridge_replaced_legs_total"),
    )
    own_leg = talks_to_its_caller(world, a)
    third_rings(world, a, d, own_leg)
    world.lab.steal(own_leg)
    a.gets("THREE_WAY.E-", "CALLING>FREE")
    d.gets("RINGING>FREE")
    rings_again(world, a, then="A")
    is_noted(world, taken)
