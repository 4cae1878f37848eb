"""Commands without an answer: what the switch has made of them is seen when it is read back."""

from __future__ import annotations

from typing import Any

import pytest

from esl_bridge.domain.leg import Hold
from esl_bridge.domain.states import Status
from esl_bridge.errors import BridgeError, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.channels import Channel
from esl_bridge.esl.events import LegAnswered, PlaybackStarted, PlaybackStopped, RecordStarted
from esl_bridge.runtime.resynchronizer import Resynchronizer
from tests.builders import HOLD, NAMES, OUTSIDE, TenantHarness
from tests.unit.found import carries, channel

TO_D = {
    "consult": {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]},
    "trans": {"type": "1", "trans_type": "1", "trans_number": NAMES["D"]},
    "three_way": {"three_way_type": "0", "three_way_number": NAMES["D"]},
}
NO_ANSWER = [SwitchTimedOut("no answer"), SwitchUnavailable("lost")]


class _Runner:
    def __init__(self, harness: TenantHarness) -> None:
        self._harness = harness

    def start(self, task: Any) -> None:
        self._harness.run(task.steps)

    def publish_changes(self, _tenant: Any) -> None:
        self._harness.publish_changes()


def read_back(harness: TenantHarness, *there: Channel) -> list[str]:
    """After a lost link the switch has these legs only; gives what it is told."""
    runner: Any = _Runner(harness)
    nothing: Any = None
    resynchronizer = Resynchronizer(nothing, runner, nothing, harness.tenant.switch_settings)
    harness.switch.take()
    legs = list(harness.tenant.legs.values())
    resynchronizer.catch_up(
        harness.tenant, legs, {one.uuid: carries(harness, one) for one in there}
    )
    return harness.switch.take()


def two(near: str, far: str, **headers: Any) -> list[Channel]:
    return [
        channel(near, "call", agent=NAMES["A"], bond=far, **headers),
        channel(far, "callin", bond=near, **headers),
    ]


@pytest.fixture
def harness() -> TenantHarness:
    return TenantHarness()


def hold(harness: TenantHarness, near: str, far: str) -> None:
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    harness.forget()


def fails(
    harness: TenantHarness, word: str, error: BridgeError, msg_type: str, **fields: Any
) -> None:
    harness.switch.will(word, error)
    with pytest.raises(type(error)):
        harness.ask("A", msg_type, **fields)


@pytest.mark.parametrize("error", NO_ANSWER)
class TestHolding:
    def test_music_whose_start_is_unknown_is_ended(
        self, harness: TenantHarness, error: BridgeError
    ):
        near, far = harness.talk("A", OUTSIDE)
        fails(harness, "uuid_broadcast", error, "hold", uuid=near, hold="1")
        assert read_back(harness, *two(near, far)) == [f"api uuid_break {far} all"]

    def test_music_that_begins_late_is_a_hold(self, harness: TenantHarness, error: BridgeError):
        near, far = harness.talk("A", OUTSIDE)
        fails(harness, "uuid_broadcast", error, "hold", uuid=near, hold="1")
        harness.event(PlaybackStarted(far, HOLD))
        assert harness.got("A") == ["R!" + error.code, "CALLING>CALLING/HOLD"]

    def test_music_whose_end_is_unknown_is_ended(self, harness: TenantHarness, error: BridgeError):
        near, far = harness.talk("A", OUTSIDE)
        hold(harness, near, far)
        fails(harness, "uuid_break", error, "hold", uuid=near, hold="0")
        assert read_back(harness, *two(near, far)) == [f"api uuid_break {far} all"]
        assert harness.got("A") == ["R!" + error.code, "CALLING/HOLD>CALLING"]

    @pytest.mark.parametrize("msg_type", ["consult", "trans"])
    def test_a_hold_lasts_when_a_procedure_could_not_begin(
        self, harness: TenantHarness, error: BridgeError, msg_type: str
    ):
        near, far = harness.talk("A", OUTSIDE)
        hold(harness, near, far)
        harness.switch.will("uuid_setvar_multi", error)
        harness.switch.will("uuid_bridge", error)
        harness.ask("A", msg_type, uuid=near, **TO_D[msg_type])
        assert harness.got("A")[-1] == f"CALLING/{msg_type.upper()}>CALLING/HOLD"
        assert read_back(harness, *two(near, far)) == [f"api uuid_break {far} all"]
        assert harness.got("A") == ["CALLING/HOLD>CALLING"]

    def test_a_hold_lasts_when_a_transfer_to_an_extension_failed(
        self, harness: TenantHarness, error: BridgeError
    ):
        near, far = harness.talk("A", OUTSIDE)
        hold(harness, near, far)
        harness.switch.will("uuid_transfer", error)
        harness.ask("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")
        assert harness.got("A")[-1] == "CALLING/TRANS>CALLING/HOLD"
        assert read_back(harness, *two(near, far)) == [f"api uuid_break {far} all"]
        told = harness.got("A")
        assert told[-2:] == ["TRANS.E- 5300", "CALLING/TRANS>CALLING"]

    def test_a_transfer_that_could_not_begin_ends_the_music(
        self, harness: TenantHarness, error: BridgeError
    ):
        near, far = harness.talk("A", OUTSIDE)
        hold(harness, near, far)
        harness.switch.will("uuid_setvar_multi", error)
        harness.switch.will("uuid_bridge", lambda: harness.event(PlaybackStopped(far, HOLD)))
        harness.ask("A", "trans", uuid=near, **TO_D["trans"])
        assert harness.got("A")[-1] == "CALLING/HOLD>CALLING"

    def test_a_three_way_talk_that_could_not_begin_is_over(
        self, harness: TenantHarness, error: BridgeError
    ):
        near, far = harness.talk("A", OUTSIDE)
        hold(harness, near, far)
        harness.switch.will("uuid_break", error)
        harness.ask("A", "three_way", uuid=near, **TO_D["three_way"])
        assert harness.got("A") == ["R", "THREE_WAY.I", "THREE_WAY.E- " + error.code]
        assert harness.agent("A").own_leg.media.hold is Hold.MUSIC


def test_parties_set_to_park_for_a_failed_third_party_end_together_again(harness: TenantHarness):
    near, far = harness.talk("A", OUTSIDE)
    harness.switch.will("uuid_setvar_multi", "+OK")
    for _ in range(3):
        harness.switch.will("uuid_setvar_multi", SwitchUnavailable("lost"))
    harness.switch.will("uuid_bridge", SwitchUnavailable("lost"))
    harness.ask("A", "consult", uuid=near, **TO_D["consult"])
    told = read_back(harness, *two(near, far, variable_park_after_bridge="true"))
    assert [line.split()[2] for line in told if "hangup_after_bridge=true" in line] == [near, far]


@pytest.mark.parametrize("error", NO_ANSWER)
class TestCalling:
    def rings_all_the_same(self, harness: TenantHarness, name: str, error: BridgeError) -> None:
        def rings() -> None:
            harness.rings(harness.offered(name))
            raise error

        harness.switch.will("originate", rings)

    def test_a_phone_that_rings_has_been_called(self, harness: TenantHarness, error: BridgeError):
        self.rings_all_the_same(harness, "A", error)
        near, far = harness.begin_call("A", "B")
        assert harness.got("A") == ["R", "CALL.I", "FREE>RINGING"]
        harness.pick_up(near)
        harness.pick_up(far)
        harness.bridge(near, far)
        assert harness.got("A") == ["RINGING>CALLING", "CALL.S"]

    def test_a_third_party_that_rings_has_been_called(
        self, harness: TenantHarness, error: BridgeError
    ):
        near, _ = harness.talk("A", OUTSIDE)
        self.rings_all_the_same(harness, "D", error)
        harness.ask("A", "three_way", uuid=near, **TO_D["three_way"])
        assert harness.got("A") == ["R", "THREE_WAY.I"]
        assert harness.got("D") == ["callin:THREE_WAY", "FREE>RINGING"]

    def test_a_phone_that_rings_for_a_customer_has_been_called(
        self, harness: TenantHarness, error: BridgeError
    ):
        self.rings_all_the_same(harness, "A", error)
        caller = harness.caller()
        assert harness.status("A") is Status.RINGING
        assert not [line for line in harness.switch.heard if f"uuid_kill {caller}" in line]


def test_a_transfer_continues_although_its_agent_could_not_be_released():
    harness = TenantHarness(blind_transfer="release")
    near, far = harness.talk("A", OUTSIDE)
    harness.switch.will("uuid_kill", SwitchTimedOut("no answer"))
    harness.waits.append(lambda: harness.parks(near))
    harness.ask("A", "trans", uuid=near, **TO_D["trans"])
    assert any("originate" in line for line in harness.switch.heard)
    assert harness.got("A")[:2] == ["R", "TRANS.I"]
    assert far in harness.tenant.legs


@pytest.mark.parametrize("error", NO_ANSWER)
class TestBridging:
    """Whom the switch has joined is joined, also where it did not say so when it was asked to."""

    def joins(self, harness: TenantHarness, first: str, second: str, error: BridgeError) -> None:
        def bridges() -> None:
            harness.now += 1
            harness.event(LegAnswered(second))
            harness.bridge(first, second)
            raise error

        harness.switch.will("uuid_bridge", bridges)

    def test_a_target_and_its_customer_may_be_bridged_without_a_reply(
        self, harness: TenantHarness, error: BridgeError
    ):
        near, far = harness.talk("A", OUTSIDE)
        harness.ask("A", "trans", uuid=near, **(TO_D["trans"] | {"type": "2"}))
        other = harness.offered("D")
        self.joins(harness, other, far, error)
        harness.takes(other)
        assert not [line for line in harness.switch.heard if f"uuid_kill {other}" in line]

    def test_a_caller_and_its_agent_may_be_bridged_without_a_reply(
        self, harness: TenantHarness, error: BridgeError
    ):
        caller = harness.caller()
        own_leg = harness.offered("A")
        self.joins(harness, own_leg, caller, error)
        harness.takes(own_leg)
        assert not [line for line in harness.switch.heard if "uuid_kill" in line]


@pytest.mark.parametrize("error", NO_ANSWER)
def test_a_recording_that_the_switch_reports_has_begun(harness: TenantHarness, error: BridgeError):
    near, far = harness.talk("A", OUTSIDE)

    def begins() -> None:
        path = (
            f"{harness.tenant.switch_settings.recordings}/{next(iter(harness.tenant.recordings))}"
        )
        harness.event(RecordStarted(far, path))
        raise error

    harness.switch.will("uuid_record", begins)
    harness.ask("A", "record_control", uuid=near, action="start")
    assert harness.got("A") == ["RECORD.S", "R"]
    harness.ask("A", "checkout")
    assert "RECORD.E+" in harness.got("A")


def test_an_agent_that_could_not_be_released_ends_when_its_customer_leaves(harness: TenantHarness):
    near, _ = harness.talk("A", OUTSIDE)
    harness.ask("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")
    harness.switch.take()
    harness.parks(near)
    assert harness.switch.take() == [f"api uuid_kill {near} NORMAL_CLEARING"]


@pytest.mark.parametrize("error", NO_ANSWER)
def test_a_leg_that_was_seen_to_arrive_counts_as_moved_without_a_reply(
    harness: TenantHarness, error: BridgeError
):
    near, far = harness.talk("A", OUTSIDE)

    def arrives() -> None:
        harness.event(PlaybackStarted(far, HOLD))
        raise error

    harness.switch.will("uuid_transfer", arrives)
    harness.waits.append(lambda: harness.parks(near))
    harness.ask("A", "consult", uuid=near, **TO_D["consult"])
    assert any("originate" in line for line in harness.switch.heard)


def test_a_target_that_was_bridged_when_the_link_was_lost_keeps_its_customer(
    harness: TenantHarness,
):
    near, far = harness.talk("A", OUTSIDE)
    harness.ask("A", "trans", uuid=near, **TO_D["trans"])
    other = harness.offered("D")
    harness.switch.will("uuid_bridge", SwitchUnavailable("lost"))
    harness.takes(other)
    marks = {"agent": NAMES["D"], "bond": far}
    there = [channel(other, "trans", **marks), channel(far, "callin", bond=other)]
    told = read_back(harness, *there, channel(near, "call", agent=NAMES["A"]))
    assert not [line for line in told if f"uuid_kill {other}" in line]
    assert harness.got("A")[-3:-1] == ["TRANS.S", "TRANS.E+"]
