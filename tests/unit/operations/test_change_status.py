"""change_status and checkout: the replies, the pushes, who may, and what ends with it."""

import pytest

from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchTimedOut, SwitchUnavailable
from esl_bridge.operations.change_status import ChangeStatusReply
from tests.builders import NAMES, NO_SUCH_CHANNEL, OUTSIDE, TenantHarness

A, B, S = NAMES["A"], NAMES["B"], NAMES["S"]
MAKE = {"MAKE_FREE": "FREE", "MAKE_BUSY": "BUSY", "MAKE_REST": "REST", "MAKE_ARRANGE": "ARRANGE"}
LATER = {
    "MAKE_FREE_AFTER_CALL_STOP": "FREE",
    "MAKE_BUSY_AFTER_CALL_STOP": "BUSY",
    "MAKE_REST_AFTER_CALL_STOP": "REST",
    "CHECKOUT_AFTER_CALL_STOP": "OFFLINE",
}


def change(
    harness: TenantHarness, action: str, name: str = "A", **fields: object
) -> ChangeStatusReply:
    return harness.ask(name, "change_status", action=action, **fields)


def force(harness: TenantHarness, action: str, operated: str = A) -> ChangeStatusReply:
    return change(harness, action, "S", operated_agent_id=operated, operated_ext_id=operated)


# -- oneself ----------------------------------------------------------------------------------


@pytest.mark.parametrize("start", MAKE.values())
@pytest.mark.parametrize("action", MAKE)
def test_an_agent_enters_a_state_of_its_own_choice(harness, action, start):
    harness.put("A", Status[start])
    reply = change(harness, action)
    assert reply == ChangeStatusReply(
        action=action, last_agent_status=start, agent_status=MAKE[action]
    )
    moved = [f"{start}>{MAKE[action]}"] if MAKE[action] != start else []
    assert harness.got("A") == ["R", *moved]


def test_an_agents_own_change_has_a_request_id_and_no_reason(harness):
    change(harness, "MAKE_BUSY")
    [moved] = harness.pushed[A]
    assert (moved.reason, moved.req_id) == ("", "r1")


@pytest.mark.parametrize("action", [*MAKE, *LATER])
def test_a_change_of_state_is_refused_according_to_the_table(harness, action):
    if action in LATER:
        harness.refused("4016", "A", "change_status", action=action)
    near, _ = harness.begin_call("A", OUTSIDE)
    for step in (harness.rings, harness.pick_up):
        step(near)
        if action in MAKE:
            harness.refused("4103", "A", "change_status", action=action)
    harness.put("B", Status.OFFLINE)
    harness.refused("4009", "B", "change_status", action=action)


@pytest.mark.parametrize("action", LATER)
@pytest.mark.parametrize("talked", [True, False])
def test_a_pending_change_of_state_takes_effect_when_the_call_ends(action, talked):
    harness = TenantHarness(wrap_up_seconds=30)
    near, far = harness.talk("A", "B") if talked else harness.begin_call("A", "B")
    harness.rings(near)
    harness.forget()
    reply = change(harness, action, rest_min=2)
    now = "CALLING" if talked else "RINGING"
    assert reply == ChangeStatusReply(action=action, last_agent_status=now, agent_status=now)
    harness.ends(near, "CALL_REJECTED")
    harness.ends(far)
    end = "CALL.E+" if talked else "CALL.E- 5202"
    assert harness.got("A") == ["R", end, f"{now}>{LATER[action]} AFTER_CALL"]
    if action.startswith("MAKE_REST"):
        harness.time_is_over(120)
        assert harness.got("A") == ["REST>BUSY REST_TIMEOUT"]
    if action.startswith("CHECKOUT"):
        assert harness.agent("A").token == ""


# -- leaving ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["checkout", "change_status"])
def test_an_agent_checks_out_without_a_call(harness, how):
    fields = {"action": "CHECKOUT"} if how == "change_status" else {}
    harness.ask("A", how, **fields)
    assert harness.got("A") == ["R", "FREE>OFFLINE"]
    assert harness.agent("A").token == ""
    harness.refused("4009", "A", how, **fields)


@pytest.mark.parametrize("how", ["checkout", "change_status"])
@pytest.mark.parametrize(
    "error", [None, NO_SUCH_CHANNEL, SwitchUnavailable("x"), SwitchTimedOut("x")]
)
def test_a_check_out_in_a_talk_ends_it_whatever_the_switch_replies(harness, how, error):
    near, far = harness.talk("A", "B")
    if error:
        harness.switch.will("uuid_kill", error)
    fields = {"action": "CHECKOUT"} if how == "change_status" else {}
    harness.ask("A", how, **fields)
    assert harness.got("A") == ["R", "CALL.E+", "CALLING>OFFLINE"]
    assert harness.switch.heard == [f"api uuid_kill {near} NORMAL_CLEARING"]
    harness.ends(near)
    harness.ends(far)
    assert harness.got("A") == []
    assert harness.got("B") == ["CALLING>FREE"]
    harness.nothing_left()


def test_an_agent_checks_out_while_its_own_phone_rings(harness):
    near, far = harness.begin_call("A", "B")
    harness.rings(near)
    harness.forget()
    harness.ask("A", "checkout")
    assert harness.got("A") == ["R", "CALL.E- 5207", "RINGING>OFFLINE"]
    harness.ends(near, "ORIGINATOR_CANCEL")
    assert far
    harness.nothing_left()


def test_checking_out_rejects_an_offered_call(harness):
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.rings(far)
    harness.forget()
    harness.ask("B", "checkout")
    assert harness.switch.heard == [f"api uuid_kill {far} CALL_REJECTED"]
    assert harness.got("B") == ["R", "RINGING>OFFLINE"]
    harness.ends(far, "CALL_REJECTED")
    harness.ends(near)
    assert harness.got("A")[-2:] == ["CALL.E- 5202", "CALLING>FREE"]


def test_a_detached_leg_does_not_set_its_agents_state(harness):
    """Note 9 of the table: nobody is told of it, and it changes nothing."""
    near, far = harness.begin_call("A", "B")
    harness.rings(near)
    harness.switch.will("uuid_kill", SwitchTimedOut("late"))
    harness.ask("A", "checkout")
    harness.forget()
    harness.pick_up(near)
    harness.pick_up(far)
    harness.bridge(near, far)
    assert harness.got("A") == []
    assert harness.status("A") is Status.OFFLINE


# -- by force ---------------------------------------------------------------------------------


FORCED = {"FORCE_CHECKOUT": "OFFLINE", "FORCE_MAKE_FREE": "FREE", "FORCE_MAKE_BUSY": "BUSY"}
FORCED["FORCE_RESET"] = "BUSY"


@pytest.mark.parametrize("action", FORCED)
@pytest.mark.parametrize("start", ["FREE", "REST", "BUSY"])
def test_the_reply_to_a_forced_change_and_its_pushes_name_the_operated_agent(
    harness, action, start
):
    harness.put("A", Status[start])
    reply = force(harness, action)
    after = FORCED[action]
    assert reply == ChangeStatusReply(action=action, last_agent_status=start, agent_status=after)
    assert harness.got("S") == ["R"]
    assert harness.got("A") == ([f"{start}>{after} {action}:{S}"] if start != after else [])


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("FORCE_CHECKOUT", None),
        ("FORCE_MAKE_FREE", "4103"),
        ("FORCE_MAKE_BUSY", "4103"),
        ("FORCE_RESET", "4103"),
    ],
)
def test_an_absent_agent_can_only_be_checked_out_by_force(harness, action, code):
    harness.put("A", Status.OFFLINE)
    if code is None:
        force(harness, action)
        assert harness.got("A") == []
    else:
        operated = {"operated_agent_id": A, "operated_ext_id": A}
        harness.refused(code, "S", "change_status", action=action, **operated)


@pytest.mark.parametrize("action", ["FORCE_CHECKOUT", "FORCE_RESET"])
def test_a_forced_checkout_or_reset_ends_a_talk(harness, action):
    near, far = harness.talk("A", "B")
    reply = force(harness, action)
    after = FORCED[action]
    assert (reply.last_agent_status, reply.agent_status) == ("CALLING", after)
    assert harness.got("A") == ["CALL.E+", f"CALLING>{after} {action}:{S}"]
    assert harness.switch.heard == [f"api uuid_kill {near} NORMAL_CLEARING"]
    harness.ends(near)
    harness.ends(far)
    assert harness.got("A") == []
    harness.nothing_left()


@pytest.mark.parametrize("action", ["FORCE_MAKE_FREE", "FORCE_MAKE_BUSY"])
def test_a_change_forced_in_a_talk_is_pending_with_its_supervisor(harness, action):
    near, far = harness.talk("A", "B")
    reply = force(harness, action)
    assert (reply.last_agent_status, reply.agent_status) == ("CALLING", "CALLING")
    harness.ends(near)
    harness.ends(far)
    assert harness.got("A") == ["CALL.E+", f"CALLING>{FORCED[action]} {action}:{S}"]


def test_a_reset_of_oneself_needs_no_role_and_drops_the_pending_change(harness):
    harness.talk("A", "B")
    change(harness, "MAKE_REST_AFTER_CALL_STOP")
    change(harness, "FORCE_RESET")
    assert harness.agent("A").state.remembered is None
    assert harness.got("A") == ["R", "R", "CALL.E+", "CALLING>BUSY"]


def test_a_pending_status_that_a_supervisor_forced_can_be_cancelled(harness):
    near, _ = harness.talk("A", "B")
    force(harness, "FORCE_MAKE_BUSY")
    reply = change(harness, "CANCEL_AFTER_CALL_STOP")
    assert (reply.last_agent_status, reply.agent_status) == ("CALLING", "CALLING")
    assert harness.ask("A", "get_status").call_stop_status is None
    change(harness, "CANCEL_AFTER_CALL_STOP")
    harness.ends(near)
    assert harness.got("A") == ["R", "R", "R", "CALL.E+", "CALLING>FREE"]


def test_reset_drops_timers_where_the_state_stays(harness):
    change(harness, "MAKE_REST", rest_min=1)
    harness.put("A", Status.BUSY, rest=harness.agent("A").state.rest)
    harness.forget()
    change(harness, "FORCE_RESET")
    harness.time_is_over(60)
    assert harness.got("A") == ["R"]
    assert harness.agent("A").state.rest is None


@pytest.mark.parametrize("action", FORCED)
def test_an_agent_without_the_role_cannot_force_a_change(harness, action):
    operated = {"operated_agent_id": B, "operated_ext_id": B}
    harness.refused("4102", "A", "change_status", action=action, **operated)
    foreign = {"operated_agent_id": B, "operated_ext_id": A}
    harness.refused("4102", "A", "change_status", action=action, **foreign)
    harness.refused("4012", "S", "change_status", action=action, **foreign)
    nobody = {"operated_agent_id": "90002_1", "operated_ext_id": B}
    harness.refused("4102", "A", "change_status", action=action, **nobody)
    harness.refused("4101", "S", "change_status", action=action, **nobody)
    if action != "FORCE_RESET":
        assert harness.refused("4002", "S", "change_status", action=action).field == (
            "operated_agent_id"
        )


@pytest.mark.parametrize("action", FORCED)
def test_a_supervisor_may_force_its_own_state(harness, action):
    harness.put("S", Status.REST)
    force(harness, action, operated=S)
    assert harness.got("S") == ["R", f"REST>{FORCED[action]}"]


@pytest.mark.parametrize("action", ["FORCE_MAKE_FREE", "FORCE_MAKE_BUSY"])
def test_a_forced_change_replaces_the_agents_pending_change(harness, action):
    near, _ = harness.talk("A", "B")
    change(harness, "CHECKOUT_AFTER_CALL_STOP")
    force(harness, action)
    harness.ends(near)
    assert harness.got("A") == ["R", "CALL.E+", f"CALLING>{FORCED[action]} {action}:{S}"]


# -- time -------------------------------------------------------------------------------------


def test_rest_ends_in_busy(harness):
    change(harness, "MAKE_REST", rest_min=10)
    harness.time_is_over(600)
    assert harness.got("A") == ["R", "FREE>REST", "REST>BUSY REST_TIMEOUT"]


def test_a_repeated_rest_restarts_its_timer(harness):
    change(harness, "MAKE_REST", rest_min=10)
    change(harness, "MAKE_REST", rest_min=20)
    harness.time_is_over(600)
    assert harness.got("A") == ["R", "FREE>REST", "R"]
    harness.time_is_over(1200)
    assert harness.got("A") == ["REST>BUSY REST_TIMEOUT"]


def test_a_rest_without_a_duration_has_the_companys_or_none():
    for minutes, seconds in [(None, []), (5, [300])]:
        harness = TenantHarness(rest_minutes=minutes)
        change(harness, "MAKE_REST")
        assert [timer.seconds for _, timer in harness.timers] == seconds


def test_the_timer_of_an_earlier_rest_is_ignored(harness):
    change(harness, "MAKE_REST", rest_min=1)
    change(harness, "MAKE_FREE")
    change(harness, "MAKE_REST", rest_min=3)
    harness.forget()
    harness.time_is_over(60)
    assert harness.got("A") == []


def test_wrap_up_after_a_talk_and_its_end():
    harness = TenantHarness(wrap_up_seconds=15)
    near, far = harness.talk("A", "B")
    harness.ends(near)
    harness.ends(far)
    harness.time_is_over(15)
    end = ["CALLING>ARRANGE", "ARRANGE>FREE WRAP_UP_OVER"]
    assert harness.got("A") == ["CALL.E+", *end]
    harness.time_is_over(15)
    assert harness.got("B") == end


def test_no_wrap_up_follows_a_call_without_a_talk():
    harness = TenantHarness(wrap_up_seconds=15)
    near, far = harness.begin_call("A", OUTSIDE)
    harness.pick_up(near)
    harness.ends(far, "USER_BUSY")
    harness.ends(near, "USER_BUSY")
    assert harness.got("A")[-1] == "CALLING>FREE"


def test_rest_runs_on_through_a_call_and_is_applied_after_it(harness):
    change(harness, "MAKE_REST", rest_min=1)
    near, far = harness.begin_call("A", OUTSIDE)
    harness.pick_up(near)
    harness.time_is_over(60)
    assert harness.status("A") is Status.CALLING
    harness.ends(far, "USER_BUSY")
    harness.ends(near, "USER_BUSY")
    assert harness.got("A")[-1] == "CALLING>BUSY REST_TIMEOUT"


@pytest.mark.parametrize("over", [False, True])
def test_wrap_up_runs_on_through_a_ring(over):
    harness = TenantHarness(wrap_up_seconds=15)
    change(harness, "MAKE_BUSY")
    change(harness, "MAKE_ARRANGE")
    near, _ = harness.begin_call("A", OUTSIDE)
    harness.rings(near)
    if over:
        harness.time_is_over(15)
    harness.ends(near, "NO_ANSWER")
    if over:
        assert harness.got("A")[-1] == "RINGING>BUSY WRAP_UP_OVER"
    else:
        assert harness.got("A")[-1] == "RINGING>ARRANGE NO_ANSWER"
        harness.time_is_over(15)
        assert harness.got("A") == ["ARRANGE>BUSY WRAP_UP_OVER"]
