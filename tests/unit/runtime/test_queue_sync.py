"""The daemon adds agents to their queues in the background, one by one."""

from __future__ import annotations

from collections import Counter

import gevent
import pytest
from gevent.event import Event
from msgspec.structs import replace

from esl_bridge.domain.company import DEFAULT_NODE, AgentEntry, Company, Extension, Skill
from esl_bridge.domain.states import AgentState, Status
from esl_bridge.errors import SwitchError, SwitchRefused, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.refusals import refusal
from esl_bridge.runtime import slices
from esl_bridge.runtime.queue_sync import QueueSync
from esl_bridge.simulator import api
from esl_bridge.simulator.clock import VirtualClock
from esl_bridge.simulator.queues import Queue
from esl_bridge.simulator.switch import SimulatedSwitch
from tests.daemon import Daemon, idle


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(30):
        yield


class TheQueues:
    """Those of a simulated switch. ``heard`` are the commands but for the lists, ``lists`` how
    often those were asked for; ``troubles`` gives what becomes of a command otherwise."""

    def __init__(self, *companies):
        self.switch = SimulatedSwitch(VirtualClock(1_000_000.0), seed=1)
        for company in companies:
            for skill in company.skills:
                name = f"{skill}@{company.code}"
                self.switch.centre.queues[name] = Queue(name)
        self.heard = []
        self.lists = Counter()
        self.troubles = lambda line: None

    def __call__(self, command):
        gevent.sleep(0)
        line = command.line().removeprefix("api ")
        if line.endswith("list"):
            self.lists[line] += 1
        elif "list members" not in line:
            self.heard.append(line.removeprefix("callcenter_config "))
        error = self.troubles(line)
        if isinstance(error, SwitchError):
            raise error
        answer = api.run(self.switch, line)
        if answer.startswith("-ERR"):
            raise refusal(answer.strip())
        return answer

    @property
    def available(self):
        agents = self.switch.centre.agents.values()
        return {one.name for one in agents if one.status == "Available"}

    def set_status(self, name, status):
        api.run(self.switch, f"callcenter_config agent set status {name} '{status}'")

    def take(self):
        heard, self.heard = self.heard, []
        return heard


def ids(code, number):
    return [f"{code}_{20_000 + each}" for each in range(number)]


def company(number, code="90001"):
    """A company with so many agents and two skills."""
    entry = AgentEntry(password_hash="hash", skills={"1001": 1, "1002": 2})
    agents = {one: replace(entry, extension=one) for one in ids(code, number)}
    extensions = {one: Extension(password="p") for one in agents}
    skills = {"1001": Skill(), "1002": Skill()}
    return Company(code=code, agents=agents, extensions=extensions, skills=skills)


class Service:
    """Companies whose agents are all FREE."""

    def __init__(self, *companies):
        self.queues = TheQueues(*companies)
        self.daemon = Daemon()
        self.daemon.switch = self.queues
        self.tenant_registry = self.daemon.tenant_registry
        self.reload(*companies)
        self.mended = Counter()
        self.queue_sync = QueueSync(
            self.tenant_registry, self.daemon.runner, self.queues, self._count, seconds=30
        )

    def _count(self, name, number):
        self.mended[name] += number

    def reload(self, *companies):
        self.tenant_registry.reconfigure({one.code: one for one in companies})
        for tenant in self.tenant_registry.tenants.values():
            tenant.switch_up = True
            for agent in tenant.agents.values():
                agent.state = AgentState(status=Status.FREE)
                agent.registered_at = {DEFAULT_NODE: ()}
                agent.connection, agent.known_to_queues = "here", False
            self.daemon.runner.publish_changes(tenant)

    def agent(self, agent_id):
        return self.tenant_registry.tenants[agent_id.partition("_")[0]].agents[agent_id]

    def restart(self):
        """The service restarts beside the same switch."""
        self.reload()
        self.reload(*self.daemon.companies.values())


def names(code, number):
    return {f"{one}@{code}" for one in ids(code, number)}


@pytest.mark.parametrize("error", [SwitchTimedOut("no reply"), SwitchRefused("-ERR no")])
def test_a_failed_agent_does_not_stop_the_others_and_is_retried(error, caplog):
    service = Service(company(10))
    fourth = ids("90001", 10)[3]
    service.queues.troubles = lambda line: error if f"agent add {fourth}" in line else None
    service.queue_sync.round()
    if isinstance(error, SwitchTimedOut):
        others = names("90001", 10) - {f"{fourth}@90001"}
        assert service.queues.available == others
    assert "not all agents are at their queues" in caplog.text
    service.queues.troubles = lambda line: None
    service.queues.take()
    service.queue_sync.round()
    assert service.queues.available == names("90001", 10)
    assert all(fourth in line for line in service.queues.heard)
    assert "all agents are at their queues" in caplog.messages[-1]


def test_an_agent_whose_reply_was_late_is_set_up_by_the_next_round():
    """The switch has done what it did not answer in time."""
    service = Service(company(10))
    fourth = f"{ids('90001', 10)[3]}@90001"

    def late(line):
        if f"agent add {fourth}" in line and fourth not in service.queues.switch.centre.agents:
            api.run(service.queues.switch, line)
            return SwitchTimedOut("no reply")
        return None

    service.queues.troubles = late
    service.queue_sync.round()
    service.queue_sync.round()
    assert service.queues.available == names("90001", 10)
    assert len(service.queues.switch.centre.tiers) == 20


def test_the_queues_lists_are_fetched_once_for_all_companies():
    companies = [company(2, str(90_001 + each)) for each in range(50)]
    service = Service(*companies)
    service.queue_sync.round()
    assert set(service.queues.lists.values()) == {1}
    assert len(service.queues.available) == 100


def test_a_reload_during_a_round_is_applied_without_repeating_a_command():
    """What it has changed is applied, nobody is seated twice at a time, and nothing twice."""
    service = Service(company(20))
    at_once = Counter()
    reached = Event()

    def watch(line):
        at_once["now"] += 1
        at_once["most"] = max(at_once["most"], at_once["now"])
        gevent.sleep(0)
        at_once["now"] -= 1
        if len(service.queues.heard) == 50:
            reached.set()

    service.queues.troubles = watch
    service.queue_sync.start()
    service.queue_sync.begin()
    reached.wait()
    changed = replace(company(25), skills={"1001": Skill(ring_seconds=7), "1002": Skill()})
    service.tenant_registry.reconfigure({"90001": changed})
    service.queue_sync.begin()
    for _ in range(20_000):
        gevent.sleep(0)
        agents = service.queues.switch.centre.agents
        if len(agents) == 25 and all("leg_timeout=7" in one.contact for one in agents.values()):
            break
    service.queue_sync.stop()
    assert len(service.queues.switch.centre.agents) == 25
    assert at_once["most"] == 1
    added = Counter(line for line in service.queues.heard if line.startswith("agent add"))
    assert max(added.values()) == 1


def test_an_agent_whom_another_made_unavailable_is_made_available_again(caplog):
    service = Service(company(3))
    service.queue_sync.round()
    [first, second, third] = ids("90001", 3)
    service.queues.set_status(f"{first}@90001", "On Break")
    service.queues.set_status(f"{second}@90001", "Logged Out")
    service.queue_sync.round()
    assert service.queues.available == names("90001", 3)
    assert service.mended == {"QueueStatus": 2}
    assert f"agent {first} of company 90001 was not available" in caplog.text
    assert third not in caplog.text


@pytest.mark.parametrize("command", ["agent del {}", "tier del 1001@90001 {}"])
def test_an_agent_whom_another_removed_is_added_again(command):
    service = Service(company(3))
    service.queue_sync.round()
    name = f"{ids('90001', 3)[1]}@90001"
    api.run(service.queues.switch, f"callcenter_config {command.format(name)}")
    service.queue_sync.round()
    assert service.queues.available == names("90001", 3)
    assert len(service.queues.switch.centre.tiers) == 6


def test_an_agent_who_is_not_free_stays_out_of_the_queues():
    service = Service(company(3))
    [first, second, _] = ids("90001", 3)
    service.agent(first).state = AgentState(status=Status.BUSY)
    service.agent(second).connection = None
    service.queue_sync.round()
    assert len(service.queues.available) == 1
    service.queues.set_status(f"{first}@90001", "Available")
    service.queue_sync.round()
    assert len(service.queues.available) == 1
    service.queues.take()
    service.queue_sync.round()
    assert service.queues.heard == []


def test_agents_left_by_an_earlier_daemon_are_adopted_without_a_command():
    service = Service(company(5))
    service.queue_sync.round()
    service.queues.take()
    again = QueueSync(
        service.tenant_registry, service.daemon.runner, service.queues, service._count, 30
    )
    for tenant in service.tenant_registry.tenants.values():
        for agent in tenant.agents.values():
            agent.in_queues = agent.known_to_queues = False
    again.round()
    assert service.queues.heard == []
    assert all(
        agent.in_queues for agent in service.tenant_registry.tenants["90001"].agents.values()
    )


def test_no_command_is_sent_for_agents_that_the_switch_does_not_have():
    service = Service(company(5))
    idle()
    assert service.queues.heard == []


def without_skills(company):
    agents = {one: replace(entry, skills={}) for one, entry in company.agents.items()}
    return replace(company, skills={}, agents=agents)


@pytest.mark.parametrize("others", [[], [company(2, "90002")]], ids=["alone", "beside others"])
def test_agents_leave_the_switch_when_the_last_skill_of_their_company_is_removed(others):
    service = Service(company(3), *others)
    service.queue_sync.round()
    service.reload(without_skills(company(3)), *others)
    service.queue_sync.begin()
    service.queues.troubles = lambda line: SwitchRefused("-ERR no") if "agent del" in line else None
    service.queue_sync.round()
    service.queues.troubles = lambda line: None  # what was refused is tried again
    service.queue_sync.round()
    left = {name for one in others for name in names(one.code, 2)}
    assert service.queues.switch.centre.agents.keys() == left
    assert len(service.queues.switch.centre.tiers) == 2 * len(left)
    service.queues.take()
    service.queue_sync.round()
    assert service.queues.heard == []


def test_a_skill_removed_while_the_daemon_was_down_takes_its_agents_out():
    service = Service(company(3), company(2, "90002"))
    service.queue_sync.round()
    service.restart()
    service.reload(without_skills(company(3)), company(2, "90002"))
    again = QueueSync(
        service.tenant_registry, service.daemon.runner, service.queues, service._count, 30
    )
    again.round()
    assert service.queues.switch.centre.agents.keys() == names("90002", 2)


def test_without_skills_the_queues_are_not_fetched():
    service = Service(without_skills(company(3)))
    service.queue_sync.round()
    assert not service.queues.lists


def test_a_round_stops_when_the_link_is_lost():
    service = Service(company(5))

    def lost(line):
        if "agent add" in line:
            service.tenant_registry.tenants["90001"].switch_up = False
            return SwitchUnavailable("gone")
        return None

    service.queues.troubles = lost
    service.queue_sync.round()
    assert len(service.queues.heard) == 1


def test_a_switch_without_mod_callcenter_is_logged_once(caplog):
    service = Service(company(2))
    service.queues.troubles = lambda line: SwitchRefused("-ERR callcenter_config no such command")
    for _ in range(3):
        service.queue_sync.round()
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("shape", [(1, 1_000), (100, 10)], ids=["one company", "many companies"])
def test_other_greenlets_run_after_each_slice_of_agents(shape, monkeypatch):
    """Counts the agents or rows that are handled between two turns of another greenlet."""
    number, agents = shape
    service = Service(*(company(agents, str(90_001 + each)) for each in range(number)))
    service.queue_sync.round()
    done, most = Counter(), Counter()

    def turn():
        while True:
            for what, often in done.items():
                most[what] = max(most[what], often)
            done.clear()
            gevent.sleep(0)

    for name in ("adopt_listed", "differs", "sync_membership", "serves"):
        count_calls(monkeypatch, "esl_bridge.callflow.queue_membership", name, done)
    others = gevent.spawn(turn)
    service.queue_sync.begin()
    service.queue_sync.round()
    others.kill()
    assert set(most) >= {"adopt_listed", "sync_membership", "serves"}
    assert max(most.values()) <= slices.AT_A_TIME


def count_calls(monkeypatch, module, name, done):
    real = getattr(__import__(module, fromlist=[name]), name)

    def counted(*arguments):
        done[name] += 1
        return real(*arguments)

    monkeypatch.setattr(f"{module}.{name}", counted)
