"""What only asks: nothing is changed by it."""

import pytest

from esl_bridge.esl.events import PlaybackStarted
from esl_bridge.operations import CONNECTION_OPERATIONS
from esl_bridge.operations.get_status import GetStatusReply
from esl_bridge.operations.ping import PingRequest
from esl_bridge.protocol.envelope import Reply
from tests.builders import HOLD, NAMES, OUTSIDE


def test_the_status_of_an_agent_without_a_call(harness):
    before = harness.snapshot()
    assert harness.ask("A", "get_status") == GetStatusReply(
        status="FREE",
        in_call_numbers=(),
        legs=(),
        since_ms=harness.agent("A").since_ms,
        now_ms=harness.tenant.now_ms(),
    )
    assert harness.snapshot() == before


def test_the_status_of_an_agent_in_a_call_with_a_remembered_action(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.ask("A", "change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    reply = harness.ask("A", "get_status")
    assert (reply.status, reply.sub_status, reply.call_stop_status) == ("CALLING", "HOLD", "BUSY")
    assert reply.in_call_numbers == (OUTSIDE,)


def test_the_numbers_in_a_call_are_of_those_who_have_answered(harness):
    near, far = harness.begin_call("A", "B")
    harness.pick_up(near)
    harness.rings(far)
    assert harness.ask("A", "get_status").in_call_numbers == ()
    assert harness.ask("B", "get_status").in_call_numbers == ()
    harness.pick_up(far)
    assert harness.ask("A", "get_status").in_call_numbers == (NAMES["B"],)
    assert harness.ask("B", "get_status").in_call_numbers == (NAMES["A"],)


def test_ping_is_answered_before_check_in_and_get_status_is_not(harness):
    assert (
        CONNECTION_OPERATIONS[PingRequest](PingRequest(agent_id="a", company_code="c")) == Reply()
    )
    harness.ask("A", "checkout")
    harness.refused("4009", "A", "get_status")


UNBUILT = {
    "play_record": {"file_path": "2026-01-01/a.wav"},
}


@pytest.mark.parametrize("msg_type", UNBUILT)
def test_a_request_that_is_not_built_says_so_after_check_in(harness, msg_type):
    harness.refused("4105", "A", msg_type, **UNBUILT[msg_type])
    harness.ask("A", "checkout")
    harness.refused("4009", "A", msg_type, **UNBUILT[msg_type])
