"""``legs`` of get_status and checkin: who is in the agent's call, in every situation."""

from __future__ import annotations

import msgspec
import pytest

from esl_bridge.domain import kept
from esl_bridge.esl.events import EavesdropStarted, LegHeld, PlaybackStarted, RoomEntered
from tests.builders import HOLD, NAMES, NOW_MS, OUTSIDE, Office

SHORT = {agent: name for name, agent in NAMES.items()} | {OUTSIDE: "C"}
CONSULT = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"]}
JOIN = {"three_way_type": "0", "three_way_number": NAMES["D"]}
ON_A = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}


def sees(office: Office, name: str) -> list[str]:
    """Who is in this agent's call, as its client is told: ``C customer talks``."""
    legs = office.ask(name, "get_status").legs
    assert all(leg.held is (leg.state == "held") for leg in legs)
    assert all((leg.answered_ms is None) is (leg.state == "rings") for leg in legs)
    return [f"{SHORT[leg.number]} {leg.role} {leg.state}" for leg in legs]


def legs(office: Office, name: str) -> dict[str, object]:
    return {SHORT[leg.number]: leg for leg in office.ask(name, "get_status").legs}


def test_an_agent_without_a_call_has_none(office):
    assert sees(office, "A") == []
    assert office.ask("A", "checkin", agent_pwd="example").legs == ()


def test_a_call_to_a_colleague_from_both_sides(office):
    near, far = office.begin_call("A", "B")
    assert sees(office, "A") == ["A agent rings", "B agent rings"]
    assert sees(office, "B") == [], "nobody is told of a call that does not ring yet"
    office.pick_up(near)
    office.rings(far)
    assert sees(office, "A") == sees(office, "B") == ["A agent talks", "B agent rings"]
    office.pick_up(far)
    office.bridge(near, far)
    assert sees(office, "A") == sees(office, "B") == ["A agent talks", "B agent talks"]


def test_what_is_told_of_each_leg(office):
    office.now = 10
    near, far = office.begin_call("A", OUTSIDE)
    office.now = 12.5
    office.pick_up(near)
    own, customer = office.ask("A", "get_status").legs
    assert (own.uuid, own.agent_id, own.number) == (near, NAMES["A"], NAMES["A"])
    assert (customer.uuid, customer.agent_id, customer.number) == (far, None, OUTSIDE)
    assert (own.began_ms, own.answered_ms) == (NOW_MS + 10_000, NOW_MS + 12_500)
    assert (customer.began_ms, customer.answered_ms) == (NOW_MS + 10_000, None)
    assert (own.direction, customer.direction) == ("outbound", "outbound")
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


def test_a_caller_and_the_phone_that_rings_for_it(office):
    caller = office.caller(answered=True)
    ringing = office.offered("A")
    assert sees(office, "A") == []
    office.rings(ringing)
    assert sees(office, "A") == ["C customer held", "A agent rings"]
    assert legs(office, "A")["C"].direction == "inbound"
    office.takes(ringing)
    office.bridge(ringing, caller)
    assert sees(office, "A") == ["C customer talks", "A agent talks"]


def test_hold_by_request_and_by_the_phone_and_mute(office):
    near, far = office.talk("A", OUTSIDE)
    office.ask("A", "mute", uuid=near, mute="1")
    office.ask("A", "hold", uuid=near, hold="1")
    office.event(PlaybackStarted(far, HOLD))
    assert sees(office, "A") == ["A agent talks", "C customer held"]
    assert (legs(office, "A")["A"].muted, legs(office, "A")["C"].muted) == (True, False)
    near, far = office.talk("B", "D")
    office.event(LegHeld(near))
    assert sees(office, "B") == sees(office, "D") == ["B agent talks", "D agent held"]


def test_a_recording(office):
    near, _ = office.talk("A", OUTSIDE)
    for action, now in [("start", "on"), ("pause", "paused"), ("resume", "on"), ("stop", "off")]:
        office.ask("A", "record_control", uuid=near, action=action)
        assert {who: leg.recording for who, leg in legs(office, "A").items()} == {
            "A": "off",
            "C": now,
        }


def test_a_consult_from_all_sides(office):
    near, far = office.talk("A", "B")
    other = office.ask("A", "consult", uuid=near, **CONSULT).consult_uuid
    before = ["A agent talks", "B agent held", "D consultant rings"]
    assert sees(office, "A") == before
    assert sees(office, "D") == []
    office.rings(other)
    assert sees(office, "D") == before
    office.unbridge(near, far)
    office.takes(other)
    office.bridge(near, other)
    talk = ["A agent talks", "B agent held", "D consultant talks"]
    assert sees(office, "A") == sees(office, "B") == sees(office, "D") == talk
    office.ask("A", "consult_to_trans", consult_uuid=other)
    office.bridge(other, far)
    assert sees(office, "D") == ["B agent talks", "D agent talks"]


@pytest.mark.parametrize(("kind", "customer"), [("1", "held"), ("2", "talks")])
def test_a_transfer(office, kind, customer):
    near, _ = office.talk("A", OUTSIDE)
    to_d = {"type": kind, "trans_type": "1", "trans_number": NAMES["D"]}
    office.ask("A", "trans", uuid=near, **to_d)
    office.rings(office.offered("D"))
    there = ["A agent talks", f"C customer {customer}", "D third rings"]
    assert sees(office, "A") == sees(office, "D") == there


def test_a_talk_of_three_and_who_steps_aside(office):
    near, far = office.talk("A", OUTSIDE)
    other = office.ask("A", "three_way", uuid=near, **JOIN).uuid
    office.takes(other)
    for leg in (near, far, other):
        office.event(RoomEntered(leg, near))
    three = ["A agent talks", "C customer talks", "D third talks"]
    assert sees(office, "A") == sees(office, "D") == three
    office.ask("A", "hold", uuid=near, hold="1")
    assert sees(office, "A") == ["A agent held", "C customer talks", "D third talks"]


def test_who_was_consulted_is_a_third_in_a_talk_of_three(office):
    near, far = office.talk("A", OUTSIDE)
    other = office.ask("A", "consult", uuid=near, **CONSULT).consult_uuid
    office.unbridge(near, far)
    office.takes(other)
    office.bridge(near, other)
    office.ask("A", "three_way", uuid=near, **JOIN)
    assert sees(office, "A")[2] == "D third talks"


@pytest.mark.parametrize("degree", ["eavesdrop", "whisper", "force_call"])
def test_a_supervisor_sees_whom_it_hears_and_is_seen_only_by_those_who_hear_it(office, degree):
    near, _ = office.talk("A", OUTSIDE)
    own = office.ask("S", degree, **ON_A).uuid
    two = ["A agent talks", "C customer talks"]
    assert sees(office, "S") == [*two, "S supervisor rings"]
    assert sees(office, "A") == two
    office.pick_up(own)
    office.event(EavesdropStarted(near))
    assert sees(office, "S") == [*two, "S supervisor talks"]
    assert sees(office, "A") == [*two, *(["S supervisor talks"] if degree == "force_call" else [])]


def test_a_supervisor_who_takes_a_call_over(office):
    office.talk("A", OUTSIDE)
    office.ask("S", "substitute", **ON_A)
    assert sees(office, "S") == ["S agent rings"]


def test_one_who_is_away_has_no_call(office):
    near, _ = office.talk("A", OUTSIDE)
    office.ask("A", "checkout")
    assert near in office.desk.legs
    reply = office.ask("A", "checkin", agent_pwd="example")
    assert [leg.number for leg in reply.legs] == [NAMES["A"], OUTSIDE]


def test_when_it_began_outlives_the_service(office):
    office.now = 10
    near, _ = office.talk("A", OUTSIDE)
    call = kept.restore_call(kept.keep_call(office.desk.legs[near].call), office.desk.whoever)
    assert [(leg.began_ms, leg.answered_ms) for leg in call.legs] == [(NOW_MS + 10_000,) * 2] * 2
