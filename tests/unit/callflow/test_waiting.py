"""What a leg is played while it waits ends, or is not there: it is played once more, or silence."""

import pytest

from esl_bridge.errors import NotPlayed
from esl_bridge.esl.events import PlaybackStarted
from tests.builders import HOLD, NAMES, OUTSIDE, TenantHarness

BEHIND = "silence_stream://60000"
ENDLESS = "silence_stream://43200000"


@pytest.fixture
def waiting(harness: TenantHarness) -> str:
    """A customer whose agent consults."""
    near, far = harness.talk("A", OUTSIDE)
    asked = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    harness.ask("A", "consult", uuid=near, **asked)
    harness.unbridge(near, far)
    harness.parks(near)
    harness.forget()
    return far


def played(leg: str, sound: str) -> str:
    return f"api uuid_transfer {leg} 'm:~:playback:{sound}~playback:{BEHIND}' inline"


def test_a_sound_that_ends_is_played_again(harness, waiting):
    for _ in range(2):
        harness.event(PlaybackStarted(waiting, HOLD))
        harness.now += 3
        harness.event(PlaybackStarted(waiting, BEHIND))
        assert harness.switch.take() == [played(waiting, HOLD)]
    assert harness.refusals == []


@pytest.mark.parametrize("begins", [True, False], ids=["empty", "missing"])
def test_a_missing_sound_leaves_silence_and_one_log_line(harness, waiting, begins):
    if begins:
        harness.event(PlaybackStarted(waiting, HOLD))
    harness.event(PlaybackStarted(waiting, BEHIND))
    assert harness.switch.take() == [played(waiting, ENDLESS)]
    harness.event(PlaybackStarted(waiting, ENDLESS))
    assert harness.switch.take() == []
    assert [type(error) for error in harness.refusals] == [NotPlayed]
    assert harness.got("A") == []


def test_a_sound_that_a_bridge_has_ended_is_left_alone(harness, waiting):
    harness.event(PlaybackStarted(waiting, HOLD))
    harness.now += 3
    harness.tenant.legs[waiting].position.moving = True
    harness.event(PlaybackStarted(waiting, BEHIND))
    assert harness.switch.take() == []


def test_a_caller_hears_ringback_again(harness):
    customer = harness.caller()
    harness.event(PlaybackStarted(customer, "tone_stream://L=60;%(1000,4000,450)"))
    harness.switch.take()
    harness.now += 300
    harness.event(PlaybackStarted(customer, "silence_stream://5000"))
    ringback = "tone_stream://%(1000,4000,450);loops=120"
    assert harness.switch.take() == [played(customer, ringback)]
