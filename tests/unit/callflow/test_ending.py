"""How legs are ended: by which command, and as what their agents and callers see it."""

import pytest

from esl_bridge.callflow import ending
from esl_bridge.callflow.steps import Attempt, Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.states import Status, Trigger, TriggerDetails
from esl_bridge.errors import (
    Cancelled,
    NotCheckedIn,
    PartyGone,
    Rejected,
    SwitchTimedOut,
    SwitchUnavailable,
)
from tests.builders import NAMES, NO_SUCH_CHANNEL, OUTSIDE, TenantHarness


def lines(moves: Steps) -> list[str]:
    return [step.command.line() for step in moves if isinstance(step, Attempt)]


def legs(harness: TenantHarness, near: str, far: str):
    return harness.tenant.legs[near], harness.tenant.legs[far]


def test_a_leg_ends_with_the_cause_of_its_stage(harness):
    near, far = legs(harness, *harness.begin_call("A", "B"))
    assert lines(ending.end_own_leg(near)) == [f"api uuid_kill {near.uuid} ORIGINATOR_CANCEL"]
    assert lines(ending.end_own_leg(far)) == [f"api uuid_kill {far.uuid} CALL_REJECTED"]
    assert (near.ending, far.ending) == (Cancelled, Rejected)
    assert lines(ending.call_off(far)) == [f"api uuid_kill {far.uuid} ORIGINATOR_CANCEL"]
    assert far.ending is Cancelled


def test_the_normal_end_of_a_talk_has_no_error(harness):
    near, far = legs(harness, *harness.talk("A", "B"))
    for leg in (near, far):
        for end in (ending.end_own_leg, ending.call_off):
            assert lines(end(leg)) == [f"api uuid_kill {leg.uuid} NORMAL_CLEARING"]
        assert leg.ending is None


def test_hanging_up_a_missing_leg_succeeds_and_a_silent_switch_is_an_error(harness):
    near, _ = legs(harness, *harness.talk("A", "B"))
    for outcome in (NO_SUCH_CHANNEL, SwitchTimedOut("late")):
        harness.switch.will("uuid_kill", outcome)
        harness.run(ending.end_leg(near))
    assert [type(refusal) for refusal in harness.refusals] == [SwitchTimedOut]


def test_phones_that_rang_for_a_party_that_left_are_hung_up(harness):
    customer = harness.caller()
    leg = harness.tenant.legs[harness.offered("A")]
    call = leg.call
    leg_changes.drop(harness.tenant, harness.tenant.legs[customer], Trigger.LEG_ENDED)
    assert lines(ending.end_unanswered(call)) == [f"api uuid_kill {leg.uuid} ORIGINATOR_CANCEL"]
    assert leg.ending is PartyGone


def test_an_agent_who_checks_out_gets_all_ends_before_its_leg_is_hung_up(harness):
    near, _ = harness.talk("A", "B")
    rest = ending.leave(harness.tenant, harness.agent("A"), Trigger.CHECKOUT)
    harness.publish_changes()
    assert harness.got("A") == ["CALL.E+", "CALLING>OFFLINE"]
    assert lines(rest) == [f"api uuid_kill {near} NORMAL_CLEARING"]


def test_a_check_out_that_the_state_table_refuses_changes_nothing(harness):
    harness.put("A", Status.OFFLINE)
    before = harness.snapshot()
    with pytest.raises(NotCheckedIn):
        ending.leave(harness.tenant, harness.agent("A"), Trigger.CHECKOUT, TriggerDetails())
    assert harness.snapshot() == before


def test_a_check_out_without_a_call_sends_no_command(harness):
    assert lines(ending.leave(harness.tenant, harness.agent("A"), Trigger.CHECKOUT)) == []


def test_an_agent_whose_connection_is_lost_leaves_its_legs_alone(harness):
    near, far = harness.talk("A", OUTSIDE)
    ending.lose(harness.tenant, harness.agent("A"))
    harness.publish_changes()
    assert harness.got("A") == ["CALLING>OFFLINE CONNECTION_LOST"]
    assert harness.switch.heard == []
    assert set(harness.tenant.legs) == {near, far}


def test_a_leg_that_is_given_up_during_a_refused_hangup_stays_given_up(harness):
    near, _ = harness.talk("A", "B")
    asks = {"consult_type": "0", "consult_number": NAMES["D"]}
    other = harness.ask("A", "consult", type="1", uuid=near, **asks).consult_uuid
    harness.rings(other)
    leg = harness.tenant.legs[other]

    def given_up():
        leg_changes.abandon(harness.tenant, leg)
        raise SwitchUnavailable("lost")

    harness.switch.will("uuid_kill", given_up)
    with pytest.raises(SwitchUnavailable):
        harness.ask("D", "hangup", uuid=other)
    assert leg.ending is not None
