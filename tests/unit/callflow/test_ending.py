"""How legs are ended: by which command, and as what their agents and callers see it."""

import pytest

from esl_bridge.callflow import ending
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.states import Facts, Status, Trigger
from esl_bridge.errors import Cancelled, NotCheckedIn, PartyGone, Rejected, SwitchTimedOut
from tests.builders import NO_SUCH_CHANNEL, OUTSIDE, Office


def lines(moves: Moves) -> list[str]:
    return [command.line() for command in moves]


def legs(office: Office, near: str, far: str):
    return office.desk.legs[near], office.desk.legs[far]


def test_the_end_of_a_leg_by_its_stage(office):
    near, far = legs(office, *office.begin_call("A", "B"))
    assert lines(ending.end_own_leg(near)) == [f"api uuid_kill {near.uuid} ORIGINATOR_CANCEL"]
    assert lines(ending.end_own_leg(far)) == [f"api uuid_kill {far.uuid} CALL_REJECTED"]
    assert (near.ending, far.ending) == (Cancelled, Rejected)
    assert lines(ending.call_off(far)) == [f"api uuid_kill {far.uuid} ORIGINATOR_CANCEL"]
    assert far.ending is Cancelled


def test_the_end_of_a_talk_has_no_cause_of_ours(office):
    near, far = legs(office, *office.talk("A", "B"))
    for leg in (near, far):
        for end in (ending.end_own_leg, ending.call_off):
            assert lines(end(leg)) == [f"api uuid_kill {leg.uuid} NORMAL_CLEARING"]
        assert leg.ending is None


def test_a_leg_that_is_gone_is_as_good_and_a_silent_switch_is_not(office):
    near, _ = legs(office, *office.talk("A", "B"))
    moves = ending.end_leg(near)
    next(moves)
    with pytest.raises(StopIteration):
        moves.throw(NO_SUCH_CHANNEL)
    moves = ending.end_leg(near)
    next(moves)
    with pytest.raises(SwitchTimedOut):
        moves.throw(SwitchTimedOut("late"))


def test_phones_that_rang_for_one_who_is_gone(office):
    customer = office.caller()
    leg = office.desk.legs[office.offered("A")]
    call = leg.call
    office.desk.drop(office.desk.legs[customer], Trigger.LEG_ENDED)
    assert lines(ending.end_unanswered(call)) == [f"api uuid_kill {leg.uuid} ORIGINATOR_CANCEL"]
    assert leg.ending is PartyGone


def test_leaving_tells_the_ends_first_and_ends_the_leg_last(office):
    near, _ = office.talk("A", "B")
    rest = ending.leave(office.desk, office.agent("A"), Trigger.CHECKOUT)
    office.settle()
    assert office.got("A") == ["CALL.E+", "CALLING>OFFLINE"]
    assert lines(rest) == [f"api uuid_kill {near} NORMAL_CLEARING"]


def test_leaving_that_the_table_refuses_changes_nothing(office):
    office.put("A", Status.OFFLINE)
    before = office.snapshot()
    with pytest.raises(NotCheckedIn):
        ending.leave(office.desk, office.agent("A"), Trigger.CHECKOUT, Facts())
    assert office.snapshot() == before


def test_leaving_at_rest_asks_nothing_of_the_switch(office):
    assert lines(ending.leave(office.desk, office.agent("A"), Trigger.CHECKOUT)) == []


def test_who_is_lost_leaves_its_legs_alone(office):
    near, far = office.talk("A", OUTSIDE)
    ending.lose(office.desk, office.agent("A"))
    office.settle()
    assert office.got("A") == ["CALLING>OFFLINE CONNECTION_LOST"]
    assert office.switch.heard == []
    assert set(office.desk.legs) == {near, far}
