"""A stranger takes the place of a leg, as the switch tells of it."""

from esl_bridge.domain.states import Status
from esl_bridge.esl.events import LegEnded, LegReplaced, LegsBridged
from tests.builders import OUTSIDE

THIEF = "thief-1"


def test_whom_the_thief_would_have_is_secured_before_the_thief_is_ended(office):
    near, far = office.talk("A", OUTSIDE)
    office.event(LegReplaced(near, THIEF, "", "192.0.2.9"))
    kept, ended = office.switch.take()
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
