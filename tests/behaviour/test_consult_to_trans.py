"""SEQUENCES.md, 5.9 to 5.11: an agent hands the other party over to whom it consults."""

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    IVR,
    Talk,
    called_in,
    either_way,
    ends,
    ends_by_itself,
    hear_each_other,
    shows,
    talk_again,
    talks_to_b,
    talks_to_c,
)
from tests.behaviour.steps.consults import consults, refuses, rings_at_d, talks_to_d, talks_to_x
from tests.behaviour.world import AGENTS, OUTSIDE, World


@either_way
@pytest.mark.parametrize("who_ends", ["C", "D"])
def test_5_9_the_customer_is_handed_over_to_the_consultant(world: World, talk: Talk, who_ends: str):
    a, d = world.agent("A"), world.agent("D")
    leg = talks_to_d(world, a, d, talk(world, a))
    a.begin("consult_to_trans", consult_uuid=leg)
    assert a.gets("CONSULT_TO_TRANS.I")["uuid"] == leg
    assert a.gets("CONSULT.E+")["code"] == "0"
    a.gets("CONSULT_TO_TRANS.S")
    assert a.gets("CONSULT_TO_TRANS.E+")["uuid"] == leg
    ends(a, talk, "CALLING/CONSULT")
    d.gets("CALLING/CONSULT>CALLING")
    world.phone("A").wait_idle()
    hear_each_other(world, "C", "D")
    shows(a, "FREE")
    shows(d, "CALLING", OUTSIDE["C"])
    ends_by_itself(world)
    world.phone(who_ends).hangup()
    d.gets("CALLING>FREE")


@either_way
def test_5_9_the_customer_is_handed_over_to_a_consultant_outside(world: World, talk: Talk):
    a = world.agent("A")
    leg = talks_to_x(world, a, talk(world, a))
    a.begin("consult_to_trans", consult_uuid=leg)
    a.gets("CONSULT_TO_TRANS.I", "CONSULT.E+", "CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
    ends(a, talk, "CALLING/CONSULT")
    hear_each_other(world, "C", "X")
    world.phone("X").hangup()
    world.phone("C").wait_idle()


def test_5_9_another_agent_is_handed_over_to_the_consultant(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    leg = talks_to_d(world, a, d, talks_to_b(world, a, b))
    a.begin("consult_to_trans", consult_uuid=leg)
    a.gets("CONSULT_TO_TRANS.I", "CONSULT.E+", "CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
    a.gets("CALL.E+", "CALLING/CONSULT>FREE")
    d.gets("CALLING/CONSULT>CALLING")
    b.got_nothing_more()
    hear_each_other(world, "B", "D")
    shows(b, "CALLING", AGENTS["D"])
    shows(d, "CALLING", AGENTS["B"])
    world.phone("D").hangup()
    b.gets("CALLING>FREE")
    d.gets("CALLING>FREE")


def test_5_9_the_consultant_who_got_the_customer_consults_in_turn(world: World):
    a, d, e = world.agent("A"), world.agent("D"), world.agent("E")
    leg = talks_to_d(world, a, d, called_in(world, a))
    a.begin("consult_to_trans", consult_uuid=leg)
    a.gets("CONSULT_TO_TRANS.I", "CONSULT.E+", "CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
    a.gets("CALLING/CONSULT>FREE")
    d.gets("CALLING/CONSULT>CALLING")
    d.begin("consult", uuid=leg, type="1", consult_type="0", consult_number=AGENTS["E"])
    d.gets("CONSULT.I", "CALLING>CALLING/CONSULT")
    e.gets("callin:CONSULT", "FREE>RINGING")
    world.phone("E").wait_ringing()
    world.phone("E").answer()
    e.gets("RINGING>CALLING/CONSULT")
    d.gets("CONSULT.S")
    world.hears("D", "E")
    world.hears("C", "MOH")
    world.phone("E").hangup()
    e.gets("CALLING/CONSULT>FREE")
    d.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    world.hears("C", "D")
    world.phone("C").hangup()
    d.gets("CALLING>FREE")


def hands_over_ringing(world: World, a: Client, d: Client, uuid: str, **fields: object) -> str:
    """A has consulted D, who rings, and gives C to D; A waits for the answer."""
    leg = rings_at_d(world, a, d, uuid, **fields)
    a.begin("consult_to_trans", consult_uuid=leg)
    assert a.gets("CONSULT_TO_TRANS.I")["uuid"] == leg
    assert a.gets("CONSULT.E+")["code"] == "0"
    a.gets("CALLING/CONSULT>CALLING/TRANS")
    return leg


@either_way
@pytest.mark.parametrize("who_ends", ["C", "D"])
def test_5_10_the_customer_is_handed_over_while_the_consultant_rings(
    world: World, talk: Talk, who_ends: str
):
    a, d = world.agent("A"), world.agent("D")
    hands_over_ringing(world, a, d, talk(world, a))
    shows(a, "CALLING/TRANS", OUTSIDE["C"])
    shows(d, "RINGING")
    world.hears("C", "MOH")
    world.hears("A", "RINGBACK")
    world.phone("D").answer()
    d.gets("RINGING>CALLING")
    a.gets("CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    world.phone("A").wait_idle()
    hear_each_other(world, "C", "D")
    shows(d, "CALLING", OUTSIDE["C"])
    ends_by_itself(world)
    world.phone(who_ends).hangup()
    d.gets("CALLING>FREE")


@either_way
def test_5_10_the_customer_is_handed_over_while_a_consultant_outside_rings(
    world: World, talk: Talk
):
    a = world.agent("A")
    leg = consults(world, a, talk(world, a), OUTSIDE["X"])
    world.phone("X").wait_ringing()
    a.begin("consult_to_trans", consult_uuid=leg)
    a.gets("CONSULT_TO_TRANS.I", "CONSULT.E+", "CALLING/CONSULT>CALLING/TRANS")
    world.phone("X").answer()
    a.gets("CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    hear_each_other(world, "C", "X")
    world.phone("C").hangup()
    world.phone("X").wait_idle()


@either_way
def test_5_10_the_agent_is_released_at_once_where_the_company_wants_it(world: World, talk: Talk):
    with world.company(blind_transfer="release"):
        a, d = world.agent("A"), world.agent("D")
        leg = rings_at_d(world, a, d, talk(world, a))
        a.begin("consult_to_trans", consult_uuid=leg)
        a.gets("CONSULT_TO_TRANS.I", "CONSULT.E+")
        ends(a, talk, "CALLING/CONSULT")
        world.phone("A").wait_idle()
        world.hears("C", "MOH")
        world.phone("D").answer()
        d.gets("RINGING>CALLING")
        a.gets("CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
        hear_each_other(world, "C", "D")
        world.phone("D").hangup()
        d.gets("CALLING>FREE")
        world.phone("C").wait_idle()


@either_way
def test_5_11_the_consultant_rejects_and_the_customer_comes_back(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    hands_over_ringing(world, a, d, uuid)
    world.phone("D").reject()
    assert a.gets("CONSULT_TO_TRANS.E-")["code"] == "5202"
    a.gets("CALLING/TRANS>CALLING")
    d.gets("RINGING>FREE")
    talk_again(world, a, talk, uuid)


def test_5_11_the_consultant_does_not_answer_and_the_customer_comes_back(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    hands_over_ringing(world, a, d, uuid, max_ring_time=3)
    assert a.gets("CONSULT_TO_TRANS.E-")["code"] == "5201"
    a.gets("CALLING/TRANS>CALLING")
    d.gets("RINGING>FREE")
    talk_again(world, a, talks_to_c, uuid)


def test_5_11_the_agent_takes_the_customer_back(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    hands_over_ringing(world, a, d, uuid)
    a.ok("trans", uuid=uuid, type="3")
    assert a.gets("CONSULT_TO_TRANS.E-")["code"] == "5207"
    a.gets("CALLING/TRANS>CALLING")
    d.gets("RINGING>FREE")
    talk_again(world, a, talks_to_c, uuid)


@either_way
def test_5_11_the_customer_hangs_up_during_the_hand_over(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    hands_over_ringing(world, a, d, talk(world, a))
    world.phone("C").hangup()
    assert a.gets("CONSULT_TO_TRANS.E-")["code"] == "5206"
    ends(a, talk, "CALLING/TRANS")
    assert d.gets("RINGING>FREE")["reason"] == "CALLER_GONE"


@either_way
@pytest.mark.parametrize("answers", [True, False])
def test_5_11_the_agent_hangs_up_and_the_hand_over_goes_on(world: World, talk: Talk, answers: bool):
    with world.company(fallback=IVR):
        a, d = world.agent("A"), world.agent("D")
        uuid = talk(world, a)
        hands_over_ringing(world, a, d, uuid)
        a.ok("hangup", uuid=uuid)
        ends(a, talk, "CALLING/TRANS")
        world.hears("C", "MOH")
        if answers:
            world.phone("D").answer()
            d.gets("RINGING>CALLING")
            a.gets("CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
            world.hears("C", "D")
        else:
            world.phone("D").reject()
            assert a.gets("CONSULT_TO_TRANS.E-")["code"] == "5202"
            d.gets("RINGING>FREE")
            world.hears("C", "IVR")
        world.phone("C").hangup()
        if answers:
            d.gets("CALLING>FREE")


def test_5_11_the_agent_was_released_and_the_consultant_rejects(world: World):
    with world.company(blind_transfer="release", fallback=IVR):
        a, d = world.agent("A"), world.agent("D")
        leg = rings_at_d(world, a, d, talks_to_c(world, a))
        a.begin("consult_to_trans", consult_uuid=leg)
        a.gets("CONSULT_TO_TRANS.I", "CONSULT.E+", "CALL.E+", "CALLING/CONSULT>FREE")
        world.phone("D").reject()
        assert a.gets("CONSULT_TO_TRANS.E-")["code"] == "5202"
        d.gets("RINGING>FREE")
        world.hears("C", "IVR")
        world.phone("C").hangup()


def test_requests_that_conflict_with_a_ringing_hand_over_are_refused(world: World):
    a, d = world.agent("A"), world.agent("D")
    world.agent("E")
    uuid = talks_to_c(world, a)
    leg = hands_over_ringing(world, a, d, uuid)
    refuses(a, uuid, leg, "trans 3")
    world.phone("D").reject()
    a.gets("CONSULT_TO_TRANS.E-", "CALLING/TRANS>CALLING")
    d.gets("RINGING>FREE")
    talk_again(world, a, talks_to_c, uuid)
