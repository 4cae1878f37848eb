"""What a leg's dump says, as it was measured."""

import json

import pytest

from esl_bridge.esl import channels
from esl_bridge.esl.headers import UnreadableEvent
from esl_bridge.layout.places import Parked


def dump(**headers):
    return json.dumps({"Unique-ID": "a", "Answer-State": "answered"} | headers)


def seen(state, application="", data="", **variables):
    running = {"current_application": application, "current_application_data": data} | variables
    named = {f"variable_{name}": value for name, value in running.items()}
    return channels.read(dump(**{"Channel-State": state}, **named))


@pytest.mark.parametrize(
    ("channel", "parked"),
    [
        (seen("CS_EXECUTE", "park"), True),
        (seen("CS_PARK", "playback", "x"), True),
        (seen("CS_SOFT_EXECUTE", "park", signal_bond="b"), False),
        (seen("CS_EXECUTE", "playback", "x"), False),
        (seen("CS_CONSUME_MEDIA"), False),
    ],
)
def test_a_dump_says_whether_its_leg_is_parked(channel, parked):
    assert (channel.place == Parked()) is parked


def test_a_dump_says_what_its_leg_hears():
    assert seen("CS_EXECUTE", "playback", "local_stream://moh").plays == "local_stream://moh"
    assert seen("CS_EXECUTE", "park").plays == ""


def test_a_dump_says_in_which_room_its_leg_is():
    assert seen("CS_EXECUTE", "conference", "90001-a@esl_bridge").room == "90001-a"
    # It has left: what it ran there last is still written there.
    assert seen("CS_EXCHANGE_MEDIA", "conference", "90001-a@esl_bridge").room == ""


def test_a_dump_says_whether_its_leg_parks_on_unbridge():
    assert seen("CS_SOFT_EXECUTE", park_after_bridge="true").parks_on_unbridge is True
    assert seen("CS_SOFT_EXECUTE", signal_bond="b").parks_on_unbridge is False
    # One that has been parked may have the rest of the variables yet.
    assert seen("CS_PARK").parks_on_unbridge is None


def bonds(**legs):
    """The partner that the dumps show of each leg; ``legs``: whom each names."""
    dumps = {
        uuid: channels.read(dump(**{"Unique-ID": uuid, "variable_signal_bond": bond}))
        for uuid, bond in legs.items()
    }
    return {uuid: leg.partner for uuid, leg in channels.bridged(dumps).items()}


def test_two_legs_are_bridged_if_both_dumps_say_so():
    assert bonds(a="b", b="a") == {"a": "b", "b": "a"}
    assert bonds(a="b", b="c", c="") == {"a": "", "b": "", "c": ""}
    assert bonds(a="b") == {"a": ""}


def test_a_dump_says_whether_the_phone_holds():
    assert channels.read(dump(**{"Channel-Call-State": "HELD"})).held
    assert not channels.read(dump(**{"Channel-Call-State": "UNHELD"})).held


def test_a_dump_says_what_the_phone_sends_and_receives():
    said = {
        "variable_remote_audio_media_flow": "sendonly",
        "variable_remote_video_media_flow": "sendrecv",
        "variable_rtp_audio_in_packet_count": "50",
        "variable_sip_destination_url": "sip:a@b",
    }
    media = channels.read_media(dump(**said, variable_rtp_use_video_codec_name="VP8"))
    assert media == channels.PhoneMedia(audio=1, video=3, packets=50, destination="sip:a@b")
    assert channels.read_media(dump(**said)).video == 0  # offered, and refused
    assert channels.read_media(dump()).packets is None
    assert channels.read_media("-ERR") == channels.PhoneMedia()


def test_a_malformed_dump_is_unreadable():
    with pytest.raises(UnreadableEvent):
        channels.read("+OK")


def test_the_list_of_channels_is_read():
    [leg] = channels.listed('{"row_count":1,"rows":[{"uuid":"a","name":"n"}]}')
    assert leg.uuid == "a"
    assert list(channels.listed('{"row_count":0}')) == []
    with pytest.raises(UnreadableEvent):
        list(channels.listed("-ERR"))


def listed(uuid="a", **about):
    return channels.ListedChannel(uuid, **about)


def partners(*rows):
    return {uuid: leg.partner for uuid, leg in channels.observed(rows) if leg.partner}


@pytest.mark.parametrize(
    ("row", "answered", "rings", "parked", "room"),
    [
        (listed(callstate="RINGING", state="CS_CONSUME_MEDIA"), False, True, False, ""),
        (listed(callstate="EARLY", state="CS_CONSUME_MEDIA"), False, True, False, ""),
        (listed(callstate="ACTIVE", state="CS_EXCHANGE_MEDIA"), True, False, False, ""),
        (listed(callstate="HELD", state="CS_PARK"), True, False, True, ""),
        (
            listed(callstate="ACTIVE", state="CS_EXECUTE", application="park"),
            *(True, False, True, ""),
        ),
        (
            listed(
                callstate="ACTIVE",
                state="CS_EXECUTE",
                application="conference",
                application_data="r-1@esl_bridge",
            ),
            *(True, False, False, "r-1"),
        ),
    ],
)
def test_a_row_of_the_list_says_what_its_leg_does(row, answered, rings, parked, room):
    [(uuid, leg)] = channels.observed([row])
    assert uuid == row.uuid
    shown = (leg.answered, leg.rings, leg.place == Parked(), leg.room)
    assert shown == (answered, rings, parked, room)


def test_two_talking_legs_of_one_call_are_a_pair():
    talks = {"callstate": "ACTIVE", "call_uuid": "a"}
    one, other = listed("a", **talks), listed("b", **talks)
    third, ringing = listed("c", **talks), listed("b", **talks | {"callstate": "RINGING"})
    alone = [listed("a", callstate="ACTIVE"), listed("b", callstate="ACTIVE")]
    assert partners(one, other) == {"a": "b", "b": "a"}
    assert partners(one, other, third) == {}
    assert partners(one, ringing) == partners(*alone) == {}


def test_the_list_of_registrations_is_read_for_one_domain():
    rows = '{"rows":[{"reg_user":"1","realm":"here"},{"reg_user":"2","realm":"there"}]}'
    assert list(channels.registered(rows, "here")) == ["1"]


def test_phones_with_a_contact_elsewhere_are_left_out():
    row = '{"reg_user":"1","realm":"here","url":"sofia/p/sip:x@10.0.0.1:5080","network_ip":"%s"}'
    rows = f'{{"rows":[{row % "10.0.0.1"},{row.replace("1", "2", 1) % "10.0.0.2"}]}}'
    assert list(channels.registered(rows, "here")) == ["1"]
    assert list(channels.registered(rows, "here", anywhere=True)) == ["1", "2"]


def test_registered_names_are_folded_to_lower_case():
    rows = '{"rows":[{"reg_user":"Front.Desk-1","realm":"here"}]}'
    assert list(channels.registered(rows, "here")) == ["front.desk-1"]
