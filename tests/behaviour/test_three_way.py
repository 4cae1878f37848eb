"""SEQUENCES.md, section 6: a third party joins a talk of two."""

import pytest

from tests.behaviour.steps.calls import (
    Talk,
    called_in,
    either_way,
    ends,
    ends_by_itself,
    ends_its_call,
    hangs_up,
    hear_each_other,
    puts_on_hold,
    shows,
    takes_off_hold,
    talk_again,
    talks_to_b,
    talks_to_c,
    third_fails,
)
from tests.behaviour.steps.conferences import all_hear_all, invites, third_rings, three_talk
from tests.behaviour.steps.consults import talks_to_d
from tests.behaviour.world import AGENTS, CALLER_ID, OUTSIDE, World


@either_way
def test_6_1_a_colleague_joins_a_talk(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    leg = third_rings(world, a, d, uuid)
    hear_each_other(world, "A", "C")
    shows(a, "CALLING", OUTSIDE["C"])
    shows(d, "RINGING")
    world.phone("D").answer()
    assert d.gets("RINGING>CALLING/THREE_WAY")["reason"] == "THREE_WAY"
    assert a.gets("THREE_WAY.S")["uuid"] == leg
    a.gets("CALLING>CALLING/THREE_WAY")
    all_hear_all(world, "A", "C", "D")
    shows(a, "CALLING/THREE_WAY", OUTSIDE["C"], AGENTS["D"])
    shows(d, "CALLING/THREE_WAY", OUTSIDE["C"], AGENTS["A"])
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    talk_again(world, a, talk, uuid)


def test_6_1_the_reply_says_who_is_in_the_call(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    asked = {"uuid": uuid, "three_way_type": "0", "three_way_number": AGENTS["D"]}
    reply = a.begin("three_way", **asked)
    assert reply["in_call_numbers"] == [OUTSIDE["C"]]
    a.gets("THREE_WAY.I")
    d.gets("callin:THREE_WAY", "FREE>RINGING")
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E-", "CALL.E+", "CALLING>FREE")
    d.gets("RINGING>FREE")


@either_way
def test_6_1_somebody_outside_joins_a_talk(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    invites(a, uuid, OUTSIDE["X"])
    world.phone("X").wait_ringing()
    assert world.caller_seen_by("X") == CALLER_ID
    world.phone("X").answer()
    a.gets("THREE_WAY.S", "CALLING>CALLING/THREE_WAY")
    all_hear_all(world, "A", "C", "X")
    shows(a, "CALLING/THREE_WAY", OUTSIDE["C"], OUTSIDE["X"])
    world.phone("X").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    talk_again(world, a, talk, uuid)


def test_6_1_a_third_agent_joins_two(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = talks_to_b(world, a, b)
    three_talk(world, a, d, uuid)
    b.gets("CALLING>CALLING/THREE_WAY")
    all_hear_all(world, "A", "B", "D")
    shows(b, "CALLING/THREE_WAY", AGENTS["A"], AGENTS["D"])
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    b.gets("CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    hear_each_other(world, "A", "B")
    world.phone("B").hangup()
    a.gets("CALL.E+", "CALLING>FREE")
    b.gets("CALLING>FREE")


@either_way
def test_6_1_a_third_party_joins_while_the_customer_is_on_hold(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    puts_on_hold(a, uuid)
    asked = {"uuid": uuid, "three_way_type": "0", "three_way_number": AGENTS["D"]}
    a.begin("three_way", **asked)
    a.gets("THREE_WAY.I", "CALLING/HOLD>CALLING")
    d.gets("callin:THREE_WAY", "FREE>RINGING")
    world.phone("D").wait_ringing()
    hear_each_other(world, "A", "C")
    world.phone("D").answer()
    d.gets("RINGING>CALLING/THREE_WAY")
    a.gets("THREE_WAY.S", "CALLING>CALLING/THREE_WAY")
    all_hear_all(world, "A", "C", "D")
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    talk_again(world, a, talk, uuid)


@either_way
def test_6_2_the_third_party_rejects(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    leg = third_rings(world, a, d, uuid)
    world.phone("D").reject()
    failed = a.gets("THREE_WAY.E-")
    assert (failed["uuid"], failed["code"]) == (leg, "5202")
    assert d.gets("RINGING>FREE")["reason"] == "REJECTED"
    talk_again(world, a, talk, uuid)


def test_6_2_the_third_party_does_not_answer(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    invites(a, uuid, AGENTS["D"], max_ring_time=2)
    d.gets("callin:THREE_WAY", "FREE>RINGING")
    assert a.gets("THREE_WAY.E-")["code"] == "5201"
    assert d.gets("RINGING>FREE")["reason"] == "NO_ANSWER"
    talk_again(world, a, talks_to_c, uuid)


@either_way
@third_fails
def test_6_2_a_third_party_outside_fails_with_the_code_of_its_cause(
    world: World, talk: Talk, number: str, code: str
):
    a = world.agent("A")
    uuid = talk(world, a)
    invites(a, uuid, number, max_ring_time=3)
    assert a.gets("THREE_WAY.E-")["code"] == code
    talk_again(world, a, talk, uuid)


def test_6_2_the_agent_cancels_while_the_third_party_rings(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    leg = third_rings(world, a, d, uuid)
    a.ok("hangup", uuid=leg)
    assert a.gets("THREE_WAY.E-")["code"] == "5207"
    assert d.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    talk_again(world, a, talks_to_c, uuid)


@either_way
def test_6_2_the_customer_hangs_up_while_the_third_party_rings(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    third_rings(world, a, d, talk(world, a))
    world.phone("C").hangup()
    assert a.gets("THREE_WAY.E-")["code"] == "5206"
    ends(a, talk)
    assert d.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    world.phone("A").wait_idle()


@either_way
@pytest.mark.parametrize("how", ["request", "phone"])
def test_6_2_the_agent_hangs_up_while_the_third_party_rings(world: World, talk: Talk, how: str):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    third_rings(world, a, d, uuid)
    hangs_up(world, a, uuid, how)
    assert a.gets("THREE_WAY.E-")["code"] == "5207"
    ends(a, talk)
    assert d.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    world.phone("C").wait_idle()


def test_6_2_inviting_whom_one_may_not_is_refused(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_b(world, a, b)
    world.agent("D", start_status="BUSY")
    inside = {"uuid": uuid, "three_way_type": "0"}
    outside = {"uuid": uuid, "three_way_type": "1"}
    a.refused("4104", "three_way", **inside, three_way_number=AGENTS["D"])
    a.refused("4104", "three_way", **inside, three_way_number=AGENTS["E"])
    a.refused("4101", "three_way", **inside, three_way_number="90001_99999")
    a.refused("4002", "three_way", **inside, three_way_number=AGENTS["A"])
    a.refused("4002", "three_way", **inside, three_way_number=AGENTS["B"])
    a.refused("4002", "three_way", **inside)
    a.refused("4002", "three_way", **outside, three_way_number="12 34")
    a.refused("5205", "three_way", **outside, three_way_number="0044123")
    ends_its_call(a, uuid)
    b.gets("CALLING>FREE")


@either_way
def test_6_3_the_agent_sends_the_third_party_away(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    leg = three_talk(world, a, d, uuid)
    a.ok("hangup", uuid=leg)
    assert a.gets("THREE_WAY.E+")["code"] == "0"
    a.gets("CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    talk_again(world, a, talk, uuid)


@either_way
def test_6_3_a_customer_held_again_is_not_stranded_when_the_daemon_is_gone(
    world: World, talk: Talk
):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    three_talk(world, a, d, uuid)
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    world.hears("A", "C")
    ends_by_itself(world)
    puts_on_hold(a, uuid)
    world.hears("C", "MOH")
    with world.without_daemon():
        world.phone("A").hangup()
        world.phone("C").wait_idle()
        world.lab_is_empty()


def test_6_3_two_who_are_left_of_three_are_a_plain_call_again(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = called_in(world, a)
    three_talk(world, a, d, uuid)
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    puts_on_hold(a, uuid)
    world.hears("C", "MOH")
    takes_off_hold(a, uuid)
    talks_to_d(world, a, d, uuid)
    world.phone("D").hangup()
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    three_talk(world, a, d, uuid)
    all_hear_all(world, "A", "C", "D")
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    talk_again(world, a, called_in, uuid)


@either_way
@pytest.mark.parametrize("who_ends", ["A", "D"])
def test_6_4_the_customer_leaves_the_three_way_talk(world: World, talk: Talk, who_ends: str):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    three_talk(world, a, d, uuid)
    world.phone("C").hangup()
    a.gets("THREE_WAY.E+")
    if talk is talks_to_c:
        a.gets("CALL.E+")
    a.gets("CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>CALLING")
    hear_each_other(world, "A", "D")
    shows(a, "CALLING", AGENTS["D"])
    shows(d, "CALLING", AGENTS["A"])
    ends_by_itself(world)
    world.phone(who_ends).hangup()
    a.gets("CALLING>FREE")
    d.gets("CALLING>FREE")


def test_6_4_the_customer_leaves_an_agent_and_somebody_outside(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    invites(a, uuid, OUTSIDE["X"])
    world.phone("X").wait_ringing()
    world.phone("X").answer()
    a.gets("THREE_WAY.S", "CALLING>CALLING/THREE_WAY")
    world.phone("C").hangup()
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/THREE_WAY>CALLING")
    hear_each_other(world, "A", "X")
    a.ok("hangup", uuid=uuid)
    a.gets("CALLING>FREE")
    world.phone("X").wait_idle()
