"""A reload while the link to the switch is down."""

from __future__ import annotations

import gevent
import pytest
from msgspec.structs import replace

from esl_bridge.config import load
from esl_bridge.domain.company import Extension, Skill
from tests.builders import as_registered
from tests.unit.runtime.fake_switch import api
from tests.unit.runtime.service import COMPANY, A, B, serving

NEW = "90001_30000"


@pytest.fixture(autouse=True)
def bounded():
    with gevent.Timeout(30):
        yield


def changed(company):
    """One agent more, one agent less, and a skill for those who are left."""
    entry = replace(company.agents[A], skills={"1001": 1})
    agents = {A: entry, NEW: replace(entry, extension=NEW)}
    extensions = dict(company.extensions) | {NEW: Extension(password="p")}
    return replace(company, agents=agents, extensions=extensions, skills={"1001": Skill()})


def lose_link(service):
    service.switch.shut()
    for peer in service.switch.peers:
        peer.close()
    while not service.app.health.why_not_ready():
        gevent.sleep(0.01)


def find_link(service, *phones):
    shown = api(as_registered(phones))
    service.switch.answers["api sofia status profile esl_bridge reg"] = shown
    service.switch.lines.clear()
    service.switch.reopen()
    service.app.wait_until_ready()


def test_a_reload_without_a_link_reaches_the_switch_once_the_link_is_up(tmp_path):
    with serving(tmp_path) as service:
        at_work = service.at_work(A)
        _, companies = load(tmp_path / "esl_bridge.yaml")
        lose_link(service)
        service.app.reload({COMPANY: changed(companies[COMPANY])})
        assert at_work.ask("get_status")["code"] == "0"
        assert service.client(B).ask("checkin", agent_pwd="agent-secret")["code"] == "4004"
        assert service.client(NEW).ask("checkin", agent_pwd="agent-secret")["code"] != "0"
        find_link(service, A, NEW)
        assert service.client(NEW).checkin()["status"] == "FREE"
        for agent in (A, NEW):
            added = f"api callcenter_config agent add {agent}@{COMPANY} callback"
            service.switch.until(lambda added=added: added in service.switch.lines)


def test_a_link_that_comes_up_during_a_reload_reaches_every_company(tmp_path):
    """Neither the old nor the new ones stay without a switch."""
    with serving(tmp_path) as service:
        _, companies = load(tmp_path / "esl_bridge.yaml")
        lose_link(service)
        entry = companies[COMPANY].agents[A]
        many = {
            str(code): replace(
                companies[COMPANY], code=str(code), agents={f"{code}_1": entry}, numbers={}
            )
            for code in range(80_000, 80_500)
        }
        reloading = gevent.spawn(service.app.reload, companies | many)
        find_link(service, A)
        reloading.join()
        tenants = service.app.tenant_registry.tenants
        assert len(tenants) == 501
        assert all(tenant.switch_up for tenant in tenants.values())
