"""dtmf: by each of its types, to the far party, from the talk on."""

import pytest

from esl_bridge.errors import NotPlayed, PartyGone, SwitchRefused, SwitchTimedOut
from esl_bridge.esl.events import PlaybackStarted
from tests.builders import OUTSIDE


@pytest.mark.parametrize(
    ("dtmf_type", "lines"),
    [
        (0, ["uuid_setvar_multi {far} dtmf_type=info", "uuid_send_dtmf {far} 1w#@150"]),
        (3, ["uuid_setvar_multi {far} dtmf_type=rfc2833", "uuid_send_dtmf {far} 1w#@150"]),
        (1, ["uuid_broadcast {far} tone_stream://d=150;w=600;1;w=100;# aleg"]),
    ],
)
@pytest.mark.parametrize("from_side", "AB")
def test_digits_of_each_type_go_to_the_far_leg(harness, dtmf_type, lines, from_side):
    near, far = harness.talk("A", "B")
    there = far if from_side == "A" else near
    harness.waits.append(lambda: harness.event(PlaybackStarted(there, "tone_stream://d=150")))
    harness.ask(from_side, "dtmf", uuid=near, content="1w#", dtmf_type=dtmf_type)
    assert harness.switch.heard == [f"api {line.format(far=there)}" for line in lines]
    assert harness.got(from_side) == ["R"]


def test_digits_are_sent_by_rfc_2833_unless_asked_otherwise(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.ask("A", "dtmf", uuid=near, content="1")
    assert harness.switch.heard[0] == f"api uuid_setvar_multi {far} dtmf_type=rfc2833"


@pytest.mark.parametrize("word", ["uuid_setvar_multi", "uuid_send_dtmf"])
@pytest.mark.parametrize("error", [SwitchRefused("-ERR"), SwitchTimedOut("late")])
def test_digits_fail_where_the_switch_refuses_them(harness, word, error):
    near, _ = harness.talk("A", "B")
    before = harness.snapshot()
    harness.switch.will(word, error)
    with pytest.raises(type(error)):
        harness.ask("A", "dtmf", uuid=near, content="1")
    assert harness.snapshot() == before


def test_tones_that_the_switch_does_not_play_fail(harness):
    near, _ = harness.talk("A", "B")
    with pytest.raises(NotPlayed):
        harness.ask("A", "dtmf", uuid=near, content="1", dtmf_type=1)


def test_tones_fail_where_the_far_side_hangs_up_before_they_begin(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.waits.append(lambda: harness.ends(far))
    with pytest.raises(PartyGone):
        harness.ask("A", "dtmf", uuid=near, content="1", dtmf_type=1)


def test_digits_without_a_talk_are_refused(harness):
    near, far = harness.begin_call("A", OUTSIDE)
    for leg in (near, far):
        harness.pick_up(near)
        harness.rings(far)
        harness.refused("4103", "A", "dtmf", uuid=leg, content="1")
    harness.refused("4000", "D", "dtmf", uuid=near, content="1")
