"""Commands without an answer: what the switch has made of them is seen when it is read back."""

from __future__ import annotations

from typing import Any

import pytest

from esl_bridge.domain.leg import Hold
from esl_bridge.domain.states import Status
from esl_bridge.errors import BridgeError, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.channels import Channel
from esl_bridge.esl.events import LegAnswered, PlaybackStarted, PlaybackStopped, RecordStarted
from esl_bridge.runtime.readback import Readback
from tests.builders import HOLD, NAMES, OUTSIDE, Office
from tests.unit.reactions.test_strays_and_mending import carries, channel

TO_D = {
    "consult": {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]},
    "trans": {"type": "1", "trans_type": "1", "trans_number": NAMES["D"]},
    "three_way": {"three_way_type": "0", "three_way_number": NAMES["D"]},
}
NO_ANSWER = [SwitchTimedOut("no answer"), SwitchUnavailable("lost")]


class _Runner:
    def __init__(self, office: Office) -> None:
        self._office = office

    def start(self, errand: Any) -> None:
        self._office.run(errand.steps)

    def settle(self, _desk: Any) -> None:
        self._office.settle()


def read_back(office: Office, *there: Channel) -> list[str]:
    """After a lost link the switch has these legs only; gives what it is told."""
    runner: Any = _Runner(office)
    nothing: Any = None
    readback = Readback(nothing, runner, nothing, office.desk.premises)
    office.switch.take()
    legs = list(office.desk.legs.values())
    readback.catch_up(office.desk, legs, {one.uuid: carries(office, one) for one in there})
    return office.switch.take()


def two(near: str, far: str, **headers: Any) -> list[Channel]:
    return [
        channel(near, "call", agent=NAMES["A"], bond=far, **headers),
        channel(far, "callin", bond=near, **headers),
    ]


@pytest.fixture
def office() -> Office:
    return Office()


def hold(office: Office, near: str, far: str) -> None:
    office.ask("A", "hold", uuid=near, hold="1")
    office.event(PlaybackStarted(far, HOLD))
    office.forget()


def fails(office: Office, word: str, error: BridgeError, msg_type: str, **fields: Any) -> None:
    office.switch.will(word, error)
    with pytest.raises(type(error)):
        office.ask("A", msg_type, **fields)


@pytest.mark.parametrize("error", NO_ANSWER)
class TestHolding:
    def test_music_that_may_play_is_ended(self, office: Office, error: BridgeError):
        near, far = office.talk("A", OUTSIDE)
        fails(office, "uuid_broadcast", error, "hold", uuid=near, hold="1")
        assert read_back(office, *two(near, far)) == [f"api uuid_break {far} all"]

    def test_music_that_plays_after_all_is_a_hold(self, office: Office, error: BridgeError):
        near, far = office.talk("A", OUTSIDE)
        fails(office, "uuid_broadcast", error, "hold", uuid=near, hold="1")
        office.event(PlaybackStarted(far, HOLD))
        assert office.got("A") == ["R!" + error.code, "CALLING>CALLING/HOLD"]

    def test_music_that_may_have_ended_is_ended(self, office: Office, error: BridgeError):
        near, far = office.talk("A", OUTSIDE)
        hold(office, near, far)
        fails(office, "uuid_break", error, "hold", uuid=near, hold="0")
        assert read_back(office, *two(near, far)) == [f"api uuid_break {far} all"]
        assert office.got("A") == ["R!" + error.code, "CALLING/HOLD>CALLING"]

    @pytest.mark.parametrize("msg_type", ["consult", "trans"])
    def test_whoever_held_and_could_begin_nothing_holds_yet(
        self, office: Office, error: BridgeError, msg_type: str
    ):
        near, far = office.talk("A", OUTSIDE)
        hold(office, near, far)
        office.switch.will("uuid_setvar_multi", error)
        office.switch.will("uuid_bridge", error)
        office.ask("A", msg_type, uuid=near, **TO_D[msg_type])
        assert office.got("A")[-1] == f"CALLING/{msg_type.upper()}>CALLING/HOLD"
        assert read_back(office, *two(near, far)) == [f"api uuid_break {far} all"]
        assert office.got("A") == ["CALLING/HOLD>CALLING"]

    def test_so_does_who_could_send_its_customer_nowhere(self, office: Office, error: BridgeError):
        near, far = office.talk("A", OUTSIDE)
        hold(office, near, far)
        office.switch.will("uuid_transfer", error)
        office.ask("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")
        assert office.got("A")[-1] == "CALLING/TRANS>CALLING/HOLD"
        assert read_back(office, *two(near, far)) == [f"api uuid_break {far} all"]
        told = office.got("A")
        assert told[-2:] == ["TRANS.E- 5300", "CALLING/TRANS>CALLING"]

    def test_a_transfer_that_could_not_begin_ends_the_music(
        self, office: Office, error: BridgeError
    ):
        near, far = office.talk("A", OUTSIDE)
        hold(office, near, far)
        office.switch.will("uuid_setvar_multi", error)
        office.switch.will("uuid_bridge", lambda: office.event(PlaybackStopped(far, HOLD)))
        office.ask("A", "trans", uuid=near, **TO_D["trans"])
        assert office.got("A")[-1] == "CALLING/HOLD>CALLING"

    def test_a_three_way_talk_that_could_not_begin_is_over(
        self, office: Office, error: BridgeError
    ):
        near, far = office.talk("A", OUTSIDE)
        hold(office, near, far)
        office.switch.will("uuid_break", error)
        office.ask("A", "three_way", uuid=near, **TO_D["three_way"])
        assert office.got("A") == ["R", "THREE_WAY.I", "THREE_WAY.E- " + error.code]
        assert office.agent("A").own.hold is Hold.MUSIC


def test_who_is_secured_for_a_third_party_that_never_came_is_released(office: Office):
    near, far = office.talk("A", OUTSIDE)
    office.switch.will("uuid_setvar_multi", "+OK")
    for _ in range(3):
        office.switch.will("uuid_setvar_multi", SwitchUnavailable("lost"))
    office.switch.will("uuid_bridge", SwitchUnavailable("lost"))
    office.ask("A", "consult", uuid=near, **TO_D["consult"])
    told = read_back(office, *two(near, far, variable_park_after_bridge="true"))
    assert [line.split()[2] for line in told if "hangup_after_bridge=true" in line] == [near, far]


@pytest.mark.parametrize("error", NO_ANSWER)
class TestCalling:
    def rings_all_the_same(self, office: Office, name: str, error: BridgeError) -> None:
        def rings() -> None:
            office.rings(office.offered(name))
            raise error

        office.switch.will("originate", rings)

    def test_a_phone_that_rings_has_been_called(self, office: Office, error: BridgeError):
        self.rings_all_the_same(office, "A", error)
        near, far = office.begin_call("A", "B")
        assert office.got("A") == ["R", "CALL.I", "FREE>RINGING"]
        office.pick_up(near)
        office.pick_up(far)
        office.bridge(near, far)
        assert office.got("A") == ["RINGING>CALLING", "CALL.S"]

    def test_so_has_a_third_party(self, office: Office, error: BridgeError):
        near, _ = office.talk("A", OUTSIDE)
        self.rings_all_the_same(office, "D", error)
        office.ask("A", "three_way", uuid=near, **TO_D["three_way"])
        assert office.got("A") == ["R", "THREE_WAY.I"]
        assert office.got("D") == ["callin:THREE_WAY", "FREE>RINGING"]

    def test_and_a_phone_that_rings_for_a_customer(self, office: Office, error: BridgeError):
        self.rings_all_the_same(office, "A", error)
        caller = office.caller()
        assert office.status("A") is Status.RINGING
        assert not [line for line in office.switch.heard if f"uuid_kill {caller}" in line]


def test_a_transfer_goes_on_whose_agent_could_not_be_let_go_yet():
    office = Office(blind_transfer="release")
    near, far = office.talk("A", OUTSIDE)
    office.switch.will("uuid_kill", SwitchTimedOut("no answer"))
    office.waits.append(lambda: office.parks(near))
    office.ask("A", "trans", uuid=near, **TO_D["trans"])
    assert any("originate" in line for line in office.switch.heard)
    assert office.got("A")[:2] == ["R", "TRANS.I"]
    assert far in office.desk.legs


@pytest.mark.parametrize("error", NO_ANSWER)
class TestJoining:
    """Whom the switch has joined is joined, also where it did not say so when it was asked to."""

    def joins(self, office: Office, first: str, second: str, error: BridgeError) -> None:
        def bridges() -> None:
            office.now += 1
            office.event(LegAnswered(second))
            office.bridge(first, second)
            raise error

        office.switch.will("uuid_bridge", bridges)

    def test_a_target_and_its_customer(self, office: Office, error: BridgeError):
        near, far = office.talk("A", OUTSIDE)
        office.ask("A", "trans", uuid=near, **(TO_D["trans"] | {"type": "2"}))
        other = office.offered("D")
        self.joins(office, other, far, error)
        office.takes(other)
        assert not [line for line in office.switch.heard if f"uuid_kill {other}" in line]

    def test_a_caller_and_its_agent(self, office: Office, error: BridgeError):
        caller = office.caller()
        own = office.offered("A")
        self.joins(office, own, caller, error)
        office.takes(own)
        assert not [line for line in office.switch.heard if "uuid_kill" in line]


@pytest.mark.parametrize("error", NO_ANSWER)
def test_a_recording_that_the_switch_tells_of_has_begun(office: Office, error: BridgeError):
    near, far = office.talk("A", OUTSIDE)

    def begins() -> None:
        path = f"{office.desk.premises.recordings}/{next(iter(office.desk.recordings))}"
        office.event(RecordStarted(far, path))
        raise error

    office.switch.will("uuid_record", begins)
    office.ask("A", "record_control", uuid=near, action="start")
    assert office.got("A") == ["RECORD.S", "R"]
    office.ask("A", "checkout")
    assert "RECORD.E+" in office.got("A")


def test_who_could_not_be_released_is_ended_when_its_customer_leaves(office: Office):
    near, _ = office.talk("A", OUTSIDE)
    office.ask("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")
    office.switch.take()
    office.parks(near)
    assert office.switch.take() == [f"api uuid_kill {near} NORMAL_CLEARING"]


@pytest.mark.parametrize("error", NO_ANSWER)
def test_who_has_arrived_was_moved(office: Office, error: BridgeError):
    near, far = office.talk("A", OUTSIDE)

    def arrives() -> None:
        office.event(PlaybackStarted(far, HOLD))
        raise error

    office.switch.will("uuid_transfer", arrives)
    office.waits.append(lambda: office.parks(near))
    office.ask("A", "consult", uuid=near, **TO_D["consult"])
    assert any("originate" in line for line in office.switch.heard)


def test_a_target_that_was_joined_when_the_link_was_lost_keeps_its_customer(office: Office):
    near, far = office.talk("A", OUTSIDE)
    office.ask("A", "trans", uuid=near, **TO_D["trans"])
    other = office.offered("D")
    office.switch.will("uuid_bridge", SwitchUnavailable("lost"))
    office.takes(other)
    marks = {"agent": NAMES["D"], "bond": far}
    there = [channel(other, "trans", **marks), channel(far, "callin", bond=other)]
    told = read_back(office, *there, channel(near, "call", agent=NAMES["A"]))
    assert not [line for line in told if f"uuid_kill {other}" in line]
    assert office.got("A")[-3:-1] == ["TRANS.S", "TRANS.E+"]
