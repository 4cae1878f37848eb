"""hangup: the agent's own leg, or one that it set up; how its end is told to each."""

import pytest

from esl_bridge.errors import SwitchRefused, SwitchTimedOut, SwitchUnavailable
from tests.builders import NO_SUCH_CHANNEL, OUTSIDE

CANCELLED = "CALL.E- 5207"


def test_while_the_own_phone_rings(office):
    near, _ = office.begin_call("A", "B")
    office.rings(near)
    office.forget()
    office.ask("A", "hangup", uuid=near)
    office.ends(near, "ORIGINATOR_CANCEL")
    assert office.switch.heard == [f"api uuid_kill {near} ORIGINATOR_CANCEL"]
    assert office.got("A") == ["R", CANCELLED, "RINGING>FREE"]
    office.nothing_left()


@pytest.mark.parametrize("to", ["B", OUTSIDE])
@pytest.mark.parametrize("first", ["near", "far"])
def test_while_the_far_phone_rings(office, to, first):
    near, far = office.begin_call("A", to)
    office.pick_up(near)
    office.rings(far)
    office.forget()
    office.ask("A", "hangup", uuid=near)
    if first == "far":
        office.ends(far, "ORIGINATOR_CANCEL")
    office.ends(near)
    office.ends(far, "ORIGINATOR_CANCEL")
    assert office.switch.heard[0] == f"api uuid_kill {near} NORMAL_CLEARING"
    assert office.got("A") == ["R", CANCELLED, "CALLING>FREE"]
    assert office.got("B") == (["RINGING>FREE CALLER_GONE"] if to == "B" else [])
    office.nothing_left()


def test_in_the_talk(office):
    near, far = office.talk("A", "B")
    office.ask("B", "hangup", uuid=far)
    office.ends(far)
    office.ends(near)
    assert office.switch.heard == [f"api uuid_kill {far} NORMAL_CLEARING"]
    assert office.got("A") == ["CALL.E+", "CALLING>FREE"]
    assert office.got("B") == ["R", "CALLING>FREE"]


def test_an_offered_call_is_rejected(office):
    near, far = office.begin_call("A", "B")
    office.pick_up(near)
    office.rings(far)
    office.forget()
    office.ask("B", "hangup", uuid=far)
    office.ends(far, "CALL_REJECTED")
    office.ends(near, "CALL_REJECTED")
    assert office.switch.heard == [f"api uuid_kill {far} CALL_REJECTED"]
    assert office.got("A") == ["CALL.E- 5202", "CALLING>FREE"]
    assert office.got("B") == ["R", "RINGING>FREE REJECTED"]


@pytest.mark.parametrize("to", ["B", OUTSIDE])
def test_a_ringing_leg_that_the_agent_set_up_is_taken_back(office, to):
    near, far = office.begin_call("A", to)
    office.pick_up(near)
    office.rings(far)
    office.forget()
    office.ask("A", "hangup", uuid=far)
    office.ends(far, "ORIGINATOR_CANCEL")
    office.ends(near)
    assert office.switch.heard[0] == f"api uuid_kill {far} ORIGINATOR_CANCEL"
    assert office.got("A") == ["R", CANCELLED, "CALLING>FREE"]
    assert office.got("B") == (["RINGING>FREE CALLER_GONE"] if to == "B" else [])


def test_a_leg_that_somebody_else_set_up_is_not_ended(office):
    near, far = office.talk("A", "B")
    office.refused("4102", "B", "hangup", uuid=near)
    office.ask("A", "hangup", uuid=far)


def test_a_customer_is_not_the_agents_to_end(office):
    customer = office.caller()
    office.pick_up(office.offered("A"))
    office.refused("4102", "A", "hangup", uuid=customer)


def test_who_is_in_no_call_has_no_leg(office):
    near, _ = office.talk("A", "B")
    for uuid in (near, "call-unknown"):
        office.refused("4000", "D", "hangup", uuid=uuid)


def test_a_leg_that_is_gone_already_is_as_good(office):
    near, _ = office.talk("A", "B")
    office.switch.will("uuid_kill", NO_SUCH_CHANNEL)
    office.ask("A", "hangup", uuid=near)
    assert office.got("A") == ["R"]


def test_a_switch_that_does_not_answer(office):
    near, far = office.talk("A", "B")
    office.switch.will("uuid_kill", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        office.ask("A", "hangup", uuid=near)
    assert not isinstance(SwitchTimedOut("late"), SwitchRefused)
    office.ends(near)
    office.ends(far)
    office.nothing_left()


def test_a_phone_that_the_switch_has_not_rung_yet_is_not_rung_at_all(office):
    """The command to end a leg may overtake the one that sets it up."""
    near, far = office.begin_call("A", "B")
    office.pick_up(near)
    office.switch.will("uuid_kill", NO_SUCH_CHANNEL)
    office.ask("A", "hangup", uuid=far)
    office.forget()
    office.rings(far)
    assert office.switch.heard == [f"api uuid_kill {far} ORIGINATOR_CANCEL"]
    assert office.got("B") == []
    office.ends(far, "ORIGINATOR_CANCEL")
    office.ends(near)
    office.nothing_left()


def test_what_the_switch_cannot_be_asked_has_changed_nothing(office):
    near, far = office.begin_call("A", OUTSIDE)
    office.pick_up(near)
    office.rings(far)
    before = office.snapshot()
    office.switch.will("uuid_kill", SwitchUnavailable("away"))
    with pytest.raises(SwitchUnavailable):
        office.ask("A", "hangup", uuid=near)
    assert office.snapshot() == before
