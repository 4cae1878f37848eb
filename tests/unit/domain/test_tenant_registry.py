"""All companies: whose a phone is, and what a new configuration leaves alone."""

import pytest

from esl_bridge.domain.company import DEFAULT_NODE, AgentEntry, Extension
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant_registry import TenantRegistry
from tests.builders import COMPANY, NAMES, NODES, NOW, company

THEIRS = "90002_1"
OTHER = company(
    code="90002",
    agents={THEIRS: AgentEntry(password_hash="hash", extension=THEIRS)},
    extensions={THEIRS: Extension(password="p")},
)


@pytest.fixture
def tenant_registry():
    tenant_registry = TenantRegistry(
        NODES, lambda: "0" * 32, lambda: 0.0, lambda: "2026-11-20", lambda: 0
    )
    tenant_registry.reconfigure({COMPANY: company(), "90002": OTHER})
    return tenant_registry


def test_a_phone_belongs_to_one_company(tenant_registry):
    assert tenant_registry.tenant_at(DEFAULT_NODE, NAMES["A"]) is tenant_registry.tenants[COMPANY]
    assert tenant_registry.tenant_at(DEFAULT_NODE, THEIRS) is tenant_registry.tenants["90002"]
    assert tenant_registry.tenant_at(DEFAULT_NODE, "90003_1") is None


def test_phones_are_found_without_regard_to_case(tenant_registry):
    name = "Front.Desk-1"
    agents = {"90003_1": AgentEntry(password_hash="hash", extension=name)}
    extensions = {name: Extension(password="p")}
    tenant_registry.reconfigure(
        {"90003": company(code="90003", agents=agents, extensions=extensions)}
    )
    tenant = tenant_registry.tenants["90003"]
    assert (
        tenant_registry.tenant_at(DEFAULT_NODE, "front.desk-1")
        is tenant_registry.tenant_at(DEFAULT_NODE, "FRONT.DESK-1")
        is tenant
    )
    assert [each.id for each in tenant.roster.agents_at("front.desk-1")] == ["90003_1"]


def test_an_agent_at_work_survives_its_removal_from_the_configuration(tenant_registry):
    tenant = tenant_registry.tenants[COMPANY]
    agent = tenant.agents[NAMES["A"]]
    agent.state = type(agent.state)(status=Status.FREE)
    away = tenant.agents[NAMES["B"]]
    without = {key: each for key, each in company().agents.items() if key == NAMES["D"]}
    tenant_registry.reconfigure({COMPANY: company(agents=without)})
    assert tenant_registry.tenants[COMPANY] is tenant
    assert tenant.agents[NAMES["A"]] is agent
    assert away.id not in tenant.agents
    assert NAMES["D"] in tenant.agents


def test_a_changed_entry_takes_effect_at_once(tenant_registry):
    tenant = tenant_registry.tenants[COMPANY]
    agents = dict(company().agents) | {
        NAMES["A"]: AgentEntry(password_hash="new", extension=NAMES["A"], supervisor=True)
    }
    agent = tenant.agents[NAMES["A"]]
    tenant_registry.reconfigure({COMPANY: company(agents=agents, wrap_up_seconds=7)})
    assert agent.entry.supervisor
    assert tenant.company.wrap_up_seconds == 7


def test_a_removed_company_is_forgotten(tenant_registry):
    tenant_registry.reconfigure({COMPANY: company()})
    assert set(tenant_registry.tenants) == {COMPANY}
    assert tenant_registry.tenant_at(DEFAULT_NODE, THEIRS) is None


def test_a_company_that_returns_has_a_new_epoch():
    ids = iter("abcdefgh")
    tenant_registry = TenantRegistry(NODES, lambda: next(ids), lambda: 0.0, lambda: NOW, lambda: 0)
    epochs = []
    for _ in range(2):
        tenant_registry.reconfigure({COMPANY: company()})
        epochs.append(tenant_registry.tenants[COMPANY].epoch)
        tenant_registry.reconfigure({})
    assert epochs[0] != epochs[1]


def test_a_reconfiguration_proceeds_agent_by_agent(tenant_registry):
    """Between two of them the desks may be worked at: nobody is asked to wait for thousands."""
    many = {f"90001_{each}": AgentEntry(password_hash="hash") for each in range(500)}
    companies = {
        COMPANY: company(agents=many, extensions={}, numbers={}),
        "90003": company(code="90003", agents=many, extensions={}, numbers={}),
    }
    known = len(tenant_registry.tenants[COMPANY].publish_changes())
    steps = 0
    for tenant in tenant_registry.reconfiguring(companies):
        steps += 1
        assert len(tenant.publish_changes()) <= 1
    assert steps >= 2 * 500 + known
    assert [len(tenant_registry.tenants[code].agents) for code in companies] == [500, 500]


def test_an_unchanged_configuration_publishes_nothing(tenant_registry):
    tenant = tenant_registry.tenants[COMPANY]
    tenant.publish_changes()
    tenant_registry.reconfigure({COMPANY: company(), "90002": OTHER})
    assert tenant.publish_changes() == []


def test_a_phone_that_changed_hands_belongs_to_its_new_agent(tenant_registry):
    tenant = tenant_registry.tenants[COMPANY]
    agents = dict(company().agents)
    a, b = agents[NAMES["A"]], agents[NAMES["B"]]
    agents |= {NAMES["A"]: b, NAMES["B"]: a}
    tenant_registry.reconfigure({COMPANY: company(agents=agents)})
    assert [one.id for one in tenant.roster.agents_at(NAMES["A"])] == [NAMES["B"]]
    assert [one.id for one in tenant.roster.agents_at(NAMES["B"])] == [NAMES["A"]]
    del agents[NAMES["B"]]
    tenant_registry.reconfigure({COMPANY: company(agents=agents)})
    assert tenant.roster.agents_at(NAMES["A"]) == []
