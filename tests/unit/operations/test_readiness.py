"""Requests in the moment between an answer and the bridge: judged once that has been reported."""

from __future__ import annotations

from typing import Any

import pytest

from esl_bridge.callflow import readiness
from esl_bridge.domain.leg import Hold
from esl_bridge.errors import NotInCall
from tests.builders import NAMES, OUTSIDE, TenantHarness
from tests.daemon import Daemon, idle

TO_D = {"max_ring_time": 20}
REQUESTS: dict[str, dict[str, Any]] = {
    "hold": {"hold": "1"},
    "dtmf": {"content": "12"},
    "trans": TO_D | {"type": "1", "trans_type": "1", "trans_number": NAMES["D"]},
    "consult": TO_D | {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]},
    "three_way": TO_D | {"three_way_type": "0", "three_way_number": NAMES["D"]},
    "change_media": {"audio": 1, "reneg_other": False},
    "record_control": {"action": "start"},
}


def operates(name: str) -> dict[str, str]:
    return {"operated_agent_id": NAMES[name], "operated_ext_id": NAMES[name]}


class Answered:
    """B's phone has answered a call of A's or of a customer's; the bridge is not reported yet."""

    def __init__(self, by: str = "agent") -> None:
        self.harness = harness = TenantHarness()
        if by == "agent":
            self.far, self.leg = harness.begin_call("A", "B")
            harness.pick_up(self.far)
            harness.pick_up(self.leg)
            self.name = "B"
        else:
            self.far = harness.caller()
            self.leg = harness.offered("A")
            harness.takes(self.leg)
            self.name = "A"
        assert harness.status(self.name) == "CALLING"
        harness.forget()

    def bridges(self) -> None:
        if self.far.startswith("caller"):
            self.harness.pick_up(self.far)
        self.harness.bridge(self.leg, self.far)


@pytest.mark.parametrize("by", ["agent", "customer"])
@pytest.mark.parametrize("msg_type", REQUESTS)
def test_a_request_is_obeyed_once_the_bridge_is_reported(msg_type: str, by: str):
    answered = Answered(by)
    answered.harness.waits.append(answered.bridges)
    answered.harness.ask(answered.name, msg_type, uuid=answered.leg, **REQUESTS[msg_type])


@pytest.mark.parametrize("msg_type", REQUESTS)
def test_a_request_is_refused_as_before_where_no_bridge_is_reported(msg_type: str):
    answered = Answered()
    answered.harness.refused("4103", "B", msg_type, uuid=answered.leg, **REQUESTS[msg_type])


@pytest.mark.parametrize("msg_type", REQUESTS)
def test_a_request_is_refused_as_not_in_a_call_if_the_call_ends_first(msg_type: str):
    answered = Answered()
    answered.harness.waits.append(lambda: answered.harness.ends(answered.leg))
    with pytest.raises(NotInCall):
        answered.harness.ask("B", msg_type, uuid=answered.leg, **REQUESTS[msg_type])


def test_a_supervisor_takes_over_from_an_agent_who_has_just_answered():
    answered = Answered("customer")
    answered.harness.waits.append(answered.bridges)
    answered.harness.ask("S", "substitute", **operates("A"))
    assert answered.harness.got("S") == ["R", "SUBSTITUTE.I"]


def test_a_takeover_without_the_role_is_refused_without_waiting():
    answered = Answered("customer")
    answered.harness.waits.append(lambda: pytest.fail("it waits"))
    answered.harness.refused("4102", "B", "substitute", **operates("A"))


def test_a_consultant_who_has_just_answered_joins_a_three_way_talk():
    harness = TenantHarness()
    near, _ = harness.talk("A", OUTSIDE)
    harness.waits.append(lambda: harness.parks(near))
    harness.ask("A", "consult", uuid=near, **REQUESTS["consult"])
    other = harness.offered("D")
    harness.takes(other)
    harness.waits.append(lambda: harness.bridge(near, other))
    harness.ask("A", "three_way", uuid=near, **REQUESTS["three_way"])


class TestSentAtOnce:
    """Several requests in one burst, in a daemon that keeps time."""

    @pytest.fixture(autouse=True)
    def _answered(self) -> None:
        self.daemon = Daemon()
        self.a, self.b = self.daemon.at_work("A", "B")
        call = self.a.ok("A", "call", callee_number=NAMES["B"], out_line=0)
        self.near = call["uuid"]
        self.far = next(leg for leg in self.daemon.tenant.legs if leg != self.near)
        self.daemon.pick_up(self.near)
        self.daemon.pick_up(self.far)
        self.leg = self.daemon.tenant.legs[self.far]

    def begin(self, msg_type: str, **fields: Any) -> str:
        fields = REQUESTS.get(msg_type, {}) | fields
        sent = self.b.begin("B", msg_type, uuid=self.far, **fields)
        idle()
        return sent

    def is_answered(self, req_id: str) -> bool:
        return any(each.get("req_id") == req_id for each in self.b.sent if "seq" not in each)

    def test_waiting_requests_are_judged_in_their_order(self):
        sent = [self.begin("dtmf"), self.begin("consult"), self.begin("dtmf")]
        assert not any(self.is_answered(one) for one in sent)
        self.daemon.bridge(self.near, self.far)
        codes = [self.b.reply(one)["code"] for one in sent]
        assert codes == ["0", "4104", "0"]  # D is not at work, so that nothing is begun
        replies = [each["req_id"] for each in self.b.sent if each.get("req_id") in sent]
        assert replies == sent

    def test_a_procedure_begun_by_one_request_refuses_the_next(self):
        [*_] = self.daemon.at_work("D")
        consult, hold = self.begin("consult"), self.begin("hold")
        self.daemon.bridge(self.near, self.far)
        assert self.b.reply(consult)["code"] == "0"
        assert self.b.reply(hold)["code"] == "4103"

    @pytest.mark.parametrize("msg_type", ["hangup", "checkout", "get_status"])
    def test_requests_that_never_wait_overtake_waiting_ones(self, msg_type: str):
        waits, goes = self.begin("hold"), self.begin(msg_type)
        assert self.is_answered(goes)
        assert not self.is_answered(waits)

    def test_all_waiting_requests_are_refused_when_the_call_ends(self):
        sent = [self.begin("hold"), self.begin("dtmf"), self.begin("record_control")]
        self.begin("hangup")
        self.daemon.ends(self.far)
        assert [self.b.reply(one)["code"] for one in sent] == ["4016"] * 3
        assert self.daemon.tenant.request_order.is_idle

    def test_a_supervisor_may_end_the_call_of_a_waiting_request(self):
        (supervisor,) = self.daemon.at_work("S")
        waits = self.begin("hold")
        sent = supervisor.begin("S", "interrupt_call", **operates("B"))
        assert supervisor.reply(sent)["code"] == "0"
        assert not self.is_answered(waits)

    def test_a_request_waits_for_a_bridge_no_longer_than_the_limit(self, monkeypatch: Any):
        monkeypatch.setattr(readiness, "_READY_SECONDS", 0.05)
        waits = self.b.begin("B", "hold", uuid=self.far, hold="1")
        assert self.b.reply(waits)["code"] == "4103"
        assert self.leg.media.hold is Hold.NO


def test_the_limit_is_that_of_the_protocol():
    assert readiness._READY_SECONDS == 2.0
