"""answer: asks a ringing phone, and says whether it obeyed."""

import pytest

from esl_bridge.domain.states import Status
from esl_bridge.errors import PartyGone, PhoneDidNotAnswer, SwitchRefused, SwitchTimedOut
from tests.builders import OUTSIDE


def test_an_obedient_phone_answers_by_request(harness):
    harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    harness.forget()
    harness.waits.append(lambda: harness.pick_up(leg))
    harness.ask("A", "answer", uuid=leg)
    assert harness.got("A") == ["RINGING>CALLING", "R"]
    assert harness.switch.heard[0] == f"api uuid_phone_event {leg} talk"


def test_a_phone_that_ignores_an_answer_request_keeps_ringing(harness):
    harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    with pytest.raises(PhoneDidNotAnswer):
        harness.ask("A", "answer", uuid=leg)
    assert harness.status("A") is Status.RINGING


def test_a_phone_stops_ringing_while_it_is_asked_to_answer(harness):
    harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    harness.waits.append(lambda: harness.ends(leg, "NO_ANSWER"))
    with pytest.raises(PartyGone):
        harness.ask("A", "answer", uuid=leg)
    assert harness.status("A") is Status.FREE


@pytest.mark.parametrize("error", [SwitchRefused("-ERR"), SwitchTimedOut("late")])
def test_an_answer_fails_where_the_switch_refuses_the_phone_event(harness, error):
    near, _ = harness.begin_call("A", OUTSIDE)
    harness.rings(near)
    harness.switch.will("uuid_phone_event", error)
    with pytest.raises(type(error)):
        harness.ask("A", "answer", uuid=near)
    assert harness.status("A") is Status.RINGING


def test_an_answer_request_for_a_call_that_was_answered_succeeds_at_once(harness):
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.rings(far)
    harness.forget()
    harness.ask("A", "answer", uuid=near)
    harness.pick_up(far)
    harness.ask("B", "answer", uuid=far)
    assert harness.switch.heard == []


def test_answering_a_leg_of_somebody_else_is_refused(harness):
    harness.refused("4000", "A", "answer", uuid="call-x")
    harness.talk("A", "B")
    harness.refused("4000", "D", "answer", uuid=harness.offered("A"))
    harness.agent("D").state = harness.agent("D").state.__class__()
    harness.refused("4009", "D", "answer", uuid=harness.offered("A"))
