"""What only asks: nothing is changed by it."""

import pytest

from esl_bridge.esl.events import PlaybackStarted
from esl_bridge.operations.get_status import GetStatusReply
from tests.builders import HOLD, NAMES, OUTSIDE


def test_an_agent_at_rest(office):
    before = office.snapshot()
    assert office.ask("A", "get_status") == GetStatusReply(
        status="FREE", in_call_numbers=(), legs=()
    )
    office.ask("A", "ping")
    assert office.snapshot() == before


def test_an_agent_in_a_call_with_something_to_do_after_it(office):
    near, far = office.talk("A", OUTSIDE)
    office.ask("A", "change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    office.ask("A", "hold", uuid=near, hold="1")
    office.event(PlaybackStarted(far, HOLD))
    reply = office.ask("A", "get_status")
    assert (reply.status, reply.sub_status, reply.call_stop_status) == ("CALLING", "HOLD", "BUSY")
    assert reply.in_call_numbers == (OUTSIDE,)


def test_the_numbers_are_of_those_who_have_answered(office):
    near, far = office.begin_call("A", "B")
    office.pick_up(near)
    office.rings(far)
    assert office.ask("A", "get_status").in_call_numbers == ()
    assert office.ask("B", "get_status").in_call_numbers == ()
    office.pick_up(far)
    assert office.ask("A", "get_status").in_call_numbers == (NAMES["B"],)
    assert office.ask("B", "get_status").in_call_numbers == (NAMES["A"],)


def test_ping_is_answered_to_anybody(office):
    office.ask("A", "checkout")
    office.ask("A", "ping")
    office.refused("4009", "A", "get_status")


UNBUILT = {
    "play_record": {"file_path": "2026-01-01/a.wav"},
    "toggle_service_mode": {"service_mode": 1},
}


@pytest.mark.parametrize("msg_type", UNBUILT)
def test_what_is_not_built_yet_says_so_to_those_who_are_checked_in(office, msg_type):
    office.refused("4105", "A", msg_type, **UNBUILT[msg_type])
    office.ask("A", "checkout")
    office.refused("4009", "A", msg_type, **UNBUILT[msg_type])
