"""SEQUENCES.md, section 4: an agent hands the other party on."""

from contextlib import suppress

import pytest

from tests.behaviour.client import Client
from tests.behaviour.test_calls import BUSY, DECLINED, NO_SUCH, talks_to_c
from tests.behaviour.test_consult import (
    IVR,
    either_way,
    hangs_up,
    refuses,
    shows,
    talk_again,
    talks_to_b,
)
from tests.behaviour.test_in_the_call import Talk, called_in, ends
from tests.behaviour.world import AGENTS, CALLER_ID, OUTSIDE, World

BLIND, TALKING, CANCEL = "1", "2", "3"
AGENT, SKILL, PLACE, NUMBER, SURVEY = "1", "2", "3", "4", "5"

both_types = pytest.mark.parametrize("mode", [BLIND, TALKING], ids=["blind", "talking"])


def transfers(a: Client, uuid: str, number: str, mode: str = BLIND, **fields: object) -> None:
    """A has begun to hand its far party on to an agent or to an outside number."""
    kind = AGENT if number in AGENTS.values() else NUMBER
    a.begin("trans", uuid=uuid, type=mode, trans_type=kind, trans_number=number, **fields)
    assert a.gets("TRANS.I")["uuid"] != uuid
    a.gets("CALLING>CALLING/TRANS")


def rings_at_the_target(
    world: World, a: Client, b: Client, uuid: str, mode: str = BLIND, **fields: object
) -> str:
    """C is being handed on to B, whose phone rings; gives B's leg."""
    transfers(a, uuid, AGENTS["B"], mode, **fields)
    callin = b.gets("callin:TRANS")
    assert callin["caller_number"] == OUTSIDE["C"]
    assert b.gets("FREE>RINGING")["reason"] == "TRANS"
    world.phone("B").wait_ringing()
    leg: str = callin["uuid"]
    return leg


@either_way
@pytest.mark.parametrize("who_ends", ["B", "C"])
def test_4_1_blind_to_an_agent(world: World, talk: Talk, who_ends: str):
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
    world.hears("B", "C")
    world.hears("C", "B")
    shows(a, "FREE")
    shows(b, "CALLING", OUTSIDE["C"])
    world.phone(who_ends).hangup()
    b.gets("CALLING>FREE")
    world.phone("C").wait_idle()


@either_way
@pytest.mark.parametrize("who_ends", ["C", "X"])
def test_4_1_blind_to_the_outside(world: World, talk: Talk, who_ends: str):
    a = world.agent("A")
    uuid = talk(world, a)
    transfers(a, uuid, OUTSIDE["X"])
    world.phone("X").wait_ringing()
    assert world.caller_seen_by("X") == CALLER_ID
    world.phone("X").answer()
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    world.hears("C", "X")
    world.hears("X", "C")
    world.phone(who_ends).hangup()
    world.phone("C").wait_idle()
    world.phone("X").wait_idle()


def test_4_1_another_agent_is_handed_on_and_told_nothing(world: World):
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
    world.hears("B", "D")
    world.hears("D", "B")
    shows(b, "CALLING", AGENTS["D"])
    shows(d, "CALLING", AGENTS["B"])
    world.phone("D").hangup()
    b.gets("CALLING>FREE")
    d.gets("CALLING>FREE")


def test_4_1_by_the_agent_who_was_called(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    talks_to_b(world, a, b)
    own = world.last_push(b)["uuid"]
    transfers(b, own, AGENTS["D"])
    assert d.gets("callin:TRANS")["caller_number"] == AGENTS["A"]
    d.gets("FREE>RINGING")
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    d.gets("RINGING>CALLING")
    b.gets("TRANS.S", "TRANS.E+", "CALLING/TRANS>FREE")
    world.hears("A", "D")
    world.hears("D", "A")
    shows(a, "CALLING", AGENTS["D"])
    world.phone("A").hangup()
    a.gets("CALL.E+", "CALLING>FREE")
    d.gets("CALLING>FREE")


@either_way
def test_4_1_from_hold(world: World, talk: Talk):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    a.ok("hold", uuid=uuid, hold="1")
    a.gets("CALLING>CALLING/HOLD")
    a.begin("trans", uuid=uuid, type=BLIND, trans_type=AGENT, trans_number=AGENTS["B"])
    a.gets("TRANS.I", "CALLING/HOLD>CALLING/TRANS")
    b.gets("callin:TRANS", "FREE>RINGING")
    world.phone("B").wait_ringing()
    world.hears("C", "MOH")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    world.hears("C", "B")
    world.hears("B", "C")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")


def test_4_1_twice_and_the_work_order_goes_with_the_customer(world: World):
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
    world.hears("C", "D")
    world.hears("D", "C")
    world.phone("C").hangup()
    d.gets("CALLING>FREE")


def test_4_1_wrap_up_for_both(world: World):
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
def test_4_2_the_target_rejects(world: World, talk: Talk, mode: str):
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
def test_4_2_the_target_does_not_answer(world: World, mode: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    transfers(a, uuid, AGENTS["B"], mode, max_ring_time=1)
    b.gets("callin:TRANS", "FREE>RINGING")
    assert a.gets("TRANS.E-")["code"] == "5201"
    a.gets("CALLING/TRANS>CALLING")
    assert b.gets("RINGING>FREE")["reason"] == "NO_ANSWER"
    talk_again(world, a, talks_to_c, uuid)


@either_way
@pytest.mark.parametrize(
    ("number", "code"), [(BUSY, "5200"), (DECLINED, "5202"), (NO_SUCH, "5204")]
)
def test_4_2_the_outside_fails(world: World, talk: Talk, number: str, code: str):
    a = world.agent("A")
    uuid = talk(world, a)
    transfers(a, uuid, number)
    assert a.gets("TRANS.E-")["code"] == code
    a.gets("CALLING/TRANS>CALLING")
    talk_again(world, a, talk, uuid)


def test_4_2_and_the_next_one_answers(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = called_in(world, a)
    transfers(a, uuid, BUSY)
    a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
    rings_at_the_target(world, a, b, uuid)
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+", "CALLING/TRANS>FREE")
    world.hears("B", "C")
    world.hears("C", "B")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")


def test_4_3_to_whom_nobody_can_be_handed(world: World):
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
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING>FREE")
    b.gets("CALLING>FREE")


def test_4_3_b_is_not_registered(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    with world.unregistered("B"):
        b.gets("EXT_UN_REG.E+")
        a.refused(
            "4104", "trans", uuid=uuid, type=BLIND, trans_type=AGENT, trans_number=AGENTS["B"]
        )
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING>FREE")


def test_4_3_two_agents_to_each_other(world: World):
    a, b = world.agent("A"), world.agent("B")
    own = called_in(world, a)
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
    first, second = a.send("trans", uuid=own, **to_b), b.send("trans", uuid=far, **to_a)
    assert a.answer_of(first)["code"] == b.answer_of(second)["code"] == "4104"
    world.phone("C").hangup()
    a.gets("CALLING>FREE")
    world.phone("X").hangup()
    b.gets("CALL.E+", "CALLING>FREE")


@either_way
@both_types
@pytest.mark.parametrize("place", ["IVR", "SURVEY"])
def test_4_4_to_a_place_of_the_dialplan(world: World, talk: Talk, mode: str, place: str):
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


def test_4_4_another_agent_to_an_ivr(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_b(world, a, b)
    a.begin("trans", uuid=uuid, type=BLIND, trans_type=PLACE, trans_number="2001")
    a.gets("TRANS.I", "CALLING>CALLING/TRANS", "TRANS.E+", "CALL.E+", "CALLING/TRANS>FREE")
    world.hears("B", "IVR")
    shows(b, "CALLING")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")


@either_way
def test_4_5_a_and_c_talk_on_while_it_rings(world: World, talk: Talk):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    rings_at_the_target(world, a, b, uuid, TALKING)
    world.hears("A", "C")
    world.hears("C", "A")
    shows(a, "CALLING/TRANS", OUTSIDE["C"])
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    world.phone("A").wait_idle()
    world.hears("B", "C")
    world.hears("C", "B")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
    world.phone("C").wait_idle()


@either_way
def test_4_5_to_the_outside(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    transfers(a, uuid, OUTSIDE["X"], TALKING)
    world.phone("X").wait_ringing()
    world.hears("A", "C")
    world.phone("X").answer()
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    world.hears("C", "X")
    world.hears("X", "C")
    world.phone("C").hangup()
    world.phone("X").wait_idle()


@either_way
@both_types
def test_4_6_taken_back_while_it_rings(world: World, talk: Talk, mode: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    rings_at_the_target(world, a, b, uuid, mode)
    a.ok("trans", uuid=uuid, type=CANCEL)
    assert a.gets("TRANS.E-")["code"] == "5207"
    a.gets("CALLING/TRANS>CALLING")
    assert b.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    talk_again(world, a, talk, uuid)


def test_4_6_the_same_by_hanging_up_the_target(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    leg = rings_at_the_target(world, a, b, uuid)
    a.ok("hangup", uuid=leg)
    assert a.gets("TRANS.E-")["code"] == "5207"
    a.gets("CALLING/TRANS>CALLING")
    b.gets("RINGING>FREE")
    talk_again(world, a, talks_to_c, uuid)


@either_way
@both_types
def test_4_7_c_hangs_up_while_it_rings(world: World, talk: Talk, mode: str):
    a, b = world.agent("A"), world.agent("B")
    rings_at_the_target(world, a, b, talk(world, a), mode)
    world.phone("C").hangup()
    assert a.gets("TRANS.E-")["code"] == "5206"
    ends(a, talk, "CALLING/TRANS")
    assert b.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    world.phone("A").wait_idle()
    world.phone("B").wait_idle()


@either_way
@both_types
@pytest.mark.parametrize("how", ["request", "phone"])
def test_4_8_a_hangs_up_and_b_answers(world: World, talk: Talk, mode: str, how: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    rings_at_the_target(world, a, b, uuid, mode)
    hangs_up(world, a, uuid, how)
    ends(a, talk, "CALLING/TRANS")
    world.phone("A").wait_idle()
    shows(a, "FREE")
    world.hears("C", "MOH")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    world.hears("B", "C")
    world.hears("C", "B")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


@either_way
@both_types
def test_4_8_a_hangs_up_and_b_rejects(world: World, talk: Talk, mode: str):
    with world.company(fallback=IVR):
        a, b = world.agent("A"), world.agent("B")
        uuid = talk(world, a)
        rings_at_the_target(world, a, b, uuid, mode)
        a.ok("hangup", uuid=uuid)
        ends(a, talk, "CALLING/TRANS")
        world.phone("B").reject()
        assert a.gets("TRANS.E-")["code"] == "5202"
        b.gets("RINGING>FREE")
        world.hears("C", "IVR")
        world.phone("C").hangup()


def test_4_8_there_is_no_fallback(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    rings_at_the_target(world, a, b, uuid)
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING/TRANS>FREE")
    world.phone("B").reject()
    a.gets("TRANS.E-")
    b.gets("RINGING>FREE")
    world.phone("C").wait_idle()


@pytest.mark.parametrize("talk", [talks_to_c, called_in])
def test_4_8_a_hangs_up_and_then_c(world: World, talk: Talk):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    rings_at_the_target(world, a, b, uuid)
    a.ok("hangup", uuid=uuid)
    ends(a, talk, "CALLING/TRANS")
    world.phone("C").hangup()
    assert a.gets("TRANS.E-")["code"] == "5206"
    assert b.gets("RINGING>FREE")["reason"] == "CALLER_GONE"


def test_4_8_a_takes_part_in_another_call_meanwhile(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    rings_at_the_target(world, a, b, uuid)
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING/TRANS>FREE")
    own = a.begin("call", callee_number=OUTSIDE["X"])["uuid"]
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    a.ok("hangup", uuid=own)
    a.gets("CALL.E-", "RINGING>FREE")
    world.hears("B", "C")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


@both_types
def test_4_8_a_checks_out(world: World, mode: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    rings_at_the_target(world, a, b, uuid, mode)
    a.ok("checkout")
    a.gets("TRANS.E+", "CALL.E+", "CALLING/TRANS>OFFLINE")
    world.phone("A").wait_idle()
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    world.hears("B", "C")
    world.hears("C", "B")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


@either_way
def test_4_9_the_agent_leaves_at_once_and_b_answers(world: World, talk: Talk):
    with world.company(blind_transfer="release"):
        a, b = world.agent("A"), world.agent("B")
        uuid = talk(world, a)
        a.begin("trans", uuid=uuid, type=BLIND, trans_type=AGENT, trans_number=AGENTS["B"])
        a.gets("TRANS.I")
        ends(a, talk)
        world.phone("A").wait_idle()
        b.gets("callin:TRANS", "FREE>RINGING")
        world.phone("B").wait_ringing()
        world.hears("C", "MOH")
        world.phone("B").answer()
        b.gets("RINGING>CALLING")
        a.gets("TRANS.S", "TRANS.E+")
        world.hears("B", "C")
        world.hears("C", "B")
        world.phone("B").hangup()
        b.gets("CALLING>FREE")
        world.phone("C").wait_idle()


@either_way
def test_4_9_the_agent_leaves_at_once_and_b_rejects(world: World, talk: Talk):
    with world.company(blind_transfer="release", fallback=IVR):
        a, b = world.agent("A"), world.agent("B")
        uuid = talk(world, a)
        a.begin("trans", uuid=uuid, type=BLIND, trans_type=AGENT, trans_number=AGENTS["B"])
        a.gets("TRANS.I")
        ends(a, talk)
        b.gets("callin:TRANS", "FREE>RINGING")
        world.phone("B").wait_ringing()
        world.phone("B").reject()
        assert a.gets("TRANS.E-")["code"] == "5202"
        b.gets("RINGING>FREE")
        world.hears("C", "IVR")
        world.phone("C").hangup()


def test_4_9_the_outside_is_busy(world: World):
    with world.company(blind_transfer="release", fallback={"number": OUTSIDE["X"]}):
        a = world.agent("A")
        uuid = talks_to_c(world, a)
        a.begin("trans", uuid=uuid, type=BLIND, trans_type=NUMBER, trans_number=BUSY)
        a.gets("TRANS.I", "CALL.E+", "CALLING>FREE")
        assert a.gets("TRANS.E-")["code"] == "5200"
        world.phone("X").wait_ringing()
        world.phone("X").answer()
        world.hears("C", "X")
        world.hears("X", "C")
        world.phone("X").hangup()
        world.phone("C").wait_idle()


@both_types
def test_what_conflicts_with_a_transfer(world: World, mode: str):
    a, b, e = world.agent("A"), world.agent("B"), world.agent("E")
    uuid = talks_to_c(world, a)
    leg = rings_at_the_target(world, a, b, uuid, mode)
    refuses(a, uuid, leg, "trans 3")
    world.phone("B").reject()
    a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
    b.gets("RINGING>FREE")
    e.got_nothing_more()
    talk_again(world, a, talks_to_c, uuid)


def test_there_is_nothing_to_take_back(world: World):
    a = world.agent("A")
    a.refused("4000", "trans", uuid="call-" + "0" * 32, type=CANCEL)
    uuid = talks_to_c(world, a)
    a.refused("4103", "trans", uuid=uuid, type=CANCEL)
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING>FREE")


def settles(world: World, a: Client, b: Client) -> None:
    """Whatever crossed: in the end C talks to one of the two, and the other one is FREE."""
    agents = (a, b)
    settled = ["CALLING", "FREE"]
    world.until(lambda: sorted(one.ok("get_status")["status"] for one in agents) == settled)
    talks = next(one for one in agents if one.ok("get_status")["status"] == "CALLING")
    name = "A" if talks is a else "B"
    world.hears(name, "C")
    world.hears("C", name)
    world.phone("C").hangup()
    world.until(lambda: talks.ok("get_status")["status"] == "FREE")


@both_types
@pytest.mark.parametrize("how", ["trans", "hangup"])
@pytest.mark.parametrize("first", ["answer", "cancel"])
def test_a_cancel_that_crosses_the_answer(world: World, mode: str, how: str, first: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = called_in(world, a)
    leg = rings_at_the_target(world, a, b, uuid, mode)
    asked = (
        ("trans", {"uuid": uuid, "type": CANCEL}) if how == "trans" else ("hangup", {"uuid": leg})
    )
    if first == "answer":
        world.phone("B").answer()
        taken_back = a.ask(asked[0], **asked[1])["code"] == "0"
    else:
        request = a.send(asked[0], **asked[1])
        with suppress(AssertionError):  # it does not ring any more
            world.phone("B").answer()
        taken_back = a.answer_of(request)["code"] == "0"
    if taken_back:
        a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
    else:
        a.gets("TRANS.S", "TRANS.E+", "CALLING/TRANS>FREE")
    settles(world, a, b)
    a.forget()
    b.forget()
