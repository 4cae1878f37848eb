"""SEQUENCES.md, sections 8.1 to 8.6: agents come, go, and come back."""

import re

import pytest

from tests.behaviour.steps.calls import (
    begins_to_call,
    ends_its_call,
    hear_each_other,
    rings_at_a,
    talks_to_c,
)
from tests.behaviour.world import AGENTS, COMPANY, OUTSIDE, World

COME_BACK = 1012


def test_8_1_an_agent_checks_in_and_out(world: World):
    a = world.connect("A")
    reply = a.checkin()
    assert reply["status"] == "FREE"
    assert (reply["ext_id"], reply["login_type"]) == (AGENTS["A"], "1")
    a.gets("OFFLINE>FREE")
    a.ok("checkout")
    a.gets("FREE>OFFLINE")
    a.refused("4009", "get_status")


def test_2_13_an_agent_notes_what_came_of_its_call(world: World):
    with world.company(dispositions={"1": "Resolved", "2": "Call back"}, wrap_up_seconds=60):
        a = world.agent("A")
        b = world.agent("B")
        uuid = talks_to_c(world, a)
        far = next(leg["uuid"] for leg in a.ok("get_status")["legs"] if leg["uuid"] != uuid)
        a.ok("wrap_up", uuid=far, notes="wants a call back")
        a.refused("4002", "wrap_up", uuid=uuid)
        a.refused("4002", "wrap_up", uuid=uuid, notes="n" * 2001)
        assert "2" in a.refused("4002", "wrap_up", uuid=uuid, disposition="3")["msg"]
        world.phone("C").hangup()
        a.gets("CALL.E+", "CALLING>ARRANGE")
        a.ok("wrap_up", uuid=far, disposition="2", notes="on \u2028 Monday")
        a.refused("4000", "wrap_up", uuid="call-" + "0" * 32, disposition="1")
        b.refused("4000", "wrap_up", uuid=uuid, disposition="1")
        a.got_nothing_more()
        world.crash_daemon()
        a = world.connect("A")
        a.checkin()
        a.ok("wrap_up", uuid=far, disposition="1", notes="on Monday")
        world.kill_daemon()
        assert world.wrap_ups() == [(uuid, "1", "on Monday")]
        world.start_daemon()


@pytest.mark.parametrize("start", ["BUSY", "REST", "ARRANGE"])
def test_8_1_an_agent_checks_in_with_a_start_status(world: World, start: str):
    a = world.connect("A")
    assert a.checkin(start_status=start)["status"] == start
    a.gets(f"OFFLINE>{start}")


def test_a_wrong_account_and_a_wrong_password_look_the_same(world: World):
    a = world.connect("A")
    one = a.refused("4004", "checkin", agent_pwd="wrong")
    other = a.refused("4004", "checkin", agent_pwd="wrong", agent_id="nobody")
    assert one["msg"] == other["msg"]
    a.refused("4008", "checkin", agent_pwd="example", company_code="90009")
    a.refused("4009", "get_status")


def test_8_2_an_agent_checks_out_in_a_call(world: World):
    a = world.agent("A")
    talks_to_c(world, a)
    a.ok("checkout")
    a.gets("CALL.E+", "CALLING>OFFLINE")
    world.phone("C").wait_idle()


def test_8_2_an_agent_checks_out_while_a_call_rings(world: World):
    a = world.agent("A")
    rings_at_a(world, a)
    a.ok("checkout")
    a.gets("RINGING>OFFLINE")
    assert world.phone("C").wait_idle().startswith("486")


def test_8_3_an_agent_checks_in_elsewhere_with_a_reset_in_a_call(world: World):
    old = world.agent("A")
    talks_to_c(world, old)
    new = world.connect("A")
    assert new.checkin(reset=True, agent_ip="10.0.0.7")["status"] == "FREE"
    kicked = old.gets("kick_off")
    assert (kicked["agent_ip"], kicked["code"]) == ("10.0.0.7", "0")
    new.gets("CALL.E+", "CALLING>FREE")
    old.refused("4009", "get_status")
    world.phone("C").wait_idle()


def test_8_3_an_agent_who_checks_in_elsewhere_without_a_reset_is_refused(world: World):
    a = world.agent("A")
    world.connect("A").refused("4010", "checkin", agent_pwd="example")
    assert a.ok("get_status")["status"] == "FREE"


def test_8_4_an_agent_checks_in_elsewhere_where_the_company_allows_it(world: World):
    with world.company(take_over=True):
        old = world.agent("A")
        uuid = talks_to_c(world, old)
        new = world.connect("A")
        reply = new.checkin()
        assert (reply["status"], reply["in_call_numbers"]) == ("CALLING", [OUTSIDE["C"]])
        old.gets("kick_off")
        new.got_nothing_more()
        ends_its_call(new, uuid)


@pytest.mark.parametrize("allowed", [False, True])
def test_8_4_an_agent_takes_its_session_over_by_password_with_state_and_call(
    world: World, allowed: bool
):
    with world.company(take_over=allowed):
        old = world.agent("A")
        uuid = talks_to_c(world, old)
        old.ok("change_status", action="MAKE_REST_AFTER_CALL_STOP")
        new = world.connect("A")
        new.refused("4004", "checkin", agent_pwd="wrong", take=True)
        reply = new.checkin(take=True)
        assert (reply["status"], reply["in_call_numbers"]) == ("CALLING", [OUTSIDE["C"]])
        assert old.gets("kick_off")["code"] == "0"
        old.refused("4009", "get_status")
        new.got_nothing_more()
        hear_each_other(world, "A", "C")
        new.ok("hangup", uuid=uuid)
        new.gets("CALL.E+", "CALLING>REST")


def test_8_5_an_agent_who_is_back_in_time_is_told_what_it_missed(world: World):
    a = world.agent("A")
    begins_to_call(world, a, OUTSIDE["C"])
    last = world.last_push(a)
    a.break_off()
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    world.phone("A").wait_talking()
    back = world.connect("A")
    reply = back.ok("checkin", token=a.token, epoch=last["epoch"], seq=last["seq"])
    assert reply["status"] == "CALLING"
    started = back.gets("CALL.S")
    assert started["seq"] == last["seq"] + 1
    world.phone("A").hangup()
    back.gets("CALL.E+", "CALLING>FREE")


def test_8_5_an_agent_who_is_back_in_time_is_told_of_the_ringing_call(world: World):
    a = world.agent("A")
    uuid = rings_at_a(world, a)
    a.break_off()
    back = world.connect("A")
    assert back.ok("checkin", token=a.token)["status"] == "RINGING"
    assert back.gets("callin")["uuid"] == uuid
    world.phone("A").reject()
    back.gets("RINGING>FREE")


def test_8_5_pushes_that_are_no_longer_kept_are_a_gap(world: World):
    a = world.agent("A")
    a.break_off()
    back = world.connect("A")
    back.ok("checkin", token=a.token, epoch="of another life", seq=3)
    gap = back.gets("gap")
    assert (gap["company_code"], gap["agent_id"]) == (COMPANY, AGENTS["A"])
    assert gap["from_seq"] == 1
    assert gap["to_seq"] >= 1


def test_8_6_an_agent_who_is_not_back_in_time_goes_offline(world: World):
    a, b = world.agent("A"), world.agent("B")
    a.break_off()
    back = world.connect("A")
    world.until(lambda: back.ok("get_status", token=a.token)["status"] == "OFFLINE")
    back.ok("checkin", token=a.token)
    back.gets("OFFLINE>FREE")
    assert b.ok("get_status")["status"] == "FREE"


def test_a_token_is_good_for_its_own_agent_alone(world: World):
    a, b = world.agent("A"), world.agent("B")
    assert b.refused("4009", "get_status", token=a.token)
    other = world.connect("A")
    assert other.ok("get_status", token=a.token)["status"] == "FREE"
    other.refused("4009", "change_status", token=a.token, action="MAKE_BUSY")


def test_a_tool_gets_a_token_without_a_check_in(world: World):
    tool = world.connect("A")
    tool.refused("4004", "get_token", agent_pwd="wrong")
    tool.refused("4002", "get_token")
    token = tool.ok("get_token", agent_pwd="example")["token"]
    assert tool.ok("get_status", token=token)["status"] == "OFFLINE"
    tool.refused("4009", "get_status", token=token)
    token = tool.ok("get_token", aagent_pwd="example")["token"]
    tool.refused("4009", "change_status", action="MAKE_BUSY", token=token)
    a = world.connect("A")
    assert a.ok("checkin", token=token)["status"] == "FREE"
    a.gets("OFFLINE>FREE")
    a.refused("4004", "checkin", token=token)
    uuid = talks_to_c(world, a)
    assert tool.ok("get_status", token=tool.ok("get_token", agent_pwd="example")["token"])
    a.got_nothing_more()
    ends_its_call(a, uuid)


class TestStates:
    def test_an_agent_becomes_busy_rests_wraps_up_and_becomes_free(self, world: World):
        a = world.agent("A")
        for action, change in [
            ("MAKE_BUSY", "FREE>BUSY"),
            ("MAKE_REST", "BUSY>REST"),
            ("MAKE_ARRANGE", "REST>ARRANGE"),
            ("MAKE_FREE", "ARRANGE>FREE"),
        ]:
            reply = a.ok("change_status", action=action)
            assert f"{reply['last_agent_status']}>{reply['agent_status']}" == change
            a.gets(change)

    def test_asking_for_the_same_state_again_is_no_change(self, world: World):
        a = world.agent("A")
        reply = a.ok("change_status", action="MAKE_FREE")
        assert reply["last_agent_status"] == reply["agent_status"] == "FREE"
        a.got_nothing_more()

    def test_a_state_cannot_be_changed_while_a_call_rings(self, world: World):
        a = world.agent("A")
        rings_at_a(world, a)
        refused = a.refused("4103", "change_status", action="MAKE_FREE")
        assert refused["action"] == "MAKE_FREE"
        world.phone("C").hangup()
        a.gets("RINGING>FREE")

    def test_a_state_after_the_call_can_be_asked_for_only_in_a_call(self, world: World):
        world.agent("A").refused("4016", "change_status", action="MAKE_BUSY_AFTER_CALL_STOP")

    def test_2_12_a_state_after_the_call_can_be_cancelled(self, world: World):
        a = world.agent("A")
        a.refused("4016", "change_status", action="CANCEL_AFTER_CALL_STOP")
        uuid = talks_to_c(world, a)
        a.ok("change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
        assert a.ok("get_status")["call_stop_status"] == "BUSY"
        reply = a.ok("change_status", action="CANCEL_AFTER_CALL_STOP")
        assert (reply["last_agent_status"], reply["agent_status"]) == ("CALLING", "CALLING")
        assert "call_stop_status" not in a.ok("get_status")
        a.ok("hangup", uuid=uuid)
        a.gets("CALL.E+", "CALLING>FREE")

    def test_an_agent_is_checked_out_after_the_call(self, world: World):
        a = world.agent("A")
        talks_to_c(world, a)
        a.ok("change_status", action="CHECKOUT_AFTER_CALL_STOP")
        world.phone("C").hangup()
        a.gets("CALL.E+", "CALLING>OFFLINE")
        a.refused("4009", "get_status")


def test_sigterm_in_a_talk_drops_nobody(world: World):
    a = world.agent("A")
    talks_to_c(world, a)
    with world.without_daemon():
        assert a.close_code() == COME_BACK
        hear_each_other(world, "A", "C")
    world.hears("A", "C")
    world.phone("C").hangup()
    world.phone("A").wait_idle()


def test_a_mistake_in_the_companies_leaves_the_old_ones_in_force(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    told = world.refuses_company(ring_seconds="long")
    [mistake] = told
    assert re.search(r"companies.yaml:\d+: 90001.ring_seconds: must be ", mistake)
    world.hears("A", "C")
    ends_its_call(a, uuid)
    talks_to_c(world, a)
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING>FREE")
