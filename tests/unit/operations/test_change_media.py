"""change_media: which commands, on which leg, and what is told."""

import json

import pytest

from esl_bridge.callflow.media import mirrored
from esl_bridge.domain.leg import Media
from esl_bridge.errors import PartyGone, SwitchTimedOut
from esl_bridge.operations.change_media import ChangeMediaReply
from tests.builders import NAMES, NO_SUCH_CHANNEL, OUTSIDE

SEND, RECEIVE, BOTH = 1, 2, 3


def dumped(sdp):
    return json.dumps({"variable_switch_r_sdp": sdp})


SOUND = "v=0\r\nm=audio 1 RTP/AVP 0\r\n"
WITH_VIDEO = dumped(SOUND + "m=video 2 RTP/AVP 96\r\n")
WITHOUT = [
    dumped(SOUND + "m=video 0 RTP/AVP 0\r\n"),
    dumped("v=0\r\ns=m=video 1\r\nm=audio 1 RTP/AVP 0\r\n"),
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


@pytest.mark.parametrize("dump", WITHOUT)
def test_a_phone_without_video_is_not_asked_for_it(office, dump):
    near, _ = office.talk("A", OUTSIDE)
    office.switch.will("uuid_dump", dump)
    reply = office.ask("A", "change_media", uuid=near, audio=SEND, video=BOTH)
    assert (reply.audio, reply.video) == (BOTH, 0)
    assert office.switch.take() == [f"api uuid_dump {near} json"]
    assert office.got("A") == ["R", "CHANGE_MEDIA.I", "CHANGE_MEDIA.E- 5202"]


def test_phones_with_video_agree_anew_on_what_they_have(office):
    near, far = office.talk("A", OUTSIDE)
    for _ in range(2):
        office.switch.will("uuid_dump", WITH_VIDEO)
    assert office.ask("A", "change_media", uuid=near, video=BOTH, pixels="720").video == BOTH
    assert [line for line in office.switch.take() if "dump" not in line] == [
        f"api uuid_media_reneg {near}",
        f"api uuid_media_reneg {far}",
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
