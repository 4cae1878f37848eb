"""Recordings: which leg, which side, which file, and what is told of them."""

import pytest

from esl_bridge.callflow import recording
from esl_bridge.errors import Internal, SwitchRefused
from esl_bridge.esl.events import RecordStarted, RecordStopped, RoomEntered
from esl_bridge.reactions import switch_state
from tests.builders import NO_SUCH_CHANNEL, OUTSIDE, TODAY

FOLDER = "/var/lib/freeswitch/recordings"
SIDES = ("STEREO", "STEREO_SWAP", "READ_ONLY", "WRITE_ONLY")


def path(leg, suffix="wav"):
    return f"{FOLDER}/90001/{TODAY}/{leg}.{suffix}"


def recorded(harness, **fields):
    """A talks to the outside and is recorded, from the answer on; gives both legs."""
    recording_options = {"record_start": "ANSWER", "record_suffix": "wav"}
    near, far = harness.talk("A", OUTSIDE, **recording_options | fields)
    harness.event(RecordStarted(far, path(far, fields.get("record_suffix", "wav"))))
    return near, far


def sides(line):
    """What a leg's recording variables were set to."""
    pairs = dict(pair.split("=") for pair in line.split(" ")[3].split(";"))
    return [name for name in SIDES if pairs[f"RECORD_{name}"] == "true"]


def begun(harness, **fields):
    """The commands by which a talk's recording begins."""
    harness.switch.take()
    recording_options = {"record_start": "ANSWER"} | fields
    near, far = harness.begin_call("A", OUTSIDE, **recording_options)
    harness.pick_up(near)
    harness.pick_up(far)
    harness.switch.take()
    harness.bridge(near, far)
    return far, harness.switch.take()


def test_the_far_leg_is_recorded_from_the_talk_on_as_an_mp3(harness):
    far, (variables, start) = begun(harness)
    assert variables.startswith(f"api uuid_setvar_multi {far} RECORD_")
    assert start == f"api uuid_record {far} start {path(far, 'mp3')}"


@pytest.mark.parametrize(
    ("fields", "set_"),
    [
        ({}, ["WRITE_ONLY"]),
        ({"record_contact": True}, []),
        ({"is_stereo": True}, ["STEREO", "WRITE_ONLY"]),
        ({"is_stereo": True, "record_contact": True}, ["STEREO"]),
    ],
)
def test_the_sound_that_the_customer_hears_is_recorded_as_the_agents_side(harness, fields, set_):
    _, (variables, _) = begun(harness, **fields)
    assert sides(variables) == set_


def test_nothing_is_recorded_unless_it_is_requested(harness):
    _, heard = begun(harness, record_start="NONE")
    assert heard == []


def test_a_recording_from_the_ring_on_has_the_agents_leg_and_then_the_other_in_one_file(harness):
    recording_options = {"record_start": "RING", "record_suffix": "wav", "is_stereo": True}
    near, far = harness.begin_call("A", OUTSIDE, **recording_options)
    harness.switch.take()
    harness.pick_up(near)
    variables, start = harness.switch.take()
    assert start == f"api uuid_record {near} start {path(far)}"
    assert sides(variables) == ["STEREO", "STEREO_SWAP", "READ_ONLY"]
    harness.event(RecordStarted(near, path(far)))
    harness.pick_up(far)
    harness.switch.take()
    harness.bridge(near, far)
    stop, variables, start = harness.switch.take()
    assert stop == f"api uuid_record {near} stop {path(far)}"
    assert sides(variables) == ["STEREO", "WRITE_ONLY"]
    assert start == f"api uuid_record {far} start {path(far)}"
    harness.forget()
    harness.event(RecordStopped(near, path(far), 2000, stored=True))
    harness.event(RecordStarted(far, path(far)))
    assert harness.got("A") == []
    harness.event(RecordStopped(far, path(far), 3000, stored=True))
    assert harness.got("A") == ["RECORD.E+"]
    assert harness.pushed[harness.agent("A").id][-1].record_seconds == 5


def test_an_mp4_cannot_be_appended_to_and_begins_with_the_talk(harness):
    near, _ = harness.begin_call("A", OUTSIDE, record_start="RING", record_suffix="mp4")
    harness.switch.take()
    harness.pick_up(near)
    assert harness.switch.take() == []


def test_only_the_agent_who_began_a_recording_gets_its_callbacks(harness):
    _, far = harness.talk("A", "B", record_start="ANSWER", record_suffix="wav")
    harness.event(RecordStarted(far, path(far)))
    harness.event(RecordStarted(far, path(far)))
    assert (harness.got("A"), harness.got("B")) == (["RECORD.S"], [])


def test_the_end_of_a_recording_is_reported_after_that_of_its_leg(harness):
    near, far = recorded(harness)
    harness.ends(far)
    harness.ends(near)
    harness.consistent()
    assert far in harness.owners
    harness.forget()
    harness.event(RecordStopped(far, path(far), 1600, stored=True))
    assert harness.got("A") == ["RECORD.E+"]
    harness.nothing_left()
    harness.event(RecordStopped(far, path(far), 1600, stored=True))
    assert harness.got("A") == []


def test_a_recording_that_is_not_stored_has_failed(harness):
    _, far = recorded(harness)
    harness.forget()
    harness.event(RecordStopped(far, path(far), 0, stored=False))
    assert harness.got("A") == [f"RECORD.E- {Internal.code}"]


def test_a_recording_to_a_path_that_cannot_be_written_fails(harness):
    near, far = harness.begin_call("A", OUTSIDE, record_start="ANSWER")
    harness.pick_up(near)
    harness.pick_up(far)
    harness.forget()
    harness.switch.will("uuid_record", SwitchRefused("-ERR Cannot record session!"))
    harness.bridge(near, far)
    assert harness.got("A") == ["CALL.S", "RECORD.E- 9999"]
    harness.ends(far)
    harness.ends(near)
    harness.nothing_left()


def test_a_recording_fails_where_its_leg_ends_before_it_began(harness):
    near, far = harness.talk("A", OUTSIDE, record_start="ANSWER")
    harness.ends(far)
    assert harness.got("A") == ["CALL.E+", "RECORD.E- 5206"]
    harness.ends(near)
    harness.nothing_left()


def test_a_caller_that_gives_up_keeps_what_was_recorded(harness):
    near, far = harness.begin_call("A", OUTSIDE, record_start="RING", record_suffix="wav")
    harness.pick_up(near)
    harness.event(RecordStarted(near, path(far)))
    harness.ends(near)
    harness.forget()
    harness.event(RecordStopped(near, path(far), 1000, stored=True))
    assert harness.got("A") == ["RECORD.E+"]
    harness.nothing_left()


def test_an_agent_who_checks_out_gets_its_recordings_end_first_and_then_nothing(harness):
    near, far = recorded(harness)
    harness.forget()
    harness.ask("A", "checkout")
    told = harness.got("A")
    assert told.index("RECORD.E+") < told.index("CALL.E+")
    harness.ends(near)
    harness.ends(far)
    harness.event(RecordStopped(far, path(far), 1000, stored=True))
    assert harness.got("A") == []
    harness.nothing_left()


def test_a_lost_switch_ends_a_recording_with_its_cause(harness):
    recorded(harness)
    harness.forget()
    switch_state.all_lost(harness.tenant)
    harness.publish_changes()
    assert "RECORD.E+ 5300" in harness.got("A")
    harness.nothing_left()


def test_a_leg_that_ended_during_a_lost_link_ends_its_recording(harness):
    near, far = recorded(harness)
    harness.ends(far)
    harness.ends(near)
    harness.forget()
    recording.lost(harness.tenant, harness.tenant.node)
    harness.publish_changes()
    assert harness.got("A") == ["RECORD.E+ 5300"]
    harness.nothing_left()


class TestByRequest:
    def control(self, harness, uuid, action, **fields):
        return harness.ask("A", "record_control", uuid=uuid, action=action, **fields).recording

    @pytest.mark.parametrize("named_by", [0, 1])
    def test_a_recording_is_started_paused_resumed_and_stopped_by_request(self, harness, named_by):
        legs = harness.talk("A", OUTSIDE)
        far, uuid = legs[1], legs[named_by]
        said = [
            self.control(harness, uuid, action)
            for action in ("start", "start", "pause", "start", "resume", "stop", "stop")
        ]
        assert said == ["on", "on", "paused", "paused", "on", "off", "off"]
        asked = [line.split()[3] for line in harness.switch.heard if "uuid_record" in line]
        assert asked == ["start", "mask", "unmask", "stop"]
        assert all(far in line for line in harness.switch.heard)

    def test_a_recording_that_does_not_run_cannot_be_paused(self, harness):
        near, _ = harness.talk("A", OUTSIDE)
        harness.refused("4103", "A", "record_control", uuid=near, action="pause")
        harness.refused("4103", "A", "record_control", uuid=near, action="resume")

    def test_a_recording_cannot_be_started_before_the_talk(self, harness):
        near, _ = harness.begin_call("A", OUTSIDE)
        harness.refused("4103", "A", "record_control", uuid=near, action="start")
        harness.pick_up(near)
        harness.refused("4103", "A", "record_control", uuid=near, action="start")

    def test_a_recording_that_the_switch_refuses_was_never_begun(self, harness):
        near, far = harness.talk("A", OUTSIDE)
        harness.switch.will("uuid_setvar_multi", NO_SUCH_CHANNEL)
        with pytest.raises(SwitchRefused):
            self.control(harness, near, "start")
        assert harness.got("A") == ["R!5206"]
        assert harness.tenant.recordings == {}
        assert self.control(harness, near, "start") == "on"
        assert far in harness.switch.heard[-1]

    def test_a_second_recording_goes_on_in_the_file_of_the_first(self, harness):
        near, far = recorded(harness)
        self.control(harness, near, "stop")
        harness.refused("4103", "A", "record_control", uuid=near, action="start")
        harness.event(RecordStopped(far, path(far), 2000, stored=True))
        assert self.control(harness, near, "start", record_suffix="wav") == "on"
        harness.event(RecordStarted(far, path(far)))
        harness.event(RecordStopped(far, path(far), 2000, stored=True))
        assert harness.pushed[harness.agent("A").id][-1].record_seconds == 4

    def test_a_second_recording_does_not_overwrite_an_mp4(self, harness):
        near, far = recorded(harness, record_suffix="mp4")
        self.control(harness, near, "stop")
        harness.event(RecordStopped(far, path(far, "mp4"), 2000, stored=True))
        fields = {"uuid": near, "action": "start", "record_suffix": "mp4"}
        harness.refused("4103", "A", "record_control", **fields)


def test_a_room_is_recorded_where_its_agent_is(harness):
    near = harness.ask("A", "call", callee_number="r", out_line=2, record_start="ANSWER").uuid
    harness.pick_up(near)
    harness.switch.take()
    harness.event(RoomEntered(near, "r.90001"))
    variables, start = harness.switch.take()
    assert sides(variables) == ["READ_ONLY"]
    assert near in start


class TestWithAThirdParty:
    """A transfer asks for the recording: it is the customer's leg, whoever answers."""

    def transfer(self, harness, start):
        near, far = harness.talk("A", OUTSIDE)
        fields = {"trans_type": "1", "trans_number": harness.agent("B").id, "record_start": start}
        harness.ask("A", "trans", uuid=near, type="1", **fields)
        return far, harness.offered("B")

    def test_a_third_party_is_recorded_from_its_answer_on(self, harness):
        far, target = self.transfer(harness, "ANSWER")
        assert not [line for line in harness.switch.take() if "uuid_record" in line]
        harness.takes(target)
        harness.bridge(target, far)
        assert f"api uuid_record {far} start {path(far, 'mp3')}" in harness.switch.take()

    def test_a_third_party_is_recorded_from_its_ring_on(self, harness):
        far, _ = self.transfer(harness, "RING")
        assert f"api uuid_record {far} start {path(far, 'mp3')}" in harness.switch.take()
