"""Daemons on one switch that serve the same company notice each other."""

from __future__ import annotations

import json

import gevent
import pytest

from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.errors import SwitchUnavailable
from esl_bridge.esl import decoding, events
from esl_bridge.runtime.other_daemons import OtherDaemons
from tests.builders import NODES, NOW, company

SECONDS = 15


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(10):
        yield


class TheSwitch:
    """Tells each daemon that is there what any of them has sent, the sender too."""

    def __init__(self):
        self.now = 1_000.0
        self.daemons = {}
        self.sent = []

    def begin(self, name, *codes, enabled=True):
        tenant_registry = TenantRegistry(
            NODES, lambda: "0" * 32, lambda: self.now, lambda: NOW, lambda: 0
        )
        tenant_registry.reconfigure(
            {code: company(code=code, extensions={}, agents={}, enabled=enabled) for code in codes}
        )
        for tenant in tenant_registry.tenants.values():
            tenant.switch_up = True
        daemon = OtherDaemons(tenant_registry, self._send, name, SECONDS, lambda: self.now)
        self.daemons[name] = daemon
        daemon.tell()
        return daemon

    def end(self, name):
        del self.daemons[name]

    def _send(self, command, then):
        headers = dict(header.split(": ") for header in command.headers)
        event = decoding.decode(json.dumps(headers | {"Event-Name": "CUSTOM"}).encode())
        self.sent.append(event)
        then("+OK")
        for daemon in list(self.daemons.values()):
            daemon.heard(event)

    def pass_by(self, seconds):
        """While each that is there tells of itself."""
        for _ in range(seconds // SECONDS):
            self.now += SECONDS
            for daemon in list(self.daemons.values()):
                daemon.tell()
                daemon._forget_silent()


@pytest.fixture
def switch():
    return TheSwitch()


def test_two_daemons_with_a_common_company_both_log_it_once(switch, caplog):
    one = switch.begin("one", "90001", "90002")
    other = switch.begin("other", "90002", "90003")
    assert one.served_twice() == other.served_twice() == ["90002"]
    told = [line for line in caplog.messages if "another daemon" in line]
    assert told == ["another daemon on this switch also serves company 90002"] * 2
    switch.pass_by(90)
    assert one.served_twice() == other.served_twice() == ["90002"]
    assert [line for line in caplog.messages if "daemon" in line] == told


def test_daemons_without_a_common_company_ignore_each_other(switch, caplog):
    one, other = switch.begin("one", "90001"), switch.begin("other", "90002")
    switch.pass_by(90)
    assert one.served_twice() == other.served_twice() == []
    assert caplog.messages == []


def test_a_company_disabled_at_one_daemon_is_not_served_twice(switch, caplog):
    one = switch.begin("one", "90001", "90002")
    other = switch.begin("other", "90001", enabled=False)
    switch.pass_by(90)
    assert one.served_twice() == other.served_twice() == []
    assert caplog.messages == []


def test_a_company_is_no_longer_served_twice_once_one_daemon_disables_it(switch):
    one, other = switch.begin("one", "90001"), switch.begin("other", "90001")
    other._tenant_registry.reconfigure(
        {"90001": company(code="90001", extensions={}, agents={}, enabled=False)}
    )
    assert other.served_twice() == []
    switch.pass_by(90)
    assert one.served_twice() == []


def test_a_restarted_daemon_does_not_count_as_another(switch, caplog):
    switch.begin("one", "90001")
    switch.pass_by(60)
    switch.end("one")  # however
    again = switch.begin("one-again", "90001")
    switch.pass_by(90)
    assert again.served_twice() == []
    assert caplog.messages == []


def test_a_daemon_that_has_ended_is_forgotten(switch, caplog):
    one = switch.begin("one", "90001")
    switch.begin("other", "90001")
    switch.end("other")
    switch.pass_by(30)
    assert one.served_twice() == ["90001"]
    switch.pass_by(30)
    assert one.served_twice() == []
    assert "no other daemon serves company 90001 any more" in caplog.messages[-1]


def test_hundreds_of_companies_are_announced_in_several_messages(switch, caplog):
    codes = [str(90_001 + each) for each in range(120)]
    switch.begin("one", *codes)
    other = switch.begin("other", *codes)
    assert max(len(event.companies) for event in switch.sent) <= 50
    assert other.served_twice() == codes
    assert all(len(line) < 300 for line in caplog.messages)


def test_announcements_of_foreign_companies_are_not_stored(switch):
    one = switch.begin("one", "90001")
    for number in range(1_000):
        one.heard(events.DaemonServes(f"other-{number}", (f"x{number}",), 15))
    assert one._until == {}


def test_without_a_link_nothing_is_announced(switch):
    tenant_registry = TenantRegistry(NODES, lambda: "0" * 32, lambda: 0.0, lambda: NOW, lambda: 0)
    tenant_registry.reconfigure({"90001": company()})
    sent = []
    daemon = OtherDaemons(
        tenant_registry, lambda *each: sent.append(each), "one", SECONDS, lambda: 0.0
    )
    daemon.tell()
    assert sent == []
    tenant_registry.tenants["90001"].switch_up = True
    daemon.tell()
    [(_, then)] = sent
    then(SwitchUnavailable("gone"))  # which concerns nobody
