"""Customers who wait in a queue of the switch."""

from __future__ import annotations

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import hear_each_other
from tests.behaviour.world import NUMBER_OF_SKILL, OUTSIDE, World


def offered(world: World, agent: Client, name: str, caller: str = "C") -> str:
    """The agent's phone rings for a caller of the skill; gives the uuid of its leg.

    Where another could be offered the caller, too, that one checks in afterwards: the switch first
    takes whose last talk from a queue was longest ago, be it in the story before.
    """
    callin = agent.gets("callin")
    assert callin["caller_number"] == OUTSIDE[caller]
    assert callin["callee_number"] == NUMBER_OF_SKILL
    assert callin["req_id"] == callin["uuid"]
    assert agent.gets("FREE>RINGING")["reason"] == "CALLIN"
    world.phone(name).wait_ringing()
    uuid: str = callin["uuid"]
    return uuid


def becomes_free(world: World, name: str) -> Client:
    """An agent comes to callers who wait already, and may be offered one at once: nothing of that
    is forgotten."""
    agent = world.agent(name, start_status="BUSY")
    agent.ok("change_status", action="MAKE_FREE")
    agent.gets("BUSY>FREE")
    return agent


def talks(world: World, a: Client) -> str:
    """C has called the skill and A has taken it."""
    world.phone("C").dial(NUMBER_OF_SKILL)
    uuid = offered(world, a, "A")
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_talking()
    hear_each_other(world, "C", "A")
    return uuid


def waits(world: World) -> None:
    """C is in the queue and hears its music."""
    world.phone("C").wait_talking()
    world.hears("C", "MOH")


def takes(world: World, a: Client) -> str:
    """C has called the skill and talks to A; gives the uuid of A's leg."""
    uuid = talks(world, a)
    world.until(lambda: a.ask("hold", uuid=uuid, hold="0")["code"] == "0")
    return uuid
