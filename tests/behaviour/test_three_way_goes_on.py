"""SEQUENCES.md, 6.5 to 6.7: the agent leaves the three, steps aside, or brings a consult in."""

import pytest

from tests.behaviour.steps.calls import (
    Talk,
    called_in,
    either_way,
    ends,
    ends_by_itself,
    hangs_up,
    hear_each_other,
    shows,
    talk_again,
    talks_to_b,
    talks_to_c,
)
from tests.behaviour.steps.conferences import all_hear_all, invites, third_rings, three_talk
from tests.behaviour.steps.consults import refuses, rings_at_d, talks_to_d, talks_to_x
from tests.behaviour.world import AGENTS, OUTSIDE, World


@either_way
@pytest.mark.parametrize("how", ["request", "phone"])
@pytest.mark.parametrize("who_ends", ["C", "D"])
def test_6_5_the_agent_leaves_and_the_others_talk_on(
    world: World, talk: Talk, how: str, who_ends: str
):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    three_talk(world, a, d, uuid)
    hangs_up(world, a, uuid, how)
    a.gets("THREE_WAY.E+")
    ends(a, talk, "CALLING/THREE_WAY")
    d.gets("CALLING/THREE_WAY>CALLING")
    world.phone("A").wait_idle()
    hear_each_other(world, "C", "D")
    shows(d, "CALLING", OUTSIDE["C"])
    ends_by_itself(world)
    world.phone(who_ends).hangup()
    d.gets("CALLING>FREE")
    world.phone("C").wait_idle()


def test_6_5_the_agent_leaves_two_outside_parties_who_talk_on(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    invites(a, uuid, OUTSIDE["X"])
    world.phone("X").wait_ringing()
    world.phone("X").answer()
    a.gets("THREE_WAY.S", "CALLING>CALLING/THREE_WAY")
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/THREE_WAY>FREE")
    hear_each_other(world, "C", "X")
    world.phone("C").hangup()
    world.phone("X").wait_idle()


def test_6_5_the_agent_leaves_two_agents_who_talk_on(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = talks_to_b(world, a, b)
    three_talk(world, a, d, uuid)
    b.gets("CALLING>CALLING/THREE_WAY")
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/THREE_WAY>FREE")
    b.gets("CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>CALLING")
    hear_each_other(world, "B", "D")
    shows(b, "CALLING", AGENTS["D"])
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
    d.gets("CALLING>FREE")


def test_6_5_the_agent_checks_out_of_a_three_way_talk(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = called_in(world, a)
    three_talk(world, a, d, uuid)
    a.ok("checkout")
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>OFFLINE")
    d.gets("CALLING/THREE_WAY>CALLING")
    hear_each_other(world, "C", "D")
    world.phone("C").hangup()
    d.gets("CALLING>FREE")


def test_6_5_the_agent_leaves_and_the_third_party_transfers_the_customer(world: World):
    a, d, e = world.agent("A"), world.agent("D"), world.agent("E")
    uuid = called_in(world, a)
    leg = three_talk(world, a, d, uuid)
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>FREE")
    d.gets("CALLING/THREE_WAY>CALLING")
    d.begin("trans", uuid=leg, type="1", trans_type="1", trans_number=AGENTS["E"])
    d.gets("TRANS.I", "CALLING>CALLING/TRANS")
    assert e.gets("callin:TRANS")["caller_number"] == OUTSIDE["C"]
    e.gets("FREE>RINGING")
    world.phone("E").wait_ringing()
    world.phone("E").answer()
    e.gets("RINGING>CALLING")
    d.gets("TRANS.S", "TRANS.E+", "CALLING/TRANS>FREE")
    hear_each_other(world, "C", "E")
    world.phone("E").hangup()
    e.gets("CALLING>FREE")


def test_6_5_all_three_hang_up_at_once(world: World):
    a, d = world.agent("A"), world.agent("D")
    three_talk(world, a, d, talks_to_c(world, a))
    world.phone("C").hangup()
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+")
    world.until(lambda: a.ok("get_status")["status"] == "FREE")
    world.until(lambda: d.ok("get_status")["status"] == "FREE")
    a.forget()
    d.forget()


@either_way
def test_6_6_the_agent_steps_out_of_the_conference_and_comes_back(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    three_talk(world, a, d, uuid)
    assert a.ok("hold", uuid=uuid, hold="1")["hold"] == "1"
    a.gets("CALLING/THREE_WAY>CALLING/HOLD")
    world.hears("A")
    hear_each_other(world, "C", "D")
    shows(a, "CALLING/HOLD", OUTSIDE["C"], AGENTS["D"])
    assert a.ok("hold", uuid=uuid, hold="1")["hold"] == "1"
    assert a.ok("hold", uuid=uuid, hold="0")["hold"] == "0"
    a.gets("CALLING/HOLD>CALLING/THREE_WAY")
    all_hear_all(world, "A", "C", "D")
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+")
    ends(a, talk, "CALLING/THREE_WAY")
    d.gets("CALLING/THREE_WAY>CALLING")
    world.phone("C").hangup()
    d.gets("CALLING>FREE")


def test_6_6_the_agent_hangs_up_outside_the_conference(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    three_talk(world, a, d, uuid)
    a.ok("hold", uuid=uuid, hold="1")
    a.gets("CALLING/THREE_WAY>CALLING/HOLD")
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/HOLD>FREE")
    d.gets("CALLING/THREE_WAY>CALLING")
    hear_each_other(world, "C", "D")
    world.phone("D").hangup()
    d.gets("CALLING>FREE")


def test_6_6_two_agents_step_out_of_the_conference_and_come_back(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    leg = three_talk(world, a, d, uuid)
    for agent, own_leg in ((a, uuid), (d, leg)):
        assert agent.ok("hold", uuid=own_leg, hold="1")["hold"] == "1"
        agent.gets("CALLING/THREE_WAY>CALLING/HOLD")
    for name in ("A", "C", "D"):
        world.hears(name)
    for agent, own_leg in ((d, leg), (a, uuid)):
        assert agent.ok("hold", uuid=own_leg, hold="0")["hold"] == "0"
        agent.gets("CALLING/HOLD>CALLING/THREE_WAY")
    all_hear_all(world, "A", "C", "D")
    world.phone("C").hangup()
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>CALLING")
    a.ok("hangup", uuid=uuid)
    a.gets("CALLING>FREE")
    d.gets("CALLING>FREE")


@pytest.mark.parametrize("who_leaves", ["C", "D"])
def test_6_6_somebody_leaves_while_the_agent_is_outside_the_conference(
    world: World, who_leaves: str
):
    a, d = world.agent("A"), world.agent("D")
    uuid = called_in(world, a)
    three_talk(world, a, d, uuid)
    a.ok("hold", uuid=uuid, hold="1")
    a.gets("CALLING/THREE_WAY>CALLING/HOLD")
    world.phone(who_leaves).hangup()
    a.gets("THREE_WAY.E+", "CALLING/HOLD>CALLING")
    stays = "D" if who_leaves == "C" else "C"
    d.gets("CALLING/THREE_WAY>CALLING" if stays == "D" else "CALLING/THREE_WAY>FREE")
    hear_each_other(world, "A", stays)
    a.ok("hangup", uuid=uuid)
    a.gets("CALLING>FREE")
    if stays == "D":
        d.gets("CALLING>FREE")


@either_way
def test_6_7_a_consult_becomes_a_three_way_talk(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    leg = talks_to_d(world, a, d, uuid)
    asked = {"uuid": uuid, "three_way_type": "0", "three_way_number": AGENTS["D"]}
    reply = a.begin("three_way", **asked)
    assert (reply["uuid"], len(reply["in_call_numbers"])) == (leg, 2)
    assert a.gets("THREE_WAY.I")["uuid"] == leg
    a.gets("CONSULT.E+", "THREE_WAY.S", "CALLING/CONSULT>CALLING/THREE_WAY")
    d.gets("CALLING/CONSULT>CALLING/THREE_WAY")
    all_hear_all(world, "A", "C", "D")
    shows(a, "CALLING/THREE_WAY", OUTSIDE["C"], AGENTS["D"])
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+")
    ends(a, talk, "CALLING/THREE_WAY")
    d.gets("CALLING/THREE_WAY>CALLING")
    world.hears("C", "D")
    world.phone("D").hangup()
    d.gets("CALLING>FREE")
    world.phone("C").wait_idle()


def test_6_7_a_consult_with_somebody_outside_becomes_a_three_way_talk(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    talks_to_x(world, a, uuid)
    asked = {"uuid": uuid, "three_way_type": "1", "three_way_number": OUTSIDE["X"]}
    a.begin("three_way", **asked)
    a.gets("THREE_WAY.I", "CONSULT.E+", "THREE_WAY.S", "CALLING/CONSULT>CALLING/THREE_WAY")
    all_hear_all(world, "A", "C", "X")
    world.phone("X").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    talk_again(world, a, talks_to_c, uuid)


def test_6_7_a_consult_about_an_agent_becomes_a_three_way_talk(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = talks_to_b(world, a, b)
    talks_to_d(world, a, d, uuid)
    asked = {"uuid": uuid, "three_way_type": "0", "three_way_number": AGENTS["D"]}
    a.begin("three_way", **asked)
    a.gets("THREE_WAY.I", "CONSULT.E+", "THREE_WAY.S", "CALLING/CONSULT>CALLING/THREE_WAY")
    b.gets("CALLING>CALLING/THREE_WAY")
    d.gets("CALLING/CONSULT>CALLING/THREE_WAY")
    all_hear_all(world, "A", "B", "D")
    world.phone("B").hangup()
    b.gets("CALLING/THREE_WAY>FREE")
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>CALLING")
    world.hears("A", "D")
    a.ok("hangup", uuid=uuid)
    a.gets("CALLING>FREE")
    d.gets("CALLING>FREE")


def test_6_7_during_a_consult_only_the_consultant_can_be_invited(world: World):
    a, d = world.agent("A"), world.agent("D")
    world.agent("E")
    uuid = talks_to_c(world, a)
    rings_at_d(world, a, d, uuid)
    asked = {"uuid": uuid, "three_way_type": "0"}
    a.refused("4103", "three_way", **asked, three_way_number=AGENTS["D"])
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    a.refused("4106", "three_way", **asked, three_way_number=AGENTS["E"])
    world.phone("D").hangup()
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    talk_again(world, a, talks_to_c, uuid)


def test_requests_that_conflict_with_a_ringing_third_party_are_refused(world: World):
    a, d = world.agent("A"), world.agent("D")
    world.agent("E")
    uuid = talks_to_c(world, a)
    leg = third_rings(world, a, d, uuid)
    refuses(a, uuid, leg, "hold 0", "dtmf")
    world.phone("D").reject()
    a.gets("THREE_WAY.E-")
    d.gets("RINGING>FREE")
    talk_again(world, a, talks_to_c, uuid)


def test_requests_that_conflict_with_a_three_way_talk_are_refused(world: World):
    a, d = world.agent("A"), world.agent("D")
    world.agent("E")
    uuid = talks_to_c(world, a)
    leg = three_talk(world, a, d, uuid)
    refuses(a, uuid, leg, "hold 0", "hold 1", "dtmf")
    d.refused("4103", "trans", uuid=leg, type="1", trans_type="1", trans_number=AGENTS["E"])
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    talk_again(world, a, talks_to_c, uuid)


@pytest.mark.parametrize("dtmf_type", [1, 3])
def test_an_agent_mutes_and_sends_digits_in_a_three_way_talk(world: World, dtmf_type: int):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    three_talk(world, a, d, uuid)
    a.ok("mute", uuid=uuid, mute="1")
    hear_each_other(world, "C", "D")
    world.hears("A", "C", "D")
    a.ok("mute", uuid=uuid, mute="0")
    world.hears("C", "A", "D")
    a.ok("dtmf", uuid=uuid, content="42", dtmf_type=dtmf_type)
    world.receives_digits("C", "42", dtmf_type)
    world.receives_digits("D", "42", dtmf_type)
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    talk_again(world, a, talks_to_c, uuid)


def test_a_third_party_who_rings_is_reserved(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = talks_to_c(world, a)
    invites(a, uuid, AGENTS["D"])
    b.refused("4104", "call", callee_number=AGENTS["D"], out_line=0)
    d.gets("callin:THREE_WAY", "FREE>RINGING")
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E-", "CALL.E+", "CALLING>FREE")
    d.gets("RINGING>FREE")
