"""SEQUENCES.md, 7.8 to 7.11: a supervisor takes an agent's call over."""

from datetime import date

import pytest

from tests.behaviour.steps.calls import (
    Talk,
    begins_to_call,
    called_in,
    ends_by_itself,
    hear_each_other,
    puts_on_hold,
    rings_at_a,
    rings_at_b,
    shows,
    takes_off_hold,
    talks_to_b,
    talks_to_c,
)
from tests.behaviour.steps.conferences import three_talk
from tests.behaviour.steps.consults import talks_to_d
from tests.behaviour.steps.queues import offered, takes
from tests.behaviour.steps.recordings import time_passes
from tests.behaviour.steps.supervision import operates
from tests.behaviour.steps.takeovers import (
    SUBSTITUTED,
    any_call,
    ends_the_call_taken_over,
    is_taken_over,
    rings_at_s,
    steps_in,
)
from tests.behaviour.world import AGENTS, COMPANY, NUMBER_OF_SKILL, OUTSIDE, World

pytestmark = pytest.mark.usefixtures("rested")


@pytest.mark.parametrize("who_ends", ["S", "C"])
def test_7_8_a_supervisor_takes_over_a_call_that_rings(world: World, who_ends: str):
    a, s = world.agent("A"), world.agent("S")
    rings_at_a(world, a)
    rings_at_s(world, s)
    assert world.caller_seen_by("S") == OUTSIDE["C"]
    world.hears("C", "RINGBACK")
    a.got_nothing_more()
    steps_in(world, s)
    is_taken_over(world, a, called_in, "RINGING")
    ends_the_call_taken_over(world, s, who_ends)


def test_7_8_a_supervisor_takes_over_a_call_that_a_skill_offers(world: World):
    a, s = world.agent("A"), world.agent("S")
    world.phone("C").dial(NUMBER_OF_SKILL)
    offered(world, a, "A")
    rings_at_s(world, s)
    world.hears("C", "MOH")
    a.got_nothing_more()
    steps_in(world, s)
    is_taken_over(world, a, takes, "RINGING")
    ends_the_call_taken_over(world, s)


def test_7_8_a_supervisor_takes_over_a_ringing_call_between_agents(world: World):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    rings_at_b(world, a, b)
    rings_at_s(world, s, "B")
    world.hears("A", *world.ringing_of("B"))
    steps_in(world, s, "A")
    a.gets("CALL.S")
    assert b.gets("RINGING>FREE")["reason"] == SUBSTITUTED
    shows(a, "CALLING", AGENTS["S"])
    ends_the_call_taken_over(world, s, far="A")
    a.gets("CALL.E+", "CALLING>FREE")


def test_7_9_the_agent_answers_before_the_supervisor(world: World):
    a, s = world.agent("A"), world.agent("S")
    rings_at_a(world, a)
    rings_at_s(world, s)
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    hear_each_other(world, "A", "C")
    steps_in(world, s)
    is_taken_over(world, a, called_in)
    ends_the_call_taken_over(world, s)


@any_call
@pytest.mark.parametrize("who_ends", ["S", "C"])
def test_7_10_a_supervisor_takes_over_a_talk(world: World, talk: Talk, who_ends: str):
    a, s = world.agent("A"), world.agent("S")
    talk(world, a)
    rings_at_s(world, s)
    a.got_nothing_more()
    hear_each_other(world, "A", "C")
    steps_in(world, s)
    is_taken_over(world, a, talk)
    ends_the_call_taken_over(world, s, who_ends)


@any_call
def test_7_10_a_supervisor_takes_over_a_call_on_hold(world: World, talk: Talk):
    a, s = world.agent("A"), world.agent("S")
    uuid = talk(world, a)
    puts_on_hold(a, uuid)
    rings_at_s(world, s)
    world.hears("C", "MOH")
    steps_in(world, s)
    is_taken_over(world, a, talk, "CALLING/HOLD")
    ends_the_call_taken_over(world, s)


@pytest.mark.parametrize("how", ["request", "phone"])
def test_7_10_a_supervisor_takes_over_the_call_of_an_agent_whom_another_holds(
    world: World, how: str
):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    talks_to_b(world, a, b)
    if how == "request":
        b.ok("hold", uuid=world.last_push(b)["uuid"], hold="1")
    else:
        world.phone("B").hold()
    b.gets("CALLING>CALLING/HOLD")
    world.hears("A", "MOH")
    rings_at_s(world, s)
    world.phone("S").answer()
    s.gets("RINGING>CALLING", "SUBSTITUTE.S")
    assert a.gets("CALL.E+", "CALLING>FREE")["reason"] == SUBSTITUTED
    world.phone("A").wait_idle()
    if how == "phone":
        world.phone("B").resume()
    b.gets("CALLING/HOLD>CALLING")
    hear_each_other(world, "B", "S")
    ends_by_itself(world)
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
    s.gets("SUBSTITUTE.E+", "CALLING>FREE")


@any_call
def test_7_10_a_supervisor_takes_over_a_call_that_the_phone_holds(world: World, talk: Talk):
    a, s = world.agent("A"), world.agent("S")
    talk(world, a)
    world.phone("A").hold()
    a.gets("CALLING>CALLING/HOLD")
    rings_at_s(world, s)
    world.hears("C", "MOH")
    steps_in(world, s)
    is_taken_over(world, a, talk, "CALLING/HOLD")
    ends_the_call_taken_over(world, s)


@pytest.mark.parametrize("who", ["A", "B"])
def test_7_10_a_supervisor_takes_over_a_call_between_agents(world: World, who: str):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    talks_to_b(world, a, b)
    stays = "B" if who == "A" else "A"
    rings_at_s(world, s, who)
    steps_in(world, s, stays)
    if who == "A":
        a.gets("CALL.E+")
    assert (a if who == "A" else b).gets("CALLING>FREE")["reason"] == SUBSTITUTED
    world.phone(who).wait_idle()
    shows(b if who == "A" else a, "CALLING", AGENTS["S"])
    ends_the_call_taken_over(world, s, far=stays)
    if who == "B":
        a.gets("CALL.E+")
    (b if who == "A" else a).gets("CALLING>FREE")


def test_7_10_a_colleague_who_holds_the_agent_hears_the_supervisor_afterwards(world: World):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    talks_to_b(world, a, b)
    b.ok("hold", uuid=world.last_push(b)["uuid"], hold="1")
    b.gets("CALLING>CALLING/HOLD")
    rings_at_s(world, s)
    steps_in(world, s, "B")
    b.gets("CALLING/HOLD>CALLING")
    a.gets("CALL.E+", "CALLING>FREE")
    ends_the_call_taken_over(world, s, far="B")
    b.gets("CALLING>FREE")


def test_7_10_a_recording_goes_on_through_the_takeover(world: World):
    a, s = world.agent("A"), world.agent("S")
    recording_options = {"record_start": "ANSWER", "record_suffix": "wav", "record_contact": True}
    talks_to_c(world, a, **recording_options)
    file = a.gets("RECORD.S")["record_file"]
    assert file.startswith(f"{COMPANY}/{date.today()}/")
    time_passes()
    rings_at_s(world, s)
    steps_in(world, s)
    is_taken_over(world, a, talks_to_c)
    time_passes()
    ends_the_call_taken_over(world, s)
    a.gets("RECORD.E+")
    assert world.recorded(file) == [{"A", "C", "S"}]


def test_7_10_the_agent_wraps_up_after_the_takeover(world: World):
    with world.company(wrap_up_seconds=60):
        a, s = world.agent("A"), world.agent("S")
        talks_to_c(world, a, work_order_id="order 7")
        rings_at_s(world, s)
        world.phone("S").answer()
        assert s.gets("RINGING>CALLING", "SUBSTITUTE.S")["work_order_id"] == "order 7"
        is_taken_over(world, a, talks_to_c, now="ARRANGE")
        world.phone("S").hangup()
        s.gets("SUBSTITUTE.E+", "CALLING>ARRANGE")
        for agent in (a, s):
            agent.ok("change_status", action="MAKE_FREE")
            agent.gets("ARRANGE>FREE")


@any_call
def test_7_10_a_supervisor_who_has_taken_over_is_an_agent_in_a_talk(world: World, talk: Talk):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    talk(world, a)
    uuid = rings_at_s(world, s)
    steps_in(world, s)
    is_taken_over(world, a, talk)
    puts_on_hold(s, uuid)
    world.hears("C", "MOH")
    takes_off_hold(s, uuid)
    leg = talks_to_d(world, s, d, uuid)
    world.hears("S", "D")
    s.begin("consult_to_trans", consult_uuid=leg)
    s.gets("CONSULT_TO_TRANS.I", "CONSULT.E+", "CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
    s.gets("SUBSTITUTE.E+", "CALLING/CONSULT>FREE")
    d.gets("CALLING/CONSULT>CALLING")
    hear_each_other(world, "C", "D")
    world.phone("D").hangup()
    d.gets("CALLING>FREE")


@any_call
@pytest.mark.parametrize("how", ["rejects", "hangs up"])
def test_7_11_the_supervisor_does_not_answer(world: World, talk: Talk, how: str):
    a, s = world.agent("A"), world.agent("S")
    uuid = talk(world, a)
    own_leg = rings_at_s(world, s)
    if how == "rejects":
        world.phone("S").reject()
    else:
        s.ok("hangup", uuid=own_leg)
    assert s.gets("SUBSTITUTE.E-")["code"] == ("5202" if how == "rejects" else "5207")
    s.gets("RINGING>FREE")
    a.got_nothing_more()
    hear_each_other(world, "A", "C")
    a.ok("hangup", uuid=uuid)
    a.gets(*(["CALL.E+"] if talk is talks_to_c else []), "CALLING>FREE")


def test_the_call_ends_before_the_supervisor_answers(world: World):
    a, s = world.agent("A"), world.agent("S")
    rings_at_a(world, a)
    rings_at_s(world, s)
    world.phone("C").hangup()
    a.gets("RINGING>FREE")
    assert s.gets("SUBSTITUTE.E-")["code"] == "5206"
    s.gets("RINGING>FREE")


def test_what_the_agent_begins_itself_goes_before_the_takeover(world: World):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    uuid = talks_to_c(world, a)
    rings_at_s(world, s)
    talks_to_d(world, a, d, uuid)
    world.phone("S").answer()
    s.gets("RINGING>CALLING")
    assert s.gets("SUBSTITUTE.E-")["code"] == "4103"
    s.gets("CALLING>FREE")
    world.hears("A", "D")
    world.hears("C", "MOH")
    a.ok("hangup", uuid=uuid)
    a.gets("CONSULT.E+", "CALL.E+", "CALLING/CONSULT>FREE")
    d.gets("CALLING/CONSULT>FREE")


def test_a_three_way_talk_cannot_be_taken_over(world: World):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    uuid = talks_to_c(world, a)
    three_talk(world, a, d, uuid)
    for name in "AD":
        s.refused("4016", "substitute", **operates(name))
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/THREE_WAY>FREE")
    d.gets("CALLING/THREE_WAY>CALLING")
    world.phone("D").hangup()
    d.gets("CALLING>FREE")


def test_an_agent_without_a_call_has_nothing_to_take_over(world: World):
    a, s = world.agent("A"), world.agent("S")
    s.refused("4016", "substitute", **operates("A"))
    s.refused("4101", "substitute", operated_agent_id="90002_1", operated_ext_id="90002_1")
    a.refused("4102", "substitute", **operates("S"))
    uuid = begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    s.refused("4016", "substitute", **operates("A"))
    with world.unregistered("S"):
        s.gets("EXT_UN_REG.E+")
        a.ok("hangup", uuid=uuid)
        a.gets("CALL.E-", "CALLING>FREE")
        rings_at_a(world, a)
        s.refused("4011", "substitute", **operates("A"))
    world.phone("C").hangup()
    a.gets("RINGING>FREE")
