"""call: whom, by which command, told in which order; what it refuses; what becomes of a failure."""

import msgspec
import pytest

from esl_bridge.domain.company import External, Route
from esl_bridge.domain.domain_events import ActionAdvanced, AgentStateChanged, LegOffered
from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchRefused, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.events import (
    LegAnswered,
    LegsBridged,
    OriginateFailed,
    Registered,
    RoomEntered,
)
from tests.builders import (
    BARRED,
    CALLER_ID,
    NAMES,
    NO_SUCH_CHANNEL,
    OTHER_OUTSIDE,
    OUTSIDE,
    PAGE,
    TenantHarness,
    at,
    company,
)

A, B = NAMES["A"], NAMES["B"]
RINGS = ["R", "CALL.I", "FREE>RINGING"]
ANSWERED = [*RINGS, "RINGING>CALLING"]
TALKS = [*ANSWERED, "CALL.S"]


def far_text(far: str, endpoint: str, who: str, shown: str = CALLER_ID) -> str:
    return (
        f"[^^;origination_uuid={far};esl_bridge_company=90001;esl_bridge_role=callin;{who};"
        f"origination_caller_id_number={shown};origination_caller_id_name={shown};"
        "outbound_redirect_fatal=true;media_mix_inbound_outbound_codecs=true;leg_timeout=60;"
        "execute_on_ring=sched_hangup:+60;execute_on_pre_answer=sched_hangup:+60;"
        "execute_on_answer_rings_no_more=sched_cancel;"
        "hangup_after_bridge=true;execute_on_answer=sched_hangup:+28800;"
        f"playback_terminators=none]{endpoint}"
    )


CONTACT = f"contact-{2:032x}"  # of the first call


def near_text(near: str, shown: str) -> str:
    return (
        f"{{^^;origination_uuid={near};esl_bridge_company=90001;esl_bridge_role=call;"
        f"esl_bridge_agent={A};esl_bridge_contact_id={CONTACT};origination_caller_id_number={shown};"
        f"origination_caller_id_name={shown};sip_h_X-Call-UUID={near};"
        "sip_copy_custom_headers=false;originate_timeout=20;ignore_early_media=true;"
        "hangup_after_bridge=true;ringback=%(1000,4000,450);playback_terminators=none;"
        "playback_timeout_sec=43200}"
        f"user/{A}@esl-bridge.local"
    )


def bridge(dialled: str) -> str:
    return f"'&bridge({{ignore_early_media=false}}{dialled})'"


# -- whom, and how --------------------------------------------------------------------------------


def test_a_call_to_the_outside_is_one_command_that_calls_the_agent_first(harness):
    near, far = harness.begin_call("A", OUTSIDE)
    who = f"esl_bridge_dialled={OUTSIDE};esl_bridge_contact_id={CONTACT}"
    dialled = far_text(far, f"sofia/gateway/carrier/{OUTSIDE}", who)
    line = f"api bgapi originate {near_text(near, OUTSIDE)} {bridge(dialled)}"
    assert harness.switch.heard == [line]


def test_a_called_agent_is_reached_at_its_extension_and_sees_who_calls(harness):
    _, far = harness.begin_call("A", "B")
    who = f"esl_bridge_agent={B};esl_bridge_contact_id={CONTACT}"
    dialled = far_text(far, f"user/{B}@esl-bridge.local", who, shown=A)
    assert harness.switch.heard[0].endswith(f" {bridge(dialled)}")


PICTURES = ";absolute_codec_string=PCMU,PCMA,opus,G722,VP8,H264;"


def test_only_a_video_call_offers_pictures(harness):
    harness.begin_call("A", "B")
    assert PICTURES not in harness.switch.take()[0]
    harness.ask("D", "call", callee_number=NAMES["E"], out_line=0, video=3)
    assert harness.switch.heard[0].count(PICTURES) == 2


def test_the_codecs_of_an_outside_leg_come_from_its_own_profile(harness):
    harness.begin_call("A", OUTSIDE, video=3)
    assert harness.switch.heard[0].count(PICTURES) == 1


@pytest.mark.parametrize("websocket", [True, False])
def test_a_phone_that_came_by_websocket_has_no_session_timers(harness, websocket):
    for name in (A, B):
        harness.event(Registered(name, "", PAGE if websocket else at(name)))
    harness.switch.take()
    harness.begin_call("A", "B")
    assert harness.switch.heard[0].count(";sofia_session_timeout=0;") == 2 * websocket


@pytest.mark.parametrize("at_once", [True, False])
def test_an_agents_own_phone_is_asked_to_answer_at_once_where_the_company_wants_it(at_once):
    harness = TenantHarness(answer_own_leg=at_once)
    harness.begin_call("A", "B")
    own_leg, far = harness.switch.heard[0].split("&bridge")
    assert (";sip_auto_answer=true;" in own_leg) is at_once
    assert "sip_auto_answer" not in far and "X-Call-UUID" not in far


def test_a_called_room_is_the_companys_own(harness):
    near = harness.ask("A", "call", callee_number="round_1", out_line=2, max_call_time=77).uuid
    [line] = harness.switch.heard
    assert line.endswith(" '&conference(round_1.90001@esl_bridge)'")
    assert "execute_on_answer=sched_hangup:+77}" in line
    harness.pick_up(near)
    harness.event(RoomEntered(near, "round_1.90001"))
    harness.ends(near)
    assert harness.got("A") == [*TALKS, "CALL.E+", "CALLING>FREE"]
    harness.nothing_left()


def test_no_two_companies_share_a_room():
    names = set()
    for code, room in [
        ("1", "2-x"),
        ("1-2", "x"),
        ("1_2", "x"),
        ("1.2", "x"),
        ("2", "x"),
        ("x", "2"),
    ]:
        harness = TenantHarness(code=code)
        harness.ask("A", "call", callee_number=room, out_line=2)
        names.add(harness.switch.heard[0].rpartition("&conference(")[2])
    assert len(names) == 6


def test_a_call_has_the_limits_of_its_request(harness):
    harness.begin_call("A", OUTSIDE, max_ring_time=33, max_call_time=44)
    [line] = harness.switch.heard
    assert "leg_timeout=33;" in line
    assert "sched_hangup:+44;" in line


def test_legs_are_named_before_the_switch_is_asked(harness):
    near, far = harness.begin_call("A", OUTSIDE)
    for leg in (near, far):
        prefix, _, digits = leg.partition("-")
        assert (prefix, len(digits)) == ("call", 32)
        assert harness.owners[leg] is harness.tenant


# -- who is told what -----------------------------------------------------------------------------


@pytest.mark.parametrize("who_ends", ["near first", "far first"])
def test_a_whole_call_between_agents(harness, who_ends):
    near, far = harness.begin_call("A", "B")
    for leg in (near, far):
        harness.pick_up(leg)
    harness.bridge(near, far)
    for leg in (near, far) if who_ends == "near first" else (far, near):
        harness.ends(leg)
    assert harness.got("A") == [*TALKS, "CALL.E+", "CALLING>FREE"]
    assert harness.got("B") == ["callin", "FREE>RINGING", "RINGING>CALLING", "CALLING>FREE"]
    harness.nothing_left()


@pytest.mark.parametrize("status", [Status.BUSY, Status.REST, Status.ARRANGE])
def test_a_call_from_another_manual_state_leads_back_to_it(harness, status):
    harness.put("A", status)
    near, far = harness.begin_call("A", OUTSIDE)
    harness.pick_up(near)
    harness.ends(far, "USER_BUSY")
    harness.ends(near, "USER_BUSY")
    told = harness.got("A")
    assert told[2] == f"{status}>RINGING"
    assert told[-2:] == ["CALL.E- 5200", f"CALLING>{status}"]


def test_a_bridge_of_early_media_is_no_talk(harness):
    near, far = harness.begin_call("A", OUTSIDE)
    harness.pick_up(near)
    harness.rings(far)
    harness.bridge(near, far)
    assert harness.got("A") == ANSWERED
    harness.pick_up(far)
    assert harness.got("A") == ["CALL.S"]


def test_an_answer_before_the_bridge_starts_no_talk(harness):
    near, far = harness.begin_call("A", OUTSIDE)
    harness.pick_up(near)
    harness.pick_up(far)
    assert harness.got("A") == ANSWERED
    harness.bridge(near, far)
    assert harness.got("A") == ["CALL.S"]


def test_the_start_of_a_call_is_reported_once(harness):
    near, far = harness.talk("A", OUTSIDE)
    for _ in range(2):
        harness.pick_up(far)
        harness.bridge(near, far)
    assert harness.got("A") == []


def test_pushes_that_belong_to_a_call_request_carry_its_id(harness):
    near, far = harness.begin_call("A", OUTSIDE, work_order_id="wo-1")
    harness.pick_up(near)
    harness.pick_up(far)
    harness.bridge(near, far)
    harness.ends(far)
    harness.ends(near)
    steps = [push for push in harness.pushed[A] if isinstance(push, ActionAdvanced)]
    assert {(push.req_id, push.uuid, push.work_order_id) for push in steps} == {
        ("r1", near, "wo-1")
    }
    initiate, start, end = steps
    assert (initiate.media, end.media) == (None, None)
    assert (start.media.audio, start.last_media.audio) == (3, 0)


def test_the_called_agent_sees_the_caller(harness):
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.rings(far)
    offer = harness.last_push("B", LegOffered)
    assert (offer.uuid, offer.caller, offer.callee, offer.channel) == (far, A, B, "")


def test_a_change_of_state_in_a_call_has_its_reason(harness):
    near, _ = harness.begin_call("A", OUTSIDE)
    harness.rings(near)
    moved = harness.last_push("A", AgentStateChanged)
    assert (moved.reason, moved.uuid, moved.numbers) == ("CALL", near, [])


# -- what is refused ------------------------------------------------------------------------------


def to_b(harness: TenantHarness, code: str = "4104") -> None:
    harness.refused(code, "A", "call", callee_number=B, out_line=0)


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.FREE])
def test_calling_an_agent_who_is_not_free_is_refused(harness, status):
    harness.put("B", status)
    to_b(harness)


def test_calling_an_agent_who_is_not_connected_or_registered_is_refused(harness):
    harness.agent("B").connection = None
    to_b(harness)
    harness.put("B", Status.FREE).registered_at = {}
    to_b(harness)


def test_a_called_agent_is_reserved_from_the_request_on(harness):
    harness.begin_call("D", "B")
    to_b(harness)
    harness.refused("4103", "B", "call", callee_number=OUTSIDE)


@pytest.mark.parametrize("out_line", [0, 1, 2])
def test_an_agent_whose_phone_is_being_set_up_cannot_begin_a_call(harness, out_line):
    harness.begin_call("A", "B")
    harness.refused("4103", "A", "call", callee_number="12345678901", out_line=out_line)


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("4002", {"callee_number": A, "out_line": 0}),
        ("4101", {"callee_number": "90001_nobody", "out_line": 0}),
        ("4101", {"callee_number": "a\nb; ${x}", "out_line": 0}),
        ("5205", {"callee_number": "110"}),
        ("5205", {"callee_number": BARRED}),
        ("5205", {"callee_number": OUTSIDE + "1"}),
    ],
)
def test_a_call_to_a_number_that_may_not_be_called_is_refused(harness, code, fields):
    harness.refused(code, "A", "call", **fields)


def test_the_refusal_of_a_colleague_called_as_a_number_says_how_to_call_it(harness):
    harness.tenant.agents["20009"] = harness.agent("B")
    assert (
        harness.refused("5205", "A", "call", callee_number="20009").hint == "out_line 0: agent_id"
    )
    assert harness.refused("5205", "A", "call", callee_number="20008").hint == ""


def test_an_agent_who_may_not_call_is_refused(harness):
    harness.agent("A").registered_at = {}
    harness.refused("4011", "A", "call", callee_number=OUTSIDE)
    harness.put("A", Status.FREE)
    harness.tenant.switch_up = False
    harness.refused("5300", "A", "call", callee_number=OUTSIDE)
    harness.put("A", Status.OFFLINE)
    harness.refused("4009", "A", "call", callee_number=OUTSIDE)


def test_a_company_without_an_outside_line_cannot_call_out():
    TenantHarness(external=None).refused("5205", "A", "call", callee_number=OUTSIDE)


@pytest.mark.parametrize(
    ("limits", "callers"),
    [({"max_calls": 2}, "ABD"), ({"per_minute": 2}, "ABD")],
)
def test_a_company_can_have_too_many_calls(limits, callers):
    harness = TenantHarness(external=limited(**limits))
    for name in callers[:2]:
        harness.begin_call(name, OUTSIDE)
    harness.refused("5000", callers[2], "call", callee_number=OUTSIDE)
    harness.ask(callers[2], "call", callee_number="round", out_line=2)


def test_calls_of_the_last_minute_are_counted_and_no_others():
    harness = TenantHarness(external=limited(per_minute=1))
    for _ in range(3):
        near, _ = harness.begin_call("A", OUTSIDE)
        harness.ends(near)
        harness.refused("5000", "A", "call", callee_number=OUTSIDE)
        harness.now += 60


def test_one_agent_cannot_begin_all_calls_of_a_minute():
    harness = TenantHarness(external=limited(per_minute=4, per_minute_per_agent=2))
    for _ in range(2):
        near, _ = harness.begin_call("A", OUTSIDE)
        harness.ends(near)
    harness.refused("5000", "A", "call", callee_number=OUTSIDE)
    harness.begin_call("B", OUTSIDE)


def limited(**limits: int) -> External:
    external = company().external
    assert external is not None
    return msgspec.structs.replace(external, **limits)


def test_an_agent_in_a_call_cannot_begin_another(harness):
    harness.talk("A", "B")
    for name in "AB":
        harness.refused("4103", name, "call", callee_number=OUTSIDE)


# -- what becomes of a failure --------------------------------------------------------------------


@pytest.mark.parametrize("to", ["B", OUTSIDE])
@pytest.mark.parametrize(
    "error", [SwitchRefused("-ERR no"), SwitchUnavailable("gone"), SwitchTimedOut("late")]
)
def test_a_call_fails_where_the_switch_does_not_take_the_command(harness, to, error):
    harness.switch.will("originate", error)
    harness.ask("A", "call", callee_number=NAMES.get(to, to), out_line=0 if to == "B" else 1)
    assert harness.got("A") == ["R", "CALL.I", f"CALL.E- {error.code}"]
    assert harness.got("B") == []
    assert harness.agent("A").own_leg is harness.agent("B").own_leg is None
    harness.resync()
    harness.nothing_left()


@pytest.mark.parametrize("error", [SwitchUnavailable("gone"), SwitchTimedOut("late")])
@pytest.mark.parametrize("rings", [True, False])
def test_an_abandoned_call_that_is_set_up_after_all_is_ended(harness, error, rings):
    """Nobody knows whether the switch has understood; if it has, no phone shall ring."""
    harness.switch.will("originate", error)
    near = harness.ask("A", "call", callee_number=OUTSIDE).uuid
    harness.forget()
    if rings:
        harness.rings(near)
    harness.event(LegAnswered(near))
    assert harness.switch.heard[-1] == f"api uuid_kill {near} NORMAL_CLEARING"
    assert harness.got("A") == []
    harness.ends(near)
    harness.nothing_left()


def test_a_call_cancelled_before_the_originate_rings_nowhere(harness):
    agent = harness.agent("A")
    agent.queues_settled = False

    def hangs_up():
        harness.switch.will("uuid_kill", NO_SUCH_CHANNEL)
        harness.ask("A", "hangup", uuid=agent.own_leg.uuid)
        agent.queues_settled = True

    harness.waits.append(hangs_up)
    harness.ask("A", "call", callee_number=B, out_line=0)
    assert harness.got("A") == ["R", "CALL.I", "R", "CALL.E- 5207"]
    assert not any("originate" in line for line in harness.switch.heard)
    harness.nothing_left()


def test_a_call_fails_whose_number_is_barred_before_it_is_called(harness):
    agent = harness.agent("A")
    agent.queues_settled = False

    def is_read_again():
        harness.tenant.reconfigure(company(external=None))
        agent.queues_settled = True

    harness.waits.append(is_read_again)
    harness.ask("A", "call", callee_number=OUTSIDE)
    assert harness.got("A") == ["R", "CALL.I", "CALL.E- 5205"]
    harness.nothing_left()


@pytest.mark.parametrize("to", ["B", OUTSIDE])
def test_a_phone_that_was_never_reached_frees_everybody(harness, to):
    near, _ = harness.begin_call("A", to)
    harness.event(OriginateFailed(near, "USER_NOT_REGISTERED"))
    assert harness.got("A") == ["R", "CALL.I", "CALL.E- 5203"]
    assert harness.got("B") == []
    harness.nothing_left()


@pytest.mark.parametrize(
    ("cause", "code", "reason"),
    [
        ("USER_BUSY", 5202, "REJECTED"),
        ("CALL_REJECTED", 5202, "REJECTED"),
        ("NO_ANSWER", 5201, "NO_ANSWER"),
        ("ALLOTTED_TIMEOUT", 5201, "NO_ANSWER"),
    ],
)
def test_a_call_fails_where_the_agents_own_phone_declines(harness, cause, code, reason):
    near, _ = harness.begin_call("A", "B")
    harness.rings(near)
    harness.ends(near, cause)
    harness.event(OriginateFailed(near, cause))
    assert harness.got("A") == [*RINGS, f"CALL.E- {code}", f"RINGING>FREE {reason}"]
    assert harness.got("B") == []
    harness.nothing_left()


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        ("USER_BUSY", 5200),
        ("NO_ANSWER", 5201),
        ("ALLOTTED_TIMEOUT", 5201),
        ("RECOVERY_ON_TIMER_EXPIRE", 5201),
        ("CALL_REJECTED", 5202),
        ("NO_USER_RESPONSE", 5203),
        ("NORMAL_TEMPORARY_FAILURE", 5203),
        ("UNALLOCATED_NUMBER", 5204),
        ("NUMBER_CHANGED", 5204),
        ("INVALID_NUMBER_FORMAT", 5204),
        ("NO_ROUTE_DESTINATION", 5204),
    ],
)
@pytest.mark.parametrize("seen", ["both ends", "near alone"])
def test_a_call_to_the_outside_fails_with_the_code_of_its_cause(harness, cause, code, seen):
    near, far = harness.begin_call("A", OUTSIDE)
    harness.pick_up(near)
    if seen == "both ends":
        harness.rings(far)
        harness.ends(far, cause)
    harness.ends(near, cause)
    assert harness.got("A") == [*ANSWERED, f"CALL.E- {code}", "CALLING>FREE"]
    harness.nothing_left()


@pytest.mark.parametrize("cause", ["USER_BUSY", "CALL_REJECTED"])
def test_a_called_agent_rejects(harness, cause):
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.rings(far)
    harness.ends(far, cause)
    harness.ends(near, cause)
    assert harness.got("A") == [*ANSWERED, "CALL.E- 5202", "CALLING>FREE"]
    assert harness.got("B") == ["callin", "FREE>RINGING", "RINGING>FREE REJECTED"]
    harness.nothing_left()


def test_a_call_that_ends_at_its_talk_limit_says_so(harness):
    near, far = harness.talk("A", "B")
    harness.ends(far, "ALLOTTED_TIMEOUT")
    harness.ends(near, "ALLOTTED_TIMEOUT")
    assert harness.got("A") == ["CALL.E+ 5208", "CALLING>FREE"]


def test_two_simultaneous_calls_do_not_affect_each_other(harness):
    near, far = harness.talk("A", "B")
    other_near, other_far = harness.talk("D", OTHER_OUTSIDE)
    harness.event(LegsBridged(other_near, other_far))
    harness.ends(other_far)
    assert harness.got("A") == harness.got("B") == []
    harness.ends(far)
    harness.ends(near)
    harness.ends(other_near)
    harness.nothing_left()


def test_a_missed_call_of_a_colleague_does_not_count_as_a_missed_offer():
    """``missed_offer`` is about what queues offer."""
    harness = TenantHarness(missed_offer="busy", fallback=Route(ivr="2001"))
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.rings(far)
    harness.ends(far, "NO_ANSWER")
    assert harness.got("B") == ["callin", "FREE>RINGING", "RINGING>FREE NO_ANSWER"]
