"""Several switches in one daemon: each has its own link-up, resync and loss."""

import itertools
import json
from contextlib import contextmanager
from pathlib import Path

import gevent
import pytest
from msgspec.structs import replace

from esl_bridge.app import build
from esl_bridge.callflow import ending, routing
from esl_bridge.callflow.queue_membership import _AGENT_COLUMNS
from esl_bridge.config import ConfigError, Limits, Settings, SwitchConfig
from esl_bridge.domain import leg_changes
from esl_bridge.domain.call import ActionKind
from esl_bridge.domain.company import AgentEntry, Extension, Route, Skill
from esl_bridge.domain.domain_events import ActionAdvanced
from esl_bridge.domain.leg import LegState, Purpose
from esl_bridge.domain.states import Status, Trigger
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.domain.wallboard import Caller
from esl_bridge.engine.driver import Task
from esl_bridge.errors import OriginateLimitReached, SwitchRefused
from esl_bridge.esl import commands
from esl_bridge.esl.commands import Command
from esl_bridge.runtime.event_listener import EventListener
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.originate_limiter import OriginateLimiter
from esl_bridge.runtime.queue_sync import QueueSync
from esl_bridge.runtime.resynchronizer import Resynchronizer
from esl_bridge.runtime.runner import Runner
from tests.builders import NOW, SWITCH_SETTINGS, ScriptedSwitch, as_registered, company
from tests.daemon import answer_of, idle
from tests.unit.runtime.fake_switch import FakeSwitch, api
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


class NodesSwitch(ScriptedSwitch):
    """``dumps``: what it says of each channel; ``callers``: who wait in its queues."""

    def __init__(self):
        super().__init__()
        self.dumps = {}
        self.callers = []

    def __call__(self, command):
        if command.words[0] == "uuid_dump":
            return self.dumps.get(command.words[1], "nothing that can be read")
        if "members" in command.words:
            rows = [f"{uuid}|member-1|Waiting|0" for uuid in self.callers]
            return "\n".join(["session_uuid|uuid|state|joined_epoch", *rows, "+OK"])
        return super().__call__(command)


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
        switch = NodesSwitch()
        switch.always("sofia", lambda: as_registered(PHONES.values()))
        switch.always("show", lambda: EMPTY)
        return switch

    def _send(self, command, then):
        self.sent.append((command.node, " ".join(command.words[:2])))
        answer = answer_of(self.switches[command.node], command)
        gevent.get_hub().loop.run_callback(then, answer)

    def tenant(self, code):
        return self.registry.tenants[code]

    def agent(self, code):
        return self.tenant(code).agents[PHONES[code]]

    def queue_sync(self, node):
        return QueueSync(self.registry, self.runner, self.switches[node], lambda *_: None, 30, node)

    def list_agent(self, node, code):
        """The switch has the company's agent in mod_callcenter, as its next list shows."""
        name = f"{PHONES[code]}@{code}"
        row = dict.fromkeys(_AGENT_COLUMNS, "0") | {"name": name, "status": "Available"}
        listed = "\n".join("|".join(line) for line in (row, row.values()))
        self.switches[node].will("callcenter_config", f"{listed}\n+OK\n")
        return name

    def show(self, node, *channels):
        """The switch has these channels from now on; each has the headers of its dump."""
        rows = [{"uuid": one["Unique-ID"]} for one in channels]
        dumps = {one["Unique-ID"]: json.dumps(one) for one in channels}
        switch = self.switches[node]
        switch.always("show", lambda: json.dumps({"row_count": len(rows), "rows": rows}))
        switch.dumps = dumps

    def waits(self, code, uuid):
        """A caller in the queue of the company's skill."""
        tenant = self.tenant(code)
        leg = tenant.leg_book.join(tenant.open_call(), uuid, "13107618845", Purpose.CALLIN)
        leg_changes.answered(tenant, leg)
        leg.call.customer = leg
        self.switches[leg.position.node].callers.append(uuid)
        tenant.wallboard.waits(uuid, Caller("1001", "member-1", leg.number, NOW, 0))
        return leg

    def link_up(self, node, core="core-1"):
        self.listeners[node].on_up(core)
        idle()

    def hears(self, node, name, **headers):
        self.listeners[node].on_event(json.dumps({"Event-Name": name} | headers).encode())
        idle()

    def talk(self, code, uuid):
        """An answered leg of the company's agent."""
        tenant, agent = self.tenant(code), self.agent(code)
        agent.connection, agent.state = "here", replace(agent.state, status=Status.CALLING)
        leg = tenant.leg_book.join(tenant.open_call(), uuid, PHONES[code], Purpose.CALL, agent)
        leg_changes.answered(tenant, leg)
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
    assert (
        tenant.leg_book.join(leg.call, "leg-2", "13107618845", Purpose.CONSULT).position.node == "a"
    )
    assert (
        tenant.leg_book.join(tenant.open_call(), "leg-3", "13107618845", Purpose.CALL).position.node
        == "b"
    )


def test_a_company_that_moves_has_no_phones_until_they_register_there(nodes):
    nodes.link_up("a")
    nodes.moves(ONE, "b")
    assert not nodes.agent(ONE).registered
    assert not nodes.tenant(ONE).switch_up
    nodes.link_up("b")
    assert list(nodes.agent(ONE).registered_at) == ["b"]


def test_agents_are_told_that_their_phones_are_gone_when_their_company_moves(nodes):
    nodes.link_up("a")
    nodes.talk(ONE, "leg-1")
    tenant = nodes.tenant(ONE)
    tenant.take_domain_events()
    nodes.moves(ONE, "b")
    told = [one for one in tenant.take_domain_events() if isinstance(one, ActionAdvanced)]
    assert [(one.agent_id, one.kind) for one in told] == [(PHONES[ONE], ActionKind.EXT_UN_REG)]


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
    assert nodes.tenant(OTHER).legs["caller-1"].position.node == "b"


def test_a_company_that_moves_takes_its_agents_out_of_the_queues_of_its_old_switch(nodes):
    sync = nodes.queue_sync("a")
    nodes.tenant(ONE).switch_up = True
    nodes.list_agent("a", ONE)
    sync.round()
    nodes.moves(ONE, "b")
    agent = nodes.list_agent("a", ONE)
    sync.round()
    assert nodes.switches["a"].heard[-1] == f"api callcenter_config agent del {agent}"
    assert nodes.switches["b"].heard == []


def test_queues_lose_the_agents_of_a_company_that_moved_while_the_daemon_was_down(nodes):
    nodes.moves(ONE, "b")
    agent = nodes.list_agent("a", ONE)
    nodes.queue_sync("a").round()
    assert f"api callcenter_config agent del {agent}" in nodes.switches["a"].heard


def test_a_switch_without_mod_callcenter_is_no_failure_where_no_company_uses_queues(nodes, caplog):
    nodes.moves(ONE, "b")
    nodes.switches["a"].will("callcenter_config", SwitchRefused("-ERR no such command"))
    nodes.queue_sync("a").round()
    assert caplog.messages == []


def test_waiting_callers_are_rerouted_from_a_switch_that_their_company_has_left(nodes):
    nodes.waits(ONE, "caller-1")
    nodes.queue_sync("a").round()
    assert ("a", "uuid_kill caller-1") not in nodes.sent
    nodes.moves(ONE, "b")
    nodes.queue_sync("a").round()
    assert ("a", "uuid_kill caller-1") in nodes.sent  # the company has no fallback


def test_a_caller_whose_offer_rings_is_not_rerouted_when_the_company_moves(nodes):
    caller = nodes.waits(ONE, "caller-1")
    nodes.tenant(ONE).leg_book.join(
        caller.call, "offer-1", PHONES[ONE], Purpose.CALLIN, nodes.agent(ONE)
    )
    nodes.moves(ONE, "b")
    nodes.queue_sync("a").round()
    assert ("a", "uuid_kill caller-1") not in nodes.sent


def test_the_wallboard_keeps_callers_who_wait_at_the_old_switch(nodes):
    nodes.waits(ONE, "caller-1")
    nodes.moves(ONE, "b")
    nodes.tenant(ONE).switch_up = True
    nodes.queue_sync("b").round()
    assert list(nodes.tenant(ONE).wallboard.line) == ["caller-1"]


@pytest.mark.parametrize("target", [Route(agent=PHONES[ONE]), Route(skill="1001")])
def test_no_agent_or_queue_takes_a_caller_from_another_switch(nodes, target):
    caller = nodes.waits(ONE, "caller-1")
    nodes.moves(ONE, "b")
    tenant = nodes.tenant(ONE)
    nodes.runner.start(Task(tenant, routing.route(tenant, caller, target)))
    idle()
    assert nodes.sent == [("a", "uuid_kill caller-1")]


def test_an_orphan_talk_of_a_company_that_has_moved_is_adopted_on_its_switch(nodes):
    nodes.moves(ONE, "b")
    mine = {"variable_esl_bridge_company": ONE, "Answer-State": "answered"}
    customer = {
        "Unique-ID": "c",
        "variable_signal_bond": "p",
        "variable_esl_bridge_role": "customer",
    }
    phone = {
        "Unique-ID": "p",
        "variable_signal_bond": "c",
        "variable_esl_bridge_role": "callin",
        "variable_esl_bridge_agent": PHONES[ONE],
    }
    nodes.show("a", mine | customer, mine | phone)
    nodes.link_up("a")
    legs = nodes.tenant(ONE).legs
    assert {uuid: leg.position.node for uuid, leg in legs.items()} == {"c": "a", "p": "a"}


def test_an_orphan_leg_of_a_company_that_has_moved_is_ended_on_its_switch(nodes):
    nodes.moves(ONE, "b")
    marks = {"variable_esl_bridge_company": ONE, "variable_esl_bridge_role": "call"}
    nodes.show("a", marks | {"Unique-ID": "p"})
    nodes.link_up("a")
    assert ("a", "uuid_kill p") in nodes.sent


def test_a_cancelled_leg_is_ended_at_the_switch_that_reports_it(nodes):
    leg = nodes.talk(ONE, "leg-1")
    leg.origin.dialled, leg.state = True, LegState.SETTING_UP
    leg_changes.drop(nodes.tenant(ONE), leg, Trigger.SWITCH_LOST)
    nodes.moves(ONE, "b")
    nodes.hears("a", "CHANNEL_PROGRESS", **{"Unique-ID": "leg-1"})
    assert nodes.sent == [("a", "uuid_kill leg-1")]


def test_a_cancelled_leg_is_ended_at_the_switch_that_lists_it(nodes):
    leg = nodes.talk(ONE, "leg-1")
    leg.origin.dialled, leg.state = True, LegState.SETTING_UP
    leg_changes.drop(nodes.tenant(ONE), leg, Trigger.SWITCH_LOST)
    nodes.moves(ONE, "b")
    nodes.show("a", {"Unique-ID": "leg-1"})
    nodes.link_up("a")
    assert ("a", "uuid_kill leg-1") in nodes.sent


def test_a_late_answer_of_the_old_switch_registers_no_phone_at_the_new_one(nodes):
    nodes.link_up("a")
    found = f"sofia/esl_bridge/sip:{PHONES[ONE]}@127.0.0.1:5099"

    def moves_meanwhile():
        nodes.moves(ONE, "b")
        return found

    nodes.switches["a"].will("sofia_contact", moves_meanwhile)
    phone = {"from-user": PHONES[ONE], "from-host": SWITCH_SETTINGS.domain}
    nodes.hears("a", "CUSTOM", **{"Event-Subclass": "sofia::unregister"} | phone)
    assert not nodes.agent(ONE).registered


def test_only_its_own_switch_releases_an_ended_leg(nodes):
    nodes.link_up("a")
    leg = nodes.talk(ONE, "leg-1")
    nodes.moves(ONE, "b")
    nodes.hears("a", "CHANNEL_HANGUP", **{"Unique-ID": "leg-1", "Hangup-Cause": "NORMAL_CLEARING"})
    assert leg.ended
    nodes.link_up("b")
    assert nodes.agent(ONE).releasing == ("leg-1",)
    nodes.link_up("a")
    assert nodes.agent(ONE).releasing == ()


def test_an_event_of_another_switch_concerns_no_leg(nodes):
    leg = nodes.talk(ONE, "leg-1")
    nodes.hears("b", "CHANNEL_HANGUP", **{"Unique-ID": "leg-1", "Hangup-Cause": "NORMAL_CLEARING"})
    assert not leg.ended


@contextmanager
def linked(**limits):
    """The service, linked to two switches that say what they heard."""
    with gevent.Timeout(30), FakeSwitch() as a, FakeSwitch() as b:
        for switch in (a, b):
            switch.answers |= {
                "api sofia status profile esl_bridge reg": api(as_registered(())),
                "api show registrations as json": api(EMPTY),
                "api show channels as json": api(EMPTY),
            }
        settings = Settings(
            switches={
                name: SwitchConfig(port=one.port, password="ClueCon")
                for name, one in (("a", a), ("b", b))
            },
            state="memory:",
            audit=None,
            companies_path=Path("c.yaml"),
            limits=Limits(**limits),
        )
        app = build(settings, {ONE: company_on("a", ONE), OTHER: company_on("b", OTHER)})
        for node in app.nodes.values():
            node.start("")
        app.wait_until_ready()
        try:
            yield app, a, b
        finally:
            for node in app.nodes.values():
                node.stop()
            app.passwords.close()


def test_an_idle_switch_is_not_nudged_while_another_is_busy():
    with linked() as (app, a, b):
        tenant = app.tenant_registry.tenants[ONE]
        tenant.leg_book.join(tenant.open_call(), "leg-1", "13107618845", Purpose.CALL)
        for node in app.nodes.values():
            node.send(commands.uuid_answer("leg-1"), lambda _: None)
        while a.nudges < 50:
            gevent.sleep(0.001)
        assert b.nudges == 0


def test_the_limit_of_originates_counts_for_each_switch():
    def originate(uuid):
        return Command(("originate", f"{{origination_uuid={uuid}}}user/1", "&park()"), sets_up=uuid)

    def originates(switch):
        return sum("originate" in line for line in switch.lines)

    with linked(originates_in_flight=1, reply_seconds=0.2) as (app, a, b):
        answers = []
        for uuid in ("leg-1", "leg-2"):
            app.nodes["a"].send(originate(uuid), answers.append)
        app.nodes["b"].send(originate("leg-3"), answers.append)
        while len(answers) < 3:
            gevent.sleep(0.01)
        assert [type(each) for each in answers if not isinstance(each, str)] == [
            OriginateLimitReached
        ]
        assert (originates(a), originates(b)) == (1, 1)


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
