"""SEQUENCES.md, sections 4 to 6, with skills: a customer out of a queue, and one sent into it."""

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import Talk, either_way, hear_each_other, talks_to_c
from tests.behaviour.steps.conferences import all_hear_all, three_talk
from tests.behaviour.steps.consults import rings_at_d, talks_to_d
from tests.behaviour.steps.queues import takes, waits
from tests.behaviour.steps.transfers import BLIND, SKILL, both_types, rings_at_the_target
from tests.behaviour.world import OUTSIDE, World

pytestmark = pytest.mark.usefixtures("rested")


def end(world: World, a: Client, uuid: str) -> None:
    """A and C, together again, end their call."""
    hear_each_other(world, "A", "C")
    a.ok("hangup", uuid=uuid)
    a.gets("CALLING>FREE")
    world.phone("C").wait_idle()


@either_way
def test_4_4_an_agent_transfers_a_customer_to_a_skill(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    a.ok("change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    a.begin("trans", uuid=uuid, type=BLIND, trans_type=SKILL, trans_number="1001")
    a.gets("TRANS.I", "CALLING>CALLING/TRANS")
    assert a.gets("TRANS.E+")["code"] == "0"
    a.gets(*(["CALL.E+"] if talk is talks_to_c else []), "CALLING/TRANS>BUSY")
    world.phone("A").wait_idle()
    waits(world)
    b = world.agent("B", start_status="BUSY")
    b.ok("change_status", action="MAKE_FREE")
    b.gets("BUSY>FREE")
    assert b.gets("callin")["caller_number"] == OUTSIDE["C"]
    b.gets("FREE>RINGING")
    world.phone("B").wait_ringing()
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    hear_each_other(world, "B", "C")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


@both_types
def test_4_1_a_customer_of_a_queue_is_transferred_to_an_agent(world: World, mode: str):
    a = world.agent("A")
    uuid = takes(world, a)
    b = world.agent("B")
    rings_at_the_target(world, a, b, uuid, mode)
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+", "CALLING/TRANS>FREE")
    hear_each_other(world, "B", "C")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
    world.phone("C").wait_idle()


@both_types
def test_4_2_the_transfer_of_a_customer_of_a_queue_is_rejected(world: World, mode: str):
    a = world.agent("A")
    uuid = takes(world, a)
    b = world.agent("B")
    rings_at_the_target(world, a, b, uuid, mode)
    world.phone("B").reject()
    a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
    b.gets("RINGING>FREE")
    end(world, a, uuid)


def test_4_8_the_agent_leaves_while_a_customer_of_a_queue_is_transferred(world: World):
    a = world.agent("A")
    uuid = takes(world, a)
    a.ok("change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    b = world.agent("B")
    rings_at_the_target(world, a, b, uuid)
    world.phone("A").hangup()
    a.gets("CALLING/TRANS>BUSY")
    world.hears("C", "MOH")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    world.hears("B", "C")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


def test_4_4_a_customer_of_a_queue_is_transferred_into_another(world: World):
    a = world.agent("A")
    uuid = takes(world, a)
    a.begin("trans", uuid=uuid, type=BLIND, trans_type=SKILL, trans_number="1002")
    a.gets("TRANS.I", "CALLING>CALLING/TRANS", "TRANS.E+", "CALLING/TRANS>FREE")
    world.phone("C").hangup()


@pytest.mark.parametrize("who_ends", ["A", "C", "D"])
def test_5_an_agent_consults_about_a_customer_of_a_queue(world: World, who_ends: str):
    a, d = world.agent("A"), world.agent("D")
    uuid = takes(world, a)
    talks_to_d(world, a, d, uuid)
    world.hears("C", "MOH")
    world.hears("A", "D")
    world.phone(who_ends).hangup()
    if who_ends == "A":
        a.gets("CONSULT.E+", "CALLING/CONSULT>FREE")
        d.gets("CALLING/CONSULT>FREE")
    elif who_ends == "C":
        a.gets("CALLING/CONSULT>CALLING")
        d.gets("CALLING/CONSULT>CALLING")
        world.hears("A", "D")
        world.phone("D").hangup()
        a.gets("CONSULT.E+", "CALLING>FREE")
        d.gets("CALLING>FREE")
    else:
        a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
        d.gets("CALLING/CONSULT>FREE")
        end(world, a, uuid)


def test_5_2_a_consult_about_a_customer_of_a_queue_is_rejected(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = takes(world, a)
    rings_at_d(world, a, d, uuid)
    world.phone("D").reject()
    a.gets("CONSULT.E-", "CALLING/CONSULT>CALLING")
    d.gets("RINGING>FREE")
    end(world, a, uuid)


def test_5_9_a_customer_of_a_queue_is_handed_over_to_the_consultant(world: World):
    a, d = world.agent("A"), world.agent("D")
    leg = talks_to_d(world, a, d, takes(world, a))
    a.begin("consult_to_trans", consult_uuid=leg)
    a.gets("CONSULT_TO_TRANS.I", "CONSULT.E+", "CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
    a.gets("CALLING/CONSULT>FREE")
    d.gets("CALLING/CONSULT>CALLING")
    hear_each_other(world, "C", "D")
    world.phone("D").hangup()
    d.gets("CALLING>FREE")
    world.phone("C").wait_idle()


@pytest.mark.parametrize("who_leaves", ["A", "C", "D"])
def test_6_a_third_party_joins_the_talk_with_a_customer_of_a_queue(world: World, who_leaves: str):
    a, d = world.agent("A"), world.agent("D")
    uuid = takes(world, a)
    three_talk(world, a, d, uuid)
    all_hear_all(world, "A", "C", "D")
    world.phone(who_leaves).hangup()
    stay = [name for name in ("A", "C", "D") if name != who_leaves]
    last = "CALLING" if who_leaves != "A" else "FREE"
    a.gets("THREE_WAY.E+", f"CALLING/THREE_WAY>{last}")
    d.gets("CALLING/THREE_WAY>CALLING" if who_leaves != "D" else "CALLING/THREE_WAY>FREE")
    all_hear_all(world, *stay)
    world.phone(stay[0]).hangup()
    for name, agent in (("A", a), ("D", d)):
        if name in stay:
            agent.gets("CALLING>FREE")
