"""Everything that goes through all agents or calls lets other greenlets run. The tests count the
work between two turns of another greenlet, and measure no time."""

from __future__ import annotations

import json
import time
from collections import Counter
from threading import Thread

import gevent
import pytest
from msgspec.structs import replace

from esl_bridge.config import load
from esl_bridge.domain import leg_changes
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.agent_states import AgentStates
from esl_bridge.domain.company import AgentEntry, Company
from esl_bridge.domain.leg import Purpose
from esl_bridge.runtime import slices
from tests.builders import SWITCH_SETTINGS, as_registered
from tests.daemon import Daemon
from tests.unit.runtime.service import COMPANY, A, serving

NO_CHANNELS = '{"row_count":0}'
SHAPES = pytest.mark.parametrize(
    "shape", [(1, 1_000), (100, 10)], ids=["one company", "many companies"]
)


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(60):
        yield


@pytest.fixture
def most():
    """How much was done at most between two turns, of what ``count`` counts."""
    done, most = Counter(), Counter()

    def turns():
        while True:
            for what, often in done.items():
                most[what] = max(most[what], often)
            done.clear()
            gevent.sleep(0)

    others = gevent.spawn(turns)
    most.done = done
    yield most
    others.kill()


def count(monkeypatch, most, owner, name):
    real = getattr(owner, name)

    def counted(self, *arguments, **options):
        most.done[name] += 1
        return (real.fget if isinstance(real, property) else real)(self, *arguments, **options)

    monkeypatch.setattr(owner, name, property(counted) if isinstance(real, property) else counted)


def agents(number, code):
    ids = [f"{code}_{20_000 + each}" for each in range(number)]
    return {one: AgentEntry(password_hash="hash", extension=one) for one in ids}


def companies(shape):
    number, size = shape
    codes = [str(91_000 + each) for each in range(number)]
    return [Company(code=code, agents=agents(size, code)) for code in codes]


def extensions(tenant_registry):
    return [
        one.extension
        for tenant in tenant_registry.tenants.values()
        for one in tenant.agents.values()
    ]


def listed(tenant_registry):
    rows = [
        {"reg_user": one, "realm": SWITCH_SETTINGS.domain} for one in extensions(tenant_registry)
    ]
    return json.dumps({"rows": rows})


@SHAPES
def test_a_link_up_goes_through_the_phones_in_slices(shape, most, monkeypatch):
    daemon = Daemon(*companies(shape))
    daemon.switch.will("sofia", as_registered(extensions(daemon.tenant_registry)))
    daemon.switch.will("show", NO_CHANNELS)
    count(monkeypatch, most, Agent, "phone")
    daemon.event_listener.on_up("core-1")
    gevent.sleep(0)
    assert 0 < most["phone"] <= 2 * slices.AT_A_TIME


@SHAPES
def test_the_reconciler_goes_through_the_phones_in_slices(shape, most, monkeypatch):
    daemon = Daemon(*companies(shape))
    daemon.switch.will("show", NO_CHANNELS)
    daemon.switch.will("show", listed(daemon.tenant_registry))
    count(monkeypatch, most, Agent, "phone")
    daemon.reconciler.compare()
    gevent.sleep(0)
    assert 0 < most["phone"] <= 2 * slices.AT_A_TIME


def test_the_calls_of_a_lost_switch_end_in_slices(most, monkeypatch):
    daemon = Daemon()
    for number in range(500):
        daemon.tenant.leg_book.join(daemon.tenant.open_call(), f"leg-{number}", "1", Purpose.CALLIN)
    count(monkeypatch, most, leg_changes, "drop")
    daemon.resynchronizer.end_all_calls()
    gevent.sleep(0)
    assert not daemon.tenant.legs
    assert 0 < most["drop"] <= slices.AT_A_TIME


@SHAPES
def test_a_reload_adds_and_removes_agents_in_slices(shape, most, monkeypatch, tmp_path):
    with serving(tmp_path) as service:
        _, before = load(tmp_path / "esl_bridge.yaml")
        count(monkeypatch, most, AgentStates, "mark_changed")
        service.app.reload(before | {one.code: one for one in companies(shape)})
        gevent.sleep(0)
        assert 0 < most["mark_changed"] <= 2 * slices.AT_A_TIME
        most.clear()
        few = replace(before[COMPANY], agents={A: before[COMPANY].agents[A]})
        service.app.reload({COMPANY: few})
        gevent.sleep(0)
        assert 0 < most["mark_changed"] <= 2 * slices.AT_A_TIME


def test_a_long_start_does_not_count_as_time_without_a_switch():
    """An event loop that has not begun takes the time for what it was when it was made: before
    thousands of agents were read. A thread has one of its own."""
    left = []

    def start():
        hub = gevent.get_hub()
        daemon = Daemon(away=1.0)
        daemon.tenant.leg_book.join(daemon.tenant.open_call(), "leg", "1", Purpose.CALLIN)
        time.sleep(1.2)
        daemon.event_listener.expect_switch()
        for _ in range(3):
            gevent.sleep(0.001)
        left.extend(daemon.tenant.legs)
        hub.destroy(destroy_loop=True)

    thread = Thread(target=start)
    thread.start()
    thread.join()
    assert left == ["leg"]
