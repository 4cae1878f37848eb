"""`directory` and `directory_change`: whom an agent can call or transfer to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import ends_its_call, talks_to_c
from tests.behaviour.world import AGENTS, NUMBER_OF_SKILL, World

pytestmark = pytest.mark.usefixtures("rested")


class Directory:
    """What a client shows: first the reply, and then what each push changes in it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.reply = client.ok("directory")
        self.agents: dict[str, dict[str, Any]] = {}
        self.skills: dict[str, dict[str, Any]] = {}
        self._draw(self.reply)

    def _draw(self, items: dict[str, Any]) -> None:
        self.agents |= {one["agent_id"]: one for one in items["agents"]}
        self.skills |= {one["skill"]: one for one in items["skills"]}

    def until_is(self, name: str, status: str, *, available: bool) -> None:
        self._until(lambda: self._has(name) == (status, available))

    def until_waits(self, skill: str, number: int) -> None:
        self._until(lambda: self.skills[skill]["waiting"] == number)

    def _has(self, name: str) -> tuple[str, bool]:
        one = self.agents[AGENTS[name]]
        return one["status"], one["available"]

    def _until(self, is_so: Any) -> None:
        while not is_so():
            self._draw(self._client.gets("directory_change"))

    def close(self) -> None:
        self._client.ok("directory", subscribe=False)
        self._client.forget()


def test_an_agent_sees_whom_it_can_transfer_to(world: World):
    d = world.agent("D")
    shown = Directory(d)
    assert shown.agents.keys() == set(AGENTS.values())
    assert shown.agents[AGENTS["D"]]["name"] == "Agent D"
    assert shown.skills.keys() == {"1001", "1002"}
    assert (shown.reply["ivrs"], shown.reply["survey"]) == (["2001"], True)
    a = world.agent("A")
    shown.until_is("A", "FREE", available=True)
    uuid = talks_to_c(world, a)
    shown.until_is("A", "CALLING", available=False)
    ends_its_call(a, uuid)
    world.phone("C").wait_idle()
    shown.until_is("A", "FREE", available=True)
    with world.unregistered("A"):
        shown.until_is("A", "FREE", available=False)
    shown.until_is("A", "FREE", available=True)
    a.forget()
    shown.close()


def test_a_directory_counts_who_waits(world: World):
    d = world.agent("D")
    shown = Directory(d)
    world.phone("C").dial(NUMBER_OF_SKILL)
    shown.until_waits("1001", 1)
    world.phone("C").hangup()
    shown.until_waits("1001", 0)
    shown.close()
