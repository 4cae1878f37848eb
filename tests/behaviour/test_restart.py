"""After a kill -9 of the daemon nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.behaviour.conftest import installed
from tests.behaviour.report import chosen
from tests.behaviour.steps.calls import (
    begins_to_call,
    called_in,
    ends_its_call,
    rings_at_a,
    shows,
    talks_to_c,
)
from tests.behaviour.steps.consults import talks_to_d
from tests.behaviour.steps.restarts import comes_back
from tests.behaviour.world import AGENTS, NUMBER_OF_A, OUTSIDE, World

EARLIER = Path(__file__).parent / "recorded" / "state-version-1.sqlite"
"""What a daemon left that was killed in a talk, before switches had names."""


@pytest.fixture(scope="module", params=["simulator", "freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One of its own, in which who is away has all the time that a new daemon takes."""
    with installed(request, tmp_path_factory, phones=chosen(), grace=30) as world:
        yield world


def test_an_agents_state_and_remembered_action_survive(world: World):
    a, b = world.agent("A"), world.agent("B")
    b.ok("change_status", action="MAKE_REST")
    b.gets("FREE>REST")
    uuid = talks_to_c(world, a)
    a.ok("change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    world.crash_daemon()
    a, b = comes_back(world, "A", a), comes_back(world, "B", b)
    assert b.ok("get_status")["status"] == "REST"
    assert a.ok("get_status")["call_stop_status"] == "BUSY"
    world.hears("A", "C")
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING>BUSY")
    world.phone("C").wait_idle()


def test_a_call_that_rang_goes_on_ringing(world: World):
    a = world.agent("A")
    uuid = begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    world.crash_daemon()
    a = comes_back(world, "A", a)
    world.phone("C").answer()
    a.gets("CALL.S")
    ends_its_call(a, uuid)
    world.phone("C").wait_idle()


def test_an_offer_of_a_queue_goes_on_ringing(world: World):
    a = world.agent("A")
    uuid = rings_at_a(world, a)
    world.crash_daemon()
    a = comes_back(world, "A", a)
    assert a.gets("callin")["uuid"] == uuid
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.hears("A", "C")
    world.phone("C").hangup()
    a.gets("CALLING>FREE")


def test_a_call_that_ended_meanwhile_is_told_of(world: World):
    a = world.agent("A")
    talks_to_c(world, a)
    world.kill_daemon()
    world.phone("C").hangup()
    world.phone("A").wait_idle()
    world.start_daemon()
    a = comes_back(world, "A", a)
    ended = a.gets("CALL.E+", "CALLING>FREE")
    assert ended["reason"] == "RESYNC"


def test_a_call_is_read_back_where_the_state_is_of_an_earlier_version(world: World):
    """That file has a talk of A's, too, of legs that are no more."""
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    world.kill_daemon()
    world.finds_state(EARLIER)
    world.start_daemon()
    world.logs("it is of version 1, not ")
    a = world.connect("A")
    assert a.checkin()["status"] == "CALLING"
    world.hears("A", "C")
    assert [leg["uuid"] for leg in a.ok("get_status")["legs"]].count(uuid) == 1
    a.forget()
    a.ok("hangup", uuid=uuid)
    a.gets("CALLING>FREE")
    world.phone("C").wait_idle()


def test_an_agent_who_does_not_come_back_goes_offline(world: World):
    a = world.agent("A")
    with world.grace(0.1):
        world.crash_daemon()
        back = world.connect("A")
        world.until(lambda: back.ok("get_status", token=a.token)["status"] == "OFFLINE")
    world.crash_daemon()


def anew(world: World, how: str) -> dict[str, Any]:
    """The company's agents, of whom D is none any more, or another."""
    agents = world.settings_of_company()["agents"]
    entry = agents.pop(AGENTS["D"])
    if how == "disabled":
        agents[AGENTS["D"]] = entry | {"enabled": False}
    return {"agents": agents}


@pytest.mark.parametrize("how", ["removed", "disabled"])
@pytest.mark.parametrize(("who_ends", "begun_anew"), [("A", True), ("D", True), ("D", False)])
def test_a_consult_goes_on_though_the_consultant_is_removed(
    world: World, how: str, who_ends: str, *, begun_anew: bool
):
    a, d = world.agent("A"), world.agent("D")
    uuid = called_in(world, a)
    talks_to_d(world, a, d, uuid)
    with (world.restarted_with if begun_anew else world.company)(**anew(world, how)):
        a = comes_back(world, "A", a) if begun_anew else a
        world.hears("C", "MOH")
        world.hears("A", "D")
        shows(a, "CALLING/CONSULT", OUTSIDE["C"], AGENTS["D"])
        if who_ends == "D":
            world.phone("D").hangup()
        else:
            a.ok("consult", uuid=uuid, type="2")
        a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
        world.phone("D").wait_idle()
        world.hears("C", "A")
        shows(a, "CALLING", OUTSIDE["C"])
        a.ok("hangup", uuid=uuid)
        a.gets("CALLING>FREE")
        d.close()


def test_a_consult_goes_on_though_its_agent_is_removed(world: World):
    """Its customer is not let go as long as its phone is there."""
    a, d = world.agent("A"), world.agent("D")
    uuid = called_in(world, a)
    talks_to_d(world, a, d, uuid)
    settings = world.settings_of_company()
    del settings["agents"][AGENTS["A"]]
    del settings["numbers"][NUMBER_OF_A]
    with world.restarted_with(agents=settings["agents"], numbers=settings["numbers"]):
        d = comes_back(world, "D", d)
        world.hears("C", "MOH")
        shows(d, "CALLING/CONSULT", OUTSIDE["C"], AGENTS["A"])
        world.phone("D").hangup()
        d.gets("CALLING/CONSULT>FREE")
        world.hears("C", "A")
        world.phone("C").hangup()
        world.phone("A").wait_idle()
