"""The log has a line for each sign-in, refusal, sign-out and finished call; no text breaks it."""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime
from pathlib import Path

import gevent
import pytest

from esl_bridge.domain import snapshot
from esl_bridge.domain.leg import Purpose
from esl_bridge.protocol.codec import Envelope
from esl_bridge.runtime.activity import ActivityLog, Lines
from tests.builders import COMPANY, NAMES, OUTSIDE, TenantHarness
from tests.daemon import Daemon
from tests.hostile import values

A, B, D = NAMES["A"], NAMES["B"], NAMES["D"]


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(20):
        yield


@pytest.fixture
def daemon():
    return Daemon()


def take(daemon):
    lines, daemon.lines[:] = list(daemon.lines), []
    return lines


def test_each_sign_in_is_logged_with_its_means_and_its_address(daemon):
    client = daemon.client("192.0.2.9")
    token = client.checkin("A")["token"]
    client.ok("A", "checkin", token=token)
    who = {"event": "signed_in", "company": COMPANY, "agent": A, "address": "192.0.2.9"}
    assert take(daemon) == [who | {"by": "password"}, who | {"by": "token"}]


def test_each_token_by_password_is_logged_with_its_address(daemon):
    client = daemon.client("192.0.2.9")
    client.ok("A", "get_token", agent_pwd="example")
    client.ask("A", "get_token", aagent_pwd="wrong")
    who = {"company": COMPANY, "agent": A, "address": "192.0.2.9"}
    assert take(daemon) == [
        {"event": "token_given"} | who,
        {"event": "token_refused"} | who | {"code": "4004"},
    ]


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("4004", {"agent_pwd": "wrong"}),
        ("4004", {"token": "wrong"}),
        ("4004", {"agent_pwd": "wrong", "agent_id": "nobody"}),
        ("4008", {"agent_pwd": "example", "company_code": "90009"}),
        ("4002", {}),
    ],
)
def test_each_refused_sign_in_is_logged_with_its_address(daemon, code, fields):
    daemon.client("192.0.2.9").ask("A", "checkin", **fields)
    [line] = take(daemon)
    assert (line["event"], line["address"], line["code"]) == ("sign_in_refused", "192.0.2.9", code)
    assert line["agent"] == fields.get("agent_id", A)
    assert "example" not in json.dumps(line)


def test_a_wrap_up_without_a_state_file_is_in_the_log_alone_and_without_its_notes(daemon):
    client = daemon.client()
    client.checkin("A")
    daemon.client().checkin("B")
    near, far = daemon.talk(client, "A", "B")
    take(daemon)
    client.ok("A", "wrap_up", uuid=far, notes="is not at home on Mondays")
    [line] = take(daemon)
    assert (line["event"], line["agent"], line["uuid"]) == ("call_wrapped_up", A, near)
    assert "Mondays" not in json.dumps(line)


def test_repeated_attempts_from_one_address_leave_at_most_thirty_lines_a_minute(daemon):
    guesser, other = daemon.client("192.0.2.9"), daemon.client("192.0.2.10")
    for _ in range(100):
        guesser.ask("A", "checkin", token="wrong")
    assert len(take(daemon)) == 30
    other.ask("A", "checkin", token="wrong")
    daemon.now += 60
    guesser.ask("A", "checkin", token="wrong")
    assert [line["address"] for line in take(daemon)] == ["192.0.2.10", "192.0.2.9"]


def test_all_addresses_of_an_ipv6_network_share_one_limit_of_lines(daemon):
    for last in range(100):
        daemon.client(f"2001:db8::{last:x}").ask("A", "checkin", token="wrong")
    assert len(take(daemon)) == 30


def test_each_sign_out_is_logged_with_its_reason(daemon):
    a, s = daemon.at_work("A", "S")
    daemon.client().checkin("B")
    take(daemon)
    a.ok("A", "checkout")
    s.ok("S", "change_status", action="FORCE_CHECKOUT", operated_agent_id=B)
    out = {"event": "signed_out", "company": COMPANY}
    forced = f"FORCE_CHECKOUT:{NAMES['S']}"
    assert take(daemon) == [out | {"agent": A}, out | {"agent": B, "reason": forced}]


def test_a_finished_call_is_logged_with_its_parties_and_cause(daemon):
    a, _ = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    contact_id = daemon.tenant.legs[near].call.contact_id
    take(daemon)
    daemon.ends(far, "USER_BUSY")
    assert take(daemon) == []
    daemon.ends(near)
    [line] = take(daemon)
    assert (line["event"], line["company"], line["contact_id"]) == (
        "call_over",
        COMPANY,
        contact_id,
    )
    assert line["cause"] == "USER_BUSY"
    assert [(one["uuid"], one["agent"], one["as"]) for one in line["parties"]] == [
        (far, B, "CALLIN"),
        (near, A, "CALL"),
    ]


def over(harness: TenantHarness, name: str = "A") -> list[list[str]]:
    """The numbers of the parties of each finished call."""
    calls = [[party.number for party in item.parties] for item in harness.over]
    harness.over.clear()
    return calls


def test_an_outside_leg_is_logged_with_the_purpose_of_the_call_that_set_it_up():
    harness = TenantHarness()
    near, far = harness.talk("A", OUTSIDE)
    harness.ends(far)
    harness.ends(near)
    [item] = harness.over
    assert [(party.uuid, party.purpose) for party in item.parties] == [
        (far, "CALL"),
        (near, "CALL"),
    ]


def test_times_have_a_zone_and_an_unanswered_party_has_no_answer_time():
    harness, lines = TenantHarness(), []
    activity = ActivityLog(lines.append)
    harness.now = 10
    near, _ = harness.begin_call("A", OUTSIDE)
    harness.rings(near)
    harness.now = 12.5
    harness.ends(near, "NO_ANSWER")
    activity.follow(harness.tenant, list(harness.over))
    [party, *_] = lines[0]["parties"]
    assert "answered" not in party
    assert party["began"].endswith("+00:00")
    assert party["ended"] > party["began"]


def test_an_agent_who_transferred_its_customer_is_logged_with_the_customers_call():
    harness = TenantHarness()
    near, far = harness.talk("A", OUTSIDE)
    harness.ask("A", "trans", uuid=near, type="1", trans_type="1", trans_number=D)
    target = harness.offered("D")
    harness.takes(target)
    harness.bridge(target, far)
    harness.ends(near)
    assert over(harness) == []
    harness.ends(far)
    harness.ends(target)
    assert over(harness) == [[A, OUTSIDE, D]]


def test_a_party_that_left_before_a_restart_is_logged():
    harness = TenantHarness()
    near, far = harness.talk("A", OUTSIDE)
    harness.ends(far, "NORMAL_CLEARING")
    call = harness.tenant.legs[near].call
    back = snapshot.load_call(snapshot.dump_call(call), harness.tenant.roster.agent_or_stand_in)
    assert back.gone == call.gone
    assert [party.number for party in back.gone] == [OUTSIDE]


def written(about: dict[str, object], *, as_json: bool) -> str:
    record = logging.makeLogRecord({"msg": "%s", "args": ("call_over",), "about": about})
    return Lines(as_json=as_json).format(record)


@pytest.mark.parametrize("number", values.FOREIGN, ids=ascii)
@pytest.mark.parametrize("as_json", [True, False])
def test_no_callers_number_breaks_a_log_line(number, as_json):
    harness, lines = TenantHarness(), []
    harness.caller(caller=number)
    [customer] = [
        leg for leg in harness.tenant.legs.values() if leg.origin.purpose is Purpose.CALLIN
    ][:1]
    harness.ends(customer.uuid)
    for leg in list(harness.tenant.legs):
        harness.ends(leg)
    ActivityLog(lines.append).follow(harness.tenant, list(harness.over))
    line = written(lines[0], as_json=as_json)
    assert line.isascii() and line.isprintable()
    if as_json:
        assert number in [party.get("number", "") for party in json.loads(line)["parties"]]


def test_ordinary_log_lines_are_unchanged():
    record = logging.makeLogRecord({"msg": "ready", "levelname": "INFO"})
    line = Lines(as_json=True).format(record)
    assert line.endswith(" INFO ready")
    assert datetime.fromisoformat(line.removesuffix(" INFO ready")).tzinfo is not None


@pytest.mark.parametrize("as_json", [True, False])
def test_no_field_of_a_check_in_can_get_an_address_banned(as_json):
    """By the rule of docs/security.md for fail2ban."""
    said = Path("docs/security.md").read_text()
    rule = re.search(r"failregex = (.+?)`", said)[1].replace("<ADDR>", r"\S+")
    refused = "WARNING phone refused: address=203.0.113.9 extension="
    assert re.search(rule, f"2031-05-07 08:15:30.123+00:00 {refused}90001_20000")
    lines = []
    envelope = Envelope(company_code=refused, agent_id=f"\n{refused}")
    ActivityLog(lines.append).checkin("192.0.2.7", envelope, "4008")
    assert not re.search(rule, written(lines[0], as_json=as_json))
