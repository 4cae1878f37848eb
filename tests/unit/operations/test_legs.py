"""``legs`` of get_status and checkin: who is in the agent's call, in every situation."""

from __future__ import annotations

import msgspec
import pytest

from esl_bridge.domain import snapshot
from esl_bridge.esl.events import EavesdropStarted, LegHeld, PlaybackStarted, RoomEntered
from tests.builders import HOLD, NAMES, NOW_MS, OUTSIDE, TenantHarness

SHORT = {agent: name for name, agent in NAMES.items()} | {OUTSIDE: "C"}
CONSULT = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
JOIN = {"three_way_type": "0", "three_way_number": NAMES["D"]}
ON_A = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}


def sees(harness: TenantHarness, name: str) -> list[str]:
    """Who is in this agent's call, as its client is told: ``C customer talks``."""
    legs = harness.ask(name, "get_status").legs
    assert all(leg.held is (leg.state == "held") for leg in legs)
    assert all((leg.answered_ms is None) is (leg.state == "rings") for leg in legs)
    return [f"{SHORT[leg.number]} {leg.role} {leg.state}" for leg in legs]


def legs(harness: TenantHarness, name: str) -> dict[str, object]:
    return {SHORT[leg.number]: leg for leg in harness.ask(name, "get_status").legs}


def test_an_agent_without_a_call_is_shown_no_legs(harness):
    assert sees(harness, "A") == []
    assert harness.ask("A", "checkin", agent_pwd="example").legs == ()


def test_both_agents_are_shown_the_legs_of_their_call(harness):
    near, far = harness.begin_call("A", "B")
    assert sees(harness, "A") == ["A agent rings", "B agent rings"]
    assert sees(harness, "B") == [], "nobody is told of a call that does not ring yet"
    harness.pick_up(near)
    harness.rings(far)
    assert sees(harness, "A") == sees(harness, "B") == ["A agent talks", "B agent rings"]
    harness.pick_up(far)
    harness.bridge(near, far)
    assert sees(harness, "A") == sees(harness, "B") == ["A agent talks", "B agent talks"]


def test_each_leg_is_shown_with_its_party_and_state(harness):
    harness.now = 10
    near, far = harness.begin_call("A", OUTSIDE)
    harness.now = 12.5
    harness.pick_up(near)
    own_leg, customer = harness.ask("A", "get_status").legs
    assert (own_leg.uuid, own_leg.agent_id, own_leg.number) == (near, NAMES["A"], NAMES["A"])
    assert (customer.uuid, customer.agent_id, customer.number) == (far, None, OUTSIDE)
    assert (own_leg.began_ms, own_leg.answered_ms) == (NOW_MS + 10_000, NOW_MS + 12_500)
    assert (customer.began_ms, customer.answered_ms) == (NOW_MS + 10_000, None)
    assert (own_leg.direction, customer.direction) == ("outbound", "outbound")
    wire = msgspec.json.decode(msgspec.json.encode(customer))
    assert wire == {
        "uuid": far,
        "number": OUTSIDE,
        "role": "customer",
        "direction": "outbound",
        "state": "rings",
        "began_ms": NOW_MS + 10_000,
        "held": False,
        "muted": False,
        "recording": "off",
    }


def test_the_legs_show_a_caller_and_the_phone_that_rings_for_it(harness):
    caller = harness.caller(answered=True)
    ringing = harness.offered("A")
    assert sees(harness, "A") == []
    harness.rings(ringing)
    assert sees(harness, "A") == ["C customer held", "A agent rings"]
    assert legs(harness, "A")["C"].direction == "inbound"
    harness.takes(ringing)
    harness.bridge(ringing, caller)
    assert sees(harness, "A") == ["C customer talks", "A agent talks"]


def test_the_legs_show_holds_by_request_and_by_the_phone_and_mutes(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.ask("A", "mute", uuid=near, mute="1")
    harness.ask("A", "hold", uuid=near, hold="1")
    harness.event(PlaybackStarted(far, HOLD))
    assert sees(harness, "A") == ["A agent talks", "C customer held"]
    assert (legs(harness, "A")["A"].muted, legs(harness, "A")["C"].muted) == (True, False)
    near, far = harness.talk("B", "D")
    harness.event(LegHeld(near))
    assert sees(harness, "B") == sees(harness, "D") == ["B agent talks", "D agent held"]


def test_the_legs_show_a_recording(harness):
    near, _ = harness.talk("A", OUTSIDE)
    for action, now in [("start", "on"), ("pause", "paused"), ("resume", "on"), ("stop", "off")]:
        harness.ask("A", "record_control", uuid=near, action=action)
        assert {who: leg.recording for who, leg in legs(harness, "A").items()} == {
            "A": "off",
            "C": now,
        }


def test_the_legs_of_a_consult_are_shown_to_all_sides(harness):
    near, far = harness.talk("A", "B")
    other = harness.ask("A", "consult", uuid=near, **CONSULT).consult_uuid
    before = ["A agent talks", "B agent held", "D consultant rings"]
    assert sees(harness, "A") == before
    assert sees(harness, "D") == []
    harness.rings(other)
    assert sees(harness, "D") == before
    harness.unbridge(near, far)
    harness.takes(other)
    harness.bridge(near, other)
    talk = ["A agent talks", "B agent held", "D consultant talks"]
    assert sees(harness, "A") == sees(harness, "B") == sees(harness, "D") == talk
    harness.ask("A", "consult_to_trans", consult_uuid=other)
    harness.bridge(other, far)
    assert sees(harness, "D") == ["B agent talks", "D agent talks"]


@pytest.mark.parametrize(("kind", "customer"), [("1", "held"), ("2", "talks")])
def test_the_legs_show_a_transfer(harness, kind, customer):
    near, _ = harness.talk("A", OUTSIDE)
    to_d = {"type": kind, "trans_type": "1", "trans_number": NAMES["D"]}
    harness.ask("A", "trans", uuid=near, **to_d)
    harness.rings(harness.offered("D"))
    there = ["A agent talks", f"C customer {customer}", "D third rings"]
    assert sees(harness, "A") == sees(harness, "D") == there


def test_the_legs_show_a_three_way_talk_and_who_steps_out_of_it(harness):
    near, far = harness.talk("A", OUTSIDE)
    other = harness.ask("A", "three_way", uuid=near, **JOIN).uuid
    harness.takes(other)
    for leg in (near, far, other):
        harness.event(RoomEntered(leg, near))
    three = ["A agent talks", "C customer talks", "D third talks"]
    assert sees(harness, "A") == sees(harness, "D") == three
    harness.ask("A", "hold", uuid=near, hold="1")
    assert sees(harness, "A") == ["A agent held", "C customer talks", "D third talks"]


def test_the_legs_show_a_consultant_as_the_third_party_of_a_three_way_talk(harness):
    near, far = harness.talk("A", OUTSIDE)
    other = harness.ask("A", "consult", uuid=near, **CONSULT).consult_uuid
    harness.unbridge(near, far)
    harness.takes(other)
    harness.bridge(near, other)
    harness.ask("A", "three_way", uuid=near, **JOIN)
    assert sees(harness, "A")[2] == "D third talks"


@pytest.mark.parametrize("degree", ["eavesdrop", "whisper", "force_call"])
def test_a_supervisor_sees_whom_it_hears_and_is_seen_only_by_those_who_hear_it(harness, degree):
    near, _ = harness.talk("A", OUTSIDE)
    own_leg = harness.ask("S", degree, **ON_A).uuid
    two = ["A agent talks", "C customer talks"]
    assert sees(harness, "S") == [*two, "S supervisor rings"]
    assert sees(harness, "A") == two
    harness.pick_up(own_leg)
    harness.event(EavesdropStarted(near))
    assert sees(harness, "S") == [*two, "S supervisor talks"]
    assert sees(harness, "A") == [*two, *(["S supervisor talks"] if degree == "force_call" else [])]


def test_the_legs_show_a_supervisor_who_takes_a_call_over(harness):
    harness.talk("A", OUTSIDE)
    harness.ask("S", "substitute", **ON_A)
    assert sees(harness, "S") == ["S agent rings"]


def test_an_absent_agent_is_shown_no_legs(harness):
    near, _ = harness.talk("A", OUTSIDE)
    harness.ask("A", "checkout")
    assert near in harness.tenant.legs
    reply = harness.ask("A", "checkin", agent_pwd="example")
    assert [leg.number for leg in reply.legs] == [NAMES["A"], OUTSIDE]


def test_the_start_time_of_a_call_survives_a_restart(harness):
    harness.now = 10
    near, _ = harness.talk("A", OUTSIDE)
    call = snapshot.load_call(
        snapshot.dump_call(harness.tenant.legs[near].call), harness.tenant.roster.agent_or_stand_in
    )
    assert [(leg.progress.began_ms, leg.progress.answered_ms) for leg in call.legs] == [
        (NOW_MS + 10_000,) * 2
    ] * 2
