"""SEQUENCES.md, sections 1.12 and 3.6 to 3.8, as far as phones without video go."""

import pytest

from tests.behaviour.client import Client, Message
from tests.behaviour.steps.calls import (
    begins_to_call,
    called_in,
    ends_its_call,
    hear_each_other,
    puts_on_hold,
    rings_at_b,
    talks_to_c,
)
from tests.behaviour.world import AGENTS, World

NONE, SEND, RECEIVE, BOTH = 0, 1, 2, 3


def media_of(message: Message) -> tuple[int, int]:
    return message["audio"], message["video"]


def changes(a: Client, uuid: str, **fields: object) -> Message:
    """The change is asked for, and done."""
    reply = a.begin("change_media", uuid=uuid, **fields)
    begun = a.gets("CHANGE_MEDIA.I")
    assert begun["change_media_flag"] == 0
    ended = a.gets("CHANGE_MEDIA.E+")
    assert media_of(begun) == media_of(ended) == media_of(reply)
    return ended


@pytest.mark.parametrize("begin", [talks_to_c, called_in])
@pytest.mark.parametrize(
    ("audio", "a_hears", "c_hears"),
    [(SEND, [], ["A"]), (RECEIVE, ["C"], []), (BOTH, ["C"], ["A"])],
)
def test_3_6_an_agent_makes_the_sound_one_way(world: World, begin, audio, a_hears, c_hears):
    a = world.agent("A")
    uuid = begin(world, a)
    ended = changes(a, uuid, audio=audio)
    assert (ended["change_media_flag"], ended["last_audio"], ended["audio"]) == (1, BOTH, audio)
    world.hears("A", *a_hears)
    world.hears("C", *c_hears)
    changes(a, uuid, audio=BOTH)
    hear_each_other(world, "A", "C")
    a.ok("hangup", uuid=uuid)
    a.gets(*(["CALL.E+"] if begin is talks_to_c else []), "CALLING>FREE")


def test_3_7_an_agent_changes_the_media_of_its_own_leg_alone(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    assert changes(a, uuid, audio=RECEIVE, reneg_other=False)["change_media_flag"] == 0
    world.hears("C")
    world.hears("A", "C")
    assert changes(a, uuid, audio=BOTH, reneg_other=False)["last_audio"] == RECEIVE
    world.hears("C", "A")
    ends_its_call(a, uuid)


def test_3_6_a_mute_outlives_a_change_of_media(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    a.ok("mute", uuid=uuid, mute="1")
    changes(a, uuid, audio=SEND)
    changes(a, uuid, audio=BOTH)
    world.hears("C")
    world.hears("A", "C")
    changes(a, uuid, audio=RECEIVE)
    a.ok("mute", uuid=uuid, mute="0")
    world.hears("C")
    changes(a, uuid, audio=BOTH)
    world.hears("C", "A")
    ends_its_call(a, uuid)


@pytest.mark.parametrize("reneg_other", [True, False])
def test_3_6_pictures_that_a_phone_cannot_show_leave_the_call_as_it_is(
    world: World, reneg_other: bool
):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    asked = {"audio": SEND, "video": BOTH, "pixels": "720", "reneg_other": reneg_other}
    reply = a.begin("change_media", uuid=uuid, **asked)
    assert (media_of(reply), reply["pixels"]) == ((BOTH, NONE), "480")
    assert media_of(a.gets("CHANGE_MEDIA.I")) == (SEND, BOTH)
    declined = a.gets("CHANGE_MEDIA.E-")
    assert (declined["code"], media_of(declined)) == ("5202", (BOTH, NONE))
    assert declined["change_media_flag"] == int(reneg_other)
    hear_each_other(world, "A", "C")
    ends_its_call(a, uuid)


def test_3_8_the_far_agent_is_told_of_its_side_of_a_media_change(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = rings_at_b(world, a, b)
    world.phone("B").answer()
    a.gets("CALL.S")
    own_leg = b.gets("RINGING>CALLING")["uuid"]
    changes(a, uuid, audio=SEND)
    told = b.gets("CHANGE_MEDIA.E+")
    assert (told["uuid"], told["change_media_flag"]) == (own_leg, 2)
    assert (told["last_audio"], told["audio"]) == (BOTH, RECEIVE)
    world.hears("A")
    world.hears("B", "A")
    ends_its_call(a, uuid)
    b.gets("CALLING>FREE")


def talks_to_f(world: World, a: Client, f: Client, video: int = BOTH) -> str:
    """A talks to F, whose phone can change its media by itself; gives the uuid of A's leg."""
    uuid = begins_to_call(world, a, AGENTS["F"], out_line=0, video=video)
    f.gets("callin", "FREE>RINGING")
    world.phone("F").wait_ringing()
    world.phone("F").answer()
    a.gets("CALL.S")
    if video:
        assert media_of(a.gets("CHANGE_MEDIA.E+")) == (BOTH, NONE)  # A's phone has none
    f.gets("RINGING>CALLING")
    return uuid


def test_3_8_pictures_in_a_call_that_was_begun_without_are_refused_and_not_told(world: World):
    a, f = world.agent("A"), world.agent("F")
    uuid = talks_to_f(world, a, f, video=NONE)
    world.offers("F", "sendrecv", "sendrecv")
    world.offers("F", "recvonly", "sendrecv")
    told = a.gets("CHANGE_MEDIA.E+")
    assert media_of(told) == (SEND, NONE)
    ends_its_call(a, uuid)
    f.gets("CALLING>FREE")


def test_3_8_the_far_phone_changes_its_media_by_itself(world: World):
    a, f = world.agent("A"), world.agent("F")
    uuid = talks_to_f(world, a, f)
    before, requests = (BOTH, NONE), set()
    for sound, pictures, now in [
        ("sendrecv", "sendrecv", (BOTH, BOTH)),
        ("sendrecv", "sendonly", (BOTH, RECEIVE)),
        ("recvonly", "inactive", (SEND, NONE)),
        ("sendrecv", "inactive", (BOTH, NONE)),
    ]:
        world.offers("F", sound, pictures)
        told = a.gets("CHANGE_MEDIA.E+")
        assert (told["uuid"], told["change_media_flag"]) == (uuid, 2)
        assert (told["last_audio"], told["last_video"]) == before
        assert media_of(told) == now
        before = now
        requests.add(told["req_id"])
    assert len(requests) == 4
    ends_its_call(a, uuid)
    f.gets("CALLING>FREE")


def test_3_8_neither_a_hold_nor_the_same_media_again_are_a_change(world: World):
    a, f = world.agent("A"), world.agent("F")
    uuid = talks_to_f(world, a, f)
    world.offers("F", "sendrecv", "inactive")
    world.offers("F", "sendonly", "inactive")
    f.gets("CALLING>CALLING/HOLD")
    world.offers("F", "sendrecv", "inactive")
    f.gets("CALLING/HOLD>CALLING")
    world.offers("F", "sendrecv", "recvonly")
    assert media_of(a.gets("CHANGE_MEDIA.E+")) == (BOTH, SEND)
    ends_its_call(a, uuid)
    f.gets("CALLING>FREE")


def test_1_12_a_video_call_is_answered_without_video(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a, video=BOTH)
    told = a.gets("CHANGE_MEDIA.E+")
    assert (told["change_media_flag"], told["last_video"], told["video"]) == (2, BOTH, NONE)
    world.hears("A", "C")
    ends_its_call(a, uuid)


def test_changes_of_media_out_of_place_are_refused(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    a.refused("4002", "change_media", uuid=uuid, audio=NONE, video=NONE)
    a.refused("4000", "change_media", uuid="call-" + "0" * 32, audio=SEND)
    puts_on_hold(a, uuid)
    a.refused("4103", "change_media", uuid=uuid, audio=SEND)
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING/HOLD>FREE")
