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
def test_the_far_end_has_the_mirrored_media(one, other):
    assert mirrored(Media(one, one, "720")) == Media(other, other, "720")


@pytest.mark.parametrize(
    ("asked", "near_way", "far_way"), [(SEND, "write", "read"), (RECEIVE, "read", "write")]
)
def test_media_are_changed_on_both_legs_by_default(harness, asked, near_way, far_way):
    near, far = harness.talk("A", OUTSIDE)
    reply = harness.ask("A", "change_media", uuid=near, audio=asked)
    assert reply == ChangeMediaReply(uuid=near, audio=asked, video=0, pixels="480")
    assert harness.switch.take() == [audio(near, near_way, -4), audio(far, far_way, -4)]
    assert harness.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E+"]
    harness.ask("A", "change_media", uuid=near, audio=BOTH)
    assert harness.switch.take() == [audio(near, near_way, 0), audio(far, far_way, 0)]


def test_media_are_changed_on_the_agents_leg_alone(harness):
    near, _ = harness.talk("A", OUTSIDE)
    harness.ask("A", "change_media", uuid=near, audio=SEND, reneg_other=False)
    assert harness.switch.take() == [audio(near, "write", -4)]
    begun, ended = harness.pushed[NAMES["A"]]
    assert (begun.change_media_flag, ended.change_media_flag) == (0, 0)
    assert (ended.media.audio, ended.last_media.audio) == (SEND, BOTH)


def test_a_change_to_the_present_media_sends_no_command(harness):
    near, _ = harness.talk("A", OUTSIDE)
    harness.ask("A", "change_media", uuid=near, pixels="720")
    assert harness.switch.take() == []
    assert harness.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E+"]


def test_a_far_agent_gets_its_own_side_of_a_media_change(harness):
    near, far = harness.talk("A", "B")
    harness.ask("A", "change_media", uuid=near, audio=SEND)
    assert harness.got("B") == ["CHANGE_MEDIA.E+"]
    (told,) = harness.pushed[NAMES["B"]]
    assert (told.uuid, told.change_media_flag, told.media.audio) == (far, 2, RECEIVE)
    assert told.req_id == ""


def test_a_change_of_media_does_not_end_a_mute(harness):
    near, _ = harness.talk("A", OUTSIDE)
    harness.ask("A", "mute", uuid=near, mute="1")
    harness.ask("A", "change_media", uuid=near, audio=RECEIVE, reneg_other=False)
    harness.ask("A", "change_media", uuid=near, audio=BOTH, reneg_other=False)
    assert harness.switch.take() == [audio(near, "read", -4)]
    harness.ask("A", "change_media", uuid=near, audio=RECEIVE, reneg_other=False)
    harness.ask("A", "mute", uuid=near, mute="0")
    assert harness.switch.take() == []
    harness.ask("A", "change_media", uuid=near, audio=BOTH, reneg_other=False)
    assert harness.switch.take() == [audio(near, "read", 0)]


def looked_at(*legs):
    return [f"api uuid_dump {leg} json" for leg in legs]


@pytest.mark.parametrize("dump", WITHOUT)
def test_video_is_not_reported_where_there_is_none(harness, dump):
    near, far = harness.talk("A", OUTSIDE)
    harness.switch.will("uuid_dump", dump)
    harness.switch.will("uuid_dump", WITH_VIDEO)
    reply = harness.ask("A", "change_media", uuid=near, audio=SEND, video=BOTH)
    assert (reply.audio, reply.video) == (BOTH, 0)
    assert harness.switch.take() == looked_at(near, far)
    assert harness.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E- 5202"]


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
def test_the_reported_video_is_what_the_switch_shows(
    harness, near_way, far_way, flows, video, reneg_other
):
    near, far = harness.talk("A", OUTSIDE)
    for way in (near_way, far_way):
        harness.switch.will("uuid_dump", dumped(way))
    reply = harness.ask("A", "change_media", uuid=near, video=video, reneg_other=reneg_other)
    assert reply.video == flows
    assert harness.switch.take() == looked_at(near, far)
    unseen = reneg_other and "send" in far_way and not flows & RECEIVE and not video & RECEIVE
    so = video == flows and not unseen
    assert harness.got("A")[-1] == ("CHANGE_MEDIA.E+" if so else "CHANGE_MEDIA.E- 5202")
    told = harness.pushed[NAMES["A"]][-1]
    assert (told.media.video, told.last_media.video) == (flows, flows)


def test_a_streaming_camera_is_not_reported_as_off(harness):
    near, _ = harness.talk("A", OUTSIDE)
    for _ in range(2):
        harness.switch.will("uuid_dump", WITH_VIDEO)
    reply = harness.ask("A", "change_media", uuid=near, video=0)
    assert reply.video == BOTH
    assert harness.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E- 5202"]
    told = harness.pushed[NAMES["A"]][-1]
    assert (told.media.video, told.last_media.video) == (BOTH, BOTH)


def test_audio_is_changed_while_one_side_sends_video(harness):
    near, far = harness.talk("A", OUTSIDE)
    for way in ("sendrecv", "inactive"):
        harness.switch.will("uuid_dump", dumped(way))
    harness.ask("A", "change_media", uuid=near, audio=SEND, video=SEND)
    assert harness.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E+"]
    assert harness.switch.take() == [
        *looked_at(near, far),
        audio(near, "write", -4),
        audio(far, "read", -4),
    ]


@pytest.mark.parametrize("error", [NO_SUCH_CHANNEL, SwitchTimedOut("late")])
def test_a_refused_change_leaves_the_media_unchanged(harness, error):
    near, _ = harness.talk("A", OUTSIDE)
    harness.switch.will("uuid_audio", error)
    harness.ask("A", "change_media", uuid=near, audio=SEND)
    assert harness.got("A") == ["R", "CHANGE_MEDIA.I", f"CHANGE_MEDIA.E- {error.code}"]
    assert harness.tenant.legs[near].media.directions.audio == BOTH
    assert not harness.tenant.legs[near].media.change


def test_an_answered_video_call_reports_the_agreed_video(harness):
    near, far = harness.begin_call("A", OUTSIDE, video=BOTH)
    harness.pick_up(near)
    harness.pick_up(far)
    harness.forget()
    harness.switch.will("uuid_dump", WITHOUT[0])
    harness.bridge(near, far)
    harness.bridge(near, far)
    assert harness.got("A") == ["CALL.S", "CHANGE_MEDIA.E+"]
    told = harness.pushed[NAMES["A"]][-1]
    assert (told.media.video, told.last_media.video, told.change_media_flag) == (0, BOTH, 2)


def test_a_media_change_under_way_ends_when_its_agent_checks_out(harness):
    near, _ = harness.talk("A", OUTSIDE)
    harness.switch.will("uuid_audio", lambda: harness.ask("A", "checkout") and None)
    harness.ask("A", "change_media", uuid=near, audio=SEND)
    told = harness.got("A")
    assert told.count("CHANGE_MEDIA.E- 5207") == 1
    assert told.index("CHANGE_MEDIA.E- 5207") < told.index("CALLING>OFFLINE")


@pytest.mark.parametrize("is_refused", [True, False])
def test_a_media_change_under_way_ends_before_its_call(harness, is_refused):
    near, far = harness.talk("A", OUTSIDE)

    def ends():
        harness.ends(far)
        harness.ends(near)
        if is_refused:
            raise NO_SUCH_CHANNEL

    harness.switch.will("uuid_audio", ends)
    harness.ask("A", "change_media", uuid=near, audio=SEND)
    assert harness.got("A") == [
        "R",
        "CHANGE_MEDIA.I",
        "CHANGE_MEDIA.E- 5206",
        "CALL.E+",
        "CALLING>FREE",
    ]


def test_no_media_change_is_begun_with_an_agent_who_has_left_meanwhile(harness):
    near, far = harness.talk("A", OUTSIDE)

    def ends():
        harness.ends(far)
        return WITH_VIDEO

    harness.switch.will("uuid_dump", ends)
    with pytest.raises(PartyGone):
        harness.ask("A", "change_media", uuid=near, video=BOTH)
    assert harness.got("A") == ["CALL.E+", "R!5206"]
