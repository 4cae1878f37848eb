"""Holds, music and rooms where they meet other events."""

import json

import pytest

from esl_bridge.domain.leg import Media
from esl_bridge.esl.events import (
    LegAnswered,
    LegHeld,
    LegReinvited,
    LegUnheld,
    PlaybackStarted,
    PlaybackStopped,
    RoomEntered,
    RoomLeft,
)
from tests.builders import HOLD, NAMES, NO_SUCH_CHANNEL, OUTSIDE, TenantHarness


def test_the_phones_hold_ends_music_and_only_the_phone_ends_that_hold(harness):
    near, far = harness.talk("A", "B")
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    harness.event(LegHeld(near))
    harness.event(PlaybackStopped(far, HOLD))
    harness.event(PlaybackStarted(far, HOLD))
    assert harness.got("A") == ["CALLING>CALLING/HOLD", "R"]
    harness.event(LegUnheld(near))
    assert harness.got("A") == ["CALLING/HOLD>CALLING"]


def test_music_that_was_not_requested_does_not_count_as_hold(harness):
    _, far = harness.talk("A", "B")
    harness.event(PlaybackStarted(far, HOLD))
    harness.event(PlaybackStopped(far, HOLD))
    assert harness.got("A") == harness.got("B") == []


def test_both_sides_can_hold_and_each_gets_its_own_state(harness):
    near, far = harness.talk("A", "B")
    for name, other in (("A", far), ("B", near)):
        harness.ask(name, "hold", uuid=near, hold="1")
        harness.event(PlaybackStarted(other, HOLD))
    assert harness.got("A") == harness.got("B") == ["CALLING>CALLING/HOLD", "R"]
    harness.ask("A", "hold", uuid=near, hold="0")
    harness.event(PlaybackStopped(far, HOLD))
    assert harness.got("A") == ["CALLING/HOLD>CALLING", "R"]
    assert harness.got("B") == []


def test_an_agent_enters_and_leaves_a_room(harness):
    near = harness.ask("A", "call", callee_number="round", out_line=2).uuid
    harness.pick_up(near)
    harness.forget()
    for _ in range(2):
        harness.event(RoomEntered(near, "round.90001"))
    assert harness.got("A") == ["CALL.S"]
    harness.event(RoomLeft(near, "round.90001"))
    assert harness.tenant.legs[near].position.room == ""
    harness.ends(near)
    assert harness.got("A") == ["CALL.E+", "CALLING>FREE"]
    harness.nothing_left()


def test_two_in_a_room_talk_and_one_alone_does_not():
    harness = TenantHarness(wrap_up_seconds=5)
    legs = []
    for name in "AB":
        leg = harness.ask(name, "call", callee_number="round", out_line=2).uuid
        harness.pick_up(leg)
        legs.append(leg)
    alone = harness.ask("D", "call", callee_number="other", out_line=2).uuid
    harness.pick_up(alone)
    harness.event(RoomEntered(alone, "other.90001"))
    for leg in legs:
        harness.event(RoomEntered(leg, "round.90001"))
    for leg in [alone, *legs]:
        harness.ends(leg)
    assert harness.got("D")[-2:] == ["CALL.E+", "CALLING>FREE"]
    assert harness.got("B")[-2:] == ["CALL.E+", "CALLING>ARRANGE"]
    assert harness.got("A")[-2:] == ["CALL.E+", "CALLING>ARRANGE"]


def flows(audio: str, video: str, codec: str = "VP8") -> str:
    """What the switch says of a leg whose phone has these directions in its SDP; ``codec`` "": its
    pictures were refused."""
    ways = {"audio": audio, "video": video}
    said = {f"variable_remote_{name}_media_flow": way for name, way in ways.items()}
    return json.dumps(said | {"variable_rtp_use_video_codec_name": codec})


@pytest.mark.parametrize(
    "known",
    [
        flows("sendrecv", "inactive"),
        flows("sendonly", "inactive"),
        flows("inactive", "sendonly"),
        flows("sendrecv", "sendrecv", codec=""),
        "{}",
        NO_SUCH_CHANNEL,
    ],
)
def test_a_hold_or_the_same_media_is_no_change_of_media(harness, known):
    _, far = harness.talk("A", OUTSIDE)
    harness.switch.will("uuid_dump", known)
    harness.event(LegReinvited(far))
    assert harness.got("A") == []


def test_a_phones_media_are_those_of_its_answer(harness):
    _, far = harness.talk("A", OUTSIDE)
    harness.event(LegAnswered(far, 3))
    harness.switch.will("uuid_dump", flows("sendrecv", "sendrecv"))
    harness.event(LegReinvited(far))
    assert harness.got("A") == []


def test_a_phones_change_of_media_is_reported_to_its_partner_from_its_side(harness):
    near, far = harness.talk("A", "B")
    harness.ask("A", "change_media", uuid=near, audio=1, reneg_other=False)
    harness.forget()
    harness.switch.will("uuid_dump", flows("sendrecv", "sendonly"))
    harness.event(LegReinvited(far))
    assert (harness.got("A"), harness.got("B")) == (["CHANGE_MEDIA.E+"], [])
    (told,) = harness.pushed[NAMES["A"]]
    assert (told.uuid, told.change_media_flag, told.req_id) == (near, 2, "")
    assert (told.last_media, told.media) == (Media(audio=1), Media(audio=1, video=2))
