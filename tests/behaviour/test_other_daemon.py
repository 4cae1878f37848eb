"""Two daemons with one company on one switch, and whoever else meddles with its queues."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.behaviour.conftest import installed
from tests.behaviour.world import AGENTS, COMPANY, SECONDS, World

RECONCILE_SECONDS = 2.0


@pytest.fixture(scope="module", params=["simulator", "freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    limits = {"reconcile_seconds": RECONCILE_SECONDS}
    with installed(request, tmp_path_factory, limits=limits) as world:
        yield world


def test_two_daemons_on_one_switch_both_warn(world: World):
    assert world.readiness() == "ready\n"
    with world.second_daemon() as second:
        for each in (world, second):
            each.until_page("readyz", f"company {COMPANY} is served by another daemon")
            each.logs(f"another daemon on this switch also serves company {COMPANY}")
            assert each.readiness().startswith("ready\n")
            each.until_page("metrics", 'esl_bridge_companies_served_twice{node="default"} 1.0')
    world.until(lambda: world.readiness() == "ready\n", SECONDS)
    world.logs(f"no other daemon serves company {COMPANY} any more")


def test_a_restarted_daemon_is_no_second_one(world: World):
    world.crash_daemon()
    with world.without_daemon():
        pass
    seen = world.counted("esl_bridge_esl_events")
    world.until(lambda: world.counted("esl_bridge_esl_events") >= seen + 3, SECONDS)  # its own
    assert world.readiness() == "ready\n"


@pytest.mark.parametrize("command", ["agent set status {} 'On Break'", "agent del {}"])
def test_a_free_agent_is_offered_callers_again_whoever_took_it_out_of_the_queue(
    world: World, command: str
):
    world.agent("A")
    name = f"{AGENTS['A']}@{COMPANY}"
    world.until(lambda: _status(world, name) == "Available")
    world.lab.esl.api(f"callcenter_config {command.format(name)}")
    assert _status(world, name) != "Available"
    world.until(lambda: _status(world, name) == "Available", SECONDS)
    world.logs(f"agent {AGENTS['A']} of company {COMPANY} was not available at its queues")
    world.until(lambda: world.counted("esl_bridge_repairs") > 0)


def test_a_busy_agent_is_taken_out_of_the_queue_again_whoever_put_it_in(world: World):
    a = world.agent("A")
    name = f"{AGENTS['A']}@{COMPANY}"
    # Whom the queues do not have yet is added as logged out, and never told to pause.
    world.until(lambda: _status(world, name) == "Available", SECONDS)
    a.ok("change_status", action="MAKE_BUSY")
    a.gets("FREE>BUSY")
    world.until(lambda: _status(world, name) == "On Break", SECONDS)
    world.lab.esl.api(f"callcenter_config agent set status {name} Available")
    world.until(lambda: _status(world, name) == "On Break", SECONDS)


def _status(world: World, name: str) -> str:
    return str(world.lab.esl.api(f"callcenter_config agent get status {name}")).strip()
