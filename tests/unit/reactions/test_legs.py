"""A leg rings, is answered, joined, parted, uuid_changed: also late, twice, or unknown."""

import pytest

from esl_bridge.domain.states import Status
from esl_bridge.esl.events import (
    LegAnswered,
    LegEnded,
    LegHeld,
    LegParked,
    LegRings,
    LegsBridged,
    LegsUnbridged,
    LegUnheld,
    LegUuidChanged,
    OriginateFailed,
    PlaybackStarted,
    PlaybackStopped,
    RoomEntered,
    RoomLeft,
)
from tests.builders import COMPANY, HOLD, OUTSIDE, TenantHarness

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
def test_an_event_of_an_unknown_leg_changes_nothing(harness, event):
    harness.talk("A", "B")
    before = harness.snapshot()
    harness.event(event)
    assert harness.snapshot() == before
    assert harness.switch.heard == []


def test_a_bridge_with_an_unknown_leg_changes_nothing(harness):
    near, far = harness.talk("A", "B")
    before = harness.snapshot()
    for pair in [(near, X), (X, near), (X, far)]:
        harness.bridge(*pair)
        harness.unbridge(*pair)
    assert harness.snapshot() == before


def test_a_repeated_event_is_reported_once(harness):
    near, far = harness.begin_call("A", "B")
    for leg in (near, far):
        for event in (LegRings(leg), LegRings(leg, early=True), LegAnswered(leg)):
            harness.event(event)
            harness.event(event)
    for _ in range(2):
        harness.bridge(near, far)
    for leg in (far, near):
        for _ in range(2):
            harness.ends(leg)
            harness.event(OriginateFailed(leg, "NORMAL_CLEARING"))
    told = ["FREE>RINGING", "RINGING>CALLING", "CALL.S", "CALL.E+", "CALLING>FREE"]
    assert harness.got("A") == ["R", "CALL.I", *told]
    assert harness.got("B") == ["callin", "FREE>RINGING", "RINGING>CALLING", "CALLING>FREE"]
    harness.nothing_left()


def test_an_event_after_the_end_changes_nothing(harness):
    near, far = harness.talk("A", "B")
    harness.ends(far)
    harness.ends(near)
    harness.forget()
    before = harness.snapshot()
    for event in (LegRings(near), LegAnswered(far), LegsBridged(near, far), LegHeld(near)):
        harness.event(event)
    assert harness.snapshot() == before
    assert harness.got("A") == harness.got("B") == []


def test_a_ringing_event_after_the_answer_changes_nothing(harness):
    near, _ = harness.begin_call("A", OUTSIDE)
    harness.event(LegAnswered(near))
    harness.rings(near)
    assert harness.got("A") == ["R", "CALL.I", "FREE>CALLING"]


def test_an_offered_leg_that_answers_without_ringing_is_a_talk(harness):
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.event(LegAnswered(far))
    harness.rings(far)
    assert harness.got("B") == ["callin", "FREE>CALLING"]


def test_an_absent_agents_leg_does_not_set_its_state(harness):
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.put("B", Status.OFFLINE)
    harness.pick_up(far)
    harness.bridge(near, far)
    assert harness.got("B") == []
    assert harness.got("A")[-1] == "CALL.S"
    harness.ends(far)
    harness.ends(near)
    assert harness.got("B") == []
    harness.nothing_left()


def test_a_late_unbridge_after_the_next_bridge_changes_nothing(harness):
    near, far = harness.talk("A", "B")
    other_near, other_far = harness.talk("D", OUTSIDE)
    harness.bridge(near, other_far)
    harness.unbridge(near, far)
    legs = harness.tenant.legs
    assert legs[near].peer is legs[other_far]
    assert legs[far].peer is None
    assert legs[other_near].peer is None
    harness.unbridge(other_far, near)
    assert legs[near].peer is None


def test_a_leg_with_another_uuid_than_requested_is_ended(harness):
    near, _ = harness.begin_call("A", OUTSIDE)
    harness.forget()
    harness.event(LegUuidChanged(near, "7c5a0d1e-0000-4000-8000-000000000000"))
    assert harness.switch.heard == [
        "api uuid_kill 7c5a0d1e-0000-4000-8000-000000000000 NORMAL_TEMPORARY_FAILURE"
    ]


def test_no_uuid_is_used_twice():
    harness = TenantHarness()
    near, far = harness.begin_call("A", "B")
    harness.ends(near)
    again, far_again = harness.begin_call("A", "B")
    assert len({near, far, again, far_again}) == 4


def test_the_talk_limit_applies_to_a_leg_alone_in_a_room(harness):
    near = harness.ask("A", "call", callee_number="meeting", out_line=2).uuid
    harness.pick_up(near)
    harness.event(RoomEntered(near, f"meeting.{COMPANY}"))
    harness.forget()
    harness.ends(near, "ALLOTTED_TIMEOUT")
    assert harness.got("A")[0] == "CALL.E+ 5208"


def test_who_enters_a_room_holds_nobody_with_music_any_more(harness):
    near, far = harness.talk("A", "B")
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    harness.forget()
    harness.event(RoomEntered(near, "round.90001"))  # the end of the music was lost with the link
    assert harness.got("A") == ["CALLING/HOLD>CALLING"]


def test_an_offer_that_the_network_ends_counts_as_not_answered(harness):
    harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    harness.forget()
    harness.event(LegEnded(leg, "NO_USER_RESPONSE", 480))
    assert harness.got("A") == ["RINGING>FREE NO_ANSWER"]
