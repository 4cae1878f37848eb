"""change_status and checkout: the replies, the pushes, who may, and what ends with it."""

import pytest

from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchTimedOut, SwitchUnavailable
from esl_bridge.operations.change_status import ChangeStatusReply
from tests.builders import NAMES, NO_SUCH_CHANNEL, OUTSIDE, Office

A, B, S = NAMES["A"], NAMES["B"], NAMES["S"]
MAKE = {"MAKE_FREE": "FREE", "MAKE_BUSY": "BUSY", "MAKE_REST": "REST", "MAKE_ARRANGE": "ARRANGE"}
LATER = {
    "MAKE_FREE_AFTER_CALL_STOP": "FREE",
    "MAKE_BUSY_AFTER_CALL_STOP": "BUSY",
    "MAKE_REST_AFTER_CALL_STOP": "REST",
    "CHECKOUT_AFTER_CALL_STOP": "OFFLINE",
}


def change(office: Office, action: str, name: str = "A", **fields: object) -> ChangeStatusReply:
    return office.ask(name, "change_status", action=action, **fields)


def force(office: Office, action: str, operated: str = A) -> ChangeStatusReply:
    return change(office, action, "S", operated_agent_id=operated, operated_ext_id=operated)


# -- oneself ----------------------------------------------------------------------------------


@pytest.mark.parametrize("start", MAKE.values())
@pytest.mark.parametrize("action", MAKE)
def test_a_state_of_ones_own_choice(office, action, start):
    office.put("A", Status[start])
    reply = change(office, action)
    assert reply == ChangeStatusReply(
        action=action, last_agent_status=start, agent_status=MAKE[action]
    )
    moved = [f"{start}>{MAKE[action]}"] if MAKE[action] != start else []
    assert office.got("A") == ["R", *moved]


def test_the_reason_of_ones_own_request_is_absent_and_its_id_is_there(office):
    change(office, "MAKE_BUSY")
    [moved] = office.pushed[A]
    assert (moved.reason, moved.req_id) == ("", "r1")


@pytest.mark.parametrize("action", [*MAKE, *LATER])
def test_where_it_is_refused(office, action):
    if action in LATER:
        office.refused("4016", "A", "change_status", action=action)
    near, _ = office.begin_call("A", OUTSIDE)
    for step in (office.rings, office.pick_up):
        step(near)
        if action in MAKE:
            office.refused("4103", "A", "change_status", action=action)
    office.put("B", Status.OFFLINE)
    office.refused("4009", "B", "change_status", action=action)


@pytest.mark.parametrize("action", LATER)
@pytest.mark.parametrize("talked", [True, False])
def test_what_is_remembered_is_done_when_the_call_stops(action, talked):
    office = Office(wrap_up_seconds=30)
    near, far = office.talk("A", "B") if talked else office.begin_call("A", "B")
    office.rings(near)
    office.forget()
    reply = change(office, action, rest_min=2)
    now = "CALLING" if talked else "RINGING"
    assert reply == ChangeStatusReply(action=action, last_agent_status=now, agent_status=now)
    office.ends(near, "CALL_REJECTED")
    office.ends(far)
    end = "CALL.E+" if talked else "CALL.E- 5202"
    assert office.got("A") == ["R", end, f"{now}>{LATER[action]} AFTER_CALL"]
    if action.startswith("MAKE_REST"):
        office.time_is_over(120)
        assert office.got("A") == ["REST>BUSY REST_TIMEOUT"]
    if action.startswith("CHECKOUT"):
        assert office.agent("A").token == ""


# -- leaving ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["checkout", "change_status"])
def test_leaving_at_rest(office, how):
    fields = {"action": "CHECKOUT"} if how == "change_status" else {}
    office.ask("A", how, **fields)
    assert office.got("A") == ["R", "FREE>OFFLINE"]
    assert office.agent("A").token == ""
    office.refused("4009", "A", how, **fields)


@pytest.mark.parametrize("how", ["checkout", "change_status"])
@pytest.mark.parametrize(
    "error", [None, NO_SUCH_CHANNEL, SwitchUnavailable("x"), SwitchTimedOut("x")]
)
def test_leaving_in_a_talk_ends_it_whatever_the_switch_says(office, how, error):
    near, far = office.talk("A", "B")
    if error:
        office.switch.will("uuid_kill", error)
    fields = {"action": "CHECKOUT"} if how == "change_status" else {}
    office.ask("A", how, **fields)
    assert office.got("A") == ["R", "CALL.E+", "CALLING>OFFLINE"]
    assert office.switch.heard == [f"api uuid_kill {near} NORMAL_CLEARING"]
    office.ends(near)
    office.ends(far)
    assert office.got("A") == []
    assert office.got("B") == ["CALLING>FREE"]
    office.nothing_left()


def test_leaving_while_the_own_phone_rings(office):
    near, far = office.begin_call("A", "B")
    office.rings(near)
    office.forget()
    office.ask("A", "checkout")
    assert office.got("A") == ["R", "CALL.E- 5207", "RINGING>OFFLINE"]
    office.ends(near, "ORIGINATOR_CANCEL")
    assert far
    office.nothing_left()


def test_leaving_an_offered_call_rejects_it(office):
    near, far = office.begin_call("A", "B")
    office.pick_up(near)
    office.rings(far)
    office.forget()
    office.ask("B", "checkout")
    assert office.switch.heard == [f"api uuid_kill {far} CALL_REJECTED"]
    assert office.got("B") == ["R", "RINGING>OFFLINE"]
    office.ends(far, "CALL_REJECTED")
    office.ends(near)
    assert office.got("A")[-2:] == ["CALL.E- 5202", "CALLING>FREE"]


def test_a_leg_left_over_from_before_is_no_state(office):
    """Note 9 of the table: nobody is told of it, and it changes nothing."""
    near, far = office.begin_call("A", "B")
    office.rings(near)
    office.switch.will("uuid_kill", SwitchTimedOut("late"))
    office.ask("A", "checkout")
    office.forget()
    office.pick_up(near)
    office.pick_up(far)
    office.bridge(near, far)
    assert office.got("A") == []
    assert office.status("A") is Status.OFFLINE


# -- by force ---------------------------------------------------------------------------------


FORCED = {"FORCE_CHECKOUT": "OFFLINE", "FORCE_MAKE_FREE": "FREE", "FORCE_MAKE_BUSY": "BUSY"}
FORCED["FORCE_RESET"] = "BUSY"


@pytest.mark.parametrize("action", FORCED)
@pytest.mark.parametrize("start", ["FREE", "REST", "BUSY"])
def test_the_reply_and_the_pushes_are_the_operated_agents(office, action, start):
    office.put("A", Status[start])
    reply = force(office, action)
    after = FORCED[action]
    assert reply == ChangeStatusReply(action=action, last_agent_status=start, agent_status=after)
    assert office.got("S") == ["R"]
    assert office.got("A") == ([f"{start}>{after} {action}:{S}"] if start != after else [])


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("FORCE_CHECKOUT", None),
        ("FORCE_MAKE_FREE", "4103"),
        ("FORCE_MAKE_BUSY", "4103"),
        ("FORCE_RESET", "4103"),
    ],
)
def test_one_who_is_away(office, action, code):
    office.put("A", Status.OFFLINE)
    if code is None:
        force(office, action)
        assert office.got("A") == []
    else:
        operated = {"operated_agent_id": A, "operated_ext_id": A}
        office.refused(code, "S", "change_status", action=action, **operated)


@pytest.mark.parametrize("action", ["FORCE_CHECKOUT", "FORCE_RESET"])
def test_in_a_talk_it_ends_it(office, action):
    near, far = office.talk("A", "B")
    reply = force(office, action)
    after = FORCED[action]
    assert (reply.last_agent_status, reply.agent_status) == ("CALLING", after)
    assert office.got("A") == ["CALL.E+", f"CALLING>{after} {action}:{S}"]
    assert office.switch.heard == [f"api uuid_kill {near} NORMAL_CLEARING"]
    office.ends(near)
    office.ends(far)
    assert office.got("A") == []
    office.nothing_left()


@pytest.mark.parametrize("action", ["FORCE_MAKE_FREE", "FORCE_MAKE_BUSY"])
def test_in_a_talk_it_is_remembered_with_who_wanted_it(office, action):
    near, far = office.talk("A", "B")
    reply = force(office, action)
    assert (reply.last_agent_status, reply.agent_status) == ("CALLING", "CALLING")
    office.ends(near)
    office.ends(far)
    assert office.got("A") == ["CALL.E+", f"CALLING>{FORCED[action]} {action}:{S}"]


def test_reset_of_oneself_needs_no_role_and_drops_what_is_remembered(office):
    office.talk("A", "B")
    change(office, "MAKE_REST_AFTER_CALL_STOP")
    change(office, "FORCE_RESET")
    assert office.agent("A").state.remembered is None
    assert office.got("A") == ["R", "R", "CALL.E+", "CALLING>BUSY"]


def test_reset_drops_timers_where_the_state_stays(office):
    change(office, "MAKE_REST", rest_min=1)
    office.put("A", Status.BUSY, rest=office.agent("A").state.rest)
    office.forget()
    change(office, "FORCE_RESET")
    office.time_is_over(60)
    assert office.got("A") == ["R"]
    assert office.agent("A").state.rest is None


@pytest.mark.parametrize("action", FORCED)
def test_who_may_not(office, action):
    operated = {"operated_agent_id": B, "operated_ext_id": B}
    office.refused("4102", "A", "change_status", action=action, **operated)
    foreign = {"operated_agent_id": B, "operated_ext_id": A}
    office.refused("4102", "A", "change_status", action=action, **foreign)
    office.refused("4012", "S", "change_status", action=action, **foreign)
    nobody = {"operated_agent_id": "90002_1", "operated_ext_id": B}
    office.refused("4102", "A", "change_status", action=action, **nobody)
    office.refused("4101", "S", "change_status", action=action, **nobody)
    if action != "FORCE_RESET":
        assert office.refused("4002", "S", "change_status", action=action).field == (
            "operated_agent_id"
        )


@pytest.mark.parametrize("action", FORCED)
def test_a_supervisor_that_names_itself_acts_for_itself(office, action):
    office.put("S", Status.REST)
    force(office, action, operated=S)
    assert office.got("S") == ["R", f"REST>{FORCED[action]}"]


@pytest.mark.parametrize("action", ["FORCE_MAKE_FREE", "FORCE_MAKE_BUSY"])
def test_it_takes_the_place_of_what_the_agent_wanted_remembered(office, action):
    near, _ = office.talk("A", "B")
    change(office, "CHECKOUT_AFTER_CALL_STOP")
    force(office, action)
    office.ends(near)
    assert office.got("A") == ["R", "CALL.E+", f"CALLING>{FORCED[action]} {action}:{S}"]


# -- time -------------------------------------------------------------------------------------


def test_rest_ends_in_busy(office):
    change(office, "MAKE_REST", rest_min=10)
    office.time_is_over(600)
    assert office.got("A") == ["R", "FREE>REST", "REST>BUSY REST_TIMEOUT"]


def test_rest_begun_again_starts_its_time_again(office):
    change(office, "MAKE_REST", rest_min=10)
    change(office, "MAKE_REST", rest_min=20)
    office.time_is_over(600)
    assert office.got("A") == ["R", "FREE>REST", "R"]
    office.time_is_over(1200)
    assert office.got("A") == ["REST>BUSY REST_TIMEOUT"]


def test_rest_without_a_time_has_the_companys_or_none():
    for minutes, seconds in [(None, []), (5, [300])]:
        office = Office(rest_minutes=minutes)
        change(office, "MAKE_REST")
        assert [timer.seconds for _, timer in office.timers] == seconds


def test_a_time_that_was_set_for_an_earlier_rest_means_nothing(office):
    change(office, "MAKE_REST", rest_min=1)
    change(office, "MAKE_FREE")
    change(office, "MAKE_REST", rest_min=3)
    office.forget()
    office.time_is_over(60)
    assert office.got("A") == []


def test_wrap_up_after_a_talk_and_its_end():
    office = Office(wrap_up_seconds=15)
    near, far = office.talk("A", "B")
    office.ends(near)
    office.ends(far)
    office.time_is_over(15)
    end = ["CALLING>ARRANGE", "ARRANGE>FREE WRAP_UP_OVER"]
    assert office.got("A") == ["CALL.E+", *end]
    office.time_is_over(15)
    assert office.got("B") == end


def test_wrap_up_is_not_for_a_call_in_which_nobody_talked():
    office = Office(wrap_up_seconds=15)
    near, far = office.begin_call("A", OUTSIDE)
    office.pick_up(near)
    office.ends(far, "USER_BUSY")
    office.ends(near, "USER_BUSY")
    assert office.got("A")[-1] == "CALLING>FREE"


def test_rest_runs_on_through_a_call_and_is_applied_after_it(office):
    change(office, "MAKE_REST", rest_min=1)
    near, far = office.begin_call("A", OUTSIDE)
    office.pick_up(near)
    office.time_is_over(60)
    assert office.status("A") is Status.CALLING
    office.ends(far, "USER_BUSY")
    office.ends(near, "USER_BUSY")
    assert office.got("A")[-1] == "CALLING>BUSY REST_TIMEOUT"


@pytest.mark.parametrize("over", [False, True])
def test_wrap_up_runs_on_through_a_ring(over):
    office = Office(wrap_up_seconds=15)
    change(office, "MAKE_BUSY")
    change(office, "MAKE_ARRANGE")
    near, _ = office.begin_call("A", OUTSIDE)
    office.rings(near)
    if over:
        office.time_is_over(15)
    office.ends(near, "NO_ANSWER")
    if over:
        assert office.got("A")[-1] == "RINGING>BUSY WRAP_UP_OVER"
    else:
        assert office.got("A")[-1] == "RINGING>ARRANGE NO_ANSWER"
        office.time_is_over(15)
        assert office.got("A") == ["ARRANGE>BUSY WRAP_UP_OVER"]
