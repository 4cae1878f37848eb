"""A stranger takes the place of a leg, as the switch tells of it."""

from esl_bridge.domain.states import Status
from esl_bridge.esl.events import LegEnded, LegHeld, LegParked, LegReplaced, LegsBridged
from tests.builders import OUTSIDE

THIEF = "thief-1"


def test_whom_the_thief_would_have_is_secured_before_the_thief_is_ended(office):
    near, far = office.talk("A", OUTSIDE)
    office.event(LegReplaced(near, THIEF, "", "192.0.2.9"))
    kept, ended, *_ = office.switch.take()
    assert kept.startswith(f"api uuid_setvar_multi {far} ") and "park_after_bridge=true" in kept
    assert ended == f"api uuid_kill {THIEF} CALL_REJECTED"


def test_a_stranger_who_is_joined_without_a_word_before_is_ended(office):
    near, far = office.talk("A", OUTSIDE)
    office.event(LegsBridged(THIEF, far, uninvited=True))
    assert office.switch.take()[-1] == f"api uuid_kill {THIEF} CALL_REJECTED"
    office.event(LegEnded(near, "PICKED_OFF"))
    assert office.status("A") is Status.FREE


def test_who_talks_by_our_ways_is_no_stranger(office):
    _, far = office.talk("A", OUTSIDE)
    office.event(LegsBridged("somebody", far))
    assert office.switch.take() == []


def test_who_only_barges_in_is_ended_at_once_and_the_talk_is_left_as_it_is(office):
    near, far = office.talk("A", OUTSIDE)
    office.event(LegReplaced(far, THIEF, "", "192.0.2.9", barges=True))
    assert office.switch.take() == [f"api uuid_kill {THIEF} CALL_REJECTED"]
    office.event(LegEnded(far, "NORMAL_CLEARING"))
    assert office.switch.take() == []
    office.event(LegEnded(near, "NORMAL_CLEARING"))
    assert office.status("A") is Status.FREE


def test_barging_in_at_a_leg_on_hold_by_its_phone_is_taking_its_place(office):
    near, far = office.talk("A", OUTSIDE)
    office.event(LegHeld(near))
    office.event(LegReplaced(near, THIEF, "", "192.0.2.9", barges=True))
    assert office.switch.take()[0].startswith(f"api uuid_setvar_multi {far} ")


def test_a_talk_of_which_the_switch_refused_a_thief_ends_as_any_other(office):
    near, far = office.talk("A", OUTSIDE)
    office.event(LegReplaced(near, THIEF, "90002_1", "192.0.2.9"))
    *_, released = office.switch.take()
    assert released.startswith(f"api uuid_setvar_multi {far} ")
    assert "park_after_bridge=;" in released
    office.event(LegEnded(near, "NORMAL_CLEARING"))
    office.event(LegParked(far, "90001", "", "", "", "", "", "", "", True))
    assert office.switch.take()[-1].startswith(f"api uuid_kill {far} ")
    assert office.status("A") is Status.FREE
