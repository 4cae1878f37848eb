"""A reload while agents are at work: some are new, removed, or disabled."""

import gevent
import pytest
from msgspec.structs import replace

from esl_bridge.domain.company import AgentEntry, Extension
from esl_bridge.domain.states import Status
from tests.builders import COMPANY, NAMES, NUMBER_OF_A, OUTSIDE, PASSWORD, as_registered
from tests.daemon import Daemon, idle

A, B = NAMES["A"], NAMES["B"]
NEW = "90001_30000"
GONE, COMPANY_OFF, AGENT_OFF = "gone", "company disabled", "agent disabled"


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(10):
        yield


@pytest.fixture
def daemon():
    return Daemon()


def reload(daemon, **companies):
    daemon.tenant_registry.reconfigure(companies)
    for tenant in daemon.tenant_registry.tenants.values():
        daemon.runner.publish_changes(tenant)


def change(daemon, **changes):
    reload(daemon, **{COMPANY: replace(daemon.companies[COMPANY], **changes)})


def without_a(daemon, entry=None):
    agents = {name: one for name, one in daemon.tenant.company.agents.items() if name != A}
    change(daemon, agents=agents | ({A: entry} if entry else {}))


def disable(daemon, how):
    if how == GONE:
        reload(daemon)
    elif how == COMPANY_OFF:
        change(daemon, enabled=False)
    else:
        without_a(daemon, replace(daemon.tenant.company.agents[A], enabled=False))


@pytest.mark.parametrize(
    ("how", "code", "checkin"),
    [(GONE, "1000", "4008"), (COMPANY_OFF, "1000", "1000"), (AGENT_OFF, "1001", "1001")],
)
def test_an_agent_disabled_at_work_may_only_hang_up_and_check_out(daemon, how, code, checkin):
    [a, _] = daemon.at_work("A", "B")
    near, far = daemon.talk(a, "A", "B")
    disable(daemon, how)
    assert a.ask("A", "hold", uuid=near, hold="1")["code"] == code
    assert a.ask("A", "change_status", action="MAKE_BUSY")["code"] == code
    assert a.ok("A", "get_status")["status"] == "CALLING"
    a.ok("A", "hangup", uuid=near)
    daemon.ends(near)
    daemon.ends(far)
    assert a.ok("A", "get_status")["status"] == "FREE"
    assert a.ask("A", "call", callee_number=OUTSIDE)["code"] == code
    a.ok("A", "checkout")
    assert a.ask("A", "checkin", agent_pwd=PASSWORD)["code"] == checkin


def test_a_removed_company_is_forgotten_once_nobody_is_at_work(daemon):
    [a] = daemon.at_work("A")
    reload(daemon)
    assert a.ok("A", "get_status")["status"] == "FREE"
    a.ok("A", "checkout")
    assert a.ask("A", "checkin", agent_pwd=PASSWORD)["code"] == "4008"
    assert daemon.tenant_registry.tenants == {}


def test_a_removed_company_that_comes_back_still_has_its_agents_and_calls(daemon):
    [a, _] = daemon.at_work("A", "B")
    near, _ = daemon.talk(a, "A", "B")
    reload(daemon)
    reload(daemon, **daemon.companies)
    assert daemon.tenant_registry.tenants[COMPANY] is daemon.tenant
    assert a.ok("A", "get_status")["status"] == "CALLING"
    a.ok("A", "mute", uuid=near, mute="1")


def test_a_lost_switch_ends_the_calls_of_a_removed_company_too():
    daemon = Daemon(away=0.01)
    [a, _] = daemon.at_work("A", "B")
    daemon.talk(a, "A", "B")
    reload(daemon)
    daemon.event_listener.on_down()
    daemon.until(lambda: daemon.tenant.agents[A].status is not Status.CALLING)
    assert daemon.owners == {}


@pytest.mark.parametrize("how", [GONE, COMPANY_OFF, AGENT_OFF])
def test_a_caller_is_not_routed_to_a_disabled_agent(daemon, how):
    daemon.at_work("A")
    disable(daemon, how)
    daemon.switch.take()
    daemon.event(
        "CHANNEL_PARK",
        **{
            "Unique-ID": "caller-1",
            "variable_esl_bridge_company": COMPANY,
            "variable_esl_bridge_role": "customer",
            "variable_esl_bridge_number": NUMBER_OF_A,
        },
    )
    others = [line for line in daemon.switch.heard if "esl_bridge_contact_id" not in line]
    assert others == ["api uuid_kill caller-1 USER_BUSY"]


def test_a_disabled_agent_cannot_be_called(daemon):
    [_, b] = daemon.at_work("A", "B")
    disable(daemon, AGENT_OFF)
    assert b.ask("B", "call", callee_number=A, out_line=0)["code"] == "4104"


def test_a_removed_agent_cannot_check_in_again(daemon):
    [a] = daemon.at_work("A")
    without_a(daemon)
    assert a.ask("A", "call", callee_number=OUTSIDE)["code"] == "1001"
    a.ok("A", "checkout")
    assert a.ask("A", "checkin", agent_pwd=PASSWORD)["code"] == "4004"


def test_a_removed_agent_is_known_until_it_has_checked_out(daemon):
    [a, b] = daemon.at_work("A", "B")
    without_a(daemon)
    assert b.ask("B", "call", callee_number=A, out_line=0)["code"] == "4104"
    a.ok("A", "checkout")
    a.until(lambda: a.sent[-1].get("agent_status") == "OFFLINE")
    assert b.ask("B", "call", callee_number=A, out_line=0)["code"] == "4101"


def test_a_reload_reads_the_registrations_of_new_extensions(daemon):
    daemon.at_work("B")
    company = daemon.companies[COMPANY]
    agents = dict(company.agents) | {
        A: replace(company.agents[A], extension=NEW),
        NEW: AgentEntry(password_hash="hash", extension=NEW),
    }
    extensions = dict(company.extensions) | {NEW: Extension(password="p")}
    change(daemon, agents=agents, extensions=extensions)
    assert daemon.client().ask(NEW, "checkin", agent_pwd=PASSWORD)["code"] == "4011"
    assert daemon.client().ask("A", "checkin", agent_pwd=PASSWORD)["code"] == "4011"
    daemon.switch.will("sofia", as_registered([NEW]))
    daemon.resynchronizer.companies_reloaded()
    idle()
    assert daemon.client().checkin(NEW)["status"] == "FREE"
    assert daemon.tenant.agents[B].registered
