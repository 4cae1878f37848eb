"""Each act and attempt of a supervisor leaves a line, and the audit file never delays anybody."""

import json
import os
from datetime import UTC, datetime

import gevent
import pytest
from gevent.event import Event
from msgspec.structs import replace

from esl_bridge.domain.call import Action, ActionKind, Call
from esl_bridge.domain.leg import Purpose
from esl_bridge.errors import Rejected
from esl_bridge.operations import OPERATIONS
from esl_bridge.operations.registry import operation
from esl_bridge.operations.supervise import EavesdropRequest, SuperviseReply
from esl_bridge.runtime import audit
from esl_bridge.runtime.audit import Audit, AuditFile
from tests.builders import COMPANY, NAMES
from tests.daemon import GENEROUS, Daemon
from tests.hostile import values

A, B, S = NAMES["A"], NAMES["B"], NAMES["S"]
SUPERVISES = ["eavesdrop", "whisper", "force_call", "interrupt_call", "substitute"]
FORCES = ["FORCE_CHECKOUT", "FORCE_MAKE_FREE", "FORCE_MAKE_BUSY", "FORCE_RESET"]
UPON_A = {"operated_agent_id": A, "operated_ext_id": A}


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(20):
        yield


@pytest.fixture
def daemon():
    return Daemon()


def lines(daemon):
    """The lines since they were last read, without their times."""
    found = [json.loads(line) for line in daemon.audited]
    daemon.audited.clear()
    for line in found:
        moment = datetime.fromisoformat(line.pop("time"))
        assert abs((datetime.now(UTC) - moment).total_seconds()) < 5
    return found


def until(is_so):
    while not is_so():
        gevent.sleep(0.005)


def line(act, code, supervisor=S, agent=A, call="", req_id="r", phase="REQUEST"):
    return {
        "phase": phase,
        "company": COMPANY,
        "supervisor": supervisor,
        "act": act,
        "agent": agent,
        "call": call,
        "code": code,
        "req_id": req_id,
    }


# -- what leaves a line -----------------------------------------------------------------------


@pytest.mark.parametrize("action", FORCES)
def test_each_forced_change_of_another_leaves_a_line(daemon, action):
    a, _, s = daemon.at_work("A", "E", "S")
    near, _ = daemon.talk(a, "A", "E")
    s.ok("S", "change_status", req_id="r", action=f" {action[:6]} {action[6:]}", **UPON_A)
    assert lines(daemon) == [line(action, "0", call=near)]


@pytest.mark.parametrize("act", [*SUPERVISES, *FORCES])
def test_each_refused_attempt_leaves_a_line(daemon, act, monkeypatch):
    monkeypatch.setattr(audit, "_REFUSED_SECONDS", 0)
    a, b, s = daemon.at_work("A", "B", "S")
    request = {"msg_type": "change_status", "action": act} if act in FORCES else {"msg_type": act}
    attempts = [(b, "B", A, A), (s, "S", "90002_1", A), (s, "S", A, B)]
    for n, (client, name, agent, ext) in enumerate(attempts):
        named = {"operated_agent_id": agent, "operated_ext_id": ext}
        code = client.ask(name, req_id=f"r{n}", **request, **named)["code"]
        assert code != "0"
        assert lines(daemon) == [line(act, code, NAMES[name], agent, req_id=f"r{n}")]
        until(lambda: not daemon.audit._refused)
    assert a.pushes()[1:] == []


def test_repeated_refusals_are_summed_up_in_a_line_with_their_count(daemon, monkeypatch):
    monkeypatch.setattr(audit, "_REFUSED_SECONDS", 0.05)
    *_, b, s = daemon.at_work("A", "B", "S")
    for n in range(100):
        s.ask("S", "eavesdrop", req_id=f"r{n}", operated_agent_id=B, operated_ext_id=A)
    b.ask("B", "eavesdrop", req_id="b", **UPON_A)  # a line of its own
    s.ask("S", "change_status", req_id="f", action="FORCE_MAKE_BUSY", **UPON_A)  # and no refusal
    told = lines(daemon)
    assert [each["req_id"] for each in told] == ["r0", "b", "f"]
    until(lambda: daemon.audited)
    rest = line("eavesdrop", "4012", agent=B, req_id="r99") | {"count": 99}
    assert lines(daemon) == [rest]
    until(lambda: not daemon.audit._refused)
    s.ask("S", "eavesdrop", req_id="r", operated_agent_id=B, operated_ext_id=A)
    assert [each["req_id"] for each in lines(daemon)] == ["r"]


def test_the_last_refusals_are_written_at_shutdown(daemon):
    [s] = daemon.at_work("S")
    for _ in range(3):
        s.ask("S", "eavesdrop", operated_agent_id=B, operated_ext_id=A)
    daemon.audit.close()
    assert [each.get("count") for each in lines(daemon)] == [None, 2]


@pytest.mark.parametrize("fields", [{}, {"operated_agent_id": []}, {"operated_agent_id": True}])
def test_a_malformed_attempt_leaves_a_line(daemon, fields):
    [s] = daemon.at_work("S")
    assert s.ask("S", "eavesdrop", req_id="r", **fields)["code"] == "4002"
    [found] = lines(daemon)
    assert (found["act"], found["code"], found["supervisor"]) == ("eavesdrop", "4002", S)


def test_an_agents_own_changes_of_status_leave_no_line(daemon):
    a, s = daemon.at_work("A", "S")
    for action in ("MAKE_BUSY", "FORCE_RESET", "CHECKOUT"):
        a.ok("A", "change_status", action=action)
    s.ok("S", "get_status")
    assert lines(daemon) == []


def test_an_attempt_before_check_in_leaves_no_line(daemon):
    daemon.at_work("A", "S")
    stranger = daemon.client()
    assert stranger.ask("S", "eavesdrop", **UPON_A)["code"] == "4009"
    assert stranger.ask("S", "eavesdrop")["code"] == "4002"
    assert lines(daemon) == []


def test_a_supervisor_who_has_checked_out_leaves_no_line(daemon):
    *_, s = daemon.at_work("A", "B", "S")
    s.ok("S", "checkout")
    assert s.ask("S", "eavesdrop", **UPON_A)["code"] == "4009"
    assert lines(daemon) == []


def test_a_supervisors_replaced_connection_leaves_no_line(daemon):
    *_, old = daemon.at_work("A", "B", "S")
    daemon.client().checkin("S", reset=True)
    assert old.ask("S", "eavesdrop", **UPON_A)["code"] == "4009"
    assert lines(daemon) == []


def test_rate_limited_attempts_leave_no_line():
    daemon = Daemon(limits=replace(GENEROUS, requests_per_second=3))
    [s] = daemon.at_work("S")
    fields = [UPON_A, {}, UPON_A, UPON_A, {}, {}]
    codes = [s.ask("S", "eavesdrop", **each)["code"] for each in fields]
    daemon.audit.close()
    written = [line.get("count", 1) for line in lines(daemon)]
    assert "5302" in codes
    assert sum(written) == sum(code != "5302" for code in codes)


@pytest.mark.parametrize("text", ["\u2028", "\x85", "\n", '"', *values.FOREIGN], ids=ascii)
def test_hostile_values_stay_within_one_line_of_json(daemon, text):
    [s] = daemon.at_work("S")
    named = {"operated_agent_id": A + text, "operated_ext_id": text}
    s.ask("S", "eavesdrop", req_id=f"r{text}", **named)
    [raw] = daemon.audited
    assert raw.endswith(b"\n")
    assert len(raw.decode("ascii").splitlines()) == 1
    assert json.loads(raw)["agent"] == A + text
    assert json.loads(raw)["req_id"] == f"r{text}"


def test_a_long_value_is_truncated(daemon):
    [s] = daemon.at_work("S")
    s.ask("S", "eavesdrop", operated_agent_id="x" * 10_000, operated_ext_id="x")
    assert len(daemon.audited[0]) < 1000


# -- how an act goes on -----------------------------------------------------------------------


@pytest.fixture
def listens(monkeypatch):
    """Eavesdropping that has no switch: how its action goes on the test decides."""
    begun = []

    def eavesdrop(request, tenant, requester):
        own_leg = tenant.leg_book.set_up(
            Call(), requester.agent.extension, Purpose.EAVESDROP, requester.agent
        )
        action = Action(ActionKind.EAVESDROP, requester.agent.id, request.req_id, own_leg)
        tenant.actions.begin(action)
        begun.append(action)
        yield SuperviseReply(uuid=own_leg.uuid, contact_id=None)

    monkeypatch.setitem(OPERATIONS, EavesdropRequest, OPERATIONS[EavesdropRequest])
    operation(EavesdropRequest)(eavesdrop)
    return begun


def listening(daemon, listens):
    a, _, s = daemon.at_work("A", "B", "S")
    near, _ = daemon.talk(a, "A", "B")
    s.ok("S", "eavesdrop", req_id="r", **UPON_A)
    assert lines(daemon) == [line("eavesdrop", "0", call=near)]
    return near, listens[0], s


def test_the_start_and_the_end_of_an_action_leave_a_line_each(daemon, listens):
    near, action, _ = listening(daemon, listens)
    daemon.tenant.actions.start(action)
    daemon.runner.publish_changes(daemon.tenant)
    assert lines(daemon) == [line("eavesdrop", "0", call=near, phase="START_CALL")]
    daemon.tenant.actions.end(action, Rejected)
    daemon.runner.publish_changes(daemon.tenant)
    assert lines(daemon) == [line("eavesdrop", "5202", call=near, phase="END_CALL")]


def test_the_end_of_an_action_leaves_a_line_after_its_supervisor_went_offline(daemon, listens):
    near, action, s = listening(daemon, listens)
    daemon.sessions._grace = 0
    daemon.sessions.closed(s)
    daemon.until(lambda: daemon.tenant.agents[S].status == "OFFLINE")
    daemon.tenant.actions.end(action)
    daemon.runner.publish_changes(daemon.tenant)
    assert lines(daemon) == [line("eavesdrop", "0", call=near, phase="END_CALL")]


def test_two_actions_with_the_same_request_id_each_leave_an_end(daemon, listens):
    near, _, s = listening(daemon, listens)
    s.ok("S", "eavesdrop", req_id="r", **UPON_A)
    lines(daemon)
    for action in listens:
        daemon.tenant.actions.end(action)
    daemon.runner.publish_changes(daemon.tenant)
    assert lines(daemon) == [line("eavesdrop", "0", call=near, phase="END_CALL")] * 2


def test_the_notice_to_a_monitored_agent_leaves_no_line(daemon, listens):
    _, action, _ = listening(daemon, listens)
    action.agent_id, action.req_id = A, ""
    daemon.tenant.agents[A].actions.append(action)
    daemon.tenant.actions.start(action)
    daemon.runner.publish_changes(daemon.tenant)
    assert lines(daemon) == []


# -- the file ---------------------------------------------------------------------------------


class Disk:
    """An audit file at ``path``, and how often it failed."""

    def __init__(self, path):
        self.path = path
        self.failures = 0
        self._failed = Event()
        self.file = AuditFile(path, self._fail)

    def _fail(self):
        self.failures += 1
        self._failed.set()

    def fails(self):
        assert self._failed.wait(5)

    def write(self, line):
        self.file.write(line)
        self.file._writer.join()


@pytest.fixture
def disk(tmp_path):
    disk = Disk(tmp_path / "audit.jsonl")
    yield disk
    disk.file.close()


def test_each_line_is_appended_at_once(disk):
    disk.path.write_text("old\n")
    for n in range(3):
        disk.write(b"%d\n" % n)
        assert disk.path.read_text().splitlines()[-1] == str(n)
    assert disk.path.read_text() == "old\n0\n1\n2\n"
    assert disk.failures == 0


def test_lines_go_to_a_moved_file_until_the_file_is_reopened(disk):
    disk.write(b"1\n")
    old = disk.path.rename(disk.path.with_suffix(".1"))
    disk.write(b"2\n")
    assert old.read_text() == "1\n2\n"
    disk.file.reopen()
    disk.write(b"3\n")
    assert (old.read_text(), disk.path.read_text()) == ("1\n2\n", "3\n")


def test_an_audit_file_that_cannot_be_opened_is_reported_at_once(disk, caplog, capfd):
    disk.path.mkdir()
    disk.file.reopen()
    disk.fails()
    assert disk.failures == 1
    assert "audit.jsonl cannot be written (Is a directory)" in caplog.text
    assert capfd.readouterr().err == ""


def test_a_line_that_cannot_be_written_goes_to_the_log_and_later_lines_to_the_file(disk, caplog):
    disk.path.mkdir()
    disk.write(b'{"act":"x"}\n')
    assert '{"act":"x"}' in caplog.text
    disk.path.rmdir()
    disk.write(b"2\n")
    assert disk.path.read_text() == "2\n"


def test_a_partly_written_line_is_removed(disk, monkeypatch, caplog):
    disk.write(b"1\n")
    write = os.write
    monkeypatch.setattr(audit.os, "write", lambda file, data: write(file, data[:3]))
    disk.write(b"a whole line\n")
    monkeypatch.undo()
    disk.write(b"3\n")
    assert disk.path.read_text() == "1\n3\n"
    assert "a whole line" in caplog.text
    assert disk.failures == 1


def test_a_hanging_disk_delays_nobody(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(audit, "_WAITING", 5)
    os.mkfifo(tmp_path / "pipe")  # opening it waits for a reader
    disk = Disk(tmp_path / "pipe")
    for n in range(8):
        disk.file.write(b"%d\n" % n)
        gevent.sleep(0)
    assert 0 < disk.failures <= 3
    with (tmp_path / "pipe").open("rb") as reader:
        disk.file._writer.join(5)
        assert reader.readline() == b"0\n"
    disk.file.close()
    assert "too slow" in caplog.text


def test_without_an_audit_file_no_request_is_inspected(daemon):
    silent = Audit(daemon.tenant_registry, None)
    [s] = daemon.at_work("S")
    daemon.requests._audit = silent
    s.ask("S", "eavesdrop", **UPON_A)
    assert daemon.audited == []
