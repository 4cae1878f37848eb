"""hangup: the agent's own leg, or one that it set up; how its end is told to each."""

import pytest

from esl_bridge.errors import SwitchRefused, SwitchTimedOut, SwitchUnavailable
from tests.builders import NO_SUCH_CHANNEL, OUTSIDE

CANCELLED = "CALL.E- 5207"


def test_an_agent_hangs_up_while_its_own_phone_rings(harness):
    near, _ = harness.begin_call("A", "B")
    harness.rings(near)
    harness.forget()
    harness.ask("A", "hangup", uuid=near)
    harness.ends(near, "ORIGINATOR_CANCEL")
    assert harness.switch.heard == [f"api uuid_kill {near} ORIGINATOR_CANCEL"]
    assert harness.got("A") == ["R", CANCELLED, "RINGING>FREE"]
    harness.nothing_left()


@pytest.mark.parametrize("to", ["B", OUTSIDE])
@pytest.mark.parametrize("first", ["near", "far"])
def test_an_agent_hangs_up_while_the_far_phone_rings(harness, to, first):
    near, far = harness.begin_call("A", to)
    harness.pick_up(near)
    harness.rings(far)
    harness.forget()
    harness.ask("A", "hangup", uuid=near)
    if first == "far":
        harness.ends(far, "ORIGINATOR_CANCEL")
    harness.ends(near)
    harness.ends(far, "ORIGINATOR_CANCEL")
    assert harness.switch.heard[0] == f"api uuid_kill {near} NORMAL_CLEARING"
    assert harness.got("A") == ["R", CANCELLED, "CALLING>FREE"]
    assert harness.got("B") == (["RINGING>FREE CALLER_GONE"] if to == "B" else [])
    harness.nothing_left()


def test_an_agent_hangs_up_in_a_talk(harness):
    near, far = harness.talk("A", "B")
    harness.ask("B", "hangup", uuid=far)
    harness.ends(far)
    harness.ends(near)
    assert harness.switch.heard == [f"api uuid_kill {far} NORMAL_CLEARING"]
    assert harness.got("A") == ["CALL.E+", "CALLING>FREE"]
    assert harness.got("B") == ["R", "CALLING>FREE"]


def test_hanging_up_an_offered_call_rejects_it(harness):
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.rings(far)
    harness.forget()
    harness.ask("B", "hangup", uuid=far)
    harness.ends(far, "CALL_REJECTED")
    harness.ends(near, "CALL_REJECTED")
    assert harness.switch.heard == [f"api uuid_kill {far} CALL_REJECTED"]
    assert harness.got("A") == ["CALL.E- 5202", "CALLING>FREE"]
    assert harness.got("B") == ["R", "RINGING>FREE REJECTED"]


@pytest.mark.parametrize("to", ["B", OUTSIDE])
def test_a_ringing_leg_that_the_agent_set_up_is_cancelled(harness, to):
    near, far = harness.begin_call("A", to)
    harness.pick_up(near)
    harness.rings(far)
    harness.forget()
    harness.ask("A", "hangup", uuid=far)
    harness.ends(far, "ORIGINATOR_CANCEL")
    harness.ends(near)
    assert harness.switch.heard[0] == f"api uuid_kill {far} ORIGINATOR_CANCEL"
    assert harness.got("A") == ["R", CANCELLED, "CALLING>FREE"]
    assert harness.got("B") == (["RINGING>FREE CALLER_GONE"] if to == "B" else [])


def test_a_leg_that_another_agent_set_up_cannot_be_hung_up(harness):
    near, far = harness.talk("A", "B")
    harness.refused("4102", "B", "hangup", uuid=near)
    harness.ask("A", "hangup", uuid=far)


def test_an_agent_cannot_hang_up_its_customers_leg(harness):
    customer = harness.caller()
    harness.pick_up(harness.offered("A"))
    harness.refused("4102", "A", "hangup", uuid=customer)


def test_an_agent_without_a_call_has_no_leg_to_hang_up(harness):
    near, _ = harness.talk("A", "B")
    for uuid in (near, "call-unknown"):
        harness.refused("4000", "D", "hangup", uuid=uuid)


def test_hanging_up_a_leg_that_has_ended_succeeds(harness):
    near, _ = harness.talk("A", "B")
    harness.switch.will("uuid_kill", NO_SUCH_CHANNEL)
    harness.ask("A", "hangup", uuid=near)
    assert harness.got("A") == ["R"]


def test_a_hangup_fails_where_the_switch_does_not_answer(harness):
    near, far = harness.talk("A", "B")
    harness.switch.will("uuid_kill", SwitchTimedOut("late"))
    with pytest.raises(SwitchTimedOut):
        harness.ask("A", "hangup", uuid=near)
    assert not isinstance(SwitchTimedOut("late"), SwitchRefused)
    harness.ends(near)
    harness.ends(far)
    harness.nothing_left()


def test_a_phone_hung_up_before_it_rings_is_never_rung(harness):
    """The command to end a leg may overtake the one that sets it up."""
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.switch.will("uuid_kill", NO_SUCH_CHANNEL)
    harness.ask("A", "hangup", uuid=far)
    harness.forget()
    harness.rings(far)
    assert harness.switch.heard == [f"api uuid_kill {far} ORIGINATOR_CANCEL"]
    assert harness.got("B") == []
    harness.ends(far, "ORIGINATOR_CANCEL")
    harness.ends(near)
    harness.nothing_left()


def test_a_hangup_that_cannot_be_sent_changes_nothing(harness):
    near, far = harness.begin_call("A", OUTSIDE)
    harness.pick_up(near)
    harness.rings(far)
    before = harness.snapshot()
    harness.switch.will("uuid_kill", SwitchUnavailable("away"))
    with pytest.raises(SwitchUnavailable):
        harness.ask("A", "hangup", uuid=near)
    assert harness.snapshot() == before
