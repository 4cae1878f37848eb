"""``directory`` and ``directory_change``: an agent's own company, changed items, once a second."""

import gevent
import msgspec
import pytest
from gevent.event import Event

from esl_bridge.domain.company import AgentEntry, Ivr, Skill
from esl_bridge.protocol import directory
from tests.builders import COMPANY, NAMES, company
from tests.daemon import Daemon, idle

A, B, D = NAMES["A"], NAMES["B"], NAMES["D"]
AGENTS = {
    agent_id: AgentEntry(
        name=f"Agent {name}",
        password_hash="hash",
        extension=agent_id,
        skills={"1001": 1} if name in "AB" else {},
    )
    for name, agent_id in NAMES.items()
}
SKILLS = {"1001": Skill(name="Sales")}


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(20):
        yield


@pytest.fixture
def daemon():
    return opened()


def opened(*others):
    daemon = Daemon(*others, skills=SKILLS, agents=AGENTS)
    daemon.pauses = []
    daemon.sessions._directories._sleep = lambda _seconds: pause(daemon)
    return daemon


def pause(daemon):
    daemon.pauses.append(Event())
    daemon.pauses[-1].wait()


def second(daemon):
    """A second goes by."""
    over, daemon.pauses = daemon.pauses, []
    for each in over:
        each.set()
    idle()


def busy(client, name, action="MAKE_BUSY"):
    client.ok(name, "change_status", action=action)
    idle()


def changes(client):
    """The pushes since the last call."""
    pushes = client.pushes("directory_change")
    client.take()
    return pushes


def shown(name, status="FREE", *, available=True):
    agent_id = NAMES[name]
    return {
        "agent_id": agent_id,
        "name": f"Agent {name}",
        "ext_id": agent_id,
        "status": status,
        "available": available,
    }


def reconfigured(daemon, **fields):
    daemon.tenant.reconfigure(company(**{"skills": SKILLS, "agents": AGENTS} | fields))
    daemon.runner.publish_changes(daemon.tenant)
    idle()


def test_any_agent_is_sent_the_whole_directory(daemon):
    a, _ = daemon.at_work("A", "B")
    reply = a.ok("A", "directory")
    agents = {one["agent_id"]: one for one in reply["agents"]}
    assert agents.keys() == set(AGENTS)
    assert agents[B] == shown("B")
    assert agents[D] == shown("D", "OFFLINE", available=False)
    skill = {"skill": "1001", "name": "Sales", "agents_free": 2, "waiting": 0}
    assert (reply["skills"], reply["ivrs"], reply["survey"]) == ([skill], ["2001"], False)


def test_changed_items_alone_are_sent_at_most_once_a_second(daemon):
    a, b = daemon.at_work("A", "B")
    b.ok("B", "directory")
    b.take()
    for action in ("MAKE_BUSY", "MAKE_FREE", "MAKE_REST"):
        busy(a, "A", action)
    [first] = changes(b)
    assert first["agents"] == [shown("A", "BUSY", available=False)]
    assert [one["agents_free"] for one in first["skills"]] == [1]
    assert not {"ivrs", "survey", "gone_agents", "gone_skills"} & first.keys()
    second(daemon)
    [then] = changes(b)
    assert then["agents"] == [shown("A", "REST", available=False)]
    assert then["skills"] == []
    second(daemon)
    assert changes(b) == []
    assert a.pushes("directory_change") == []


def test_what_another_configuration_adds_changes_and_removes_is_sent(daemon):
    a, _ = daemon.at_work("A", "B")
    a.ok("A", "directory")
    a.take()
    reconfigured(daemon)
    second(daemon)
    assert changes(a) == [], "the same configuration was read again"
    left = {agent_id: entry for agent_id, entry in AGENTS.items() if agent_id != D}
    left[B] = msgspec.structs.replace(left[B], name="Bo")
    reconfigured(
        daemon, agents=left, skills={"1002": Skill()}, ivrs={}, survey=Ivr(extension="survey")
    )
    second(daemon)
    [push] = changes(a)
    assert [(one["agent_id"], one["name"]) for one in push["agents"]] == [(B, "Bo")]
    assert [one["skill"] for one in push["skills"]] == ["1002"]
    assert (push["ivrs"], push["survey"]) == ([], True)
    assert (push["gone_agents"], push["gone_skills"]) == ([D], ["1001"])


def test_a_directory_shows_nothing_of_another_company():
    theirs = msgspec.structs.replace(company(agents=AGENTS, skills=SKILLS), code="90002")
    daemon = opened(theirs)
    [a] = daemon.at_work("A")
    other = daemon.client()
    other.checkin("B", company_code="90002")
    reply = other.ok("B", "directory", company_code="90002")
    assert [one["status"] for one in reply["agents"] if one["agent_id"] == A] == ["OFFLINE"]
    other.take()
    busy(a, "A")
    second(daemon)
    assert other.take() == []
    assert a.ok("A", "directory")["company_code"] == COMPANY


def test_a_subscription_ends_when_the_session_does(daemon):
    a, b = daemon.at_work("A", "B")
    ends = [
        lambda: b.ok("B", "directory", subscribe=False),
        lambda: b.checkin("B"),
        lambda: (b.ok("B", "checkout"), b.checkin("B")),
        lambda: (daemon.sessions.closed(b), b.checkin("B")),
    ]
    for end in ends:
        b.ok("B", "directory")
        end()
        assert daemon.tenant.directory.watchers == {}
    b.take()
    busy(a, "A")
    assert changes(b) == []


def test_a_missed_change_is_not_sent_again_and_is_no_gap(daemon):
    a, b = daemon.at_work("A", "B")
    b.ok("B", "directory")
    busy(b, "B")
    busy(a, "A")
    second(daemon)
    [last] = b.pushes("agent_change")[-1:]
    assert b.pushes("directory_change")
    back = daemon.client()
    back.checkin("B", reset=False, epoch=last["epoch"], seq=last["seq"], take=True)
    assert back.pushes("directory_change") == []
    assert back.pushes("gap") == []


def test_a_change_that_others_have_asked_for_meanwhile_is_still_pushed(daemon):
    a, b, d, e = daemon.at_work("A", "B", "D", "E")
    b.ok("B", "directory")
    busy(a, "A")
    assert len(changes(b)) == 1
    busy(a, "A", "MAKE_REST")  # pushed a second later
    for client, name in ((d, "D"), (e, "E")):
        agents = client.ok(name, "directory")["agents"]
        assert shown("A", "REST", available=False) in agents
    second(daemon)
    [push] = changes(b)
    assert push["agents"] == [shown("A", "REST", available=False)]


def test_a_directory_is_built_once_for_all_who_ask_between_two_changes(daemon, monkeypatch):
    a, b, d = daemon.at_work("A", "B", "D")
    built, build = [], directory._agents
    monkeypatch.setattr(directory, "_agents", lambda *of: built.append(of) or build(*of))
    for client, name in ((a, "A"), (b, "B"), (d, "D")):
        assert shown("A") in client.ok(name, "directory")["agents"]
    assert len(built) == 1
    busy(a, "A")
    for client, name in ((b, "B"), (d, "D")):
        assert shown("A", "BUSY", available=False) in client.ok(name, "directory")["agents"]
    assert len(built) == 3  # that of the push, and a whole one


def test_an_agent_who_follows_nothing_is_sent_the_directory_as_it_is(daemon):
    a, b = daemon.at_work("A", "B")
    for action, status in (("MAKE_BUSY", "BUSY"), ("MAKE_REST", "REST")):
        busy(a, "A", action)
        agents = b.ok("B", "directory", subscribe=False)["agents"]
        assert shown("A", status, available=False) in agents
