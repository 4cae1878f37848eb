"""change_media: which commands, on which leg, and what is told."""

import json

import pytest

from esl_bridge.callflow.media import mirrored
from esl_bridge.domain.leg import Media
from esl_bridge.errors import PartyGone, SwitchTimedOut
from esl_bridge.operations.change_media import ChangeMediaReply
from tests.builders import NAMES, NO_SUCH_CHANNEL, OUTSIDE

SEND, RECEIVE, BOTH = 1, 2, 3


def dumped(way, codec="VP8"):
    shown = {"variable_remote_video_media_flow": way, "variable_rtp_use_video_codec_name": codec}
    return json.dumps({name: value for name, value in shown.items() if value})


WITH_VIDEO = dumped("sendrecv")
WITHOUT = [
    dumped("inactive"),
    dumped("inactive", codec=""),
    dumped("sendrecv", codec=""),  # its phone has offered some, and was refused
    "{}",
    "-nonsense-",
]


def audio(leg, way, level):
    return f"api uuid_audio {leg} start {way} mute {level}"


@pytest.mark.parametrize(("one", "other"), [(0, 0), (1, 2), (2, 1), (3, 3)])
def test_the_other_end_sees_it_the_other_way_round(one, other):
    assert mirrored(Media(one, one, "720")) == Media(other, other, "720")


@pytest.mark.parametrize(
    ("asked", "near_way", "far_way"), [(SEND, "write", "read"), (RECEIVE, "read", "write")]
)
def test_both_legs_by_default(office, asked, near_way, far_way):
    near, far = office.talk("A", OUTSIDE)
    reply = office.ask("A", "change_media", uuid=near, audio=asked)
    assert reply == ChangeMediaReply(uuid=near, audio=asked, video=0, pixels="480")
    assert office.switch.take() == [audio(near, near_way, -4), audio(far, far_way, -4)]
    assert office.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E+"]
    office.ask("A", "change_media", uuid=near, audio=BOTH)
    assert office.switch.take() == [audio(near, near_way, 0), audio(far, far_way, 0)]


def test_one_leg_alone(office):
    near, _ = office.talk("A", OUTSIDE)
    office.ask("A", "change_media", uuid=near, audio=SEND, reneg_other=False)
    assert office.switch.take() == [audio(near, "write", -4)]
    begun, ended = office.pushed[NAMES["A"]]
    assert (begun.change_media_flag, ended.change_media_flag) == (0, 0)
    assert (ended.media.audio, ended.last_media.audio) == (SEND, BOTH)


def test_what_is_so_already_takes_no_command(office):
    near, _ = office.talk("A", OUTSIDE)
    office.ask("A", "change_media", uuid=near, pixels="720")
    assert office.switch.take() == []
    assert office.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E+"]


def test_a_far_agent_is_told_of_its_own_side(office):
    near, far = office.talk("A", "B")
    office.ask("A", "change_media", uuid=near, audio=SEND)
    assert office.got("B") == ["CHANGE_MEDIA.E+"]
    (told,) = office.pushed[NAMES["B"]]
    assert (told.uuid, told.change_media_flag, told.media.audio) == (far, 2, RECEIVE)
    assert told.req_id == ""


def test_a_mute_stays_a_mute(office):
    near, _ = office.talk("A", OUTSIDE)
    office.ask("A", "mute", uuid=near, mute="1")
    office.ask("A", "change_media", uuid=near, audio=RECEIVE, reneg_other=False)
    office.ask("A", "change_media", uuid=near, audio=BOTH, reneg_other=False)
    assert office.switch.take() == [audio(near, "read", -4)]
    office.ask("A", "change_media", uuid=near, audio=RECEIVE, reneg_other=False)
    office.ask("A", "mute", uuid=near, mute="0")
    assert office.switch.take() == []
    office.ask("A", "change_media", uuid=near, audio=BOTH, reneg_other=False)
    assert office.switch.take() == [audio(near, "read", 0)]


def looked_at(*legs):
    return [f"api uuid_dump {leg} json" for leg in legs]


@pytest.mark.parametrize("dump", WITHOUT)
def test_without_pictures_nobody_is_told_that_there_are_any(office, dump):
    near, far = office.talk("A", OUTSIDE)
    office.switch.will("uuid_dump", dump)
    office.switch.will("uuid_dump", WITH_VIDEO)
    reply = office.ask("A", "change_media", uuid=near, audio=SEND, video=BOTH)
    assert (reply.audio, reply.video) == (BOTH, 0)
    assert office.switch.take() == looked_at(near, far)
    assert office.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E- 5202"]


CAMERAS = [
    # how the phones take part: near, far; what pictures flow at the near one
    ("sendrecv", "sendrecv", BOTH),
    ("sendrecv", "recvonly", SEND),
    ("recvonly", "sendrecv", RECEIVE),
    ("recvonly", "recvonly", 0),
    ("inactive", "inactive", 0),
    ("sendonly", "sendonly", SEND),
]


@pytest.mark.parametrize(("near_way", "far_way", "flows"), CAMERAS)
@pytest.mark.parametrize("video", [0, SEND, RECEIVE, BOTH])
@pytest.mark.parametrize("reneg_other", [True, False])
def test_pictures_are_what_the_switch_shows(office, near_way, far_way, flows, video, reneg_other):
    near, far = office.talk("A", OUTSIDE)
    for way in (near_way, far_way):
        office.switch.will("uuid_dump", dumped(way))
    reply = office.ask("A", "change_media", uuid=near, video=video, reneg_other=reneg_other)
    assert reply.video == flows
    assert office.switch.take() == looked_at(near, far)
    unseen = reneg_other and "send" in far_way and not flows & RECEIVE and not video & RECEIVE
    so = video == flows and not unseen
    assert office.got("A")[-1] == ("CHANGE_MEDIA.E+" if so else "CHANGE_MEDIA.E- 5202")
    told = office.pushed[NAMES["A"]][-1]
    assert (told.media.video, told.last_media.video) == (flows, flows)


def test_a_camera_that_streams_is_not_said_to_be_off(office):
    near, _ = office.talk("A", OUTSIDE)
    for _ in range(2):
        office.switch.will("uuid_dump", WITH_VIDEO)
    reply = office.ask("A", "change_media", uuid=near, video=0)
    assert reply.video == BOTH
    assert office.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E- 5202"]
    told = office.pushed[NAMES["A"]][-1]
    assert (told.media.video, told.last_media.video) == (BOTH, BOTH)


def test_sound_is_changed_beside_pictures_of_one_side(office):
    near, far = office.talk("A", OUTSIDE)
    for way in ("sendrecv", "inactive"):
        office.switch.will("uuid_dump", dumped(way))
    office.ask("A", "change_media", uuid=near, audio=SEND, video=SEND)
    assert office.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E+"]
    assert office.switch.take() == [
        *looked_at(near, far),
        audio(near, "write", -4),
        audio(far, "read", -4),
    ]


@pytest.mark.parametrize("error", [NO_SUCH_CHANNEL, SwitchTimedOut("late")])
def test_what_the_switch_refuses_leaves_the_media_as_they_were(office, error):
    near, _ = office.talk("A", OUTSIDE)
    office.switch.will("uuid_audio", error)
    office.ask("A", "change_media", uuid=near, audio=SEND)
    assert office.got("A") == ["R", "CHANGE_MEDIA.I", f"CHANGE_MEDIA.E- {error.code}"]
    assert office.desk.legs[near].media.audio == BOTH
    assert not office.desk.legs[near].changing


def test_a_video_call_that_is_answered_tells_what_came_of_it(office):
    near, far = office.begin_call("A", OUTSIDE, video=BOTH)
    office.pick_up(near)
    office.pick_up(far)
    office.forget()
    office.switch.will("uuid_dump", WITHOUT[0])
    office.bridge(near, far)
    office.bridge(near, far)
    assert office.got("A") == ["CALL.S", "CHANGE_MEDIA.E+"]
    told = office.pushed[NAMES["A"]][-1]
    assert (told.media.video, told.last_media.video, told.change_media_flag) == (0, BOTH, 2)


def test_one_that_is_under_way_ends_when_its_agent_checks_out(office):
    near, _ = office.talk("A", OUTSIDE)
    office.switch.will("uuid_audio", lambda: office.ask("A", "checkout") and None)
    office.ask("A", "change_media", uuid=near, audio=SEND)
    told = office.got("A")
    assert told.count("CHANGE_MEDIA.E- 5207") == 1
    assert told.index("CHANGE_MEDIA.E- 5207") < told.index("CALLING>OFFLINE")


@pytest.mark.parametrize("is_refused", [True, False])
def test_one_that_is_under_way_ends_before_its_call(office, is_refused):
    near, far = office.talk("A", OUTSIDE)

    def ends():
        office.ends(far)
        office.ends(near)
        if is_refused:
            raise NO_SUCH_CHANNEL

    office.switch.will("uuid_audio", ends)
    office.ask("A", "change_media", uuid=near, audio=SEND)
    assert office.got("A") == [
        "R",
        "CHANGE_MEDIA.I",
        "CHANGE_MEDIA.E- 5206",
        "CALL.E+",
        "CALLING>FREE",
    ]


def test_nothing_is_begun_with_one_who_has_left_while_its_phone_was_looked_at(office):
    near, far = office.talk("A", OUTSIDE)

    def ends():
        office.ends(far)
        return WITH_VIDEO

    office.switch.will("uuid_dump", ends)
    with pytest.raises(PartyGone):
        office.ask("A", "change_media", uuid=near, video=BOTH)
    assert office.got("A") == ["CALL.E+", "R!5206"]
