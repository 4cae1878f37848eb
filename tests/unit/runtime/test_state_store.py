"""A new daemon finds the state of the one that was killed."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import gevent
import msgspec
import pytest
from gevent.event import Event
from msgspec.structs import replace

from esl_bridge import domain
from esl_bridge.domain.company import DEFAULT_NODE, AgentEntry
from esl_bridge.domain.domain_events import CallWrappedUp
from esl_bridge.domain.states import Status, Trigger
from esl_bridge.errors import SwitchTimedOut
from esl_bridge.esl.commands import Command, ReplyHandler
from esl_bridge.reactions import switch_state
from esl_bridge.runtime.state_file import VERSION, AgentRow, CallRow, Rows, StateFile
from esl_bridge.runtime.state_store import AT_ONCE, StateStore
from esl_bridge.runtime.switch_links import SwitchLinks
from tests.builders import NAMES, company
from tests.daemon import Client, Daemon, idle
from tests.unit.runtime.service import OUTSIDE, serving

A, B = NAMES["A"], NAMES["B"]


def wrapped_up(leg: str, noted_ms: int = 0, notes: str = "") -> CallWrappedUp:
    return CallWrappedUp(A, leg, "contact-1", "resolved", notes, noted_ms)


EMPTY = '{"row_count": 0}'


def without(agent_id: str, how: str) -> dict[str, AgentEntry]:
    """The company's agents, with one of them removed or changed."""
    agents = dict(company().agents)
    entry = agents.pop(agent_id)
    if how == "disabled":
        agents[agent_id] = replace(entry, enabled=False)
    elif how == "renamed":
        agents["90001_anew"] = entry
    elif how == "another phone":
        agents[agent_id] = replace(entry, extension=NAMES["E"])
    return agents


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    with gevent.Timeout(10):
        yield


class Lives:
    """One service after the other at the same file; ``wall_clock`` is the time of day."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wall_clock = 1e9
        self._ids = 1
        self._running: list[StateStore] = []

    def begin(self, **options: Any) -> Daemon:
        self.end()
        daemon = Daemon(first_id=self._ids, **options)
        self._ids += 1_000_000
        state = StateStore(
            StateFile(self.path),
            daemon.tenant_registry,
            daemon.sessions,
            daemon.metrics,
            lambda: self.wall_clock,
        )
        daemon.note = state.note
        state.start()
        self._running.append(state)
        self.publish_changes()
        return daemon

    def publish_changes(self) -> None:
        """Return once a command might go."""
        settled = Event()
        self.state.when_settled(settled.set)
        settled.wait()

    def end(self) -> None:
        for state in self._running:
            state.stop()
        self._running.clear()

    def rewrite(self, **changes: Any) -> None:
        """Other calls than there were; of another company their agents are its, too."""
        self.end()
        file = StateFile(self.path)
        rows = file.read()
        company = {name: changes[name] for name in changes if name == "company"}
        calls = [one._replace(**changes) for one in rows.calls]
        agents = [one._replace(**company) for one in rows.agents]
        file.write(rows._replace(calls=calls, agents=agents, anew=True))
        file.close()

    def calls_kept(self) -> list[CallRow]:
        """Of the service that ends now."""
        self.end()
        file = StateFile(self.path)
        calls = file.read().calls
        file.close()
        return [*calls]

    def wrap_ups_kept(self) -> dict[str, str]:
        """Of the service that ends now: the notes by the agent's leg."""
        self.end()
        file = StateFile(self.path)
        rows = file.wrap_ups()
        file.close()
        return {row.leg: msgspec.json.decode(row.body)["notes"] for row in rows}

    @property
    def state(self) -> StateStore:
        return self._running[-1]


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[Lives]:
    lives = Lives(tmp_path / "state.db")
    yield lives
    lives.end()


def kept(daemon: Daemon) -> float:
    value = daemon.metrics.registry.get_sample_value("esl_bridge_state_kept")
    assert value is not None
    return value


def with_another_password(agents: Mapping[str, AgentEntry]) -> dict[str, AgentEntry]:
    return {name: replace(entry, password_hash="another") for name, entry in agents.items()}


def back(daemon: Daemon, name: str, token: str, **fields: Any) -> tuple[Client, dict[str, Any]]:
    client = daemon.client()
    return client, client.ok(name, "checkin", token=token, agent_pwd=..., **fields)


class TestAgents:
    def test_a_restart_restores_an_agents_state_and_token(self, lives: Lives):
        a, b = (first := lives.begin()).at_work("A", "B")
        token = first.tenant.agents[A].token
        a.ok("A", "change_status", action="MAKE_REST", rest_min=5)
        second = lives.begin()
        _, reply = back(second, "A", token)
        assert reply["status"] == "REST"
        assert second.tenant.agents[B].status is Status.FREE
        assert b.sent

    def test_an_agent_is_not_offered_calls_before_it_reconnects(self, lives: Lives):
        lives.begin().at_work("A")
        second = lives.begin()
        assert not second.tenant.agents[A].takes_calls

    def test_an_agent_who_does_not_reconnect_after_a_restart_goes_offline(self, lives: Lives):
        [a] = (first := lives.begin()).at_work("A")
        token = first.tenant.agents[A].token
        assert a.sent
        second = lives.begin(grace=0.01)
        second.until(lambda: second.tenant.agents[A].status is Status.OFFLINE)
        _, reply = back(lives.begin(), "A", token)
        assert reply["status"] == "FREE"

    def test_a_checked_out_agents_token_does_not_survive_a_restart(self, lives: Lives):
        [a] = (first := lives.begin()).at_work("A")
        token = first.tenant.agents[A].token
        a.ok("A", "checkout")
        refused = lives.begin().client().ask("A", "checkin", token=token, agent_pwd=...)
        assert refused["code"] == "4004"

    def test_a_restored_token_ends_where_the_password_has_changed(self, lives: Lives):
        first = lives.begin()
        first.at_work("A")
        token = first.tenant.agents[A].token
        second = lives.begin(agents=with_another_password(first.tenant.company.agents))
        refused = second.client().ask("A", "checkin", token=token, agent_pwd=...)
        assert refused["code"] == "4004"

    def test_the_lifetime_of_a_token_runs_on_over_a_restart(self, lives: Lives):
        first = lives.begin()
        first.sessions._grace = 0
        [a] = first.at_work("A")
        agent = first.tenant.agents[A]
        first.sessions.closed(a)
        first.until(lambda: agent.status == "OFFLINE")
        agent.since = str(datetime.now() - timedelta(seconds=599.95))
        second = lives.begin()
        gevent.sleep(0.1)
        refused = second.client().ask("A", "checkin", token=agent.token, agent_pwd=...)
        assert refused["code"] == "4004"

    def test_the_networks_of_an_agent_survive_a_restart(self, lives: Lives):
        first = lives.begin()
        [a] = first.at_work("A")
        a.ok("A", "checkout")
        assert lives.begin().tenant.agents[A].networks == (a.address,)
        assert lives.begin().tenant.agents[A].networks == (a.address,)

    def test_the_row_of_a_removed_agent_is_forgotten(self, lives: Lives):
        lives.begin().at_work("A")
        other = lives.begin(agents={})
        assert A not in other.tenant.agents
        assert lives.begin().tenant.agents[A].status is Status.OFFLINE

    def test_a_request_that_only_reads_writes_nothing(self, lives: Lives):
        noted: list[object] = []
        [a] = (daemon := lives.begin()).at_work("A")
        daemon.note = lambda *what: noted.append(what)
        a.ok("A", "get_status")
        assert not noted
        a.ok("A", "change_status", action="MAKE_BUSY")
        assert noted


class TestTimers:
    def resting(self, lives: Lives, minutes: int) -> str:
        [a] = (first := lives.begin()).at_work("A")
        a.ok("A", "change_status", action="MAKE_REST", rest_min=minutes)
        lives.end()
        return first.tenant.agents[A].token

    def test_a_rest_that_expired_during_the_restart_is_over(self, lives: Lives):
        self.resting(lives, 1)
        lives.wall_clock += 60
        second = lives.begin()
        gevent.sleep(0.01)
        assert second.tenant.agents[A].status is Status.BUSY

    def test_a_rest_continues_for_its_remaining_time_after_a_restart(self, lives: Lives):
        self.resting(lives, 1)
        lives.wall_clock += 50
        second = lives.begin()
        gevent.sleep(0.01)
        assert second.tenant.agents[A].status is Status.REST
        second.now += 5  # and is kept as that again
        second.tenant.agent_states.mark_changed(second.tenant.agents[A])
        second.runner.publish_changes(second.tenant)
        lives.end()
        lives.wall_clock += 10
        third = lives.begin()
        gevent.sleep(0.01)
        assert third.tenant.agents[A].status is Status.BUSY

    def test_a_clock_set_back_does_not_lengthen_a_rest(self, lives: Lives):
        self.resting(lives, 1)
        lives.wall_clock -= 3600
        second = lives.begin()
        _, _, left = second.sessions.memory(second.tenant, second.tenant.agents[A])
        assert list(left.values()) == [60]


class TestPushes:
    def test_a_client_that_had_seen_all_pushes_gets_the_new_ones_without_a_gap(self, lives: Lives):
        [a] = (first := lives.begin()).at_work("A")
        token, seen = first.tenant.agents[A].token, a.pushes()[-1]
        second = lives.begin()
        second.tenant.agent_states.change(second.tenant.agents[A], Trigger.MAKE_BUSY)
        second.runner.publish_changes(second.tenant)
        client, reply = back(second, "A", token, epoch=seen["epoch"], seq=seen["seq"])
        assert reply["epoch"] != seen["epoch"]
        [missed] = client.pushes()
        assert (missed["agent_status"], missed["last_agent_status"]) == ("BUSY", "FREE")
        assert (missed["epoch"], missed["seq"]) == (reply["epoch"], 1)

    def test_pushes_missed_before_the_restart_are_a_gap(self, lives: Lives):
        [a] = (first := lives.begin()).at_work("A")
        token, seen = first.tenant.agents[A].token, a.pushes()[-1]
        a.ok("A", "change_status", action="MAKE_BUSY")
        second = lives.begin()
        client, reply = back(second, "A", token, epoch=seen["epoch"], seq=seen["seq"])
        assert reply["status"] == "BUSY"
        [gap] = [each for each in client.sent if each["msg_type"] == "gap"]
        assert (gap["epoch"], gap["from_seq"], gap["to_seq"]) == (seen["epoch"], 2, 2)

    def test_a_crash_without_a_push_does_not_make_a_gap(self, lives: Lives):
        [a] = (first := lives.begin()).at_work("A")
        token, seen = first.tenant.agents[A].token, a.pushes()[-1]
        lives.begin()
        client, _ = back(lives.begin(), "A", token, epoch=seen["epoch"], seq=seen["seq"])
        assert not client.pushes()
        assert [each["msg_type"] for each in client.sent] == ["checkin"]


class TestCalls:
    def test_a_talk_goes_on_after_a_restart(self, lives: Lives):
        a, _b = (first := lives.begin()).at_work("A", "B")
        token = first.tenant.agents[A].token
        near, far = first.talk(a, "A", "B")
        second = lives.begin()
        client, reply = back(second, "A", token)
        assert reply["status"] == "CALLING"
        second.ends(far)
        second.ends(near)
        ended, moved = client.pushes()
        assert (ended["action"], ended["phase"], ended["success"]) == ("CALL", "END_CALL", True)
        assert moved["agent_status"] == "FREE"
        assert not lives.begin().tenant.legs

    def test_an_agent_replaced_by_a_takeover_has_left_the_restored_call(self, lives: Lives):
        _a, b, s = (first := lives.begin()).at_work("A", "B", "S")
        near, far = first.talk(b, "B", "A")
        token = first.tenant.agents[A].token
        own_leg = s.ok("S", "substitute", operated_agent_id=A, operated_ext_id=A)["uuid"]
        first.pick_up(own_leg)
        first.event("CHANNEL_PARK", **{"Unique-ID": own_leg})
        first.bridge(own_leg, near)
        second = lives.begin()
        client, reply = back(second, "A", token)
        assert reply["status"] == "CALLING"
        second.ends(far)
        assert client.pushes()[-1]["agent_status"] == "FREE"

    def test_the_row_of_a_finished_call_is_deleted(self, lives: Lives):
        a, _b, s, _d = (daemon := lives.begin()).at_work("A", "B", "S", "D")
        near, far = daemon.talk(a, "A", "B")
        daemon.talk(s, "S", "D")
        lives.publish_changes()
        daemon.ends(far)
        daemon.ends(near)
        assert len(lives.calls_kept()) == 1
        daemon = lives.begin()
        switch_state.all_lost(daemon.tenant)
        daemon.runner.publish_changes(daemon.tenant)
        assert not lives.calls_kept()

    def test_the_row_of_a_supervisors_own_call_is_deleted_once_the_takeover_begins(
        self, lives: Lives
    ):
        _a, b, s = (daemon := lives.begin()).at_work("A", "B", "S")
        daemon.talk(b, "B", "A")
        own_leg = s.ok("S", "substitute", operated_agent_id=A, operated_ext_id=A)["uuid"]
        lives.publish_changes()
        daemon.pick_up(own_leg)
        daemon.event("CHANNEL_PARK", **{"Unique-ID": own_leg})
        assert len(lives.calls_kept()) == 1

    def test_an_interrupt_is_saved_with_the_interrupted_call(self, lives: Lives):
        a, _b, s = (first := lives.begin()).at_work("A", "B", "S")
        near, far = first.talk(a, "A", "B")
        token = first.tenant.agents[NAMES["S"]].token
        lives.publish_changes()
        s.ok("S", "interrupt_call", operated_agent_id=A, operated_ext_id=A)
        second = lives.begin()
        client, _ = back(second, "S", token)
        second.ends(far)
        second.ends(near)
        [ended] = client.pushes()
        assert (ended["action"], ended["phase"]) == ("INTERRUPT_CALL", "END_CALL")

    def test_a_call_that_failed_before_the_restart_is_not_reported_again(self, lives: Lives):
        a, _b = (first := lives.begin()).at_work("A", "B")
        token = first.tenant.agents[A].token

        def is_late() -> None:
            lives.publish_changes()
            raise SwitchTimedOut("late")

        first.switch.will("originate", is_late)
        begun = a.ok("A", "call", callee_number=NAMES["B"], out_line=0)
        a.until(lambda: a.pushes("callback")[-1]["phase"] == "END_CALL")
        second = lives.begin()
        client, _ = back(second, "A", token)
        second.ends(begun["uuid"])
        assert not client.pushes()

    def test_a_call_of_a_removed_company_survives_a_restart_until_it_ends(self, lives: Lives):
        a, _b = (first := lives.begin()).at_work("A", "B")
        near, far = first.talk(a, "A", "B")
        lives.rewrite(company="nobody")
        second = lives.begin()
        tenant = second.tenant_registry.tenants["nobody"]
        assert tenant.closed
        assert tenant.legs.keys() == {near, far}
        assert [one.status for one in tenant.agents.values()] == [Status.CALLING] * 2
        second.ends(far)
        second.ends(near)
        for agent in tenant.agents.values():
            tenant.agent_states.change(agent, Trigger.GRACE_OVER)
        assert second.tenant_registry.tenant("nobody") is None

    @pytest.mark.parametrize("how", ["removed", "disabled", "renamed", "another phone"])
    def test_a_consult_survives_a_restart_that_removes_the_consultant(self, lives: Lives, how: str):
        """It continues until a party ends it; its agent is informed and gets the customer back."""
        a, _b, _d = (first := lives.begin()).at_work("A", "B", "D")
        near, far = first.talk(a, "A", "B")
        target = {"consult_type": "0", "consult_number": NAMES["D"]}
        other = a.ok("A", "consult", uuid=near, type="1", **target)["consult_uuid"]
        first.pick_up(other)
        first.bridge(near, other)
        token = first.tenant.agents[A].token
        second = lives.begin(agents=without(NAMES["D"], how))
        client, reply = back(second, "A", token)
        assert reply["sub_status"] == "CONSULT"
        assert sorted(reply["in_call_numbers"]) == sorted([B, NAMES["D"]])
        second.ends(other)
        second.event("CHANNEL_PARK", **{"Unique-ID": near})
        ended = client.pushes("callback")
        assert [(one["action"], one["phase"]) for one in ended] == [("CONSULT", "END_CALL")]
        assert f"api uuid_bridge {near} {far}" in second.switch.heard
        assert second.tenant.legs.keys() == {near, far}

    def test_a_consult_survives_a_restart_that_removes_its_agent(self, lives: Lives):
        a, _b, _d = (first := lives.begin()).at_work("A", "B", "D")
        near, far = first.talk(a, "A", "B")
        target = {"consult_type": "0", "consult_number": NAMES["D"]}
        other = a.ok("A", "consult", uuid=near, type="1", **target)["consult_uuid"]
        second = lives.begin(agents=without(A, "removed"))
        assert second.tenant.legs.keys() == {near, far, other}
        client = second.client()
        refused = client.ask("A", "checkin", token=first.tenant.agents[A].token)
        assert refused["code"] == "4004"

    def test_an_agent_of_an_unreadable_call_is_free(self, lives: Lives):
        a, _b = (first := lives.begin()).at_work("A", "B")
        first.talk(a, "A", "B")
        token = first.tenant.agents[A].token
        lives.rewrite(body=b"{")
        second = lives.begin()
        for _ in ("registrations", "channels"):
            second.switch.will("show", EMPTY)
        second.resynchronizer.resync("core-1")
        idle()
        second.tenant.agents[A].registered_at = {DEFAULT_NODE: ()}
        _, reply = back(second, "A", token)
        assert reply["status"] == "FREE"


class TestTheFile:
    def test_the_core_of_each_switch_is_kept(self, lives: Lives):
        lives.begin()
        for node, core in (("a", "core-1"), ("b", "core-2"), ("a", "core-3")):
            lives.state.note_core(node, core)
        lives.begin()
        assert lives.state.cores == {"a": "core-3", "b": "core-2"}

    def test_changes_are_written_before_a_command_is_sent(self, lives: Lives):
        daemon = lives.begin()
        daemon.at_work("A")
        lives.publish_changes()
        with (
            sqlite3.connect(f"file:{lives.path}?mode=ro", uri=True, timeout=0) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("SELECT * FROM agents")  # it is one service's alone
        lives.end()
        assert A in [row.agent for row in StateFile(lives.path).read().agents]

    def test_no_command_is_sent_before_its_changes_are_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        """In the whole service, which alone knows both the file and the switch."""
        done: list[str] = []
        write, send = StateFile.write, SwitchLinks.send

        def writing(self: StateFile, rows: Rows) -> None:
            write(self, rows)
            done.extend("written" for _ in rows.calls)

        def sending(self: SwitchLinks, command: Command, then: ReplyHandler) -> None:
            done.append(command.words[0])
            send(self, command, then)

        monkeypatch.setattr(StateFile, "write", writing)
        monkeypatch.setattr(SwitchLinks, "send", sending)
        with serving(tmp_path, state="sqlite:///state.db") as service:
            client = service.at_work()
            assert client.ask("call", callee_number=OUTSIDE)["code"] == "0"
            service.switch.until(lambda: "originate" in done)
        assert "written" in done[: done.index("originate")]

    def test_unchanged_rows_are_not_written_again(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ):
        daemon = lives.begin()
        a, b = daemon.at_work("A", "B")
        lives.publish_changes()
        written: list[Rows] = []
        write = StateFile.write

        def noting(self: StateFile, rows: Rows) -> None:
            written.append(rows)
            write(self, rows)

        monkeypatch.setattr(StateFile, "write", noting)
        b.ok("B", "change_status", action="MAKE_FREE")  # as it is already
        lives.publish_changes()
        assert not written
        a.ok("A", "change_status", action="MAKE_BUSY")
        b.ok("B", "change_status", action="MAKE_FREE")
        lives.publish_changes()
        assert [[row.agent for row in rows.agents] for rows in written] == [[A]]

    def test_a_file_that_is_not_a_database_is_set_aside(self, lives: Lives):
        lives.path.write_bytes(b"no database at all" * 100)
        daemon = lives.begin()
        daemon.at_work("A")
        lives.publish_changes()
        assert kept(daemon) == 1
        [aside] = lives.path.parent.glob("state.db.unreadable-*")
        assert aside.read_bytes().startswith(b"no database")
        assert lives.begin().tenant.agents[A].status is Status.FREE

    @pytest.mark.parametrize("version", [VERSION - 1, VERSION + 1])
    def test_a_file_of_another_version_is_set_aside(self, lives: Lives, version: int):
        with sqlite3.connect(lives.path) as other:
            other.execute(f"PRAGMA user_version = {version}")
        lives.begin().at_work("A")
        assert list(lives.path.parent.glob("state.db.unreadable-*"))

    def test_a_call_on_a_switch_that_was_renamed_is_sought_on_its_companys_switch(
        self, lives: Lives
    ):
        daemon = lives.begin()
        [a, _] = daemon.at_work("A", "B")
        daemon.talk(a, "A", "B")
        [call] = lives.calls_kept()
        renamed = call.body.replace(b'"node":"default"', b'"node":"then"')
        assert renamed != call.body
        lives.rewrite(body=renamed)
        legs = lives.begin().tenant.legs.values()
        assert [leg.position.node for leg in legs] == [DEFAULT_NODE, DEFAULT_NODE]

    def test_the_state_file_is_readable_by_its_owner_only(self, lives: Lives):
        lives.begin().at_work("A")
        lives.publish_changes()
        files = list(lives.path.parent.iterdir())
        assert lives.path in files
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}

    def test_an_unreadable_row_does_not_affect_the_others(self, lives: Lives):
        lives.begin().at_work("A", "B")
        lives.end()
        file = StateFile(lives.path)
        file.write(Rows([AgentRow("90001", A, b"?")]))
        file.close()
        daemon = lives.begin()
        assert daemon.tenant.agents[A].status is Status.OFFLINE
        assert daemon.tenant.agents[B].status is Status.FREE

    def test_the_service_goes_on_while_the_disk_is_full(
        self,
        lives: Lives,
        monkeypatch: pytest.MonkeyPatch,
        capfd: pytest.CaptureFixture[str],
    ):
        daemon = lives.begin()
        [a] = daemon.at_work("A")
        lives.publish_changes()
        monkeypatch.setattr("esl_bridge.runtime.state_store._AGAIN_SECONDS", 0.01)
        with monkeypatch.context() as full:
            full.setattr(StateFile, "write", _full)
            a.ok("A", "change_status", action="MAKE_BUSY")
            lives.publish_changes()
            assert kept(daemon) == 0
            a.ok("A", "change_status", action="MAKE_REST")
            again = said("being saved again")
        again.wait()
        assert capfd.readouterr().err == ""  # nothing but what is logged, once
        assert kept(daemon) == 1
        assert lives.begin().tenant.agents[A].status is Status.REST

    def test_wrap_ups_that_came_while_the_disk_was_full_are_written_later(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ):
        daemon = lives.begin()
        monkeypatch.setattr("esl_bridge.runtime.state_store._AGAIN_SECONDS", 0.01)
        with monkeypatch.context() as full:
            full.setattr(StateFile, "write", _full)
            lives.state.follow(daemon.tenant, [wrapped_up("call-1"), wrapped_up("call-2")])
            lives.publish_changes()
            lives.state.follow(daemon.tenant, [wrapped_up("call-2", notes="better")])
            again = said("being saved again")
        again.wait()
        lives.begin()
        assert lives.wrap_ups_kept() == {"call-1": "", "call-2": "better"}

    def test_a_wrap_up_is_kept_for_a_week(self, lives: Lives):
        daemon, days = lives.begin(), 86_400_000
        for number, day in enumerate((1, 2, 8)):
            lives.state.follow(daemon.tenant, [wrapped_up(f"call-{number}", day * days)])
            lives.publish_changes()
        assert lives.wrap_ups_kept().keys() == {"call-0", "call-1", "call-2"}
        daemon = lives.begin()
        lives.state.follow(daemon.tenant, [wrapped_up("call-3", 8 * days + 1)])
        assert lives.wrap_ups_kept().keys() == {"call-1", "call-2", "call-3"}

    def test_an_error_in_a_waiting_callback_does_not_stop_the_writer(self, lives: Lives):
        def fails() -> None:
            raise RuntimeError("foreseen by nobody")

        [a] = lives.begin().at_work("A")
        lives.state.when_settled(fails)
        lives.publish_changes()
        a.ok("A", "change_status", action="MAKE_BUSY")
        lives.publish_changes()
        assert lives.begin().tenant.agents[A].status is Status.BUSY

    def test_changes_after_the_last_write_are_written_at_the_end(self, lives: Lives):
        daemon = lives.begin()
        [a] = daemon.at_work("A")
        lives.publish_changes()
        a.ok("A", "change_status", action="MAKE_BUSY")
        lives.state.when_settled(lambda: a.ok("A", "change_status", action="MAKE_REST"))
        assert lives.begin().tenant.agents[A].status is Status.REST

    def test_changes_after_the_store_has_closed_are_not_written(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ):
        [a] = lives.begin().at_work("A")
        state, settled = lives.state, Event()
        lives.end()
        monkeypatch.setattr("esl_bridge.runtime.state_store._PATIENCE_SECONDS", 0.05)
        a.ok("A", "change_status", action="MAKE_BUSY")
        state.when_settled(settled.set)
        settled.wait()
        assert lives.begin().tenant.agents[A].status is Status.FREE

    def test_a_row_that_cannot_be_encoded_is_logged_with_a_traceback(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ):
        def fails(*_: object) -> bytes:
            raise KeyError("foreseen by nobody")

        daemon = lives.begin()
        monkeypatch.setattr("esl_bridge.domain.snapshot.dump_agent", fails)
        daemon.at_work("A")
        lives.publish_changes()
        assert kept(daemon) == 0
        [record] = [one for one in caplog.records if "cannot save the state" in one.message]
        assert record.exc_info is not None

    def test_the_service_goes_on_where_no_thread_can_be_started(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ):
        def fails(*_: object) -> None:
            raise RuntimeError("can't start new thread")

        daemon = lives.begin()
        [a] = daemon.at_work("A")
        lives.publish_changes()
        with monkeypatch.context() as full:
            full.setattr("esl_bridge.runtime.threads.begin", fails)
            a.ok("A", "change_status", action="MAKE_BUSY")
            lives.publish_changes()
        assert kept(daemon) == 0
        assert lives.begin().tenant.agents[A].status is Status.BUSY

    def test_a_hanging_disk_delays_one_command_only(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch
    ):
        daemon, goes_on = lives.begin(), threading.Event()
        monkeypatch.setattr(StateFile, "write", lambda *_: goes_on.wait())
        monkeypatch.setattr("esl_bridge.runtime.state_store._PATIENCE_SECONDS", 0.05)
        try:
            daemon.at_work("A")
            lives.publish_changes()
            monkeypatch.setattr("esl_bridge.runtime.state_store._PATIENCE_SECONDS", None)
            daemon.at_work("B")
            lives.publish_changes()
        finally:
            goes_on.set()

    def test_the_service_goes_on_where_the_state_file_cannot_be_opened(self, lives: Lives):
        lives.path = lives.path / "no" / "such" / "folder"
        daemon = lives.begin()
        daemon.at_work("A")
        idle()
        assert kept(daemon) == 0


def test_a_change_is_answered_once_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others, and who only looks or is refused, do not wait; what follows the reply does."""
    written, write = threading.Event(), StateFile.write
    monkeypatch.setattr("esl_bridge.runtime.state_store._PATIENCE_SECONDS", 1000)
    with serving(tmp_path, state=f"sqlite:///{tmp_path}/state.db") as service:
        a, b = service.at_work(A), service.at_work(B)
        a.ask("ping")  # the pushes of its check-in have come
        monkeypatch.setattr(StateFile, "write", lambda *each: (written.wait(), write(*each)))
        try:
            a.send("change_status", action="MAKE_BUSY")
            assert b.ask("get_status")["code"] == "0"
            assert b.ask("change_status", action="FORCE_MAKE_FREE")["code"] != "0"
            with gevent.Timeout(0.01, False):
                pytest.fail(f"told before it was written: {a.next()}")
        finally:
            written.set()
        assert [a.next()["msg_type"] for _ in range(2)] == ["change_status", "agent_change"]


def said(words: str) -> Event:
    """Set once the service logs these words."""
    event = Event()

    class EventListener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if words in record.getMessage():
                logging.getLogger().removeHandler(self)
                event.set()

    logging.getLogger().addHandler(EventListener())
    return event


def _full(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def test_thousands_of_changed_agents_are_written_in_slices(lives, monkeypatch):
    """Their rows are made some at a time, a command waits for all of them, and what changes
    meanwhile is written as it is then."""
    number = 3 * AT_ONCE + 1
    entry = AgentEntry(password_hash="hash")
    many = {f"90001_{each}": entry for each in range(number)}
    daemon = lives.begin(agents=many, extensions={}, numbers={})
    agents = list(daemon.tenant.agents.values())
    made, most = 0, 0
    real = domain.snapshot.dump_agent

    def keep(*arguments: Any) -> bytes:
        nonlocal made
        made += 1
        return real(*arguments)

    monkeypatch.setattr("esl_bridge.domain.snapshot.dump_agent", keep)
    for agent in agents:
        agent.token = "before"
    daemon.note(daemon.tenant, set(agents), set())
    settled = Event()
    lives.state.when_settled(settled.set)
    agents[0].token = "after"
    daemon.note(daemon.tenant, {agents[0]}, set())
    while not settled.ready():
        most, made = max(most, made), 0
        gevent.sleep(0)
    assert most <= AT_ONCE + 1
    lives.end()
    file = StateFile(lives.path)
    rows = {row.agent: row.body for row in file.read().agents}
    file.close()
    assert b"after" in rows.pop(agents[0].id)
    assert len(rows) == number - 1
    assert all(b"before" in body for body in rows.values())
