"""SEQUENCES.md, section 5: an agent in a talk asks somebody else."""

from contextlib import suppress

import pytest

from tests.behaviour.steps.calls import (
    Talk,
    either_way,
    ends_its_call,
    hear_each_other,
    puts_on_hold,
    shows,
    talk_again,
    talks_to_b,
    talks_to_c,
    third_fails,
)
from tests.behaviour.steps.consults import consults, rings_at_d, talks_to_d
from tests.behaviour.world import AGENTS, CALLER_ID, OUTSIDE, World


@either_way
def test_5_1_an_agent_consults_a_colleague(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    leg = rings_at_d(world, a, d, uuid)
    shows(a, "CALLING/CONSULT", OUTSIDE["C"])
    shows(d, "RINGING")
    world.hears("C", "MOH")
    world.hears("A", "RINGBACK")
    world.phone("D").answer()
    assert d.gets("RINGING>CALLING/CONSULT")["reason"] == "CONSULT"
    assert a.gets("CONSULT.S")["uuid"] == leg
    hear_each_other(world, "A", "D")
    world.hears("C", "MOH")
    shows(a, "CALLING/CONSULT", OUTSIDE["C"], AGENTS["D"])
    shows(d, "CALLING/CONSULT", OUTSIDE["C"], AGENTS["A"])
    a.ok("consult", uuid=uuid, type="2")
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    talk_again(world, a, talk, uuid)


@either_way
def test_5_1_an_agent_consults_somebody_outside(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    consults(world, a, uuid, OUTSIDE["X"])
    world.phone("X").wait_ringing()
    assert world.caller_seen_by("X") == CALLER_ID
    world.hears("C", "MOH")
    world.hears("A", "RINGBACK")
    world.phone("X").answer()
    a.gets("CONSULT.S")
    hear_each_other(world, "A", "X")
    world.hears("C", "MOH")
    shows(a, "CALLING/CONSULT", OUTSIDE["C"], OUTSIDE["X"])
    world.phone("X").hangup()
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    talk_again(world, a, talk, uuid)


def test_5_1_an_agent_consults_about_another_agent_who_is_told_nothing(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = talks_to_b(world, a, b)
    talks_to_d(world, a, d, uuid)
    hear_each_other(world, "A", "D")
    world.hears("B", "MOH")
    b.got_nothing_more()
    shows(b, "CALLING", AGENTS["A"], AGENTS["D"])
    world.phone("D").hangup()
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    hear_each_other(world, "A", "B")
    shows(b, "CALLING", AGENTS["A"])
    world.phone("B").hangup()
    a.gets("CALL.E+", "CALLING>FREE")
    b.gets("CALLING>FREE")


def test_5_1_the_called_agent_consults(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    talks_to_b(world, a, b)
    own_leg = world.last_push(b)["uuid"]
    leg = b.begin("consult", uuid=own_leg, type="1", consult_type="0", consult_number=AGENTS["D"])
    b.gets("CONSULT.I", "CALLING>CALLING/CONSULT")
    d.gets("callin:CONSULT", "FREE>RINGING")
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    b.gets("CONSULT.S")
    world.hears("B", "D")
    world.hears("A", "MOH")
    b.ok("hangup", uuid=leg["consult_uuid"])
    b.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    world.hears("A", "B")
    world.phone("A").hangup()
    a.gets("CALL.E+", "CALLING>FREE")
    b.gets("CALLING>FREE")


@either_way
def test_5_1_an_agent_consults_while_the_customer_is_on_hold(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    puts_on_hold(a, uuid)
    a.begin("consult", uuid=uuid, type="1", consult_type="0", consult_number=AGENTS["D"])
    a.gets("CONSULT.I", "CALLING/HOLD>CALLING/CONSULT")
    d.gets("callin:CONSULT", "FREE>RINGING")
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    world.hears("A", "D")
    world.hears("C", "MOH")
    world.phone("D").hangup()
    d.gets("CALLING/CONSULT>FREE")
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    talk_again(world, a, talk, uuid)


@either_way
def test_5_2_the_consultant_rejects(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    leg = rings_at_d(world, a, d, uuid)
    world.phone("D").reject()
    failed = a.gets("CONSULT.E-")
    assert (failed["uuid"], failed["code"]) == (leg, "5202")
    a.gets("CALLING/CONSULT>CALLING")
    assert d.gets("RINGING>FREE")["reason"] == "REJECTED"
    talk_again(world, a, talk, uuid)


@either_way
def test_5_2_the_consultant_does_not_answer(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    consults(world, a, uuid, AGENTS["D"], max_ring_time=2)
    d.gets("callin:CONSULT", "FREE>RINGING")
    assert a.gets("CONSULT.E-")["code"] == "5201"
    a.gets("CALLING/CONSULT>CALLING")
    assert d.gets("RINGING>FREE")["reason"] == "NO_ANSWER"
    talk_again(world, a, talk, uuid)


@either_way
@third_fails
def test_5_2_consulting_somebody_outside_fails_with_the_code_of_its_cause(
    world: World, talk: Talk, number: str, code: str
):
    a = world.agent("A")
    uuid = talk(world, a)
    consults(world, a, uuid, number, max_ring_time=3)
    assert a.gets("CONSULT.E-")["code"] == code
    a.gets("CALLING/CONSULT>CALLING")
    talk_again(world, a, talk, uuid)


def test_5_2_consulting_whom_one_may_not_is_refused(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_b(world, a, b)
    d = world.agent("D", start_status="BUSY")
    asks = {"uuid": uuid, "type": "1", "consult_type": "0"}
    a.refused("4104", "consult", **asks, consult_number=AGENTS["D"])
    a.refused("4104", "consult", **asks, consult_number=AGENTS["E"])
    a.refused("4101", "consult", **asks, consult_number="90001_99999")
    a.refused("4002", "consult", **asks, consult_number=AGENTS["A"])
    a.refused("4002", "consult", **asks, consult_number=AGENTS["B"])
    a.refused("4002", "consult", **asks)
    asks["consult_type"] = "1"
    a.refused("4002", "consult", **asks, consult_number="12 34")
    a.refused("5205", "consult", **asks, consult_number="0044123")
    ends_its_call(a, uuid)
    b.gets("CALLING>FREE")
    d.got_nothing_more()


def test_5_2_a_consultant_whose_phone_is_not_registered_is_refused(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    with world.unregistered("D"):
        d.gets("EXT_UN_REG.E+")
        a.refused(
            "4104", "consult", uuid=uuid, type="1", consult_type="0", consult_number=AGENTS["D"]
        )
    ends_its_call(a, uuid)


def test_5_2_consulting_the_customer_of_the_call_is_refused(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    a.refused("4002", "consult", uuid=uuid, type="1", consult_type="1", consult_number=OUTSIDE["C"])
    ends_its_call(a, uuid)


@either_way
@pytest.mark.parametrize("how", ["consult", "hangup"])
def test_5_3_the_agent_cancels_the_consult_while_it_rings(world: World, talk: Talk, how: str):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    leg = rings_at_d(world, a, d, uuid)
    if how == "consult":
        a.ok("consult", uuid=uuid, type="2")
    else:
        a.ok("hangup", uuid=leg)
    assert a.gets("CONSULT.E-")["code"] == "5207"
    a.gets("CALLING/CONSULT>CALLING")
    assert d.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    talk_again(world, a, talk, uuid)


@either_way
@pytest.mark.parametrize("first", ["answer", "cancel"])
def test_5_3_a_cancel_crosses_the_consultants_answer(world: World, talk: Talk, first: str):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    rings_at_d(world, a, d, uuid)
    if first == "answer":
        world.phone("D").answer()
        a.ok("consult", uuid=uuid, type="2")
    else:
        request = a.send("consult", uuid=uuid, type="2")
        with suppress(AssertionError):  # it does not ring any more
            world.phone("D").answer()
        assert a.answer_of(request)["code"] == "0"
    world.until(lambda: not a.ok("get_status").get("sub_status"))
    world.until(lambda: d.ok("get_status")["status"] == "FREE")
    a.forget()
    d.forget()
    talk_again(world, a, talk, uuid)


@either_way
def test_5_4_the_agent_ends_the_consult(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    leg = talks_to_d(world, a, d, uuid)
    a.ok("hangup", uuid=leg)
    ended = a.gets("CONSULT.E+")
    assert (ended["uuid"], ended["code"]) == (leg, "0")
    a.gets("CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    talk_again(world, a, talk, uuid)


@either_way
def test_5_5_the_consultant_hangs_up(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    talks_to_d(world, a, d, uuid)
    world.phone("D").hangup()
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    talk_again(world, a, talk, uuid)


def test_5_5_the_consultant_hangs_up_and_another_is_consulted(world: World):
    a, d, e = world.agent("A"), world.agent("D"), world.agent("E")
    uuid = talks_to_c(world, a)
    talks_to_d(world, a, d, uuid)
    world.phone("D").hangup()
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    consults(world, a, uuid, AGENTS["E"])
    e.gets("callin:CONSULT", "FREE>RINGING")
    world.phone("E").wait_ringing()
    world.phone("E").answer()
    e.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    world.hears("A", "E")
    world.hears("C", "MOH")
    a.ok("consult", uuid=uuid, type="2")
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    e.gets("CALLING/CONSULT>FREE")
    talk_again(world, a, talks_to_c, uuid)
