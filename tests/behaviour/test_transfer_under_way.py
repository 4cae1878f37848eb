"""SEQUENCES.md, 4.5 to 4.9: what happens while a transfer rings."""

from contextlib import suppress

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    BUSY,
    IVR,
    Talk,
    called_in,
    either_way,
    ends,
    ends_by_itself,
    ends_its_call,
    hangs_up,
    hear_each_other,
    shows,
    talk_again,
    talks_to_c,
)
from tests.behaviour.steps.consults import refuses
from tests.behaviour.steps.transfers import (
    AGENT,
    BLIND,
    CANCEL,
    NUMBER,
    TALKING,
    both_types,
    rings_at_the_target,
    transfers,
)
from tests.behaviour.world import AGENTS, OUTSIDE, World


@either_way
def test_4_5_agent_and_customer_talk_on_while_the_target_rings(world: World, talk: Talk):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    rings_at_the_target(world, a, b, uuid, TALKING)
    hear_each_other(world, "A", "C")
    shows(a, "CALLING/TRANS", OUTSIDE["C"])
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    world.phone("A").wait_idle()
    hear_each_other(world, "B", "C")
    ends_by_itself(world)
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
    world.phone("C").wait_idle()


@either_way
def test_4_5_agent_and_customer_talk_on_while_a_target_outside_rings(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    transfers(a, uuid, OUTSIDE["X"], TALKING)
    world.phone("X").wait_ringing()
    world.hears("A", "C")
    world.phone("X").answer()
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    hear_each_other(world, "C", "X")
    world.phone("C").hangup()
    world.phone("X").wait_idle()


@either_way
@both_types
def test_4_6_the_agent_takes_the_customer_back_while_the_target_rings(
    world: World, talk: Talk, mode: str
):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    rings_at_the_target(world, a, b, uuid, mode)
    a.ok("trans", uuid=uuid, type=CANCEL)
    assert a.gets("TRANS.E-")["code"] == "5207"
    a.gets("CALLING/TRANS>CALLING")
    assert b.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    talk_again(world, a, talk, uuid)


def test_4_6_the_agent_takes_the_customer_back_by_hanging_up_the_target(world: World):
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
def test_4_7_the_customer_hangs_up_while_the_target_rings(world: World, talk: Talk, mode: str):
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
def test_4_8_the_agent_hangs_up_and_the_target_answers(
    world: World, talk: Talk, mode: str, how: str
):
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
    hear_each_other(world, "B", "C")
    ends_by_itself(world)
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


@either_way
@both_types
def test_4_8_the_agent_hangs_up_and_the_target_rejects(world: World, talk: Talk, mode: str):
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


def test_4_8_the_agent_hangs_up_and_there_is_no_fallback(world: World):
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
def test_4_8_the_agent_hangs_up_and_then_the_customer(world: World, talk: Talk):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    rings_at_the_target(world, a, b, uuid)
    a.ok("hangup", uuid=uuid)
    ends(a, talk, "CALLING/TRANS")
    world.phone("C").hangup()
    assert a.gets("TRANS.E-")["code"] == "5206"
    assert b.gets("RINGING>FREE")["reason"] == "CALLER_GONE"


def test_4_8_the_agent_hangs_up_and_takes_part_in_another_call_meanwhile(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    rings_at_the_target(world, a, b, uuid)
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING/TRANS>FREE")
    own_leg = a.begin("call", callee_number=OUTSIDE["X"])["uuid"]
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    a.ok("hangup", uuid=own_leg)
    a.gets("CALL.E-", "RINGING>FREE")
    world.hears("B", "C")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


@both_types
def test_4_8_the_agent_checks_out_while_the_target_rings(world: World, mode: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    rings_at_the_target(world, a, b, uuid, mode)
    a.ok("checkout")
    a.gets("TRANS.E+", "CALL.E+", "CALLING/TRANS>OFFLINE")
    world.phone("A").wait_idle()
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    hear_each_other(world, "B", "C")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


@either_way
def test_4_9_the_agent_is_released_at_once_and_the_target_answers(world: World, talk: Talk):
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
        hear_each_other(world, "B", "C")
        world.phone("B").hangup()
        b.gets("CALLING>FREE")
        world.phone("C").wait_idle()


@either_way
def test_4_9_the_agent_is_released_at_once_and_the_target_rejects(world: World, talk: Talk):
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


def test_4_9_the_agent_is_released_at_once_and_a_target_outside_is_busy(world: World):
    with world.company(blind_transfer="release", fallback={"number": OUTSIDE["X"]}):
        a = world.agent("A")
        uuid = talks_to_c(world, a)
        a.begin("trans", uuid=uuid, type=BLIND, trans_type=NUMBER, trans_number=BUSY)
        a.gets("TRANS.I", "CALL.E+", "CALLING>FREE")
        assert a.gets("TRANS.E-")["code"] == "5200"
        world.phone("X").wait_ringing()
        world.phone("X").answer()
        hear_each_other(world, "C", "X")
        world.phone("X").hangup()
        world.phone("C").wait_idle()


@both_types
def test_requests_that_conflict_with_a_transfer_are_refused(world: World, mode: str):
    a, b, e = world.agent("A"), world.agent("B"), world.agent("E")
    uuid = talks_to_c(world, a)
    leg = rings_at_the_target(world, a, b, uuid, mode)
    refuses(a, uuid, leg, "trans 3")
    world.phone("B").reject()
    a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
    b.gets("RINGING>FREE")
    e.got_nothing_more()
    talk_again(world, a, talks_to_c, uuid)


def test_without_a_transfer_nothing_can_be_taken_back(world: World):
    a = world.agent("A")
    a.refused("4000", "trans", uuid="call-" + "0" * 32, type=CANCEL)
    uuid = talks_to_c(world, a)
    a.refused("4103", "trans", uuid=uuid, type=CANCEL)
    ends_its_call(a, uuid)


def settles(world: World, a: Client, b: Client) -> None:
    """Whatever crossed: in the end C talks to one of the two, and the other one is FREE."""
    agents = (a, b)
    settled = ["CALLING", "FREE"]
    world.until(lambda: sorted(one.ok("get_status")["status"] for one in agents) == settled)
    talks = next(one for one in agents if one.ok("get_status")["status"] == "CALLING")
    name = "A" if talks is a else "B"
    hear_each_other(world, name, "C")
    world.phone("C").hangup()
    world.until(lambda: talks.ok("get_status")["status"] == "FREE")


@both_types
@pytest.mark.parametrize("how", ["trans", "hangup"])
@pytest.mark.parametrize("first", ["answer", "cancel"])
def test_a_cancel_crosses_the_answer_of_the_transfer_target(
    world: World, mode: str, how: str, first: str
):
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
