"""SEQUENCES.md, 7.12 and 7.13: a supervisor ends an agent's whole call."""

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    IVR,
    Talk,
    begins_to_call,
    called_in,
    puts_on_hold,
    rings_at_a,
    talks_to_b,
    talks_to_c,
)
from tests.behaviour.steps.conferences import all_hear_all, three_talk
from tests.behaviour.steps.consults import rings_at_d, talks_to_d
from tests.behaviour.steps.queues import offered
from tests.behaviour.steps.supervision import INTERRUPTED, operates
from tests.behaviour.steps.takeovers import any_call
from tests.behaviour.steps.transfers import BLIND, TALKING, rings_at_the_target
from tests.behaviour.world import NUMBER_OF_SKILL, OUTSIDE, World

pytestmark = pytest.mark.usefixtures("rested")


def interrupts(world: World, s: Client, *names: str) -> None:
    """S ends the call of A; the phones of all who are in it are free, and nobody hears anything."""
    assert "uuid" not in s.begin("interrupt_call", **operates("A"))
    s.gets("INTERRUPT_CALL.I")
    ended = s.gets("INTERRUPT_CALL.E+")
    assert ended["code"] == "0"
    for name in names:
        world.phone(name).wait_idle()
    world.lab_is_empty()


def out(talk: Talk) -> list[str]:
    return ["CALL.E+"] if talk is talks_to_c else []


@any_call
def test_7_12_a_supervisor_interrupts_a_talk(world: World, talk: Talk):
    with world.company(fallback=IVR):
        a, s = world.agent("A"), world.agent("S")
        talk(world, a)
        all_hear_all(world, "A", "C")
        interrupts(world, s, "A", "C")
        assert a.gets(*out(talk), "CALLING>FREE")["reason"] == INTERRUPTED


@any_call
def test_7_12_a_supervisor_interrupts_a_call_on_hold(world: World, talk: Talk):
    a, s = world.agent("A"), world.agent("S")
    uuid = talk(world, a)
    puts_on_hold(a, uuid)
    interrupts(world, s, "A", "C")
    assert a.gets(*out(talk), "CALLING/HOLD>FREE")["reason"] == INTERRUPTED


def test_7_12_a_supervisor_interrupts_a_call_between_agents(world: World):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    talks_to_b(world, a, b)
    interrupts(world, s, "A", "B")
    assert a.gets("CALL.E+", "CALLING>FREE")["reason"] == INTERRUPTED
    assert b.gets("CALLING>FREE")["reason"] == INTERRUPTED


@any_call
def test_7_12_a_supervisor_interrupts_a_consult(world: World, talk: Talk):
    with world.company(fallback=IVR):
        a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
        talks_to_d(world, a, d, talk(world, a))
        interrupts(world, s, "A", "C", "D")
        ended = a.gets("CONSULT.E+", *out(talk), "CALLING/CONSULT>FREE")
        assert ended["reason"] == INTERRUPTED
        assert d.gets("CALLING/CONSULT>FREE")["reason"] == INTERRUPTED


@any_call
def test_7_12_a_supervisor_interrupts_while_a_consultant_rings(world: World, talk: Talk):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    rings_at_d(world, a, d, talk(world, a))
    interrupts(world, s, "A", "C", "D")
    a.gets("CONSULT.E-", *out(talk), "CALLING/CONSULT>FREE")
    assert d.gets("RINGING>FREE")["reason"] == INTERRUPTED


@any_call
def test_7_12_a_supervisor_interrupts_a_three_way_talk(world: World, talk: Talk):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    three_talk(world, a, d, talk(world, a))
    all_hear_all(world, "A", "C", "D")
    interrupts(world, s, "A", "C", "D")
    ended = a.gets("THREE_WAY.E+", *out(talk), "CALLING/THREE_WAY>FREE")
    assert ended["reason"] == INTERRUPTED
    d.gets("CALLING/THREE_WAY>FREE")


@any_call
@pytest.mark.parametrize("mode", [BLIND, TALKING], ids=["blind", "talking"])
def test_7_12_a_supervisor_interrupts_a_transfer(world: World, talk: Talk, mode: str):
    with world.company(fallback=IVR):
        a = world.agent("A")
        uuid = talk(world, a)
        b, s = world.agent("B"), world.agent("S")
        rings_at_the_target(world, a, b, uuid, mode)
        interrupts(world, s, "A", "B", "C")
        ended = a.gets("TRANS.E-", *out(talk), "CALLING/TRANS>FREE")
        assert ended["reason"] == INTERRUPTED
        b.gets("RINGING>FREE")


def test_7_12_a_supervisor_interrupts_while_the_far_side_rings(world: World):
    a, s = world.agent("A"), world.agent("S")
    begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    interrupts(world, s, "A", "C")
    assert a.gets("CALL.E-")["code"] == "5207"
    assert a.gets("CALLING>FREE")["reason"] == INTERRUPTED


def test_7_13_a_supervisor_interrupts_while_the_agent_rings(world: World):
    with world.company(fallback=IVR):
        a, s = world.agent("A"), world.agent("S")
        rings_at_a(world, a)
        interrupts(world, s, "A", "C")
        assert a.gets("RINGING>FREE")["reason"] == INTERRUPTED


def test_7_13_a_supervisor_interrupts_while_a_skill_offers_a_caller(world: World):
    a, s = world.agent("A"), world.agent("S")
    world.phone("C").dial(NUMBER_OF_SKILL)
    offered(world, a, "A")
    b = world.agent("B")
    interrupts(world, s, "A", "C")
    assert a.gets("RINGING>FREE")["reason"] == INTERRUPTED
    b.got_nothing_more()


def test_7_13_a_supervisor_interrupts_while_the_callers_own_phone_rings(world: World):
    a, s = world.agent("A"), world.agent("S")
    a.begin("call", callee_number=OUTSIDE["C"])
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    interrupts(world, s, "A")
    a.gets("CALL.E-", "RINGING>FREE")


def test_7_16_interrupting_without_a_call_or_the_role_is_refused(world: World):
    a, s = world.agent("A"), world.agent("S")
    s.refused("4016", "interrupt_call", **operates("A"))
    s.refused("4101", "interrupt_call", operated_agent_id="90002_1", operated_ext_id="90002_1")
    a.refused("4102", "interrupt_call", **operates("S"))
    called_in(world, a)
    a.refused("4102", "interrupt_call", **operates("A"))
    world.phone("C").hangup()
    a.gets("CALLING>FREE")
