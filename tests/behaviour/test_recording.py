"""SEQUENCES.md, section 3.11: recordings, and what is in them."""

import re
from datetime import date

import pytest

from tests.behaviour.client import Client, Message
from tests.behaviour.steps.calls import (
    begins_to_call,
    called_in,
    ends_its_call,
    puts_on_hold,
    takes_off_hold,
    talks_to_c,
)
from tests.behaviour.steps.recordings import time_passes
from tests.behaviour.world import AGENTS, COMPANY, OUTSIDE, World


def records(world: World, a: Client, **fields: object) -> str:
    """A talks to C and is recorded; gives the uuid of A's leg."""
    recording_options = {"record_start": "ANSWER", "record_suffix": "wav"}
    uuid = talks_to_c(world, a, **recording_options | fields)
    a.gets("RECORD.S")
    return uuid


def hangs_up(world: World, a: Client, uuid: str) -> Message:
    """The end of the call, and of the recording of the far leg."""
    ends_its_call(a, uuid)
    return a.gets("RECORD.E+")


def test_3_11_a_call_is_recorded_from_its_answer_on(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a, record_start="ANSWER", record_suffix="wav", record_contact=True)
    begun = a.gets("RECORD.S")
    time_passes()
    ended = hangs_up(world, a, uuid)
    assert begun["uuid"] == ended["uuid"] != uuid
    file = f"{COMPANY}/{date.today()}/{ended['uuid']}.wav"
    assert begun["record_file"] == ended["record_file"] == file
    assert ended["record_seconds"] in (1, 2)
    assert "record_seconds" not in begun
    assert world.recorded(file) == [{"A", "C"}]


def test_3_11_a_recording_ends_as_the_far_party_hangs_up(world: World):
    a = world.agent("A")
    records(world, a)
    time_passes()
    world.phone("C").hangup()
    a.gets_in_any_order("CALL.E+", "CALLING>FREE", "RECORD.E+")


def test_3_11_a_recording_is_mp3_by_default(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a, record_start="ANSWER")
    a.gets("RECORD.S")
    time_passes()
    ended = hangs_up(world, a, uuid)
    assert re.fullmatch(rf"{COMPANY}/[\d-]+/call-\w+\.mp3", ended["record_file"])


@pytest.mark.parametrize("suffix", ["mp3", "mp4"])
@pytest.mark.parametrize("is_stereo", [False, True])
def test_3_11_a_compressed_recording_can_be_played(world: World, suffix: str, is_stereo: bool):
    a = world.agent("A")
    recording_options = {"record_suffix": suffix, "is_stereo": is_stereo, "record_contact": True}
    uuid = talks_to_c(world, a, record_start="ANSWER", **recording_options)
    a.gets("RECORD.S")
    time_passes(2)
    world.plays(hangs_up(world, a, uuid)["record_file"], "X")
    world.hears("X", "A", "C")
    world.phone("X").hangup()


@pytest.mark.parametrize(
    ("fields", "channels"),
    [
        ({}, [{"A"}]),
        ({"record_contact": True}, [{"A", "C"}]),
        ({"is_stereo": True, "record_contact": True}, [{"C"}, {"A"}]),
        ({"is_stereo": True}, [{"SILENCE"}, {"A"}]),
    ],
)
def test_3_11_a_recording_has_the_voices_that_were_asked_for(
    world: World, fields: dict[str, bool], channels: list[set[str]]
):
    a = world.agent("A")
    uuid = records(world, a, **fields)
    time_passes(1.5)
    assert world.recorded(hangs_up(world, a, uuid)["record_file"]) == channels


def test_3_11_a_called_agent_is_recorded_as_the_far_party(world: World):
    a, b = world.agent("A"), world.agent("B")
    recording_options = {"record_start": "ANSWER", "record_suffix": "wav", "is_stereo": True}
    begins_to_call(world, a, AGENTS["B"], out_line=0, record_contact=True, **recording_options)
    b.gets("callin", "FREE>RINGING")
    world.phone("B").wait_ringing()
    world.phone("B").answer()
    own_leg = b.gets("RINGING>CALLING")["uuid"]
    a.gets("CALL.S", "RECORD.S")
    time_passes()
    b.ok("hangup", uuid=own_leg)
    b.gets("CALLING>FREE")
    file = a.gets_in_any_order("CALL.E+", "CALLING>FREE", "RECORD.E+")["RECORD.E+"]["record_file"]
    assert world.recorded(file) == [{"B"}, {"A"}]


@pytest.mark.parametrize("answers", [True, False])
def test_3_11_a_call_is_recorded_from_its_ringing_on_in_one_file(world: World, answers: bool):
    a = world.agent("A")
    recording_options = {"record_start": "RING", "record_suffix": "wav", "is_stereo": True}
    uuid = begins_to_call(world, a, OUTSIDE["C"], record_contact=True, **recording_options)
    begun = a.gets("RECORD.S")
    world.phone("C").wait_ringing()
    time_passes(2.5)  # of 183 without sound nothing is to be heard in the first second
    if answers:
        world.phone("C").answer()
        a.gets("CALL.S")
        time_passes(1.5)
        ended = hangs_up(world, a, uuid)
        assert ended["record_seconds"] in (4, 5)
    else:
        world.phone("C").reject()
        told = a.gets_in_any_order("CALL.E-", "CALLING>FREE", "RECORD.E+")
        ended = told["RECORD.E+"]
        assert ended["record_seconds"] in (2, 3)
    assert begun["record_file"] == ended["record_file"]
    left, right = world.recorded(ended["record_file"])
    assert left - {"SILENCE"} == world.ringing_of("C") | ({"C"} if answers else set())
    assert right == {"A"}


def test_3_11_a_recording_goes_on_through_a_hold(world: World):
    a = world.agent("A")
    uuid = records(world, a, is_stereo=True, record_contact=True)
    time_passes()
    puts_on_hold(a, uuid)
    world.hears("C", "MOH")
    time_passes()
    takes_off_hold(a, uuid)
    time_passes()
    left, right = world.recorded(hangs_up(world, a, uuid)["record_file"])
    assert "C" in left
    assert right - {"SILENCE"} == {"A", "MOH"}


def test_3_11_a_recording_goes_on_through_a_transfer(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = records(world, a, is_stereo=True, record_contact=True)
    time_passes()
    transfers_to_b(world, a, b, uuid, "CALL.E+")
    time_passes()
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
    left, right = world.recorded(a.gets("RECORD.E+")["record_file"])
    assert "C" in left
    assert {"A", "B"} <= right


@pytest.mark.parametrize("begin", [talks_to_c, called_in])
def test_3_11_a_transfer_begins_a_recording(world: World, begin):
    a, b = world.agent("A"), world.agent("B")
    uuid = begin(world, a)
    recording_options = {"record_start": "ANSWER", "record_suffix": "wav", "is_stereo": True}
    ends = ["CALL.E+"] if begin is talks_to_c else []
    transfers_to_b(world, a, b, uuid, "RECORD.S", *ends, record_contact=True, **recording_options)
    time_passes()
    world.phone("B").hangup()
    b.gets("CALLING>FREE")
    assert world.recorded(a.gets("RECORD.E+")["record_file"]) == [{"C"}, {"B"}]


def transfers_to_b(
    world: World, a: Client, b: Client, uuid: str, *told: str, **fields: object
) -> None:
    """A hands C over to B, who answers; ``told``: what else A is told then."""
    a.begin("trans", uuid=uuid, type="1", trans_type="1", trans_number=AGENTS["B"], **fields)
    a.gets("TRANS.I", "CALLING>CALLING/TRANS")
    b.gets("callin:TRANS", "FREE>RINGING")
    world.phone("B").wait_ringing()
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    a.gets_in_any_order("CALLING/TRANS>FREE", *told)


class TestByRequest:
    @pytest.mark.parametrize("begin", [talks_to_c, called_in])
    def test_3_11_an_agent_starts_and_stops_a_recording(self, world: World, begin):
        a = world.agent("A")
        uuid = begin(world, a)
        recording_options = {"record_suffix": "wav", "is_stereo": True, "record_contact": True}
        assert (
            a.ok("record_control", uuid=uuid, action="start", **recording_options)["recording"]
            == "on"
        )
        leg = a.gets("RECORD.S")["uuid"]
        assert leg != uuid
        time_passes()
        assert a.ok("record_control", uuid=leg, action="start")["recording"] == "on"
        assert a.ok("record_control", uuid=leg, action="stop")["recording"] == "off"
        ended = a.gets("RECORD.E+")
        assert a.ok("record_control", uuid=uuid, action="stop")["recording"] == "off"
        a.refused("4103", "record_control", uuid=uuid, action="pause")
        a.ok("hangup", uuid=uuid)
        a.gets(*(["CALL.E+"] if begin is talks_to_c else []), "CALLING>FREE")
        assert world.recorded(ended["record_file"]) == [{"C"}, {"A"}]

    def test_3_11_a_recording_that_is_started_again_goes_on_in_its_file(self, world: World):
        a = world.agent("A")
        uuid = records(world, a, record_contact=True)
        time_passes()
        a.ok("record_control", uuid=uuid, action="stop")
        first = a.gets("RECORD.E+")
        again = {"record_suffix": "wav", "record_contact": True}
        a.ok("record_control", uuid=uuid, action="start", **again)
        a.gets("RECORD.S")
        time_passes()
        ended = hangs_up(world, a, uuid)
        assert ended["record_file"] == first["record_file"]
        assert ended["record_seconds"] in (2, 3)
        assert world.recorded(ended["record_file"]) == [{"A", "C"}]

    def test_3_11_a_paused_recording_is_masked(self, world: World):
        a = world.agent("A")
        uuid = records(world, a, record_contact=True)
        assert a.ok("record_control", uuid=uuid, action="pause")["recording"] == "paused"
        assert a.ok("record_control", uuid=uuid, action="start")["recording"] == "paused"
        time_passes(1.5)
        assert a.ok("record_control", uuid=uuid, action="resume")["recording"] == "on"
        time_passes()
        (heard,) = world.recorded(hangs_up(world, a, uuid)["record_file"])
        assert heard == {"A", "C", "SILENCE"}

    def test_a_recording_cannot_be_started_without_a_talk(self, world: World):
        a = world.agent("A")
        a.refused("4000", "record_control", uuid="call-" + "0" * 32, action="start")
        uuid = begins_to_call(world, a, OUTSIDE["C"])
        a.refused("4103", "record_control", uuid=uuid, action="start")
        a.ok("hangup", uuid=uuid)
        a.gets("CALL.E-", "CALLING>FREE")


def test_3_11_a_recording_fails_where_its_folder_cannot_be_written(world: World):
    a = world.agent("A")
    with world.lab.unwritable_recordings(COMPANY):
        uuid = talks_to_c(world, a, record_start="ANSWER", record_suffix="wav")
        failed = a.gets("RECORD.E-")
        assert failed["code"] == "9999"
        world.hears("C", "A")
        refused = a.ask("record_control", uuid=uuid, action="start")
        assert refused["code"] == "9999"
    ends_its_call(a, uuid)


def test_an_agent_who_leaves_is_told_of_the_recordings_end_before(world: World):
    a = world.agent("A")
    records(world, a)
    a.ok("checkout")
    a.gets("RECORD.E+", "CALL.E+", "CALLING>OFFLINE")
