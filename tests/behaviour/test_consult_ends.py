"""SEQUENCES.md, the end of 5.5, 5.6 to 5.8, and what conflicts with a consult."""

from contextlib import suppress

import pytest

from tests.behaviour.steps.calls import (
    Talk,
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
)
from tests.behaviour.steps.consults import consults, refuses, rings_at_d, talks_to_d
from tests.behaviour.world import AGENTS, World


def test_5_5_a_consult_ends_at_its_talk_limit(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    rings_at_d(world, a, d, uuid, max_call_time=2)
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    assert a.gets("CONSULT.E+")["code"] == "5208"
    a.gets("CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    talk_again(world, a, talks_to_c, uuid)


@either_way
def test_5_6_the_customer_hangs_up_while_the_consultant_rings(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    rings_at_d(world, a, d, uuid)
    world.phone("C").hangup()
    assert a.gets("CONSULT.E-")["code"] == "5206"
    ends(a, talk, "CALLING/CONSULT")
    assert d.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    world.phone("A").wait_idle()
    world.phone("D").wait_idle()


@either_way
@pytest.mark.parametrize("who_ends", ["A", "D"])
def test_5_7_the_customer_hangs_up_and_the_agents_talk_on(world: World, talk: Talk, who_ends: str):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    talks_to_d(world, a, d, uuid)
    world.phone("C").hangup()
    if talk is talks_to_c:
        a.gets("CALL.E+")
    assert a.gets("CALLING/CONSULT>CALLING")["reason"] == "CUSTOMER_GONE"
    assert d.gets("CALLING/CONSULT>CALLING")["reason"] == "CUSTOMER_GONE"
    hear_each_other(world, "A", "D")
    shows(a, "CALLING", AGENTS["D"])
    shows(d, "CALLING", AGENTS["A"])
    ends_by_itself(world)
    world.phone(who_ends).hangup()
    a.gets("CONSULT.E+", "CALLING>FREE")
    d.gets("CALLING>FREE")


def test_5_7_the_agent_consulted_about_hangs_up_and_the_others_talk_on(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = talks_to_b(world, a, b)
    talks_to_d(world, a, d, uuid)
    world.phone("B").hangup()
    a.gets("CALL.E+", "CALLING/CONSULT>CALLING")
    b.gets("CALLING>FREE")
    d.gets("CALLING/CONSULT>CALLING")
    world.hears("A", "D")
    a.ok("hangup", uuid=uuid)
    a.gets("CONSULT.E+", "CALLING>FREE")
    d.gets("CALLING>FREE")


def test_5_7_agents_left_in_a_consult_are_in_a_plain_call(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = talks_to_c(world, a)
    leg = talks_to_d(world, a, d, uuid)
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>CALLING")
    world.hears("A", "D")
    for holder, own_leg, held in ((a, uuid, "D"), (d, leg, "A")):
        puts_on_hold(holder, own_leg)
        world.hears(held, "MOH")
        takes_off_hold(holder, own_leg)
    a.begin("trans", uuid=uuid, type="1", trans_type="1", trans_number=AGENTS["B"])
    a.gets("TRANS.I", "CALLING>CALLING/TRANS")
    b.gets("callin:TRANS", "FREE>RINGING")
    world.phone("B").wait_ringing()
    world.hears("D", "MOH")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+", "CONSULT.E+", "CALLING/TRANS>FREE")
    hear_each_other(world, "B", "D")
    ends_by_itself(world)
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
    d.gets("CALLING>FREE")


@either_way
@pytest.mark.parametrize("how", ["request", "phone"])
def test_5_8_the_agent_hangs_up_while_the_consultant_rings(world: World, talk: Talk, how: str):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    rings_at_d(world, a, d, uuid)
    hangs_up(world, a, uuid, how)
    assert a.gets("CONSULT.E-")["code"] == "5207"
    ends(a, talk, "CALLING/CONSULT")
    assert d.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    world.phone("C").wait_idle()
    world.phone("D").wait_idle()


@either_way
@pytest.mark.parametrize("how", ["request", "phone"])
def test_5_8_the_agent_hangs_up_in_the_consult(world: World, talk: Talk, how: str):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    talks_to_d(world, a, d, uuid)
    hangs_up(world, a, uuid, how)
    a.gets("CONSULT.E+")
    ends(a, talk, "CALLING/CONSULT")
    d.gets("CALLING/CONSULT>FREE")
    world.phone("C").wait_idle()
    world.phone("D").wait_idle()


@pytest.mark.parametrize("answered", [False, True])
def test_5_8_the_agent_checks_out_in_the_consult(world: World, answered: bool):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    (talks_to_d if answered else rings_at_d)(world, a, d, uuid)
    a.ok("checkout")
    a.gets("CONSULT.E+" if answered else "CONSULT.E-", "CALL.E+", "CALLING/CONSULT>OFFLINE")
    d.gets("CALLING/CONSULT>FREE" if answered else "RINGING>FREE")
    world.phone("C").wait_idle()


def test_5_8_everybody_in_a_consult_hangs_up_at_once(world: World):
    a, d = world.agent("A"), world.agent("D")
    talks_to_d(world, a, d, talks_to_c(world, a))
    for name in ("A", "C", "D"):
        with suppress(AssertionError):  # its call is over already
            world.phone(name).hangup()
    world.until(lambda: a.ok("get_status")["status"] == d.ok("get_status")["status"] == "FREE")
    a.forget()
    d.forget()


def test_requests_that_conflict_with_a_ringing_consult_are_refused(world: World):
    a, d, e = world.agent("A"), world.agent("D"), world.agent("E")
    uuid = talks_to_c(world, a)
    leg = rings_at_d(world, a, d, uuid)
    refuses(a, uuid, leg, "consult 2", "consult_to_trans")
    a.ok("consult", uuid=uuid, type="2")
    a.gets("CONSULT.E-", "CALLING/CONSULT>CALLING")
    d.gets("RINGING>FREE")
    e.got_nothing_more()
    talk_again(world, a, talks_to_c, uuid)


def test_requests_that_conflict_with_an_answered_consult_are_refused(world: World):
    a, d = world.agent("A"), world.agent("D")
    world.agent("E")
    uuid = talks_to_c(world, a)
    leg = talks_to_d(world, a, d, uuid)
    refuses(a, uuid, leg, "consult 2", "consult_to_trans", "three_way", "dtmf")
    world.phone("D").hangup()
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    talk_again(world, a, talks_to_c, uuid)


def test_digits_sent_in_a_consult_reach_the_consultant(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    talks_to_d(world, a, d, uuid)
    a.ok("dtmf", uuid=uuid, content="42", dtmf_type=3)
    world.receives_digits("D", "42", 3)
    a.ok("consult", uuid=uuid, type="2")
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    ends_its_call(a, uuid)


def test_without_a_consult_nothing_can_be_handed_over_or_cancelled(world: World):
    a = world.agent("A")
    nobody = "call-" + "0" * 32
    a.refused("4000", "consult", uuid=nobody, type="1", consult_type="1", consult_number="9404")
    a.refused("4000", "consult", uuid=nobody, type="2")
    a.refused("4000", "consult_to_trans", consult_uuid=nobody)
    uuid = talks_to_c(world, a)
    a.refused("4103", "consult", uuid=uuid, type="2")
    a.refused("4103", "consult_to_trans", consult_uuid=uuid)
    ends_its_call(a, uuid)


def test_two_agents_never_consult_the_same_colleague(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = talks_to_c(world, a)
    consults(world, a, uuid, AGENTS["D"])
    b.refused("4104", "call", callee_number=AGENTS["D"], out_line=0)
    d.gets("callin:CONSULT", "FREE>RINGING")
    a.ok("consult", uuid=uuid, type="2")
    a.gets("CONSULT.E-", "CALLING/CONSULT>CALLING")
    d.gets("RINGING>FREE")
    ends_its_call(a, uuid)


@either_way
def test_5_4_the_agent_ends_the_consult_though_its_phone_holds(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    talks_to_d(world, a, d, uuid)
    world.phone("A").hold()
    a.gets("CALLING/CONSULT>CALLING/HOLD")
    world.hears("D", "MOH")
    a.ok("consult", uuid=uuid, type="2")
    a.gets("CONSULT.E+")
    d.gets("CALLING/CONSULT>FREE")
    ends_by_itself(world)
    world.phone("A").resume()
    a.gets("CALLING/HOLD>CALLING")
    talk_again(world, a, talk, uuid)
