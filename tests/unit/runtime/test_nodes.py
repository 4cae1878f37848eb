"""Several switches in one daemon: each has its own link-up, resync and loss."""

import itertools
import json
from pathlib import Path

import gevent
import pytest
from msgspec.structs import replace

from esl_bridge.app import build
from esl_bridge.callflow import ending
from esl_bridge.callflow.queue_membership import _AGENT_COLUMNS
from esl_bridge.config import ConfigError, Settings, SwitchConfig
from esl_bridge.domain.company import AgentEntry, Extension, Skill
from esl_bridge.domain.leg import Purpose
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.engine.driver import Task
from esl_bridge.runtime.event_listener import EventListener
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.originate_limiter import OriginateLimiter
from esl_bridge.runtime.queue_sync import QueueSync
from esl_bridge.runtime.resynchronizer import Resynchronizer
from esl_bridge.runtime.runner import Runner
from tests.builders import NOW, SWITCH_SETTINGS, ScriptedSwitch, as_registered, company
from tests.daemon import idle
from tests.unit.runtime.service import serving

ONE, OTHER = "90001", "90002"
PHONES = {ONE: "90001_1", OTHER: "90002_1"}
EMPTY = json.dumps({"row_count": 0})


def company_on(node, code):
    phone = PHONES[code]
    return company(
        code=code,
        switch=node,
        agents={phone: AgentEntry(password_hash="hash", extension=phone)},
        extensions={phone: Extension(password="p")},
        numbers={},
        skills={"1001": Skill()},
    )


class TwoNodes:
    """Company ``ONE`` is homed on ``a``, ``OTHER`` on ``b``; ``sent``: each command's node and
    first words."""

    def __init__(self):
        self.sent = []
        ids = itertools.count(1)
        settings = {name: replace(SWITCH_SETTINGS, node=name) for name in ("a", "b")}
        self.registry = TenantRegistry(
            settings, lambda: f"{next(ids):032x}", lambda: 0.0, lambda: NOW, lambda: 0
        )
        self.companies = {ONE: company_on("a", ONE), OTHER: company_on("b", OTHER)}
        self.registry.reconfigure(self.companies)
        self.runner = Runner(self._send, lambda _: True, lambda *_: None)
        self.metrics = Metrics(())
        self.switches = {name: self._switch() for name in settings}
        self.listeners = {
            name: EventListener(
                self.registry,
                self.runner,
                self.metrics,
                Resynchronizer(self.registry, self.runner, self.switches[name], settings[name]),
                OriginateLimiter(self._send, 1, 1, 1),
                0.01,
            )
            for name in settings
        }

    def _switch(self):
        switch = ScriptedSwitch()
        switch.always("sofia", lambda: as_registered(PHONES.values()))
        switch.always("show", lambda: EMPTY)
        switch.always("uuid_dump", lambda: "nothing that can be read")
        return switch

    def _send(self, command, then):
        self.sent.append((command.node, " ".join(command.words[:2])))
        gevent.get_hub().loop.run_callback(then, "+OK")

    def tenant(self, code):
        return self.registry.tenants[code]

    def agent(self, code):
        return self.tenant(code).agents[PHONES[code]]

    def link_up(self, node, core="core-1"):
        self.listeners[node].on_up(core)
        idle()

    def hears(self, node, name, **headers):
        self.listeners[node].on_event(json.dumps({"Event-Name": name} | headers).encode())
        idle()

    def talk(self, code, uuid):
        """One that has been answered, of the company's agent."""
        tenant, agent = self.tenant(code), self.agent(code)
        agent.connection, agent.state = "here", replace(agent.state, status=Status.CALLING)
        leg = tenant.join(tenant.open_call(), uuid, PHONES[code], Purpose.CALL, agent)
        tenant.answered(leg)
        return leg

    def moves(self, code, node):
        self.registry.reconfigure(self.companies | {code: company_on(node, code)})


@pytest.fixture
def nodes():
    with gevent.Timeout(10):
        yield TwoNodes()


def test_a_link_up_resyncs_the_companies_of_that_switch_only(nodes):
    nodes.link_up("a")
    assert [nodes.tenant(code).switch_up for code in (ONE, OTHER)] == [True, False]
    assert [nodes.agent(code).registered for code in (ONE, OTHER)] == [True, False]
    nodes.link_up("b")
    nodes.listeners["a"].on_down()
    assert [nodes.tenant(code).switch_up for code in (ONE, OTHER)] == [False, True]


def test_a_switch_that_stays_away_ends_its_own_legs_only(nodes):
    for name in ("a", "b"):
        nodes.link_up(name)
    mine, theirs = nodes.talk(ONE, "leg-1"), nodes.talk(OTHER, "leg-2")
    nodes.listeners["a"].on_down()
    while not mine.ended:
        gevent.sleep(0.01)
    assert not theirs.ended
    assert nodes.agent(ONE).status is not Status.CALLING
    assert nodes.agent(OTHER).status is Status.CALLING


def test_a_switch_that_comes_back_does_not_end_legs_on_the_other(nodes):
    nodes.link_up("a")
    nodes.link_up("b")
    theirs = nodes.talk(OTHER, "leg-2")
    nodes.link_up("a", core="core-2")
    assert not theirs.ended


def test_a_command_goes_to_the_switch_that_its_leg_is_on(nodes):
    leg = nodes.talk(ONE, "leg-1")
    nodes.moves(ONE, "b")
    nodes.runner.start(Task(nodes.tenant(ONE), ending.end_leg(leg), lambda _: None))
    assert nodes.sent[0] == ("a", "uuid_kill leg-1")


def test_a_leg_that_joins_a_call_is_set_up_on_the_calls_switch(nodes):
    leg = nodes.talk(ONE, "leg-1")
    nodes.moves(ONE, "b")
    tenant = nodes.tenant(ONE)
    assert tenant.join(leg.call, "leg-2", "13107618845", Purpose.CONSULT).node == "a"
    assert tenant.join(tenant.open_call(), "leg-3", "13107618845", Purpose.CALL).node == "b"


def test_a_company_that_moves_has_no_phones_until_they_register_there(nodes):
    nodes.link_up("a")
    nodes.moves(ONE, "b")
    assert not nodes.agent(ONE).registered
    assert not nodes.tenant(ONE).switch_up
    nodes.link_up("b")
    assert list(nodes.agent(ONE).registered_at) == ["b"]


def test_calls_of_a_company_that_has_moved_end_with_their_own_switch(nodes):
    nodes.link_up("b")
    leg = nodes.talk(ONE, "leg-1")
    nodes.moves(ONE, "b")
    nodes.link_up("b", core="core-2")
    assert not leg.ended
    nodes.listeners["a"].on_down()
    while not leg.ended:
        gevent.sleep(0.01)


def test_a_phone_that_registers_at_another_switch_belongs_to_no_agent(nodes):
    phone = {"from-user": PHONES[OTHER], "from-host": SWITCH_SETTINGS.domain, "call-id": "c"}
    headers = {"Event-Subclass": "sofia::register", "contact": "<sip:x@127.0.0.1>"} | phone
    nodes.hears("a", "CUSTOM", **headers)
    assert not nodes.agent(OTHER).registered


def test_a_caller_who_comes_in_at_another_switch_is_ignored(nodes, caplog):
    headers = {
        "Unique-ID": "caller-1",
        "variable_esl_bridge_company": OTHER,
        "variable_esl_bridge_role": "customer",
    }
    nodes.hears("a", "CHANNEL_PARK", **headers)
    assert not nodes.tenant(OTHER).legs
    assert "caller-1 of company 90002 came in at switch a and is ignored" in caplog.text
    nodes.hears("b", "CHANNEL_PARK", **headers)
    assert nodes.tenant(OTHER).legs["caller-1"].node == "b"


def test_a_company_that_moves_takes_its_agents_out_of_the_queues_of_its_old_switch(nodes):
    agent, switch = f"{PHONES[ONE]}@{ONE}", nodes.switches["a"]
    row = dict.fromkeys(_AGENT_COLUMNS, "0") | {"name": agent, "status": "Available"}
    listed = "\n".join("|".join(line) for line in (row, row.values()))
    switch.will("callcenter_config", f"{listed}\n+OK\n")
    sync = QueueSync(nodes.registry, nodes.runner, switch, lambda *_: None, 30, "a")
    nodes.tenant(ONE).switch_up = True
    sync.round()
    nodes.moves(ONE, "b")
    switch.will("callcenter_config", f"{listed}\n+OK\n")
    sync.round()
    assert switch.heard[-1] == f"api callcenter_config agent del {agent}"


def test_the_gauge_of_a_link_is_labelled_with_its_switch(nodes):
    nodes.link_up("a")
    value = nodes.metrics.registry.get_sample_value
    assert value("esl_bridge_esl_connected", {"node": "a"}) == 1
    assert value("esl_bridge_esl_connected", {"node": "b"}) == 0


def test_a_company_on_a_switch_that_the_daemon_was_not_started_with_is_refused(tmp_path):
    with gevent.Timeout(10), serving(tmp_path) as service:
        known = dict(service.app.tenant_registry.tenants)
        with pytest.raises(ConfigError, match=r"90001\.switch: c .* started again"):
            service.app.reload({ONE: company_on("c", ONE)})
        assert service.app.tenant_registry.tenants == known


def test_a_company_on_no_switch_is_refused_where_the_daemon_was_started_with_several():
    companies = {ONE: company_on("a", ONE), OTHER: company_on("b", OTHER)}
    switches = {name: SwitchConfig(password="p") for name in ("a", "b")}
    app = build(
        Settings(switches=switches, state="memory:", audit=None, companies_path=Path("c.yaml")),
        companies,
    )
    with pytest.raises(ConfigError, match=r"90002\.switch: missing"):
        app.reload(companies | {OTHER: company_on(None, OTHER)})
    assert app.tenant_registry.tenants[OTHER].node == "b"
    app.passwords.close()
