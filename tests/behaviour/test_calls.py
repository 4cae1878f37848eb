"""SEQUENCES.md, section 1: calls that agents make."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    AWAY,
    BARRED,
    BUSY,
    DECLINED,
    DOWN,
    EARLY,
    LEAVES,
    NO_SUCH,
    TIMED_OUT,
    begins_to_call,
    ends_its_call,
    hear_each_other,
    rings_at_b,
    talks_to_c,
)
from tests.behaviour.world import AGENTS, CALLER_ID, OUTSIDE, World


@pytest.mark.parametrize("who_ends", ["A", "B"])
def test_1_1_an_agent_calls_a_colleague_who_answers(world: World, who_ends: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = begins_to_call(world, a, AGENTS["B"], out_line=0)
    callin = b.gets("callin")
    assert (callin["caller_number"], callin["callin_channel"]) == (AGENTS["A"], "")
    b.gets("FREE>RINGING")
    world.phone("B").wait_ringing()
    world.hears("A", *world.ringing_of("B"))
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    started = a.gets("CALL.S")
    assert (started["uuid"], started["peer_uuid"]) == (uuid, callin["uuid"])
    assert started["display_number"] == callin["caller_number"]
    hear_each_other(world, "A", "B")
    assert a.ok("get_status")["in_call_numbers"] == [AGENTS["B"]]
    world.phone(who_ends).hangup()
    assert a.gets("CALL.E+")["code"] == "0"
    a.gets("CALLING>FREE")
    b.gets("CALLING>FREE")


def test_1_2_an_agent_calls_a_customer_who_answers(world: World):
    a = world.agent("A")
    begins_to_call(world, a, OUTSIDE["C"], work_order_id="order 7")
    world.phone("C").wait_ringing()
    assert world.caller_seen_by("C") == CALLER_ID
    world.phone("C").answer()
    started = a.gets("CALL.S")
    assert (started["audio"], started["video"], started["work_order_id"]) == (3, 0, "order 7")
    hear_each_other(world, "A", "C")
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING>FREE")


TASK = {"task_id": "T-3", "number_id": "N-44", "client_number": "C-9", "current_times": "2"}


def test_1_15_an_agent_calls_the_number_of_a_campaign_that_it_has_looked_at(world: World):
    a = world.agent("A")
    reply = a.begin("preview_out_call", callee_number=OUTSIDE["C"], work_order_id="7", **TASK)
    first = a.gets("PREVIEW_OUT_CALL.I")
    assert (first["uuid"], first["work_order_id"]) == (reply["uuid"], "7")
    assert (first.items() >= TASK.items(), "peer_uuid" in first) == (True, False)
    a.gets("FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    started = a.gets("PREVIEW_OUT_CALL.S")
    customer = next(leg for leg in a.ok("get_status")["legs"] if leg["role"] == "customer")
    assert (started["peer_uuid"], started["display_number"]) == (customer["uuid"], CALLER_ID)
    hear_each_other(world, "A", "C")
    world.phone("C").hangup()
    ended = a.gets("PREVIEW_OUT_CALL.E+")
    assert ended.items() >= TASK.items() | {("peer_uuid", customer["uuid"])}
    a.gets("CALLING>FREE")


def test_1_15_a_campaigns_number_may_be_busy_or_none_at_all(world: World):
    a = world.agent("A")
    a.refused("4002", "preview_out_call", callee_number=AGENTS["B"])
    a.refused("5205", "preview_out_call", callee_number="110")
    a.begin("preview_out_call", callee_number=BUSY)
    a.gets("PREVIEW_OUT_CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    ended = a.gets("PREVIEW_OUT_CALL.E-")
    assert (ended["code"], ended["display_number"]) == ("5200", CALLER_ID)
    assert not ended.keys() & {"peer_uuid", *TASK}
    a.gets("CALLING>FREE")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (BUSY, "5200"),
        (DECLINED, "5202"),
        (AWAY, "5203"),
        (DOWN, "5203"),
        (TIMED_OUT, "5203"),
        (NO_SUCH, "5204"),
        (BARRED, "5205"),
    ],
)
def test_1_3_a_call_to_the_outside_fails_with_the_code_of_its_cause(
    world: World, number: str, code: str
):
    a = world.agent("A")
    begins_to_call(world, a, number)
    assert a.gets("CALL.E-")["code"] == code
    a.gets("CALLING>FREE")


def test_1_3_a_called_customer_does_not_answer(world: World):
    a = world.agent("A")
    begins_to_call(world, a, OUTSIDE["C"], max_ring_time=2)
    assert a.gets("CALL.E-")["code"] == "5201"
    a.gets("CALLING>FREE")


def test_1_3_an_agent_hears_the_announcement_of_the_carrier(world: World):
    a = world.agent("A")
    uuid = begins_to_call(world, a, EARLY)
    world.hears("A", "EARLY")
    a.ok("hangup", uuid=uuid)
    assert a.gets("CALL.E-")["code"] == "5207"
    a.gets("CALLING>FREE")


def test_1_3_early_media_do_not_prolong_the_ringing(world: World):
    a = world.agent("A")
    begins_to_call(world, a, EARLY, max_ring_time=3)
    world.hears("A", "EARLY")
    assert a.gets("CALL.E-")["code"] == "5201"
    a.gets("CALLING>FREE")


def test_1_3_a_called_customer_hangs_up_as_it_answers(world: World):
    a = world.agent("A")
    begins_to_call(world, a, LEAVES)
    assert a.gets("CALL.E-")["code"] == "5206"
    a.gets("CALLING>FREE")


@contextmanager
def early_media_of_its_own_phone(world: World, seconds: int) -> Iterator[Client]:
    """Of F's, who is given so many seconds to pick it up."""
    phone = world.lab.phones[AGENTS["F"]]
    phone.sends_early_media(now=True)
    try:
        with world.company(ring_seconds=seconds):
            yield world.agent("F")
    finally:
        phone.sends_early_media(now=False)


@pytest.mark.parametrize(("whom", "line"), [(OUTSIDE["C"], 1), ("meeting", 2)])
def test_1_4_a_callers_own_phone_sends_early_media_and_does_not_answer(
    world: World, whom: str, line: int
):
    with early_media_of_its_own_phone(world, 3) as f:
        f.begin("call", callee_number=whom, out_line=line)
        f.gets("CALL.I", "FREE>RINGING")
        assert f.gets("CALL.E-")["code"] == "5201"
        assert f.gets("RINGING>FREE")["reason"] == "NO_ANSWER"


def test_1_4_a_callers_own_phone_sends_early_media_and_hears_the_customers(world: World):
    with early_media_of_its_own_phone(world, 20) as f:
        f.begin("call", callee_number=EARLY, max_ring_time=5)
        f.gets("CALL.I", "FREE>RINGING")
        world.phone("F").wait_ringing()
        world.phone("F").answer()
        f.gets("RINGING>CALLING")
        world.hears("F", "EARLY")
        assert f.gets("CALL.E-")["code"] == "5201"
        f.gets("CALLING>FREE")


def test_1_4_a_callers_own_phone_rejects(world: World):
    a = world.agent("A")
    a.begin("call", callee_number=OUTSIDE["C"])
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").reject()
    assert a.gets("CALL.E-")["code"] == "5202"
    assert a.gets("RINGING>FREE")["reason"] == "REJECTED"


def test_1_4_a_callers_own_phone_does_not_answer(world: World):
    with world.company(ring_seconds=2):
        a = world.agent("A")
        a.begin("call", callee_number=OUTSIDE["C"])
        a.gets("CALL.I", "FREE>RINGING")
        assert a.gets("CALL.E-")["code"] == "5201"
        assert a.gets("RINGING>FREE")["reason"] == "NO_ANSWER"


def test_1_5_an_agent_without_a_registered_phone_cannot_call(world: World):
    a = world.agent("A")
    with world.unregistered("A"):
        a.gets("EXT_UN_REG.E+")
        a.refused("4011", "call", callee_number=OUTSIDE["C"])


def test_1_6_a_colleague_who_is_not_free_cannot_be_called(world: World):
    a, b = world.agent("A"), world.agent("B")
    b.ok("change_status", action="MAKE_BUSY")
    b.gets("FREE>BUSY")
    a.refused("4104", "call", callee_number=AGENTS["B"], out_line=0)


def test_1_6_a_colleague_who_is_not_connected_cannot_be_called(world: World):
    a, b = world.agent("A"), world.agent("B")
    b.break_off()
    world.until_connected(just=1)
    a.refused("4104", "call", callee_number=AGENTS["B"], out_line=0)


def test_1_6_a_colleague_whose_phone_is_not_registered_cannot_be_called(world: World):
    a, b = world.agent("A"), world.agent("B")
    with world.unregistered("B"):
        b.gets("EXT_UN_REG.E+")
        a.refused("4104", "call", callee_number=AGENTS["B"], out_line=0)


@pytest.mark.parametrize(
    ("number", "code"), [("12 34", "4002"), ("0044123", "5205"), ("13900000003", "5205")]
)
def test_1_7_a_malformed_or_barred_number_is_refused(world: World, number: str, code: str):
    world.agent("A").refused(code, "call", callee_number=number)


def test_1_7_a_call_over_the_limit_of_outbound_calls_is_refused(world: World):
    external = world.settings_of_company()["external"]
    with world.company(external=external | {"max_calls": 1}):
        a, b = world.agent("A"), world.agent("B")
        uuid = talks_to_c(world, a)
        b.refused("5000", "call", callee_number=OUTSIDE["X"])
        ends_its_call(a, uuid)


def test_1_7_calling_an_unknown_agent_or_oneself_is_refused(world: World):
    a = world.agent("A")
    a.refused("4101", "call", callee_number="90001_99999", out_line=0)
    a.refused("4002", "call", callee_number=AGENTS["A"], out_line=0)


def test_1_8_a_called_colleague_rejects(world: World):
    a, b = world.agent("A"), world.agent("B")
    rings_at_b(world, a, b)
    world.phone("B").reject()
    assert a.gets("CALL.E-")["code"] == "5202"
    a.gets("CALLING>FREE")
    assert b.gets("RINGING>FREE")["reason"] == "REJECTED"


def test_1_8_a_called_colleague_does_not_answer(world: World):
    a, b = world.agent("A"), world.agent("B")
    begins_to_call(world, a, AGENTS["B"], out_line=0, max_ring_time=2)
    b.gets("callin", "FREE>RINGING")
    assert a.gets("CALL.E-")["code"] == "5201"
    a.gets("CALLING>FREE")
    assert b.gets("RINGING>FREE")["reason"] == "NO_ANSWER"


def test_1_9_the_caller_hangs_up_while_a_colleague_rings(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = rings_at_b(world, a, b)
    a.ok("hangup", uuid=uuid)
    assert a.gets("CALL.E-")["code"] == "5207"
    a.gets("CALLING>FREE")
    assert b.gets("RINGING>FREE")["reason"] == "CALLER_GONE"


def test_1_9_the_caller_hangs_up_at_its_phone_while_a_colleague_rings(world: World):
    a, b = world.agent("A"), world.agent("B")
    rings_at_b(world, a, b)
    world.phone("A").hangup()
    assert a.gets("CALL.E-")["code"] == "5207"
    a.gets("CALLING>FREE")
    b.gets("RINGING>FREE")


def test_1_10_the_caller_hangs_up_while_its_own_phone_rings(world: World):
    a = world.agent("A")
    uuid = a.begin("call", callee_number=OUTSIDE["C"])["uuid"]
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    a.ok("hangup", uuid=uuid)
    assert a.gets("CALL.E-")["code"] == "5207"
    a.gets("RINGING>FREE")


def test_1_11_a_call_ends_at_its_talk_limit(world: World):
    a, b = world.agent("A"), world.agent("B")
    begins_to_call(world, a, AGENTS["B"], out_line=0, max_call_time=2)
    b.gets("callin", "FREE>RINGING")
    world.phone("B").wait_ringing()
    world.phone("B").answer()
    a.gets("CALL.S")
    b.gets("RINGING>CALLING")
    assert a.gets("CALL.E+")["code"] == "5208"
    a.gets("CALLING>FREE")
    b.gets("CALLING>FREE")


def test_1_13_an_agent_calls_a_conference_room(world: World):
    a, b = world.agent("A"), world.agent("B")
    for name, agent in (("A", a), ("B", b)):
        agent.begin("call", callee_number="meeting", out_line=2)
        agent.gets("CALL.I", "FREE>RINGING")
        world.phone(name).wait_ringing()
        world.phone(name).answer()
        agent.gets("RINGING>CALLING", "CALL.S")
    hear_each_other(world, "A", "B")
    for name, agent in (("A", a), ("B", b)):
        world.phone(name).hangup()
        agent.gets("CALL.E+", "CALLING>FREE")


@pytest.mark.parametrize("state", ["BUSY", "REST", "ARRANGE"])
def test_1_14_an_agent_calls_from_another_manual_state(world: World, state: str):
    a = world.agent("A", start_status=state)
    a.begin("call", callee_number=OUTSIDE["C"])
    a.gets("CALL.I", f"{state}>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    a.gets("CALL.S")
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING>FREE" if state == "ARRANGE" else f"CALLING>{state}")


def test_a_second_call_is_refused_while_the_first_is_set_up(world: World):
    a = world.agent("A")
    uuid = a.begin("call", callee_number=OUTSIDE["C"])["uuid"]
    a.refused("4103", "call", callee_number=OUTSIDE["X"])
    a.gets("CALL.I", "FREE>RINGING")
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E-", "RINGING>FREE")


def test_two_callers_never_both_get_the_same_agent(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = a.begin("call", callee_number=AGENTS["B"], out_line=0)["uuid"]
    d.refused("4104", "call", callee_number=AGENTS["B"], out_line=0)
    a.gets("CALL.I", "FREE>RINGING")
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E-", "RINGING>FREE")
    b.got_nothing_more()
