"""``desk`` of checkin and get_status, and what is sent of it later."""

from __future__ import annotations

from typing import Any

import msgspec

from esl_bridge.domain.allowed_operations import call_phase
from esl_bridge.domain.procedures import PhoneLoss
from esl_bridge.protocol import agent_view
from esl_bridge.protocol.messages import AgentView
from tests.builders import NAMES, NOW_MS, OUTSIDE, TenantHarness


def follows(harness: TenantHarness, name: str) -> AgentView:
    reply: Any = harness.ask(name, "checkin", agent_pwd="example", want=["desk"])
    view: AgentView = reply.view
    return view


def wire(value: object) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return found


def sent(harness: TenantHarness, name: str) -> dict[str, Any] | None:
    """What the agent's client is sent now."""
    view = agent_view.change(harness.agent(name), harness.tenant)
    return wire(view) if view is not None else None


def test_a_client_that_does_not_ask_has_no_view(harness):
    assert harness.ask("A", "checkin", agent_pwd="example").view is None
    assert harness.ask("A", "get_status").view is None
    assert not harness.tenant.agent_views


def test_every_field_is_there_without_a_call(harness):
    harness.now = 3
    assert wire(follows(harness, "S")) == {
        "agent_id": NAMES["S"],
        "name": "",
        "role": "supervisor",
        "status": "FREE",
        "sub_status": None,
        "reason": None,
        "since_ms": NOW_MS,
        "until_ms": None,
        "next": None,
        "stage": "MANUAL",
        "registered": True,
        "call": None,
        "now_ms": NOW_MS + 3000,
    }


def test_nothing_is_sent_where_nothing_has_changed(harness):
    follows(harness, "A")
    harness.now = 60
    assert sent(harness, "A") is None
    harness.ask("A", "change_status", action="MAKE_BUSY")
    assert sent(harness, "A")["status"] == "BUSY"
    assert sent(harness, "A") is None


def test_a_later_checkin_without_it_ends_it(harness):
    follows(harness, "A")
    harness.ask("A", "checkin", agent_pwd="example")
    assert harness.agent("A") not in harness.tenant.agent_views


def test_an_agent_who_is_offline_is_not_followed(harness):
    follows(harness, "A")
    harness.ask("A", "checkout")
    assert not harness.tenant.agent_views


def test_the_flow_data_of_a_call_is_sent_once(harness):
    follows(harness, "A")
    caller = harness.caller(answered=True, flow_data='{"order":"A-17"}')
    own_leg = harness.offered("A")
    assert sent(harness, "A") is None, "a call that does not ring yet is not shown"
    harness.rings(own_leg)
    first = sent(harness, "A")
    assert (first["stage"], first["call"]["flow_data"]) == ("RINGING_OFFERED", '{"order":"A-17"}')
    harness.takes(own_leg)
    harness.bridge(own_leg, caller)
    later = sent(harness, "A")
    assert later["stage"] == "TALK"
    assert "flow_data" not in later["call"]
    assert wire(harness.ask("A", "get_status").view)["call"]["flow_data"] == '{"order":"A-17"}'
    harness.ends(caller)
    harness.ends(own_leg)
    assert sent(harness, "A")["call"] is None
    harness.caller(answered=True)
    harness.rings(harness.offered("A"))
    assert sent(harness, "A")["call"]["flow_data"] is None


def test_those_who_may_look_different_are_found_by_their_call(harness):
    follows(harness, "A")
    follows(harness, "S")
    near, _ = harness.talk("A", OUTSIDE)
    views, call = harness.tenant.agent_views, harness.tenant.legs[near].call
    assert views.affected([], [call]) == [harness.agent("A")]
    assert views.affected([harness.agent("B"), harness.agent("S")], []) == [harness.agent("S")]


def test_a_silent_phone_is_a_stage_of_its_own(harness):
    follows(harness, "A")
    near, far = harness.talk("A", OUTSIDE)
    legs = harness.tenant.legs
    legs[near].call.procedure = PhoneLoss(legs[near], legs[far])
    assert sent(harness, "A")["stage"] == call_phase(harness.agent("A")) == "PHONE_LOST"
    harness.refused("4103", "A", "hold", uuid=near, hold="1")
    harness.refused("4103", "A", "dtmf", uuid=near, content="1")


def test_times_are_those_of_the_servers_clock(harness):
    follows(harness, "A")
    harness.now = 10
    near, far = harness.begin_call("A", OUTSIDE)
    harness.pick_up(near)
    harness.now = 15
    harness.pick_up(far)
    harness.bridge(near, far)
    harness.now = 20
    view = sent(harness, "A")
    assert view["since_ms"] == view["call"]["began_ms"] == NOW_MS + 10_000
    assert view["call"]["talk_ms"] == NOW_MS + 15_000
    assert view["now_ms"] == NOW_MS + 20_000
    harness.ends(far)
    harness.ends(near)
    harness.ask("A", "change_status", action="MAKE_REST", rest_min=2)
    assert sent(harness, "A")["until_ms"] == NOW_MS + 140_000
