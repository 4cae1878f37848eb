"""The twelve stories of STORIES.md, by the Python client."""

from __future__ import annotations

import pytest

from esl_bridge.client import CallFailed, NotConnected, Refused
from tests.behaviour.world import AGENTS, NUMBER_OF_F, OUTSIDE, World
from tests.client.line import Line
from tests.client.office import SECONDS, Office


def test_signs_in_and_out(office: Office):
    a = office.signs_in("A")
    assert (a.link, a.snapshot.status, a.snapshot.stage) == ("up", "FREE", "MANUAL")
    assert a.checkin["sip_address"].startswith(f"sip:{AGENTS['A']}@")
    a.sign_out()
    assert (a.link, a.snapshot.status) == ("closed", "OFFLINE")
    assert office.told["A"].awaited("signed_out").code == "0"
    with pytest.raises(NotConnected):
        a.set_status("BUSY")


def test_calls_and_hangs_up(world: World, office: Office):
    a = office.signs_in("A")
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    assert a.current_call is call
    assert (call.number, call.direction, call.is_talking) == (OUTSIDE["C"], "outbound", True)
    world.hears("A", "C")
    world.hears("C", "A")
    ended = call.hang_up()
    assert (ended.code, ended.talked) == ("0", True)
    assert (a.snapshot.status, a.snapshot.call, a.current_call) == ("FREE", None, None)
    assert office.told["A"].awaited("ended") is call
    world.phone("C").wait_idle()

    call = a.call(OUTSIDE["C"])
    office.picks_up("A")
    world.phone("C").wait_ringing()
    world.phone("C").reject()
    with pytest.raises(CallFailed) as failed:
        call.wait_talking(SECONDS)
    assert failed.value.code == "5200"
    assert not call.wait_ended(SECONDS).talked


def test_answers_an_offered_call(world: World, office: Office):
    f = office.signs_in("F")
    world.phone("C").dial(NUMBER_OF_F)
    call = office.told["F"].awaited("offered")
    assert call is f.current_call
    assert call.view.callee == NUMBER_OF_F
    assert (call.number, call.direction) == (OUTSIDE["C"], "inbound")
    call.answer()
    assert f.snapshot.status == "CALLING"
    call.wait_talking(SECONDS)
    world.hears("F", "C")
    world.phone("C").hangup()
    assert call.wait_ended(SECONDS).talked
    assert f.snapshot.call is None


def test_holds_and_retrieves(world: World, office: Office):
    a = office.signs_in("A")
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    call.hold()
    assert (call.view.hold, a.snapshot.stage) == (True, "HOLD")
    world.hears("C", "MOH")
    call.hold(False)
    assert (call.view.hold, a.snapshot.stage) == (False, "TALK")
    world.hears("C", "A")
    call.mute()
    assert call.view.mute
    world.hears("C")
    call.mute(False)
    world.hears("C", "A")
    call.dtmf("1")


def test_transfers(world: World, office: Office):
    a, b = office.signs_in("A"), office.signs_in("B")
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    off = office.rejects_what_is_offered(b, "B")
    with pytest.raises(CallFailed) as failed:
        call.transfer(AGENTS["B"])
    assert failed.value.code == "5202"
    assert a.until(lambda now: now.stage == "TALK", SECONDS).call.uuid == call.uuid
    off()

    office.told["B"].awaited("ended")
    office.picks_up_what_is_offered(b, "B")
    call.transfer(AGENTS["B"])
    assert call.is_over
    assert a.snapshot.call is None
    taken = office.told["B"].awaited("offered", 2)
    assert (taken.number, taken.view.channel) == (OUTSIDE["C"], "TRANS")
    taken.wait_talking(SECONDS)
    world.hears("C", "B")


def test_consults_and_hands_over(world: World, office: Office):
    a, b = office.signs_in("A"), office.signs_in("B")
    office.picks_up_what_is_offered(b, "B")
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    call.consult(AGENTS["B"])
    assert a.snapshot.stage == "CONSULT_TALKS"
    world.hears("A", "B")
    world.hears("C", "MOH")
    call.end_consult()
    assert a.snapshot.stage == "TALK"
    office.told["B"].awaited("ended")
    call.consult(AGENTS["B"])
    call.hand_over()
    assert call.is_over
    world.hears("C", "B")
    assert b.until(lambda now: now.sub_status is None, SECONDS).call.number == OUTSIDE["C"]


def test_holds_a_conference(world: World, office: Office):
    a, b = office.signs_in("A"), office.signs_in("B")
    office.picks_up_what_is_offered(b, "B")
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    call.consult(AGENTS["B"])
    call.three_way()
    assert a.snapshot.stage == "THREE_WAY"
    assert len(call.view.parties) == 3
    world.hears("A", "B", "C")
    call.hang_up()
    world.hears("B", "C")
    assert b.until(lambda now: now.stage == "TALK", SECONDS).call.number == OUTSIDE["C"]


def test_changes_status_and_next_state(world: World, office: Office):
    a = office.signs_in("A", status="BUSY")
    assert a.snapshot.status == "BUSY"
    a.set_status("FREE")
    assert a.snapshot.status == "FREE"
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    a.set_next("REST", rest_minutes=5)
    assert a.snapshot.next == "REST"
    a.set_next(None)
    assert a.snapshot.next is None
    a.set_next("REST", rest_minutes=5)
    world.phone("C").hangup()
    call.wait_ended(SECONDS)
    assert (a.snapshot.status, a.snapshot.reason) == ("REST", "AFTER_CALL")
    assert a.snapshot.until_ms > a.server_ms


def test_is_refused(world: World, office: Office):
    a = office.signs_in("A")
    for code, number, kind in (
        ("5205", "13900000003", "outside"),
        ("4104", AGENTS["B"], "agent"),
        ("4002", "not a number", "outside"),
    ):
        with pytest.raises(Refused) as refused:
            a.call(number, kind)
        assert (refused.value.code, refused.value.msg_type) == (code, "call")
    assert a.snapshot.stage == "MANUAL"
    with pytest.raises(Refused, match="4016"):
        a.set_next("BUSY")
    with pytest.raises(Refused, match="4004"):
        office.signs_in("B", password="wrong")
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    with pytest.raises(Refused, match="4103"):
        call.end_consult()
    assert call.is_talking


def test_comes_back_in_a_call(world: World, office: Office, line: Line):
    a = office.signs_in("A", f"ws://127.0.0.1:{line.port}/agent")
    told = office.told["A"]
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    line.cut()
    told.awaited("resumed")
    assert call.is_talking
    call.hold()
    with line.down():
        world.until(lambda: a.link == "down")
        with pytest.raises(NotConnected):
            call.hold(False)
        world.phone("C").hangup()
    a.wake()
    told.awaited("resumed", 2)
    assert told.awaited("ended") is call
    assert (call.ended_as.code, call.ended_as.talked) == ("0", True)
    assert a.snapshot.status == "FREE"
    assert told.of("gap") == []
    numbers = [(push.epoch, push.seq) for push in told.of("push")]
    assert numbers == sorted(set(numbers))


def test_is_kicked(world: World, office: Office):
    a = office.signs_in("A")
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    first = office.told["A"]
    other = office.signs_in("A", take=True, os="elsewhere")
    assert first.awaited("kicked").os == "elsewhere"
    assert (a.link, first.of("link")[-1]) == ("elsewhere", "elsewhere")
    assert other.current_call.uuid == call.uuid
    with pytest.raises(NotConnected):
        call.wait_ended(SECONDS)
    a.take_back()
    assert (a.link, a.current_call.uuid) == ("up", call.uuid)
    assert office.told["A"].awaited("kicked").os == "Python"
    world.hears("C", "A")
    a.current_call.hang_up()


def test_supervises(world: World, office: Office):
    a, s = office.signs_in("A"), office.signs_in("S")
    call = office.talks_to(a, "A", "C", OUTSIDE["C"])
    assert {one.agent_id: one.status for one in s.team().agents}[AGENTS["A"]] == "CALLING"
    heard = office.in_time(lambda: s.listen(AGENTS["A"]), "S")
    assert s.snapshot.sub_status == "EAVESDROP"
    world.hears("S", "A", "C")
    assert s.whisper(AGENTS["A"]) is heard
    assert s.until(lambda now: now.sub_status == "WHISPER", SECONDS)
    world.hears("A", "C", "S")
    heard.hang_up()
    taken = office.in_time(lambda: s.take_over(AGENTS["A"]), "S")
    assert call.wait_ended(SECONDS).reason == f"SUBSTITUTED:{AGENTS['S']}"
    world.hears("C", "S")
    assert taken.hang_up().talked
