"""`team_status` and `team_change`: what a supervisor sees of the agents and of who waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import puts_on_hold, talks_to_c
from tests.behaviour.steps.queues import becomes_free
from tests.behaviour.world import (
    AGENTS,
    NUMBER_OF_BRIEF_SKILL,
    NUMBER_OF_SKILL,
    OUTSIDE,
    World,
)

pytestmark = pytest.mark.usefixtures("rested")

C = OUTSIDE["C"]


class Board:
    """What a wallboard shows: first the reply, and then what each push changes in it."""

    def __init__(self, supervisor: Client) -> None:
        self._supervisor = supervisor
        reply = supervisor.ok("team_status")
        self.agents: dict[str, dict[str, Any]] = {}
        self.queues: dict[str, dict[str, Any]] = {}
        self._draw(reply)

    def _draw(self, items: dict[str, Any]) -> None:
        self.agents |= {one["agent_id"]: one for one in items["agents"]}
        self.queues |= {one["skill"]: one for one in items["queues"]}

    def agent(self, name: str) -> dict[str, Any]:
        return self.agents[AGENTS[name]]

    def until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._draw(self._supervisor.gets("team_change"))

    def until_waits(self, skill: str, *callers: str) -> None:
        self.until(lambda: [one["caller_number"] for one in self.waiting(skill)] == list(callers))

    def until_is(self, name: str, status: str, sub: str | None = None) -> None:
        self.until(
            lambda: (
                (self.agent(name)["status"], self.agent(name).get("sub_status")) == (status, sub)
            )
        )

    def waiting(self, skill: str = "1001") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.queues[skill]["waiting"]
        return found

    def close(self) -> None:
        """Nobody is told any more."""
        self._supervisor.ok("team_status", subscribe=False)
        self._supervisor.forget()


@pytest.fixture
def board(world: World) -> Board:
    return Board(world.agent("S"))


def recently(since: str) -> bool:
    return 0 <= (datetime.now() - datetime.strptime(since, "%Y-%m-%d %H:%M:%S")).seconds < 30


def test_a_wallboard_has_all_agents_and_queues_of_the_company(world: World, board: Board):
    assert board.agents.keys() == set(AGENTS.values())
    assert board.queues.keys() == {"1001", "1002"}
    s, a = board.agent("S"), board.agent("A")
    assert (s["status"], s["ext_id"], s["registered"]) == ("FREE", AGENTS["S"], True)
    assert recently(s["since"])
    assert a["status"] == "OFFLINE"
    assert "call" not in a
    assert board.queues["1001"] == {"skill": "1001", "agents_free": 0, "waiting": []}
    board.close()


def test_a_wallboard_shows_an_agents_day(world: World, board: Board):
    a = world.agent("A")
    board.until_is("A", "FREE")
    assert board.queues["1001"]["agents_free"] == 1
    uuid = talks_to_c(world, a)
    board.until_is("A", "CALLING")
    began = board.agent("A")["since"]
    assert board.agent("A")["call"] == uuid
    assert board.queues["1001"]["agents_free"] == 0
    puts_on_hold(a, uuid)
    board.until_is("A", "CALLING", "HOLD")
    assert board.agent("A")["since"] == began
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING/HOLD>FREE")
    board.until_is("A", "FREE")
    assert "call" not in board.agent("A")
    with world.unregistered("A"):
        board.until(lambda: not board.agent("A")["registered"])
        assert board.queues["1001"]["agents_free"] == 0
    board.until(lambda: board.queues["1001"]["agents_free"] == 1)
    assert board.agent("A")["registered"]
    board.close()
    a.forget()


def test_a_wallboard_shows_a_caller_who_waits_and_gives_up(world: World, board: Board):
    world.phone("C").dial(NUMBER_OF_SKILL)
    board.until_waits("1001", C)
    assert recently(board.waiting()[0]["since"])
    world.phone("X").dial(NUMBER_OF_SKILL)
    board.until_waits("1001", C, OUTSIDE["X"])
    world.phone("C").hangup()
    board.until_waits("1001", OUTSIDE["X"])
    world.phone("X").hangup()
    board.until_waits("1001")
    board.close()


def test_a_wallboard_shows_a_caller_who_waits_is_offered_and_answered(world: World, board: Board):
    world.phone("C").dial(NUMBER_OF_SKILL)
    board.until_waits("1001", C)
    a = becomes_free(world, "A")
    a.gets("callin", "FREE>RINGING")
    board.until_is("A", "RINGING")
    assert [one["caller_number"] for one in board.waiting()] == [C]
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    board.until_waits("1001")
    board.until_is("A", "CALLING")
    world.phone("C").hangup()
    a.gets("CALLING>FREE")
    board.until_is("A", "FREE")
    board.close()


def test_a_wallboard_shows_a_caller_who_waited_too_long(world: World, board: Board):
    with world.company(fallback={"ivr": "2001"}):
        world.phone("C").dial(NUMBER_OF_BRIEF_SKILL)
        board.until_waits("1002", C)
        board.until_waits("1002")
        world.hears("C", "IVR")
        world.phone("C").hangup()
    board.close()


def test_a_wallboard_shows_a_caller_who_talked_and_waits_again(world: World, board: Board):
    """The switch tells the end of the first wait when the second has begun."""
    a = world.agent("A")
    world.phone("C").dial(NUMBER_OF_SKILL)
    uuid = a.gets("callin", "FREE>RINGING")["uuid"]
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.hears("C", "A")
    board.until_waits("1001")
    a.ok("change_status", action="MAKE_BUSY_AFTER_CALL_STOP")
    a.begin("trans", uuid=uuid, type="1", trans_type="2", trans_number="1001")
    world.hears("C", "MOH")
    board.until_waits("1001", C)
    world.phone("C").hangup()
    board.until_waits("1001")
    a.forget()
    board.close()


def test_a_wallboard_ends_with_its_subscription_and_with_the_session(world: World):
    a, s = world.agent("A"), world.agent("S")
    Board(s).close()
    a.ok("change_status", action="MAKE_BUSY")
    a.gets("FREE>BUSY")
    Board(s)
    s.forget()
    s.ok("checkout")
    s.gets("FREE>OFFLINE")
    s.checkin()
    s.gets("OFFLINE>FREE")
    a.ok("change_status", action="MAKE_FREE")
    a.gets("BUSY>FREE")
    s.got_nothing_more()


def test_a_wallboard_is_only_for_supervisors(world: World):
    a = world.agent("A")
    assert "agents" not in a.refused("4102", "team_status")
    a.refused("4102", "team_status", subscribe=False)
