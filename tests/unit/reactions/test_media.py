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
from tests.builders import HOLD, NAMES, NO_SUCH_CHANNEL, OUTSIDE, Office


def test_the_phones_hold_ends_music_and_only_the_phone_ends_that_hold(office):
    near, far = office.talk("A", "B")
    office.ask("A", "hold", uuid=near, hold="1")
    office.event(PlaybackStarted(far, HOLD))
    office.event(LegHeld(near))
    office.event(PlaybackStopped(far, HOLD))
    office.event(PlaybackStarted(far, HOLD))
    assert office.got("A") == ["CALLING>CALLING/HOLD", "R"]
    office.event(LegUnheld(near))
    assert office.got("A") == ["CALLING/HOLD>CALLING"]


def test_music_that_nobody_asked_for_is_no_hold(office):
    _, far = office.talk("A", "B")
    office.event(PlaybackStarted(far, HOLD))
    office.event(PlaybackStopped(far, HOLD))
    assert office.got("A") == office.got("B") == []


def test_both_sides_can_hold_and_each_is_told_its_own(office):
    near, far = office.talk("A", "B")
    for name, other in (("A", far), ("B", near)):
        office.ask(name, "hold", uuid=near, hold="1")
        office.event(PlaybackStarted(other, HOLD))
    assert office.got("A") == office.got("B") == ["CALLING>CALLING/HOLD", "R"]
    office.ask("A", "hold", uuid=near, hold="0")
    office.event(PlaybackStopped(far, HOLD))
    assert office.got("A") == ["CALLING/HOLD>CALLING", "R"]
    assert office.got("B") == []


def test_a_room_is_entered_and_left(office):
    near = office.ask("A", "call", callee_number="round", out_line=2).uuid
    office.pick_up(near)
    office.forget()
    for _ in range(2):
        office.event(RoomEntered(near, "round.90001"))
    assert office.got("A") == ["CALL.S"]
    office.event(RoomLeft(near, "round.90001"))
    assert office.desk.legs[near].room == ""
    office.ends(near)
    assert office.got("A") == ["CALL.E+", "CALLING>FREE"]
    office.nothing_left()


def test_two_in_a_room_talk_and_one_alone_does_not():
    office = Office(wrap_up_seconds=5)
    legs = []
    for name in "AB":
        leg = office.ask(name, "call", callee_number="round", out_line=2).uuid
        office.pick_up(leg)
        legs.append(leg)
    alone = office.ask("D", "call", callee_number="other", out_line=2).uuid
    office.pick_up(alone)
    office.event(RoomEntered(alone, "other.90001"))
    for leg in legs:
        office.event(RoomEntered(leg, "round.90001"))
    for leg in [alone, *legs]:
        office.ends(leg)
    assert office.got("D")[-2:] == ["CALL.E+", "CALLING>FREE"]
    assert office.got("B")[-2:] == ["CALL.E+", "CALLING>ARRANGE"]
    assert office.got("A")[-2:] == ["CALL.E+", "CALLING>ARRANGE"]


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
def test_the_same_media_and_a_hold_are_no_change(office, known):
    _, far = office.talk("A", OUTSIDE)
    office.switch.will("uuid_dump", known)
    office.event(LegReinvited(far))
    assert office.got("A") == []


def test_what_a_phone_answered_with_is_what_it_has(office):
    _, far = office.talk("A", OUTSIDE)
    office.event(LegAnswered(far, 3))
    office.switch.will("uuid_dump", flows("sendrecv", "sendrecv"))
    office.event(LegReinvited(far))
    assert office.got("A") == []


def test_a_phones_change_is_told_to_the_agent_it_talks_to_as_seen_from_there(office):
    near, far = office.talk("A", "B")
    office.ask("A", "change_media", uuid=near, audio=1, reneg_other=False)
    office.forget()
    office.switch.will("uuid_dump", flows("sendrecv", "sendonly"))
    office.event(LegReinvited(far))
    assert (office.got("A"), office.got("B")) == (["CHANGE_MEDIA.E+"], [])
    (told,) = office.pushed[NAMES["A"]]
    assert (told.uuid, told.change_media_flag, told.req_id) == (near, 2, "")
    assert (told.last_media, told.media) == (Media(audio=1), Media(audio=1, video=2))
