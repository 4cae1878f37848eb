"""SEQUENCES.md, section 4: an agent hands the other party on."""

import pytest

from tests.behaviour.steps.calls import (
    BUSY,
    Talk,
    called_in,
    either_way,
    ends,
    ends_by_itself,
    ends_its_call,
    hear_each_other,
    puts_on_hold,
    shows,
    talk_again,
    talks_to_b,
    talks_to_c,
    third_fails,
)
from tests.behaviour.steps.transfers import (
    AGENT,
    BLIND,
    NUMBER,
    PLACE,
    SKILL,
    SURVEY,
    both_types,
    rings_at_the_target,
    transfers,
)
from tests.behaviour.world import AGENTS, CALLER_ID, OUTSIDE, World


@either_way
@pytest.mark.parametrize("who_ends", ["B", "C"])
def test_4_1_an_agent_transfers_the_customer_to_a_colleague(
    world: World, talk: Talk, who_ends: str
):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    leg = rings_at_the_target(world, a, b, uuid)
    world.hears("C", "MOH")
    world.hears("A", "RINGBACK")
    shows(a, "CALLING/TRANS", OUTSIDE["C"])
    shows(b, "RINGING")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    assert a.gets("TRANS.S")["uuid"] == leg
    assert a.gets("TRANS.E+")["code"] == "0"
    ends(a, talk, "CALLING/TRANS")
    world.phone("A").wait_idle()
    hear_each_other(world, "B", "C")
    shows(a, "FREE")
    shows(b, "CALLING", OUTSIDE["C"])
    ends_by_itself(world)
    world.phone(who_ends).hangup()
    b.gets("CALLING>FREE")
    world.phone("C").wait_idle()


@either_way
@pytest.mark.parametrize("who_ends", ["C", "X"])
def test_4_1_an_agent_transfers_the_customer_to_the_outside(
    world: World, talk: Talk, who_ends: str
):
    a = world.agent("A")
    uuid = talk(world, a)
    transfers(a, uuid, OUTSIDE["X"])
    world.phone("X").wait_ringing()
    assert world.caller_seen_by("X") == CALLER_ID
    world.phone("X").answer()
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    hear_each_other(world, "C", "X")
    ends_by_itself(world)
    world.phone(who_ends).hangup()
    world.phone("C").wait_idle()
    world.phone("X").wait_idle()


def test_4_1_an_agent_who_is_transferred_is_told_nothing(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = talks_to_b(world, a, b)
    transfers(a, uuid, AGENTS["D"])
    assert d.gets("callin:TRANS")["caller_number"] == AGENTS["B"]
    d.gets("FREE>RINGING")
    world.phone("D").wait_ringing()
    world.hears("B", "MOH")
    world.phone("D").answer()
    d.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+", "CALL.E+", "CALLING/TRANS>FREE")
    b.got_nothing_more()
    hear_each_other(world, "B", "D")
    shows(b, "CALLING", AGENTS["D"])
    shows(d, "CALLING", AGENTS["B"])
    world.phone("D").hangup()
    b.gets("CALLING>FREE")
    d.gets("CALLING>FREE")


def test_4_1_the_called_agent_transfers_its_caller(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    talks_to_b(world, a, b)
    own_leg = world.last_push(b)["uuid"]
    transfers(b, own_leg, AGENTS["D"])
    assert d.gets("callin:TRANS")["caller_number"] == AGENTS["A"]
    d.gets("FREE>RINGING")
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    d.gets("RINGING>CALLING")
    b.gets("TRANS.S", "TRANS.E+", "CALLING/TRANS>FREE")
    hear_each_other(world, "A", "D")
    shows(a, "CALLING", AGENTS["D"])
    world.phone("A").hangup()
    a.gets("CALL.E+", "CALLING>FREE")
    d.gets("CALLING>FREE")


@either_way
def test_4_1_an_agent_transfers_a_customer_on_hold(world: World, talk: Talk):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    puts_on_hold(a, uuid)
    a.begin("trans", uuid=uuid, type=BLIND, trans_type=AGENT, trans_number=AGENTS["B"])
    a.gets("TRANS.I", "CALLING/HOLD>CALLING/TRANS")
    b.gets("callin:TRANS", "FREE>RINGING")
    world.phone("B").wait_ringing()
    world.hears("C", "MOH")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    hear_each_other(world, "C", "B")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")


def test_4_1_the_work_order_goes_with_a_customer_who_is_transferred_twice(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = talks_to_c(world, a, work_order_id="order 7")
    transfers(a, uuid, AGENTS["B"])
    callin = b.gets("callin:TRANS")
    assert callin["work_order_id"] == "order 7"
    b.gets("FREE>RINGING")
    world.phone("B").wait_ringing()
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+", "CALL.E+", "CALLING/TRANS>FREE")
    world.hears("B", "C")
    transfers(b, callin["uuid"], AGENTS["D"])
    assert d.gets("callin:TRANS")["work_order_id"] == "order 7"
    d.gets("FREE>RINGING")
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    d.gets("RINGING>CALLING")
    b.gets("TRANS.S", "TRANS.E+", "CALLING/TRANS>FREE")
    hear_each_other(world, "C", "D")
    world.phone("C").hangup()
    d.gets("CALLING>FREE")


def test_4_1_both_agents_wrap_up_after_a_transfer(world: World):
    with world.company(wrap_up_seconds=60):
        a, b = world.agent("A"), world.agent("B")
        uuid = called_in(world, a)
        rings_at_the_target(world, a, b, uuid)
        world.phone("B").answer()
        b.gets("RINGING>CALLING")
        a.gets("TRANS.S", "TRANS.E+", "CALLING/TRANS>ARRANGE")
        world.phone("C").hangup()
        b.gets("CALLING>ARRANGE")


@either_way
@both_types
def test_4_2_the_transfer_target_rejects(world: World, talk: Talk, mode: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    leg = rings_at_the_target(world, a, b, uuid, mode)
    world.phone("B").reject()
    failed = a.gets("TRANS.E-")
    assert (failed["uuid"], failed["code"]) == (leg, "5202")
    a.gets("CALLING/TRANS>CALLING")
    assert b.gets("RINGING>FREE")["reason"] == "REJECTED"
    talk_again(world, a, talk, uuid)


@both_types
def test_4_2_the_transfer_target_does_not_answer(world: World, mode: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    transfers(a, uuid, AGENTS["B"], mode, max_ring_time=2)
    b.gets("callin:TRANS", "FREE>RINGING")
    assert a.gets("TRANS.E-")["code"] == "5201"
    a.gets("CALLING/TRANS>CALLING")
    assert b.gets("RINGING>FREE")["reason"] == "NO_ANSWER"
    talk_again(world, a, talks_to_c, uuid)


@either_way
@third_fails
def test_4_2_a_transfer_to_the_outside_fails_with_the_code_of_its_cause(
    world: World, talk: Talk, number: str, code: str
):
    a = world.agent("A")
    uuid = talk(world, a)
    transfers(a, uuid, number, max_ring_time=3)
    assert a.gets("TRANS.E-")["code"] == code
    a.gets("CALLING/TRANS>CALLING")
    talk_again(world, a, talk, uuid)


def test_4_2_the_first_transfer_target_rejects_and_the_next_answers(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = called_in(world, a)
    transfers(a, uuid, BUSY)
    a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
    rings_at_the_target(world, a, b, uuid)
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+", "CALLING/TRANS>FREE")
    hear_each_other(world, "B", "C")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")


def test_4_3_a_transfer_to_whom_one_may_not_is_refused(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_b(world, a, b)
    world.agent("D", start_status="BUSY")
    blind = {"uuid": uuid, "type": BLIND}
    a.refused("4104", "trans", **blind, trans_type=AGENT, trans_number=AGENTS["D"])
    a.refused("4104", "trans", **blind, trans_type=AGENT, trans_number=AGENTS["E"])
    a.refused("4101", "trans", **blind, trans_type=AGENT, trans_number="90001_99999")
    a.refused("4002", "trans", **blind, trans_type=AGENT, trans_number=AGENTS["A"])
    a.refused("4002", "trans", **blind, trans_type=AGENT, trans_number=AGENTS["B"])
    a.refused("4002", "trans", **blind, trans_type=SKILL, trans_number="nosuch")
    a.refused("4002", "trans", **blind, trans_type=SKILL, trans_number="2001")
    a.refused("4002", "trans", **blind, trans_type=PLACE, trans_number="nosuch")
    a.refused("4002", "trans", **blind, trans_type=SURVEY, trans_number="nosuch")
    a.refused("4002", "trans", **blind, trans_type=NUMBER, trans_number="12 34")
    a.refused("5205", "trans", **blind, trans_type=NUMBER, trans_number="0044123")
    a.refused("4002", "trans", **blind, trans_type=AGENT)
    a.refused("4002", "trans", **blind)
    ends_its_call(a, uuid)
    b.gets("CALLING>FREE")


def test_4_3_a_transfer_to_an_agent_whose_phone_is_not_registered_is_refused(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    with world.unregistered("B"):
        b.gets("EXT_UN_REG.E+")
        a.refused(
            "4104", "trans", uuid=uuid, type=BLIND, trans_type=AGENT, trans_number=AGENTS["B"]
        )
    ends_its_call(a, uuid)


def test_4_3_two_agents_cannot_transfer_to_each_other(world: World):
    a, b = world.agent("A"), world.agent("B")
    own_leg = called_in(world, a)
    b.begin("call", callee_number=OUTSIDE["X"])
    b.gets("CALL.I", "FREE>RINGING")
    world.phone("B").wait_ringing()
    world.phone("B").answer()
    far = b.gets("RINGING>CALLING")["uuid"]
    world.phone("X").wait_ringing()
    world.phone("X").answer()
    b.gets("CALL.S")
    to_b = {"type": BLIND, "trans_type": AGENT, "trans_number": AGENTS["B"]}
    to_a = {"type": BLIND, "trans_type": AGENT, "trans_number": AGENTS["A"]}
    first, second = a.send("trans", uuid=own_leg, **to_b), b.send("trans", uuid=far, **to_a)
    assert a.answer_of(first)["code"] == b.answer_of(second)["code"] == "4104"
    world.phone("C").hangup()
    a.gets("CALLING>FREE")
    world.phone("X").hangup()
    b.gets("CALL.E+", "CALLING>FREE")


@either_way
@both_types
@pytest.mark.parametrize("place", ["IVR", "SURVEY"])
def test_4_4_an_agent_transfers_the_customer_to_a_place_of_the_dialplan(
    world: World, talk: Talk, mode: str, place: str
):
    a = world.agent("A")
    uuid = talk(world, a)
    kind = {"trans_type": PLACE, "trans_number": "2001"} if place == "IVR" else {"trans_type": "5"}
    a.begin("trans", uuid=uuid, type=mode, **kind)
    a.gets("TRANS.I", "CALLING>CALLING/TRANS")
    assert a.gets("TRANS.E+")["code"] == "0"
    ends(a, talk, "CALLING/TRANS")
    world.phone("A").wait_idle()
    world.hears("C", place)
    world.phone("C").hangup()


def test_4_4_an_agent_transfers_another_agent_to_an_ivr(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_b(world, a, b)
    a.begin("trans", uuid=uuid, type=BLIND, trans_type=PLACE, trans_number="2001")
    a.gets("TRANS.I", "CALLING>CALLING/TRANS", "TRANS.E+", "CALL.E+", "CALLING/TRANS>FREE")
    world.hears("B", "IVR")
    shows(b, "CALLING")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
