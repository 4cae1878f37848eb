"""All companies: whose a phone is, and what a new configuration leaves alone."""

import pytest

from esl_bridge.domain.company import AgentEntry, Extension
from esl_bridge.domain.floor import Floor
from esl_bridge.domain.states import Status
from tests.builders import COMPANY, NAMES, NOW, PREMISES, company

THEIRS = "90002_1"
OTHER = company(
    code="90002",
    agents={THEIRS: AgentEntry(password_hash="hash", extension=THEIRS)},
    extensions={THEIRS: Extension(password="p")},
)


@pytest.fixture
def floor():
    floor = Floor(PREMISES, lambda: "0" * 32, lambda: 0.0, lambda: "2026-11-20", lambda: 0)
    floor.take_up({COMPANY: company(), "90002": OTHER})
    return floor


def test_a_phone_is_one_companys(floor):
    assert floor.desk_at(NAMES["A"]) is floor.desks[COMPANY]
    assert floor.desk_at(THEIRS) is floor.desks["90002"]
    assert floor.desk_at("90003_1") is None


def test_a_phone_is_known_by_its_name_without_case_as_to_the_switch(floor):
    name = "Front.Desk-1"
    agents = {"90003_1": AgentEntry(password_hash="hash", extension=name)}
    extensions = {name: Extension(password="p")}
    floor.take_up({"90003": company(code="90003", agents=agents, extensions=extensions)})
    desk = floor.desks["90003"]
    assert floor.desk_at("front.desk-1") is floor.desk_at("FRONT.DESK-1") is desk
    assert [each.id for each in desk.agents_at("front.desk-1")] == ["90003_1"]


def test_who_is_at_work_stays_when_the_configuration_changes(floor):
    desk = floor.desks[COMPANY]
    agent = desk.agents[NAMES["A"]]
    agent.state = type(agent.state)(status=Status.FREE)
    away = desk.agents[NAMES["B"]]
    without = {key: each for key, each in company().agents.items() if key == NAMES["D"]}
    floor.take_up({COMPANY: company(agents=without)})
    assert floor.desks[COMPANY] is desk
    assert desk.agents[NAMES["A"]] is agent
    assert away.id not in desk.agents
    assert NAMES["D"] in desk.agents


def test_a_changed_entry_is_worked_by_from_now_on(floor):
    desk = floor.desks[COMPANY]
    agents = dict(company().agents) | {
        NAMES["A"]: AgentEntry(password_hash="new", extension=NAMES["A"], supervisor=True)
    }
    agent = desk.agents[NAMES["A"]]
    floor.take_up({COMPANY: company(agents=agents, wrap_up_seconds=7)})
    assert agent.entry.supervisor
    assert desk.company.wrap_up_seconds == 7


def test_a_company_that_is_gone_takes_nothing_new(floor):
    floor.take_up({COMPANY: company()})
    assert set(floor.desks) == {COMPANY}
    assert floor.desk_at(THEIRS) is None


def test_a_company_that_comes_back_has_an_epoch_of_its_own():
    ids = iter("abcdefgh")
    floor = Floor(PREMISES, lambda: next(ids), lambda: 0.0, lambda: NOW, lambda: 0)
    epochs = []
    for _ in range(2):
        floor.take_up({COMPANY: company()})
        epochs.append(floor.desks[COMPANY].epoch)
        floor.take_up({})
    assert epochs[0] != epochs[1]


def test_a_change_goes_one_agent_after_the_other(floor):
    """Between two of them the desks may be worked at: nobody is asked to wait for thousands."""
    many = {f"90001_{each}": AgentEntry(password_hash="hash") for each in range(500)}
    companies = {
        COMPANY: company(agents=many, extensions={}, numbers={}),
        "90003": company(code="90003", agents=many, extensions={}, numbers={}),
    }
    known = len(floor.desks[COMPANY].settle())
    steps = 0
    for desk in floor.taking_up(companies):
        steps += 1
        assert len(desk.settle()) <= 1
    assert steps >= 2 * 500 + known
    assert [len(floor.desks[code].agents) for code in companies] == [500, 500]


def test_who_has_not_changed_is_nobodys_news(floor):
    desk = floor.desks[COMPANY]
    desk.settle()
    floor.take_up({COMPANY: company(), "90002": OTHER})
    assert desk.settle() == []


def test_a_phone_that_has_changed_hands_is_its_new_agents(floor):
    desk = floor.desks[COMPANY]
    agents = dict(company().agents)
    a, b = agents[NAMES["A"]], agents[NAMES["B"]]
    agents |= {NAMES["A"]: b, NAMES["B"]: a}
    floor.take_up({COMPANY: company(agents=agents)})
    assert [one.id for one in desk.agents_at(NAMES["A"])] == [NAMES["B"]]
    assert [one.id for one in desk.agents_at(NAMES["B"])] == [NAMES["A"]]
    del agents[NAMES["B"]]
    floor.take_up({COMPANY: company(agents=agents)})
    assert desk.agents_at(NAMES["A"]) == []
