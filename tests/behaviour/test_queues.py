"""SEQUENCES.md, section 2 with skills: customers who wait in a queue of the switch."""

import pytest

from tests.behaviour.steps.calls import IVR, hear_each_other
from tests.behaviour.steps.queues import becomes_free, offered, talks, waits
from tests.behaviour.world import (
    AGENTS,
    NUMBER_OF_A,
    NUMBER_OF_BRIEF_SKILL,
    NUMBER_OF_IVR,
    NUMBER_OF_SKILL,
    OUTSIDE,
    SECONDS,
    SKILLS,
    World,
)

pytestmark = pytest.mark.usefixtures("rested")

IMPATIENT = {"1001": SKILLS["1001"] | {"ring_seconds": 1}, "1002": SKILLS["1002"]}


@pytest.mark.parametrize("who_ends", ["A", "C"])
def test_2_7_an_agent_accepts_a_caller_whom_a_skill_offers(world: World, who_ends: str):
    a = world.agent("A")
    talks(world, a)
    assert a.ok("get_status")["in_call_numbers"] == [OUTSIDE["C"]]
    world.phone(who_ends).hangup()
    a.gets("CALLING>FREE")


def test_2_7_what_the_ivr_found_out_comes_with_the_offer(world: World):
    found = '{"language":"中文","$x":"${y}"}'
    a = world.agent("A")
    world.phone("C").dial(NUMBER_OF_IVR)
    world.phone("C").wait_talking()
    world.until(lambda: len(world.lab.legs()) == 1)  # the switch's list lags behind its events
    (customer,) = world.lab.legs()
    world.lab.esl.api(f"uuid_setvar {customer} esl_bridge_flow_data {found}")
    world.lab.esl.api(f"uuid_transfer {customer} skill_1001@90001 XML esl_bridge")
    callin = a.gets("callin")
    assert callin["flow_data"] == found
    assert callin["caller_number"] == OUTSIDE["C"]
    assert callin["callee_number"] == NUMBER_OF_IVR
    a.gets("FREE>RINGING")
    world.phone("C").hangup()
    a.gets("RINGING>FREE")


def test_2_7_a_waiting_caller_is_offered_to_an_agent_who_checks_in(world: World):
    world.phone("C").dial(NUMBER_OF_SKILL)
    waits(world)
    a = becomes_free(world, "A")
    offered(world, a, "A")
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.hears("C", "A")
    world.phone("C").hangup()
    a.gets("CALLING>FREE")


@pytest.mark.parametrize(("policy", "then"), [("keep", "FREE"), ("busy", "BUSY")])
def test_2_8_an_agent_rejects_an_offer(world: World, policy: str, then: str):
    with world.company(missed_offer=policy):
        a = world.agent("A")
        world.phone("C").dial(NUMBER_OF_SKILL)
        offered(world, a, "A")
        world.phone("A").reject()
        assert a.gets(f"RINGING>{then}")["reason"] == "REJECTED"
        waits(world)
        world.phone("C").hangup()
        world.phone("C").wait_idle()


def test_2_8_an_agent_rejects_an_offer_by_a_hangup_request(world: World):
    a = world.agent("A")
    world.phone("C").dial(NUMBER_OF_SKILL)
    uuid = offered(world, a, "A")
    a.ok("hangup", uuid=uuid)
    assert a.gets("RINGING>FREE")["reason"] == "REJECTED"
    waits(world)
    world.phone("C").hangup()
    world.phone("C").wait_idle()


@pytest.mark.parametrize(("policy", "then"), [("keep", "FREE"), ("busy", "BUSY")])
def test_2_8_an_agent_lets_an_offer_ring(world: World, policy: str, then: str):
    with world.company(missed_offer=policy, skills=IMPATIENT):
        a = world.agent("A")
        world.phone("C").dial(NUMBER_OF_SKILL)
        offered(world, a, "A")
        assert a.gets(f"RINGING>{then}")["reason"] == "NO_ANSWER"
        waits(world)
        world.phone("C").hangup()
        world.phone("C").wait_idle()


def test_2_8_a_caller_whom_one_agent_rejects_is_offered_to_the_next(world: World):
    a = world.agent("A")
    world.phone("C").dial(NUMBER_OF_SKILL)
    offered(world, a, "A")
    b = world.agent("B")
    world.phone("A").reject()
    a.gets("RINGING>FREE")
    offered(world, b, "B")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    hear_each_other(world, "B", "C")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")


def test_2_9_the_caller_leaves_while_an_offer_rings(world: World):
    a = world.agent("A")
    world.phone("C").dial(NUMBER_OF_SKILL)
    offered(world, a, "A")
    world.phone("C").hangup()
    assert a.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    world.phone("A").wait_idle()


def test_2_10_an_agent_is_offered_nobody_while_it_wraps_up(world: World):
    with world.company(wrap_up_seconds=2):
        a = world.agent("A")
        talks(world, a)
        world.phone("X").dial(NUMBER_OF_SKILL)
        world.phone("X").wait_talking()
        world.phone("C").hangup()
        a.gets("CALLING>ARRANGE")
        assert a.gets("ARRANGE>FREE")["reason"] == "WRAP_UP_OVER"
        offered(world, a, "A", caller="X")
        world.phone("X").hangup()
        a.gets("RINGING>FREE")


def test_2_11_an_agent_asks_in_an_offered_call_to_be_busy_after_it(world: World):
    a = world.agent("A")
    talks(world, a)
    a.ok("change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    world.phone("C").hangup()
    assert a.gets("CALLING>BUSY")["reason"] == "AFTER_CALL"


def test_a_caller_who_waits_too_long_goes_to_the_fallback(world: World):
    with world.company(fallback=IVR):
        world.phone("C").dial(NUMBER_OF_BRIEF_SKILL)
        waits(world)
        world.until(lambda: "IVR" in world.phone("C").hears(), SECONDS)
        world.hears("C", "IVR")
        world.phone("C").hangup()


def test_a_caller_whose_wait_ends_during_an_offer_goes_to_the_fallback_after_it(world: World):
    with world.company(fallback={"agent": AGENTS["B"]}):
        e, b = world.agent("E"), world.agent("B")
        world.phone("C").dial(NUMBER_OF_BRIEF_SKILL)
        e.gets("callin", "FREE>RINGING")
        assert e.gets("RINGING>FREE")["reason"] == "NO_ANSWER"
        b.gets("callin", "FREE>RINGING")
        world.hears("C", "RINGBACK")
        world.phone("B").wait_ringing()
        world.phone("B").answer()
        b.gets("RINGING>CALLING")
        hear_each_other(world, "C", "B")
        world.phone("C").hangup()
        b.gets("CALLING>FREE")


def test_a_caller_who_waits_too_long_is_let_go_without_a_fallback(world: World):
    world.phone("C").dial(NUMBER_OF_BRIEF_SKILL)
    waits(world)
    world.phone("C").wait_idle()


def test_the_fallback_is_a_skill(world: World):
    with world.company(fallback={"skill": "1001"}):
        a, b = world.agent("A", start_status="BUSY"), world.agent("B")
        world.phone("C").dial(NUMBER_OF_A)
        callin = b.gets("callin")
        assert callin["caller_number"] == OUTSIDE["C"]
        assert callin["callee_number"] == NUMBER_OF_A
        b.gets("FREE>RINGING")
        world.phone("B").wait_ringing()
        world.phone("B").answer()
        b.gets("RINGING>CALLING")
        hear_each_other(world, "C", "B")
        world.phone("C").hangup()
        b.gets("CALLING>FREE")
        a.got_nothing_more()


@pytest.mark.parametrize("who_ends", ["A", "C"])
def test_3_1_an_agent_holds_a_caller_of_a_queue(world: World, who_ends: str):
    a = world.agent("A")
    uuid = talks(world, a)
    for held, last in (("1", ("MOH",)), ("0", ("A",)), ("1", ("MOH",))):
        a.ok("hold", uuid=uuid, hold=held)
        a.gets("CALLING>CALLING/HOLD" if held == "1" else "CALLING/HOLD>CALLING")
        world.hears("C", *last)
    world.hears("A")
    world.phone(who_ends).hangup()
    a.gets("CALLING/HOLD>FREE")


def test_an_agent_whose_phone_is_gone_is_offered_nothing(world: World):
    a = world.agent("A")
    with world.unregistered("A"):
        a.gets("EXT_UN_REG.E+")
        world.phone("C").dial(NUMBER_OF_SKILL)
        waits(world)
        world.phone("C").hangup()
        world.phone("C").wait_idle()
    talks(world, a)
    world.phone("C").hangup()
    a.gets("CALLING>FREE")


def test_a_busy_agent_is_offered_nothing(world: World):
    a = world.agent("A", start_status="BUSY")
    world.phone("C").dial(NUMBER_OF_SKILL)
    waits(world)
    a.got_nothing_more()
    world.phone("C").hangup()


def test_an_agent_whose_connection_is_lost_is_offered_nothing(world: World):
    a = world.agent("A")
    a.close()
    world.phone("C").dial(NUMBER_OF_SKILL)
    waits(world)
    world.phone("C").hangup()


def test_4_4_a_customer_who_called_is_transferred_to_a_skill(world: World):
    a = world.agent("A")
    uuid = talks(world, a)
    b = world.agent("B")
    a.ok("change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    a.ok("trans", uuid=uuid, type="1", trans_type="2", trans_number="1001")
    a.gets("TRANS.I", "CALLING>CALLING/TRANS", "TRANS.E+", "CALLING/TRANS>BUSY")
    offered(world, b, "B")
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    hear_each_other(world, "C", "B")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


def test_4_4_a_customer_who_was_called_is_transferred_to_a_skill(world: World):
    a, b = world.agent("D"), world.agent("B")
    uuid = a.ok("call", callee_number=OUTSIDE["C"])["uuid"]
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    a.gets("CALL.S")
    a.ok("trans", uuid=uuid, type="1", trans_type="2", trans_number="1001")
    a.gets("TRANS.I", "CALLING>CALLING/TRANS", "TRANS.E+", "CALL.E+", "CALLING/TRANS>FREE")
    callin = b.gets("callin")
    assert callin["caller_number"] == OUTSIDE["C"]
    b.gets("FREE>RINGING")
    world.phone("B").wait_ringing()
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    hear_each_other(world, "C", "B")
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
    world.phone("C").wait_idle()


class TestAnAgentsOwnCallAndAnOffer:
    def test_an_own_call_is_refused_where_an_offer_came_first(self, world: World):
        a = world.agent("A")
        world.phone("C").dial(NUMBER_OF_SKILL)
        offered(world, a, "A")
        a.refused("4103", "call", callee_number=OUTSIDE["X"])
        world.phone("A").answer()
        a.gets("RINGING>CALLING")
        world.hears("A", "C")
        world.phone("C").hangup()
        a.gets("CALLING>FREE")

    def test_nobody_is_offered_where_the_agents_own_call_came_first(self, world: World):
        a = world.agent("A")
        a.ok("call", callee_number=OUTSIDE["X"])
        world.phone("C").dial(NUMBER_OF_SKILL)
        a.gets("CALL.I", "FREE>RINGING")
        waits(world)
        world.phone("A").wait_ringing()
        world.phone("A").answer()
        a.gets("RINGING>CALLING")
        world.phone("X").wait_ringing()
        world.phone("X").reject()
        a.gets("CALL.E-", "CALLING>FREE")
        offered(world, a, "A")
        world.phone("C").hangup()
        a.gets("RINGING>FREE")

    def test_an_offer_and_an_own_call_at_the_same_moment_never_both_ring(self, world: World):
        """The customer is there already; the agent calls as it becomes available."""
        world.phone("C").dial(NUMBER_OF_SKILL)
        waits(world)
        a = world.agent("A", start_status="BUSY")
        a.ok("change_status", action="MAKE_FREE")
        reply = a.ask("call", callee_number=OUTSIDE["X"])
        world.phone("A").wait_ringing()
        a.gets("BUSY>FREE")
        if reply["code"] == "0":
            a.gets("CALL.I", "FREE>RINGING")
        else:
            assert reply["code"] == "4103"
            a.gets("callin", "FREE>RINGING")
        world.phone("A").answer()
        a.gets("RINGING>CALLING")
        if reply["code"] == "0":
            world.phone("X").wait_ringing()
            world.hears("C", "MOH")
            world.phone("A").hangup()
            a.gets("CALL.E-", "CALLING>FREE")
            world.phone("C").hangup()
        else:
            world.hears("A", "C")
            world.phone("C").hangup()
            a.gets("CALLING>FREE")


def test_2_14_an_agent_who_calls_out_is_offered_by_no_queue(world: World):
    a, b = world.agent("A"), world.agent("B", start_status="BUSY")
    a.refused("4103", "toggle_service_mode", service_mode=1)
    a.ok("toggle_service_mode", service_mode=2)
    a.refused("4103", "toggle_service_mode", service_mode=2)
    world.phone("C").dial(NUMBER_OF_SKILL)
    waits(world)
    a.got_nothing_more()
    uuid = b.begin("call", callee_number=AGENTS["A"], out_line=0)["uuid"]
    world.phone("B").wait_ringing()
    world.phone("B").answer()
    a.gets("callin", "FREE>RINGING")
    b.ok("hangup", uuid=uuid)
    a.gets("RINGING>FREE")
    world.crash_daemon()
    a = world.connect("A")
    a.checkin()
    a.refused("4103", "toggle_service_mode", service_mode=2)
    a.got_nothing_more()
    a.ok("toggle_service_mode", service_mode=1)
    offered(world, a, "A")
    world.phone("C").hangup()
    a.gets("RINGING>FREE")


def test_a_wallboard_shows_who_calls_out_until_its_check_out(world: World):
    s, a = world.agent("S"), world.agent("A")

    def shown() -> tuple[int, int]:
        board = s.ok("team_status", subscribe=False)
        mode = next(one for one in board["agents"] if one["agent_id"] == AGENTS["A"])
        free = next(one for one in board["queues"] if one["skill"] == "1001")
        return mode["service_mode"], free["agents_free"]

    assert shown() == (1, 1)
    a.ok("toggle_service_mode", service_mode=2)
    assert shown() == (2, 0)
    a.ok("checkout")
    a.gets("FREE>OFFLINE")
    assert shown() == (1, 0)
