"""Calls show what the switch lacks: the log has a line about it, but not one for each call."""

import pytest

from esl_bridge.runtime.routing_warnings import RoutingWarnings
from tests.builders import COMPANY, OUTSIDE
from tests.daemon import Daemon

NOWHERE = {
    "Unique-ID": "caller-1",
    "variable_esl_bridge_company": COMPANY,
    "variable_esl_bridge_role": "customer",
    "variable_esl_bridge_number": "40010099",
    "variable_current_application": "park",
}


@pytest.fixture
def daemon():
    return Daemon()


def told(caplog):
    return [line for line in caplog.messages if "check --switch" in line]


def calls_out(daemon, client):
    near = client.ok("A", "call", callee_number=OUTSIDE, out_line=1)["uuid"]
    far = next(leg for leg in daemon.tenant.legs if leg != near and leg.startswith("call-"))
    return near, far


def test_a_caller_sent_to_a_missing_extension_is_logged(daemon, caplog):
    daemon.event("CHANNEL_PARK", **NOWHERE, variable_current_application_data="nowhere ivr_main")
    [line] = told(caplog)
    assert line.startswith("company 90001: the dialplan has no extension 'ivr_main', but a caller ")


def test_a_caller_who_was_sent_nowhere_is_not_logged(daemon, caplog):
    daemon.event("CHANNEL_PARK", **NOWHERE, variable_current_application_data="")
    assert told(caplog) == []


def test_each_missing_extension_is_logged_once_a_minute(caplog):
    now = [0.0]
    routing_warnings = RoutingWarnings(lambda: now[0])
    for now[0] in (5.0, 6.0, 64.0, 65.0):
        routing_warnings.came_nowhere("90001", "ivr_main")
        routing_warnings.came_nowhere("90001", "survey")
    assert len(told(caplog)) == 4


@pytest.mark.parametrize(
    ("cause", "what"), [("INVALID_GATEWAY", "gateway"), ("INVALID_PROFILE", "SIP profile")]
)
def test_a_missing_gateway_is_logged_once(daemon, caplog, cause, what):
    [client] = daemon.at_work("A")
    for _ in range(2):
        near, _ = calls_out(daemon, client)
        daemon.pick_up(near)
        daemon.ends(near, cause)
    [line] = told(caplog)
    assert line.startswith(
        f"company 90001: an outbound call failed because the switch has no such {what} ({cause})"
    )


def test_a_missing_gateway_is_logged_again_after_an_outbound_call_or_a_reload(caplog):
    routing_warnings = RoutingWarnings()
    for again in (
        lambda: None,
        lambda: routing_warnings.call_went_out("90001"),
        routing_warnings.forget,
    ):
        again()
        routing_warnings.call_failed("90001", "INVALID_GATEWAY")
        routing_warnings.call_failed("90001", "INVALID_GATEWAY")
    assert len(told(caplog)) == 3


def test_a_far_phone_that_rings_counts_as_an_outbound_call(daemon, caplog):
    [client] = daemon.at_work("A")
    for _ in range(2):
        near, far = calls_out(daemon, client)
        daemon.pick_up(near)
        daemon.rings(far)
        daemon.ends(far, "INVALID_GATEWAY")
        daemon.ends(near)
    assert len(told(caplog)) == 2


def test_other_causes_and_internal_calls_are_not_logged(daemon, caplog):
    client, _ = daemon.at_work("A", "B")
    near, _ = calls_out(daemon, client)
    daemon.pick_up(near)
    daemon.ends(near, "USER_BUSY")
    near = client.ok("A", "call", callee_number="90001_20001", out_line=0)["uuid"]
    daemon.ends(near, "INVALID_PROFILE")
    assert told(caplog) == []
