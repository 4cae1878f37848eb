"""SEQUENCES.md, section 2 without skills: calls that come in."""

import pytest

from tests.behaviour.steps.calls import IVR, hear_each_other, rings_at, rings_at_a
from tests.behaviour.world import (
    AGENTS,
    NUMBER_OF_A,
    NUMBER_OF_F,
    NUMBER_OF_IVR,
    OUTSIDE,
    World,
)


@pytest.mark.parametrize("who_ends", ["A", "C"])
def test_2_1_a_customer_calls_the_number_of_an_agent_who_answers(world: World, who_ends: str):
    a = world.agent("A")
    rings_at_a(world, a)
    world.hears("C", "RINGBACK")
    assert not world.is_answered("C")
    world.phone("A").answer()
    assert a.gets("RINGING>CALLING")["reason"] == "CALLIN"
    world.phone("C").wait_talking()
    hear_each_other(world, "C", "A")
    assert a.ok("get_status")["in_call_numbers"] == [OUTSIDE["C"]]
    world.phone(who_ends).hangup()
    a.gets("CALLING>FREE")


def test_2_1_a_talk_outlives_the_time_that_a_phone_may_ring(world: World):
    with world.company(ring_seconds=4):
        a = world.agent("A")
        rings_at_a(world, a)
        world.phone("A").answer()
        a.gets("RINGING>CALLING")
        with pytest.raises(AssertionError):
            world.phone("C").wait_idle(6)
        world.hears("C", "A")
        world.phone("C").hangup()
        a.gets("CALLING>FREE")


def test_2_2_the_agent_rejects_and_the_caller_goes_to_the_fallback(world: World):
    with world.company(fallback=IVR):
        a = world.agent("A")
        rings_at_a(world, a)
        world.phone("A").reject()
        assert a.gets("RINGING>FREE")["reason"] == "REJECTED"
        world.phone("C").wait_talking()
        world.hears("C", "IVR")
        world.phone("C").hangup()


def test_2_2_the_agent_does_not_answer_and_there_is_no_fallback(world: World):
    with world.company(ring_seconds=2):
        a = world.agent("A")
        rings_at_a(world, a)
        assert a.gets("RINGING>FREE")["reason"] == "NO_ANSWER"
        assert world.phone("C").wait_idle().startswith("486")


def test_2_2_the_agent_rejects_by_a_hangup_request(world: World):
    a = world.agent("A")
    uuid = rings_at_a(world, a)
    a.ok("hangup", uuid=uuid)
    a.gets("RINGING>FREE")
    assert world.phone("C").wait_idle().startswith("486")


def test_2_2_the_fallback_is_an_agent(world: World):
    with world.company(fallback={"agent": AGENTS["B"]}):
        a, b = world.agent("A"), world.agent("B")
        rings_at_a(world, a)
        world.phone("A").reject()
        a.gets("RINGING>FREE")
        b.gets("callin", "FREE>RINGING")
        world.phone("B").wait_ringing()
        world.phone("B").answer()
        b.gets("RINGING>CALLING")
        world.phone("C").wait_talking()
        world.hears("B", "C")
        world.phone("B").hangup()
        b.gets("CALLING>FREE")


def test_2_2_the_fallback_is_a_number_outside(world: World):
    with world.company(fallback={"number": OUTSIDE["X"]}):
        a = world.agent("A")
        rings_at_a(world, a)
        world.phone("A").reject()
        a.gets("RINGING>FREE")
        world.phone("X").wait_ringing()
        world.phone("X").answer()
        world.phone("C").wait_talking()
        world.hears("X", "C")
        world.phone("X").hangup()


def test_2_3_the_caller_gives_up_while_the_agent_rings(world: World):
    a = world.agent("A")
    rings_at_a(world, a)
    world.phone("C").hangup()
    assert a.gets("RINGING>FREE")["reason"] == "CALLER_GONE"


def test_2_4_a_caller_of_an_agent_who_is_not_free_is_let_go(world: World):
    a = world.agent("A", start_status="BUSY")
    world.phone("C").dial(NUMBER_OF_A)
    assert world.phone("C").wait_idle().startswith("486")
    a.got_nothing_more()


def test_2_4_a_caller_of_an_absent_agent_goes_to_the_fallback(world: World):
    with world.company(fallback=IVR):
        world.phone("C").dial(NUMBER_OF_A)
        world.phone("C").wait_talking()
        world.hears("C", "IVR")
        world.phone("C").hangup()


def test_2_4_a_caller_of_an_agent_whose_phone_is_not_registered_is_let_go(world: World):
    a = world.agent("A")
    with world.unregistered("A"):
        a.gets("EXT_UN_REG.E+")
        world.phone("C").dial(NUMBER_OF_A)
        assert world.phone("C").wait_idle().startswith("486")


def test_2_5_an_answer_request_answers_where_the_phone_obeys(world: World):
    f = world.agent("F")
    uuid = rings_at(world, f, NUMBER_OF_F)
    f.ok("answer", uuid=uuid)
    f.gets("RINGING>CALLING")
    f.ok("pickup", uuid=uuid)
    world.phone("C").wait_talking()
    hear_each_other(world, "C", "F")
    world.phone("F").hangup()
    f.gets("CALLING>FREE")


def test_2_6_an_answer_request_fails_where_the_phone_does_not_obey(world: World):
    a = world.agent("A")
    uuid = rings_at_a(world, a)
    a.refused("4107", "answer", uuid=uuid)
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("A").hangup()
    a.gets("CALLING>FREE")


def test_a_number_leads_to_an_ivr(world: World):
    world.phone("C").dial(NUMBER_OF_IVR)
    world.phone("C").wait_talking()
    world.hears("C", "IVR")
    world.phone("C").hangup()


def test_2_10_an_agent_wraps_up_after_an_incoming_call(world: World):
    with world.company(wrap_up_seconds=1):
        a = world.agent("A")
        rings_at_a(world, a)
        world.phone("A").answer()
        a.gets("RINGING>CALLING")
        world.hears("A", "C")
        world.phone("C").hangup()
        a.gets("CALLING>ARRANGE")
        assert a.gets("ARRANGE>FREE")["reason"] == "WRAP_UP_OVER"


def test_2_11_an_agent_asks_in_a_call_to_be_busy_after_it(world: World):
    a = world.agent("A")
    rings_at_a(world, a)
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_talking()
    a.ok("change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    assert a.ok("get_status")["call_stop_status"] == "BUSY"
    world.phone("C").hangup()
    assert a.gets("CALLING>BUSY")["reason"] == "AFTER_CALL"


class TestAPhoneThatDialsByItself:
    def test_a_phone_that_dials_by_itself_is_refused_unless_the_company_allows_it(
        self, world: World
    ):
        a = world.agent("A")
        world.phone("A").dial(OUTSIDE["C"])
        assert world.phone("A").wait_idle()[:3] in ("403", "603")
        a.got_nothing_more()

    def test_a_phone_that_dials_by_itself_calls_where_the_company_allows_it(self, world: World):
        with world.company(dial_from_phone=True):
            a = world.agent("A")
            world.phone("A").dial(OUTSIDE["C"])
            a.gets("FREE>CALLING")
            world.phone("C").wait_ringing()
            world.phone("C").answer()
            world.phone("A").wait_talking()
            world.hears("A", "C")
            world.phone("A").hangup()
            a.gets("CALLING>FREE")

    def test_a_phone_that_dials_by_itself_calls_another_agent(self, world: World):
        with world.company(dial_from_phone=True):
            a, b = world.agent("A"), world.agent("B")
            world.phone("A").dial(AGENTS["B"])
            a.gets("FREE>CALLING")
            b.gets("callin", "FREE>RINGING")
            world.phone("B").wait_ringing()
            world.phone("B").reject()
            b.gets("RINGING>FREE")
            a.gets("CALLING>FREE")

    def test_a_phone_that_dials_by_itself_is_held_to_the_same_numbers(self, world: World):
        with world.company(dial_from_phone=True):
            a = world.agent("A")
            world.phone("A").dial("0044123")
            world.phone("A").wait_idle()
            a.got_nothing_more()
