"""A stranger takes the place of a leg, as the switch tells of it."""

from esl_bridge.domain.states import Status
from esl_bridge.esl.events import LegEnded, LegHeld, LegParked, LegReplaced, LegsBridged
from tests.builders import OUTSIDE

THIEF = "intruder-1"


def test_the_partner_is_set_to_park_before_the_intruder_is_hung_up(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.event(LegReplaced(near, THIEF, "", "192.0.2.9"))
    kept, ended, *_ = harness.switch.take()
    assert kept.startswith(f"api uuid_setvar_multi {far} ") and "park_after_bridge=true" in kept
    assert ended == f"api uuid_kill {THIEF} CALL_REJECTED"


def test_a_stranger_bridged_without_an_earlier_event_is_hung_up(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.event(LegsBridged(THIEF, far, uninvited=True))
    assert harness.switch.take()[-1] == f"api uuid_kill {THIEF} CALL_REJECTED"
    harness.event(LegEnded(near, "PICKED_OFF"))
    assert harness.status("A") is Status.FREE


def test_a_leg_with_our_variables_is_not_a_stranger(harness):
    _, far = harness.talk("A", OUTSIDE)
    harness.event(LegsBridged("somebody", far))
    assert harness.switch.take() == []


def test_an_intruder_that_only_barges_in_is_hung_up_and_the_talk_continues(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.event(LegReplaced(far, THIEF, "", "192.0.2.9", barges=True))
    assert harness.switch.take() == [f"api uuid_kill {THIEF} CALL_REJECTED"]
    harness.event(LegEnded(far, "NORMAL_CLEARING"))
    assert harness.switch.take() == []
    harness.event(LegEnded(near, "NORMAL_CLEARING"))
    assert harness.status("A") is Status.FREE


def test_barging_in_at_a_leg_held_by_its_phone_counts_as_taking_its_place(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.event(LegHeld(near))
    harness.event(LegReplaced(near, THIEF, "", "192.0.2.9", barges=True))
    assert harness.switch.take()[0].startswith(f"api uuid_setvar_multi {far} ")


def test_a_talk_whose_intruder_the_switch_refused_ends_normally(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.event(LegReplaced(near, THIEF, "90002_1", "192.0.2.9"))
    *_, released = harness.switch.take()
    assert released.startswith(f"api uuid_setvar_multi {far} ")
    assert "park_after_bridge=;" in released
    harness.event(LegEnded(near, "NORMAL_CLEARING"))
    harness.event(LegParked(far, "90001", "", "", "", "", "", "", "", True))
    assert harness.switch.take()[-1].startswith(f"api uuid_kill {far} ")
    assert harness.status("A") is Status.FREE
