"""`want: ["desk"]`: an agent's client is sent all that it shows, whole at each change."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    begins_to_call,
    called_in,
    ends_its_call,
    puts_on_hold,
    takes_off_hold,
    talks_to_c,
)
from tests.behaviour.steps.conferences import three_talk
from tests.behaviour.steps.consults import rings_at_d
from tests.behaviour.steps.queues import offered
from tests.behaviour.steps.restarts import comes_back
from tests.behaviour.steps.supervision import joins, leaves
from tests.behaviour.steps.transfers import rings_at_the_target
from tests.behaviour.world import AGENTS, NUMBER_OF_A, NUMBER_OF_SKILL, OUTSIDE, World

pytestmark = pytest.mark.usefixtures("rested")

A, B, D, S = (AGENTS[name] for name in "ABDS")
C = OUTSIDE["C"]
WANTS = {"want": ["desk"]}


@pytest.fixture
def a(world: World) -> Iterator[Client]:
    """Agent A at a client that follows; in the end it shows what the service has, and has been
    sent each of it in turn, after what it tells of."""
    client = world.agent("A", **WANTS)
    yield client
    if client.is_open:
        is_as_the_service_has_it(client)
        was_sent_each_after_its_cause(client)


def is_as_the_service_has_it(client: Client) -> None:
    client.ok("get_status")
    assert client.desk | {"now_ms": 0} == client.last_desk | {"now_ms": 0}


def was_sent_each_after_its_cause(client: Client) -> None:
    numbers = [each["seq"] for each in client.told]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    told: tuple[str, str | None] | None = None
    for push in client.told:
        if push["msg_type"] == "agent_change":
            told = push["agent_status"], push.get("sub_agent_status")
        elif "desk" in push and told is not None:
            assert (push["desk"]["status"], push["desk"]["sub_status"]) == told


def test_a_reply_has_the_whole_view_of_an_agent_who_is_free(world: World, a: Client):
    desk = a.desk
    assert abs(desk.pop("now_ms") - 1000 * time.time()) < 5000
    assert 0 <= 1000 * time.time() - desk.pop("since_ms") < 60_000
    assert desk == {
        "agent_id": A,
        "name": "Agent A",
        "role": "agent",
        "status": "FREE",
        "sub_status": None,
        "reason": None,
        "until_ms": None,
        "next": None,
        "stage": "MANUAL",
        "registered": True,
        "call": None,
    }
    desk |= {"now_ms": 0, "since_ms": a.ok("get_status")["desk"]["since_ms"]}
    assert world.agent("S", **WANTS).desk["role"] == "supervisor"


def test_a_client_that_did_not_ask_is_sent_none(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    puts_on_hold(a, uuid)
    assert "desk" not in a.ok("get_status")
    ends_its_call_on_hold(a, uuid)
    a.got_nothing_more()
    assert not [each for each in a.told if "desk" in each]


def ends_its_call_on_hold(a: Client, uuid: str) -> None:
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING/HOLD>FREE")


def test_an_outgoing_call_is_shown_from_its_begin_to_its_end(world: World, a: Client):
    own, far = f"{A} agent", f"{C} customer"
    with world.company(wrap_up_seconds=60):
        uuid = begins_to_call(world, a, C, work_order_id="W-1")
        a.shows("FAR_RINGS", f"{own} talks", f"{far} rings", status="CALLING", uuid=uuid)
        world.phone("C").wait_ringing()
        world.phone("C").answer()
        a.gets("CALL.S")
        desk = a.shows("TALK", f"{own} talks", f"{far} talks", direction="outbound", number=C)
        call = desk["call"]
        assert call["work_order_id"] == "W-1"
        assert 0 < call["began_ms"] <= call["talk_ms"] <= desk["now_ms"]
        stages = [each["desk"]["stage"] for each in a.told if "desk" in each]
        assert list(dict.fromkeys(stages)) == ["MANUAL", "RINGING_OWN", "FAR_RINGS", "TALK"]
        a.ok("mute", uuid=uuid, mute="1")
        a.shows("TALK", f"{own} talks", f"{far} talks", mute=True)
        puts_on_hold(a, uuid)
        a.shows("HOLD", f"{own} talks", f"{far} held", hold=True, mute=True, sub_status="HOLD")
        takes_off_hold(a, uuid)
        a.shows("TALK", f"{own} talks", f"{far} talks", hold=False, sub_status=None)
        a.ok("change_status", action="MAKE_REST_AFTER_CALL_STOP")
        a.shows("TALK", f"{own} talks", f"{far} talks", next="REST")
        a.ok("change_status", action="MAKE_FREE_AFTER_CALL_STOP")
        a.shows("TALK", f"{own} talks", f"{far} talks", next="FREE")
        a.ok("hangup", uuid=uuid)
        a.gets("CALL.E+", "CALLING>FREE")
        a.shows("MANUAL", status="FREE", reason="AFTER_CALL", next=None, call=None)
    world.phone("C").wait_idle()


def test_a_wrap_up_and_a_rest_are_shown_with_their_end(world: World, a: Client):
    # The clock is read for the status and then for the timer: a millisecond may lie between.
    with world.company(wrap_up_seconds=60):
        uuid = talks_to_c(world, a)
        a.ok("hangup", uuid=uuid)
        a.gets("CALL.E+", "CALLING>ARRANGE")
        desk = a.shows("MANUAL", status="ARRANGE", call=None)
        assert 60_000 <= desk["until_ms"] - desk["since_ms"] < 61_000
    a.ok("change_status", action="MAKE_REST", rest_min=2)
    a.gets("ARRANGE>REST")
    desk = a.shows("MANUAL", status="REST")
    assert 120_000 <= desk["until_ms"] - desk["since_ms"] < 121_000
    a.ok("change_status", action="MAKE_FREE")
    a.gets("REST>FREE")
    a.shows("MANUAL", status="FREE", until_ms=None)


def test_a_call_that_comes_in_is_shown_with_its_data_once(world: World, a: Client):
    uuid = called_in(world, a)
    desk = a.shows("TALK", f"{C} customer talks", f"{A} agent talks", direction="inbound")
    call = desk["call"]
    assert (call["uuid"], call["number"], call["callee"]) == (uuid, C, NUMBER_OF_A)
    assert (call["channel"], call["name"], call["skill"]) == ("", None, None)
    views = [each["desk"] for each in a.told if "desk" in each and each["desk"]["call"]]
    assert views[0]["stage"] == "RINGING_OFFERED"
    assert a.desk["call"]["flow_data"] is None
    a.ok("hangup", uuid=uuid)
    a.gets("CALLING>FREE")
    a.shows("MANUAL", call=None)


def test_a_call_of_a_queue_is_shown_with_its_skill(world: World, a: Client):
    world.phone("C").dial(NUMBER_OF_SKILL)
    uuid = offered(world, a, "A")
    a.shows("RINGING_OFFERED", f"{C} customer held", f"{A} agent rings", skill="1001", uuid=uuid)
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    call = a.shows("TALK", f"{C} customer talks", f"{A} agent talks")["call"]
    assert (call["skill"], call["callee"], call["number"]) == ("1001", NUMBER_OF_SKILL, C)
    world.phone("C").hangup()
    a.gets("CALLING>FREE")
    a.shows("MANUAL", call=None)


def test_a_consult_is_shown_to_both(world: World, a: Client):
    d = world.agent("D", **WANTS)
    uuid = talks_to_c(world, a)
    leg = rings_at_d(world, a, d, uuid)
    held = f"{A} agent talks", f"{C} customer held"
    a.shows("CONSULT_RINGS", *held, f"{D} consultant rings", sub_status="CONSULT")
    d.shows("RINGING_OFFERED", *held, f"{D} consultant rings", channel="CONSULT", uuid=leg)
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    a.shows("CONSULT_TALKS", *held, f"{D} consultant talks")
    d.shows("CONSULT_TALKS", *held, f"{D} consultant talks")
    a.begin("consult_to_trans", uuid=uuid, consult_uuid=leg)
    a.gets(
        "CONSULT_TO_TRANS.I",
        "CONSULT.E+",
        "CONSULT_TO_TRANS.S",
        "CONSULT_TO_TRANS.E+",
        "CALL.E+",
        "CALLING/CONSULT>FREE",
    )
    d.gets("CALLING/CONSULT>CALLING")
    d.shows("TALK", f"{C} customer talks", f"{D} agent talks", number=C)
    a.shows("MANUAL", call=None)
    is_as_the_service_has_it(d)
    world.phone("C").hangup()
    d.gets("CALLING>FREE")
    d.shows("MANUAL", call=None)


def test_a_three_way_talk_is_shown_to_each(world: World, a: Client):
    d = world.agent("D", **WANTS)
    uuid = talks_to_c(world, a)
    three_talk(world, a, d, uuid)
    all_talk = f"{A} agent talks", f"{C} customer talks", f"{D} third talks"
    a.shows("THREE_WAY", *all_talk, sub_status="THREE_WAY")
    d.shows("THREE_WAY", *all_talk, sub_status="THREE_WAY", number=C)
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/THREE_WAY>FREE")
    d.gets("CALLING/THREE_WAY>CALLING")
    d.shows("TALK", f"{C} customer talks", f"{D} agent talks")
    world.phone("C").hangup()
    d.gets("CALLING>FREE")


def test_a_transfer_is_shown_while_it_rings(world: World, a: Client):
    b = world.agent("B", **WANTS)
    uuid = talks_to_c(world, a)
    rings_at_the_target(world, a, b, uuid)
    a.shows("TRANS", f"{A} agent talks", f"{C} customer held", f"{B} third rings")
    b.shows("RINGING_OFFERED", f"{A} agent talks", f"{C} customer held", f"{B} third rings")
    a.ok("trans", uuid=uuid, type="3")
    a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
    b.gets("RINGING>FREE")
    b.shows("MANUAL", call=None)
    a.shows("TALK", f"{A} agent talks", f"{C} customer talks")
    ends_its_call(a, uuid)
    world.phone("C").wait_idle()


def test_a_supervisor_is_shown_the_call_that_it_hears(world: World, a: Client):
    s = world.agent("S", **WANTS)
    uuid = talks_to_c(world, a)
    two = f"{A} agent talks", f"{C} customer talks"
    joins(world, s, "eavesdrop")
    s.shows("SUPERVISING", *two, f"{S} supervisor talks", sub_status="EAVESDROP")
    a.shows("TALK", *two)
    puts_on_hold(a, uuid)
    s.shows("SUPERVISING", two[0], f"{C} customer held", f"{S} supervisor talks")
    takes_off_hold(a, uuid)
    world.phone("S").hangup()
    leaves(s, "eavesdrop")
    joins(world, s, "force_call")
    a.gets("CALLING>CALLING/FORCE_CALL")
    a.shows("TALK", *two, f"{S} supervisor talks", sub_status="FORCE_CALL")
    is_as_the_service_has_it(s)
    ends_forced(a, s, uuid)


def ends_forced(a: Client, s: Client, uuid: str) -> None:
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING/FORCE_CALL>FREE")
    s.gets("FORCE_CALL.E+", "CALLING/FORCE_CALL>FREE")
    s.shows("MANUAL", call=None)


def test_a_recording_is_shown(world: World, a: Client):
    uuid = talks_to_c(world, a)
    two = f"{A} agent talks", f"{C} customer talks"
    a.ok("record_control", uuid=uuid, action="start")
    a.gets("RECORD.S")
    a.shows("TALK", *two, recording="on")
    a.ok("record_control", uuid=uuid, action="pause")
    a.shows("TALK", *two, recording="paused")
    a.ok("record_control", uuid=uuid, action="stop")
    a.gets("RECORD.E+")
    a.shows("TALK", *two, recording="off")
    ends_its_call(a, uuid)
    world.phone("C").wait_idle()


def test_a_phone_that_unregisters_is_shown(world: World, a: Client):
    with world.unregistered("A"):
        a.gets("EXT_UN_REG.E+")
        a.shows("MANUAL", registered=False)
    a.shows("MANUAL", registered=True)


def test_a_page_loaded_again_is_shown_its_call_and_what_it_missed_by_number(
    world: World, a: Client
):
    talks_to_c(world, a)
    last = a.told[-1]
    a.break_off()
    world.phone("C").hangup()
    back = world.connect("A")
    reply = back.ok("checkin", token=a.token, epoch=last["epoch"], seq=last["seq"], **WANTS)
    back.gets("CALL.E+", "CALLING>FREE")
    back.shows("MANUAL", call=None, status="FREE")
    assert reply["desk"]["status"] in ("FREE", "CALLING")
    is_as_the_service_has_it(back)
    without = world.connect("A")
    assert "desk" not in without.ok("checkin", token=a.token)
    back.gets("kick_off")
    without.ok("change_status", action="MAKE_BUSY")
    without.gets("FREE>BUSY")
    assert not [each for each in without.told if "desk" in each]


def test_a_view_outlives_a_restart(world: World, a: Client):
    uuid = talks_to_c(world, a)
    puts_on_hold(a, uuid)
    a.ok("change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    before = a.shows("HOLD", f"{A} agent talks", f"{C} customer held", next="BUSY")
    world.crash_daemon()
    back = comes_back(world, "A", a, **WANTS)
    kept = ("stage", "status", "sub_status", "next", "since_ms", "reason")
    assert {name: back.desk[name] for name in kept} == {name: before[name] for name in kept}
    for name in ("uuid", "number", "direction", "began_ms", "talk_ms", "hold", "contact_id"):
        assert back.desk["call"][name] == before["call"][name]
    back.ok("hangup", uuid=uuid)
    back.gets("CALL.E+", "CALLING/HOLD>BUSY")
    back.shows("MANUAL", call=None, status="BUSY")
