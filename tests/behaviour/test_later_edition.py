"""What the protocol's later edition, and the service, say beside the first edition."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from esl_bridge.protocol.envelope import SUB_STATUSES
from tests.behaviour.client import Client
from tests.behaviour.steps.calls import ends_its_call, talks_to_c
from tests.behaviour.steps.conferences import invites, three_talk
from tests.behaviour.steps.consults import rings_at_d, talks_to_d
from tests.behaviour.steps.restarts import comes_back
from tests.behaviour.steps.supervision import joins, leaves
from tests.behaviour.steps.transfers import rings_at_the_target
from tests.behaviour.world import AGENTS, CALLER_ID, OUTSIDE, World

MINUTE_MS = 60_000


def recently(moment_ms: int) -> bool:
    return 0 <= time.time() * 1000 - moment_ms < MINUTE_MS


# -- the language of a connection -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "success"),
    [
        ({"query": "?LANGUAGE=en-US"}, "success"),
        ({"LANGUAGE": "en-US"}, "success"),
        ({"query": "?LANGUAGE=zh-CN"}, "成功"),
        ({"LANGUAGE": "zh-CN"}, "成功"),
        ({"query": "?LANGUAGE=fr-FR"}, "success"),
        ({}, "success"),
    ],
)
def test_replies_and_pushes_are_in_the_language_of_the_connection(
    world: World, how: dict[str, str], success: str
):
    a = world.connect("A", **how)
    assert a.checkin()["msg"].lower() == success
    a.gets("OFFLINE>FREE")
    uuid = a.begin("call", callee_number=OUTSIDE["C"])["uuid"]
    assert a.gets("CALL.I")["msg"].lower() == success
    a.gets("FREE>RINGING")
    world.phone("A").wait_ringing()
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E-", "RINGING>FREE")


# -- times ----------------------------------------------------------------------------------------


def test_a_rest_and_a_wrap_up_say_when_they_end(world: World):
    with world.company(wrap_up_seconds=60):
        a = world.agent("A")
        a.ok("change_status", action="MAKE_REST", rest_min=2)
        rests = a.gets("FREE>REST")
        assert recently(rests["since_ms"])
        assert 0 <= rests["until_ms"] - rests["since_ms"] - 2 * MINUTE_MS < 1000
        status = a.ok("get_status")
        assert (status["since_ms"], status["until_ms"]) == (rests["since_ms"], rests["until_ms"])
        assert recently(status["now_ms"])
        a.ok("change_status", action="MAKE_ARRANGE")
        wraps_up = a.gets("REST>ARRANGE")
        assert 0 <= wraps_up["until_ms"] - wraps_up["since_ms"] - MINUTE_MS < 1000
        again = world.connect("A")
        reply = again.checkin(take=True)
        a.gets("kick_off")
        same = ("since_ms", "until_ms")
        assert [reply[name] for name in same] == [wraps_up[name] for name in same]
        assert recently(reply["now_ms"])
        again.ok("change_status", action="MAKE_FREE")
        assert "until_ms" not in again.gets("ARRANGE>FREE")
        assert "until_ms" not in again.ok("get_status")


def test_the_time_of_a_callback_and_of_a_wallboard_has_a_zone(world: World):
    a, s = world.agent("A"), world.agent("S")
    uuid = talks_to_c(world, a)
    talks = a.last
    local = time.localtime(talks["now_ms"] // 1000)
    assert time.strftime("%Y-%m-%d %H:%M:%S", local) == talks["curren_time"]
    board = s.ok("team_status", subscribe=False)
    shown = next(each for each in board["agents"] if each["agent_id"] == AGENTS["A"])
    status = a.ok("get_status")
    assert (shown["since_ms"], recently(board["now_ms"])) == (status["since_ms"], True)
    ends_its_call(a, uuid)


# -- the other party ------------------------------------------------------------------------------


def test_a_consults_callbacks_name_the_consultants_leg_once_it_has_answered(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    leg = rings_at_d(world, a, d, uuid)
    begun = next(each for each in a.told if each.get("action") == "CONSULT")
    assert (begun["display_number"], "peer_uuid" in begun) == (AGENTS["A"], False)
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    talks = a.gets("CONSULT.S")
    assert (talks["peer_uuid"], talks["display_number"]) == (leg, AGENTS["A"])
    a.ok("hangup", uuid=uuid)
    a.gets("CONSULT.E+", "CALL.E+", "CALLING/CONSULT>FREE")
    d.gets("CALLING/CONSULT>FREE")


def test_a_transfers_callbacks_name_the_targets_leg_and_what_it_is_shown(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    leg = rings_at_the_target(world, a, b, uuid)
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    talks = a.gets_until("CALLING/TRANS>FREE")["TRANS.S"]
    assert (talks["peer_uuid"], talks["display_number"]) == (leg, OUTSIDE["C"])
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


def test_an_outside_third_party_is_shown_the_companys_number(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    leg = invites(a, uuid, OUTSIDE["X"])
    assert "peer_uuid" not in a.last
    world.phone("X").wait_ringing()
    assert world.caller_seen_by("X") == CALLER_ID
    world.phone("X").answer()
    joined = a.gets("THREE_WAY.S")
    assert (joined["peer_uuid"], joined["display_number"]) == (leg, CALLER_ID)
    a.gets("CALLING>CALLING/THREE_WAY")
    world.phone("X").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    ends_its_call(a, uuid)


def test_a_campaigns_call_is_told_as_such_over_a_restart(world: World):
    a = world.agent("A")
    a.begin("preview_out_call", callee_number=OUTSIDE["C"], task_id="T-3")
    a.gets("PREVIEW_OUT_CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    peer = a.gets("PREVIEW_OUT_CALL.S")["peer_uuid"]
    world.crash_daemon()
    a = comes_back(world, "A", a)
    world.phone("C").hangup()
    ended = a.gets("PREVIEW_OUT_CALL.E+")
    assert (ended["task_id"], ended["peer_uuid"]) == ("T-3", peer)
    a.gets("CALLING>FREE")


# -- sub-statuses ---------------------------------------------------------------------------------


@contextmanager
def holds(world: World, a: Client) -> Iterator[Client]:
    a.ok("hold", uuid=talks_to_c(world, a), hold="1")
    a.gets("CALLING>CALLING/HOLD")
    yield a
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING/HOLD>FREE")


@contextmanager
def asks(world: World, a: Client) -> Iterator[Client]:
    d, uuid = world.agent("D"), talks_to_c(world, a)
    talks_to_d(world, a, d, uuid)
    yield a
    a.ok("hangup", uuid=uuid)
    a.gets("CONSULT.E+", "CALL.E+", "CALLING/CONSULT>FREE")
    d.gets("CALLING/CONSULT>FREE")


@contextmanager
def hands_on(world: World, a: Client) -> Iterator[Client]:
    b = world.agent("B")
    rings_at_the_target(world, a, b, talks_to_c(world, a))
    yield a
    world.phone("C").hangup()
    a.gets("TRANS.E-", "CALL.E+", "CALLING/TRANS>FREE")
    b.gets("RINGING>FREE")


@contextmanager
def is_one_of_three(world: World, a: Client) -> Iterator[Client]:
    d, uuid = world.agent("D"), talks_to_c(world, a)
    three_talk(world, a, d, uuid)
    yield a
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/THREE_WAY>FREE")
    d.gets("CALLING/THREE_WAY>CALLING")
    world.phone("C").hangup()
    d.gets("CALLING>FREE")


@contextmanager
def supervises(degree: str, world: World, a: Client) -> Iterator[Client]:
    talks_to_c(world, a)
    s = world.agent("S")
    joins(world, s, degree)
    yield s
    world.phone("C").hangup()
    leaves(s, degree)
    a.gets_until(">FREE")


ENTERED = {
    "HOLD": holds,
    "CONSULT": asks,
    "TRANS": hands_on,
    "THREE_WAY": is_one_of_three,
    "EAVESDROP": partial(supervises, "eavesdrop"),
    "WHISPER": partial(supervises, "whisper"),
    "FORCE_CALL": partial(supervises, "force_call"),
}


def test_each_sub_status_has_its_story():
    assert ENTERED.keys() == set(SUB_STATUSES) - {"PLAY_RECORD"}  # which test_play_record.py has


@pytest.mark.parametrize("sub_status", ENTERED)
def test_get_status_says_the_sub_status_that_agent_change_has_told(world: World, sub_status: str):
    with ENTERED[sub_status](world, world.agent("A")) as agent:
        told = [each for each in agent.told if each["msg_type"] == "agent_change"][-1]
        assert (told["agent_status"], told["sub_agent_status"]) == ("CALLING", sub_status)
        status = agent.ok("get_status")
        assert (status["status"], status["sub_status"]) == ("CALLING", sub_status)
