"""What a leg is played while it waits ends, or is not there: it is played once more, or silence."""

import pytest

from esl_bridge.errors import NotPlayed
from esl_bridge.esl.events import PlaybackStarted
from tests.builders import HOLD, NAMES, OUTSIDE, Office

BEHIND = "silence_stream://60000"
ENDLESS = "silence_stream://43200000"


@pytest.fixture
def waiting(office: Office) -> str:
    """A customer whose agent consults."""
    near, far = office.talk("A", OUTSIDE)
    asked = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
    office.ask("A", "consult", uuid=near, **asked)
    office.unbridge(near, far)
    office.parks(near)
    office.forget()
    return far


def played(leg: str, sound: str) -> str:
    return f"api uuid_transfer {leg} 'm:~:playback:{sound}~playback:{BEHIND}' inline"


def test_a_sound_that_ends_is_played_once_more(office, waiting):
    for _ in range(2):
        office.event(PlaybackStarted(waiting, HOLD))
        office.now += 3
        office.event(PlaybackStarted(waiting, BEHIND))
        assert office.switch.take() == [played(waiting, HOLD)]
    assert office.refusals == []


@pytest.mark.parametrize("begins", [True, False], ids=["empty", "missing"])
def test_one_that_is_not_there_leaves_silence_and_one_line(office, waiting, begins):
    if begins:
        office.event(PlaybackStarted(waiting, HOLD))
    office.event(PlaybackStarted(waiting, BEHIND))
    assert office.switch.take() == [played(waiting, ENDLESS)]
    office.event(PlaybackStarted(waiting, ENDLESS))
    assert office.switch.take() == []
    assert [type(error) for error in office.refusals] == [NotPlayed]
    assert office.got("A") == []


def test_one_that_a_bridge_has_ended_is_left_alone(office, waiting):
    office.event(PlaybackStarted(waiting, HOLD))
    office.now += 3
    office.desk.legs[waiting].moving = True
    office.event(PlaybackStarted(waiting, BEHIND))
    assert office.switch.take() == []


def test_a_caller_hears_ringback_again(office):
    customer = office.caller()
    office.event(PlaybackStarted(customer, "tone_stream://L=60;%(1000,4000,450)"))
    office.switch.take()
    office.now += 300
    office.event(PlaybackStarted(customer, "silence_stream://5000"))
    ringback = "tone_stream://%(1000,4000,450);loops=120"
    assert office.switch.take() == [played(customer, ringback)]
