"""A leg rings, is answered, joined, parted, misnamed: also late, twice, or unknown."""

import pytest

from esl_bridge.domain.states import Status
from esl_bridge.esl.events import (
    LegAnswered,
    LegEnded,
    LegHeld,
    LegMisnamed,
    LegParked,
    LegRings,
    LegsBridged,
    LegsUnbridged,
    LegUnheld,
    OriginateFailed,
    PlaybackStarted,
    PlaybackStopped,
    RoomEntered,
    RoomLeft,
)
from tests.builders import COMPANY, HOLD, OUTSIDE, Office

X, Y = "call-unknown", "call-unknown-too"
OF_NOBODY = [
    LegRings(X),
    LegRings(X, early=True),
    LegAnswered(X),
    LegsBridged(X, Y),
    LegsUnbridged(X, Y),
    LegHeld(X),
    LegUnheld(X),
    PlaybackStarted(X, HOLD),
    PlaybackStopped(X, HOLD),
    RoomEntered(X, "r.90001"),
    RoomLeft(X, "r.90001"),
    LegEnded(X, "NORMAL_CLEARING"),
    OriginateFailed(X, "NO_ANSWER"),
    LegParked(X, COMPANY, "", "", "", "", "", "", "", False),
    LegParked(X, COMPANY, "call", "", "", "", "", "", "", False),
]


@pytest.mark.parametrize("event", OF_NOBODY, ids=lambda event: type(event).__name__)
def test_a_leg_that_nobody_knows_changes_nothing(office, event):
    office.talk("A", "B")
    before = office.snapshot()
    office.event(event)
    assert office.snapshot() == before
    assert office.switch.heard == []


def test_half_a_pair_that_nobody_knows_changes_nothing(office):
    near, far = office.talk("A", "B")
    before = office.snapshot()
    for pair in [(near, X), (X, near), (X, far)]:
        office.bridge(*pair)
        office.unbridge(*pair)
    assert office.snapshot() == before


def test_what_comes_twice_is_told_once(office):
    near, far = office.begin_call("A", "B")
    for leg in (near, far):
        for event in (LegRings(leg), LegRings(leg, early=True), LegAnswered(leg)):
            office.event(event)
            office.event(event)
    for _ in range(2):
        office.bridge(near, far)
    for leg in (far, near):
        for _ in range(2):
            office.ends(leg)
            office.event(OriginateFailed(leg, "NORMAL_CLEARING"))
    told = ["FREE>RINGING", "RINGING>CALLING", "CALL.S", "CALL.E+", "CALLING>FREE"]
    assert office.got("A") == ["R", "CALL.I", *told]
    assert office.got("B") == ["callin", "FREE>RINGING", "RINGING>CALLING", "CALLING>FREE"]
    office.nothing_left()


def test_what_comes_after_the_end_changes_nothing(office):
    near, far = office.talk("A", "B")
    office.ends(far)
    office.ends(near)
    office.forget()
    before = office.snapshot()
    for event in (LegRings(near), LegAnswered(far), LegsBridged(near, far), LegHeld(near)):
        office.event(event)
    assert office.snapshot() == before
    assert office.got("A") == office.got("B") == []


def test_a_ring_that_is_told_after_the_answer_changes_nothing(office):
    near, _ = office.begin_call("A", OUTSIDE)
    office.event(LegAnswered(near))
    office.rings(near)
    assert office.got("A") == ["R", "CALL.I", "FREE>CALLING"]


def test_an_offered_leg_whose_ring_was_not_seen(office):
    near, far = office.begin_call("A", "B")
    office.pick_up(near)
    office.event(LegAnswered(far))
    office.rings(far)
    assert office.got("B") == ["callin", "FREE>CALLING"]


def test_an_agent_that_is_away_has_a_leg_and_no_state(office):
    near, far = office.begin_call("A", "B")
    office.pick_up(near)
    office.put("B", Status.OFFLINE)
    office.pick_up(far)
    office.bridge(near, far)
    assert office.got("B") == []
    assert office.got("A")[-1] == "CALL.S"
    office.ends(far)
    office.ends(near)
    assert office.got("B") == []
    office.nothing_left()


def test_a_parting_that_comes_after_the_next_joining_parts_nobody(office):
    near, far = office.talk("A", "B")
    other_near, other_far = office.talk("D", OUTSIDE)
    office.bridge(near, other_far)
    office.unbridge(near, far)
    legs = office.desk.legs
    assert legs[near].peer is legs[other_far]
    assert legs[far].peer is None
    assert legs[other_near].peer is None
    office.unbridge(other_far, near)
    assert legs[near].peer is None


def test_a_leg_that_got_another_name_is_ended(office):
    near, _ = office.begin_call("A", OUTSIDE)
    office.forget()
    office.event(LegMisnamed(near, "7c5a0d1e-0000-4000-8000-000000000000"))
    assert office.switch.heard == [
        "api uuid_kill 7c5a0d1e-0000-4000-8000-000000000000 NORMAL_TEMPORARY_FAILURE"
    ]


def test_no_leg_is_named_twice():
    office = Office()
    near, far = office.begin_call("A", "B")
    office.ends(near)
    again, far_again = office.begin_call("A", "B")
    assert len({near, far, again, far_again}) == 4


def test_the_talk_limit_of_one_alone_in_a_room(office):
    near = office.ask("A", "call", callee_number="meeting", out_line=2).uuid
    office.pick_up(near)
    office.event(RoomEntered(near, f"meeting.{COMPANY}"))
    office.forget()
    office.ends(near, "ALLOTTED_TIMEOUT")
    assert office.got("A")[0] == "CALL.E+ 5208"


def test_an_offer_that_the_network_ends_was_not_answered(office):
    office.caller()
    leg = office.offered("A")
    office.rings(leg)
    office.forget()
    office.event(LegEnded(leg, "NO_USER_RESPONSE", 480))
    assert office.got("A") == ["RINGING>FREE NO_ANSWER"]
