"""answer: asks a ringing phone, and says whether it obeyed."""

import pytest

from esl_bridge.domain.states import Status
from esl_bridge.errors import PartyGone, PhoneDidNotAnswer, SwitchRefused, SwitchTimedOut
from tests.builders import OUTSIDE


def test_a_phone_that_obeys(office):
    office.caller()
    leg = office.offered("A")
    office.rings(leg)
    office.forget()
    office.waits.append(lambda: office.pick_up(leg))
    office.ask("A", "answer", uuid=leg)
    assert office.got("A") == ["RINGING>CALLING", "R"]
    assert office.switch.heard[0] == f"api uuid_phone_event {leg} talk"


def test_a_phone_that_does_not_obey_rings_on(office):
    office.caller()
    leg = office.offered("A")
    office.rings(leg)
    with pytest.raises(PhoneDidNotAnswer):
        office.ask("A", "answer", uuid=leg)
    assert office.status("A") is Status.RINGING


def test_a_phone_that_stops_ringing_meanwhile(office):
    office.caller()
    leg = office.offered("A")
    office.rings(leg)
    office.waits.append(lambda: office.ends(leg, "NO_ANSWER"))
    with pytest.raises(PartyGone):
        office.ask("A", "answer", uuid=leg)
    assert office.status("A") is Status.FREE


@pytest.mark.parametrize("error", [SwitchRefused("-ERR"), SwitchTimedOut("late")])
def test_a_switch_that_does_not_ask_the_phone(office, error):
    near, _ = office.begin_call("A", OUTSIDE)
    office.rings(near)
    office.switch.will("uuid_phone_event", error)
    with pytest.raises(type(error)):
        office.ask("A", "answer", uuid=near)
    assert office.status("A") is Status.RINGING


def test_who_has_answered_is_told_so_at_once(office):
    near, far = office.begin_call("A", "B")
    office.pick_up(near)
    office.rings(far)
    office.forget()
    office.ask("A", "answer", uuid=near)
    office.pick_up(far)
    office.ask("B", "answer", uuid=far)
    assert office.switch.heard == []


def test_what_is_refused(office):
    office.refused("4000", "A", "answer", uuid="call-x")
    office.talk("A", "B")
    office.refused("4000", "D", "answer", uuid=office.offered("A"))
    office.agent("D").state = office.agent("D").state.__class__()
    office.refused("4009", "D", "answer", uuid=office.offered("A"))
