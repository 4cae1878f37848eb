"""STATES.md, the moment of readiness: an agent acts in the instant in which it is told CALLING."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import hear_each_other, rings_at_a, rings_at_b
from tests.behaviour.steps.conferences import all_hear_all, third_rings
from tests.behaviour.steps.consults import rings_at_d
from tests.behaviour.steps.queues import offered
from tests.behaviour.steps.supervision import operates
from tests.behaviour.steps.takeovers import is_taken_over, steps_in
from tests.behaviour.steps.transfers import rings_at_the_target
from tests.behaviour.world import NUMBER_OF_SKILL, World

Ring = Callable[[World, Client], str]


def offered_by_the_queue(world: World, a: Client) -> str:
    """C has called the skill, and A's phone rings; gives the uuid of A's leg."""
    world.phone("C").dial(NUMBER_OF_SKILL)
    return offered(world, a, "A")


any_offer = pytest.mark.parametrize("ring", [rings_at_a, offered_by_the_queue])


def answers(world: World, a: Client, ring: Ring) -> str:
    """A has just been told CALLING, and nobody waits for anything; gives the uuid of A's leg."""
    uuid = ring(world, a)
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    return uuid


def hangs_up(world: World, a: Client) -> None:
    world.phone("A").hangup()
    a.gets("CALLING>FREE")
    world.phone("C").wait_idle()


@any_offer
def test_an_agent_holds_at_once(world: World, ring: Ring):
    a = world.agent("A")
    uuid = answers(world, a, ring)
    assert a.ok("hold", uuid=uuid, hold="1")["hold"] == "1"
    a.gets("CALLING>CALLING/HOLD")
    world.hears("C", "MOH")
    a.ok("hold", uuid=uuid, hold="0")
    a.gets("CALLING/HOLD>CALLING")
    hear_each_other(world, "A", "C")
    hangs_up(world, a)


def test_an_agent_who_was_called_by_another_holds_at_once(world: World):
    a, b = world.agent("A"), world.agent("B")
    rings_at_b(world, a, b)
    world.phone("B").answer()
    uuid = b.gets("RINGING>CALLING")["uuid"]
    b.ok("hold", uuid=uuid, hold="1")
    b.gets("CALLING>CALLING/HOLD")
    world.hears("A", "MOH")
    world.phone("B").hangup()
    b.gets("CALLING/HOLD>FREE")
    a.gets("CALL.S", "CALL.E+", "CALLING>FREE")


@any_offer
def test_an_agent_sends_digits_at_once(world: World, ring: Ring):
    a = world.agent("A")
    uuid = answers(world, a, ring)
    a.ok("dtmf", uuid=uuid, content="1")
    world.receives_digits("C", "1", 3)
    hear_each_other(world, "A", "C")
    hangs_up(world, a)


@any_offer
def test_an_agent_transfers_at_once(world: World, ring: Ring):
    a, b = world.agent("A"), world.agent("B")
    uuid = answers(world, a, ring)
    rings_at_the_target(world, a, b, uuid)
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+", "CALLING/TRANS>FREE")
    hear_each_other(world, "B", "C")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")


@any_offer
def test_an_agent_consults_at_once(world: World, ring: Ring):
    a, d = world.agent("A"), world.agent("D")
    uuid = answers(world, a, ring)
    rings_at_d(world, a, d, uuid)
    world.hears("C", "MOH")
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    d.ok("dtmf", uuid=d.ok("get_status")["legs"][0]["uuid"], content="1")  # as it, too, may at once
    a.gets("CONSULT.S")
    hear_each_other(world, "A", "D")
    world.phone("D").hangup()
    d.gets("CALLING/CONSULT>FREE")
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    hear_each_other(world, "A", "C")
    hangs_up(world, a)


@any_offer
def test_an_agent_has_a_third_join_at_once(world: World, ring: Ring):
    a, d = world.agent("A"), world.agent("D")
    uuid = answers(world, a, ring)
    third_rings(world, a, d, uuid)
    world.phone("D").answer()
    d.gets("RINGING>CALLING/THREE_WAY")
    a.gets("THREE_WAY.S", "CALLING>CALLING/THREE_WAY")
    all_hear_all(world, "A", "C", "D")
    world.phone("C").hangup()
    a.gets_until("CALLING")
    world.phone("A").hangup()
    a.gets_until("FREE")
    d.gets_until("FREE")


@any_offer
def test_an_agent_changes_the_media_at_once(world: World, ring: Ring):
    a = world.agent("A")
    uuid = answers(world, a, ring)
    a.ok("change_media", uuid=uuid, audio=2)
    a.gets("CHANGE_MEDIA.I", "CHANGE_MEDIA.E+")
    world.hears("C")
    world.hears("A", "C")
    hangs_up(world, a)


@any_offer
def test_an_agent_records_at_once(world: World, ring: Ring):
    a = world.agent("A")
    uuid = answers(world, a, ring)
    assert a.ok("record_control", uuid=uuid, action="start")["recording"] == "on"
    a.gets("RECORD.S")
    hear_each_other(world, "A", "C")
    world.phone("A").hangup()
    a.gets_in_any_order("RECORD.E+", "CALLING>FREE")


@any_offer
def test_a_supervisor_takes_the_call_over_at_once(world: World, ring: Ring):
    a, s = world.agent("A"), world.agent("S")
    ring(world, a)
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    uuid = s.begin("substitute", **operates("A"))["uuid"]
    assert s.gets("SUBSTITUTE.I")["uuid"] == uuid
    s.gets("FREE>RINGING")
    world.phone("S").wait_ringing()
    steps_in(world, s)
    is_taken_over(world, a, rings_at_a)
    world.phone("S").hangup()
    s.gets("SUBSTITUTE.E+", "CALLING>FREE")


@any_offer
def test_several_requests_are_judged_in_their_order(world: World, ring: Ring):
    a = world.agent("A")
    uuid = answers(world, a, ring)
    sent = [a.send("dtmf", uuid=uuid, content="1"), a.send("hold", uuid=uuid, hold="1")]
    sent.append(a.send("dtmf", uuid=uuid, content="2"))
    assert [a.answer_of(one)["code"] for one in sent] == ["0", "0", "4103"]
    a.gets("CALLING>CALLING/HOLD")
    world.phone("A").hangup()
    a.gets("CALLING/HOLD>FREE")


@any_offer
def test_an_agent_hangs_up_at_once(world: World, ring: Ring):
    a = world.agent("A")
    uuid = answers(world, a, ring)
    waits, ends = a.send("hold", uuid=uuid, hold="1"), a.send("hangup", uuid=uuid)
    assert a.answer_of(ends)["code"] == "0"
    assert a.answer_of(waits)["code"] in ("0", "4016", "5206")  # as far as it had come by then
    a.gets_until("FREE")
    world.phone("A").wait_idle()
    # Where it came before the bridge, the queue keeps its caller, and would offer it again.
    a.ok("change_status", action="MAKE_BUSY")
    a.gets("FREE>BUSY")
    world.lab.clear()
