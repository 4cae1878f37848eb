"""mute: on the agent's own leg, by whichever leg of the call it is named."""

import pytest

from esl_bridge.errors import SwitchRefused, SwitchTimedOut
from esl_bridge.operations.mute import MuteReply
from tests.builders import NAMES, OUTSIDE


@pytest.mark.parametrize("named_by", ["near", "far"])
def test_a_mute_silences_the_agents_own_leg(harness, named_by):
    near, far = harness.talk("A", "B")
    uuid = near if named_by == "near" else far
    assert harness.ask("A", "mute", uuid=uuid, mute="1") == MuteReply(mute="1")
    assert harness.ask("A", "mute", uuid=uuid, mute="0") == MuteReply(mute="0")
    assert harness.switch.heard == [
        f"api uuid_audio {near} start read mute -4",
        f"api uuid_audio {near} start read mute 0",
    ]
    assert (harness.got("A"), harness.got("B")) == (["R"] * 2, [])


def test_a_repeated_mute_is_commanded_again(harness):
    """A service that was killed may have changed it in its last moment."""
    near, _ = harness.talk("A", "B")
    for mute in ("0", "0", "1", "1"):
        assert harness.ask("A", "mute", uuid=near, mute=mute) == MuteReply(mute=mute)
    assert [line.split()[-1] for line in harness.switch.heard] == ["0", "0", "-4", "-4"]


def test_a_mute_is_allowed_as_soon_as_the_agent_is_in_the_call(harness):
    near, _ = harness.begin_call("A", OUTSIDE)
    harness.rings(near)
    harness.refused("4103", "A", "mute", uuid=near, mute="1")
    harness.pick_up(near)
    harness.ask("A", "mute", uuid=near, mute="1")


@pytest.mark.parametrize("error", [SwitchRefused("-ERR"), SwitchTimedOut("late")])
def test_a_mute_that_the_switch_refuses_leaves_the_leg_unmuted(harness, error):
    near, _ = harness.talk("A", "B")
    before = harness.snapshot()
    harness.switch.will("uuid_audio", error)
    with pytest.raises(type(error)):
        harness.ask("A", "mute", uuid=near, mute="1")
    assert harness.snapshot() == before


def test_muting_a_leg_of_somebody_else_is_refused(harness):
    near, _ = harness.talk("A", "B")
    harness.refused("4000", "D", "mute", uuid=near, mute="1")
    harness.refused("4000", "A", "mute", uuid=NAMES["A"], mute="1")


@pytest.mark.parametrize("name", "AB")
def test_a_mute_does_not_stop_one_way_audio_again(harness, name):
    legs = dict(zip("AB", harness.talk("A", "B", audio=2), strict=True))
    for on in "10":
        harness.ask(name, "mute", uuid=legs[name], mute=on)
    assert [line.split()[-1] for line in harness.switch.heard] == ["-4", "0"]


def test_audio_stopped_by_change_media_is_not_stopped_again(harness):
    near, _ = harness.talk("A", OUTSIDE)
    harness.ask("A", "change_media", uuid=near, audio=2, reneg_other=False)
    harness.forget()
    for on in "10":
        harness.ask("A", "mute", uuid=near, mute=on)
    assert harness.switch.heard == []
