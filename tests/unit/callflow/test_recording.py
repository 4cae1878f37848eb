"""Recordings: which leg, which side, which file, and what is told of them."""

import pytest

from esl_bridge.callflow import recording
from esl_bridge.errors import Internal, SwitchRefused
from esl_bridge.esl.events import RecordStarted, RecordStopped, RoomEntered
from esl_bridge.reactions import switch
from tests.builders import NO_SUCH_CHANNEL, OUTSIDE, TODAY

FOLDER = "/var/lib/freeswitch/recordings"
SIDES = ("STEREO", "STEREO_SWAP", "READ_ONLY", "WRITE_ONLY")


def path(leg, suffix="wav"):
    return f"{FOLDER}/90001/{TODAY}/{leg}.{suffix}"


def recorded(office, **fields):
    """A talks to the outside and is recorded, from the answer on; gives both legs."""
    wish = {"record_start": "ANSWER", "record_suffix": "wav"}
    near, far = office.talk("A", OUTSIDE, **wish | fields)
    office.event(RecordStarted(far, path(far, fields.get("record_suffix", "wav"))))
    return near, far


def sides(line):
    """What a leg's recording variables were set to."""
    pairs = dict(pair.split("=") for pair in line.split(" ")[3].split(";"))
    return [name for name in SIDES if pairs[f"RECORD_{name}"] == "true"]


def begun(office, **fields):
    """The commands by which a talk's recording begins."""
    office.switch.take()
    wish = {"record_start": "ANSWER"} | fields
    near, far = office.begin_call("A", OUTSIDE, **wish)
    office.pick_up(near)
    office.pick_up(far)
    office.switch.take()
    office.bridge(near, far)
    return far, office.switch.take()


def test_it_is_the_far_leg_from_the_talk_on_and_an_mp3(office):
    far, (variables, start) = begun(office)
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
def test_what_the_customer_hears_is_the_agents_side(office, fields, set_):
    _, (variables, _) = begun(office, **fields)
    assert sides(variables) == set_


def test_without_a_wish_nothing_is_recorded(office):
    _, heard = begun(office, record_start="NONE")
    assert heard == []


def test_from_the_ring_on_it_is_the_agents_leg_and_then_the_other_in_the_same_file(office):
    wish = {"record_start": "RING", "record_suffix": "wav", "is_stereo": True}
    near, far = office.begin_call("A", OUTSIDE, **wish)
    office.switch.take()
    office.pick_up(near)
    variables, start = office.switch.take()
    assert start == f"api uuid_record {near} start {path(far)}"
    assert sides(variables) == ["STEREO", "STEREO_SWAP", "READ_ONLY"]
    office.event(RecordStarted(near, path(far)))
    office.pick_up(far)
    office.switch.take()
    office.bridge(near, far)
    stop, variables, start = office.switch.take()
    assert stop == f"api uuid_record {near} stop {path(far)}"
    assert sides(variables) == ["STEREO", "WRITE_ONLY"]
    assert start == f"api uuid_record {far} start {path(far)}"
    office.forget()
    office.event(RecordStopped(near, path(far), 2000, stored=True))
    office.event(RecordStarted(far, path(far)))
    assert office.got("A") == []
    office.event(RecordStopped(far, path(far), 3000, stored=True))
    assert office.got("A") == ["RECORD.E+"]
    assert office.pushed[office.agent("A").id][-1].record_seconds == 5


def test_an_mp4_cannot_be_appended_to_and_begins_with_the_talk(office):
    near, _ = office.begin_call("A", OUTSIDE, record_start="RING", record_suffix="mp4")
    office.switch.take()
    office.pick_up(near)
    assert office.switch.take() == []


def test_the_agent_that_began_it_is_told_and_nobody_else(office):
    _, far = office.talk("A", "B", record_start="ANSWER", record_suffix="wav")
    office.event(RecordStarted(far, path(far)))
    office.event(RecordStarted(far, path(far)))
    assert (office.got("A"), office.got("B")) == (["RECORD.S"], [])


def test_its_end_is_told_after_that_of_the_leg(office):
    near, far = recorded(office)
    office.ends(far)
    office.ends(near)
    office.consistent()
    assert far in office.owners
    office.forget()
    office.event(RecordStopped(far, path(far), 1600, stored=True))
    assert office.got("A") == ["RECORD.E+"]
    office.nothing_left()
    office.event(RecordStopped(far, path(far), 1600, stored=True))
    assert office.got("A") == []


def test_what_is_not_stored_has_failed(office):
    _, far = recorded(office)
    office.forget()
    office.event(RecordStopped(far, path(far), 0, stored=False))
    assert office.got("A") == [f"RECORD.E- {Internal.code}"]


def test_a_path_that_cannot_be_written_is_a_failure(office):
    near, far = office.begin_call("A", OUTSIDE, record_start="ANSWER")
    office.pick_up(near)
    office.pick_up(far)
    office.forget()
    office.switch.will("uuid_record", SwitchRefused("-ERR Cannot record session!"))
    office.bridge(near, far)
    assert office.got("A") == ["CALL.S", "RECORD.E- 9999"]
    office.ends(far)
    office.ends(near)
    office.nothing_left()


def test_a_leg_that_ends_before_its_recording_began(office):
    near, far = office.talk("A", OUTSIDE, record_start="ANSWER")
    office.ends(far)
    assert office.got("A") == ["CALL.E+", "RECORD.E- 5206"]
    office.ends(near)
    office.nothing_left()


def test_a_caller_that_gives_up_keeps_what_was_recorded(office):
    near, far = office.begin_call("A", OUTSIDE, record_start="RING", record_suffix="wav")
    office.pick_up(near)
    office.event(RecordStarted(near, path(far)))
    office.ends(near)
    office.forget()
    office.event(RecordStopped(near, path(far), 1000, stored=True))
    assert office.got("A") == ["RECORD.E+"]
    office.nothing_left()


def test_an_agent_that_leaves_is_told_first_and_then_nothing(office):
    near, far = recorded(office)
    office.forget()
    office.ask("A", "checkout")
    told = office.got("A")
    assert told.index("RECORD.E+") < told.index("CALL.E+")
    office.ends(near)
    office.ends(far)
    office.event(RecordStopped(far, path(far), 1000, stored=True))
    assert office.got("A") == []
    office.nothing_left()


def test_a_switch_that_is_gone_ends_it_with_its_cause(office):
    recorded(office)
    office.forget()
    switch.all_lost(office.desk)
    office.settle()
    assert "RECORD.E+ 5300" in office.got("A")
    office.nothing_left()


def test_a_leg_that_ended_while_nobody_listened_ends_its_recording(office):
    near, far = recorded(office)
    office.ends(far)
    office.ends(near)
    office.forget()
    recording.lost(office.desk)
    office.settle()
    assert office.got("A") == ["RECORD.E+ 5300"]
    office.nothing_left()


class TestByRequest:
    def control(self, office, uuid, action, **fields):
        return office.ask("A", "record_control", uuid=uuid, action=action, **fields).recording

    @pytest.mark.parametrize("named_by", [0, 1])
    def test_on_paused_on_off(self, office, named_by):
        legs = office.talk("A", OUTSIDE)
        far, uuid = legs[1], legs[named_by]
        said = [
            self.control(office, uuid, action)
            for action in ("start", "start", "pause", "start", "resume", "stop", "stop")
        ]
        assert said == ["on", "on", "paused", "paused", "on", "off", "off"]
        asked = [line.split()[3] for line in office.switch.heard if "uuid_record" in line]
        assert asked == ["start", "mask", "unmask", "stop"]
        assert all(far in line for line in office.switch.heard)

    def test_nothing_to_pause(self, office):
        near, _ = office.talk("A", OUTSIDE)
        office.refused("4103", "A", "record_control", uuid=near, action="pause")
        office.refused("4103", "A", "record_control", uuid=near, action="resume")

    def test_not_before_the_talk(self, office):
        near, _ = office.begin_call("A", OUTSIDE)
        office.refused("4103", "A", "record_control", uuid=near, action="start")
        office.pick_up(near)
        office.refused("4103", "A", "record_control", uuid=near, action="start")

    def test_one_that_is_refused_was_never_begun(self, office):
        near, far = office.talk("A", OUTSIDE)
        office.switch.will("uuid_setvar_multi", NO_SUCH_CHANNEL)
        with pytest.raises(SwitchRefused):
            self.control(office, near, "start")
        assert office.got("A") == ["R!5206"]
        assert office.desk.recordings == {}
        assert self.control(office, near, "start") == "on"
        assert far in office.switch.heard[-1]

    def test_a_second_one_goes_on_in_the_file_of_the_first(self, office):
        near, far = recorded(office)
        self.control(office, near, "stop")
        office.refused("4103", "A", "record_control", uuid=near, action="start")
        office.event(RecordStopped(far, path(far), 2000, stored=True))
        assert self.control(office, near, "start", record_suffix="wav") == "on"
        office.event(RecordStarted(far, path(far)))
        office.event(RecordStopped(far, path(far), 2000, stored=True))
        assert office.pushed[office.agent("A").id][-1].record_seconds == 4

    def test_but_an_mp4_is_not_overwritten(self, office):
        near, far = recorded(office, record_suffix="mp4")
        self.control(office, near, "stop")
        office.event(RecordStopped(far, path(far, "mp4"), 2000, stored=True))
        fields = {"uuid": near, "action": "start", "record_suffix": "mp4"}
        office.refused("4103", "A", "record_control", **fields)


def test_a_room_is_recorded_where_its_agent_is(office):
    near = office.ask("A", "call", callee_number="r", out_line=2, record_start="ANSWER").uuid
    office.pick_up(near)
    office.switch.take()
    office.event(RoomEntered(near, "r.90001"))
    variables, start = office.switch.take()
    assert sides(variables) == ["READ_ONLY"]
    assert near in start


class TestWithAThird:
    """A transfer asks for the recording: it is the customer's leg, whoever answers."""

    def transfer(self, office, start):
        near, far = office.talk("A", OUTSIDE)
        fields = {"trans_type": "1", "trans_number": office.agent("B").id, "record_start": start}
        office.ask("A", "trans", uuid=near, type="1", **fields)
        return far, office.offered("B")

    def test_from_the_answer_on(self, office):
        far, target = self.transfer(office, "ANSWER")
        assert not [line for line in office.switch.take() if "uuid_record" in line]
        office.takes(target)
        office.bridge(target, far)
        assert f"api uuid_record {far} start {path(far, 'mp3')}" in office.switch.take()

    def test_from_the_ring_on(self, office):
        far, _ = self.transfer(office, "RING")
        assert f"api uuid_record {far} start {path(far, 'mp3')}" in office.switch.take()
