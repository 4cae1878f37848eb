"""Calls of an agent with a customer or with another agent, begun in either direction."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.behaviour.client import Client
from tests.behaviour.world import AGENTS, NAMES, NUMBER_OF_A, OUTSIDE, World

NO_SUCH, BUSY, DECLINED, AWAY, DOWN, RINGS_ON, EARLY, BARRED, TIMED_OUT, LEAVES = (
    "9404",
    "9486",
    "9603",
    "9480",
    "9503",
    "9180",
    "9183",
    "9403",
    "9504",
    "9200",
)
IVR = {"ivr": "2001"}

Talk = Callable[[World, Client], str]

third_fails = pytest.mark.parametrize(
    ("number", "code"),
    [(BUSY, "5200"), (EARLY, "5201"), (DECLINED, "5202"), (NO_SUCH, "5204"), (LEAVES, "5206")],
)


def begins_to_call(world: World, a: Client, number: str, **fields: object) -> str:
    """A has called and answered its own phone; gives the uuid of A's leg."""
    uuid: str = a.begin("call", callee_number=number, **fields)["uuid"]
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    return uuid


def rings_at_b(world: World, a: Client, b: Client) -> str:
    """A calls B, whose phone rings; gives the uuid of A's leg."""
    uuid = begins_to_call(world, a, AGENTS["B"], out_line=0)
    b.gets("callin", "FREE>RINGING")
    world.phone("B").wait_ringing()
    return uuid


def talks_to_b(world: World, a: Client, b: Client) -> str:
    """A has called B, who has answered; gives the uuid of A's leg."""
    uuid = rings_at_b(world, a, b)
    world.phone("B").answer()
    a.gets("CALL.S")
    b.gets("RINGING>CALLING")
    return uuid


def talks_to_c(world: World, a: Client, **fields: object) -> str:
    """A has called C, who has answered; gives the uuid of A's leg."""
    uuid = begins_to_call(world, a, OUTSIDE["C"], **fields)
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    a.gets("CALL.S")
    return uuid


def rings_at(world: World, agent: Client, number: str) -> str:
    """C has called the number of an agent, whose phone rings; gives the uuid of the agent's leg."""
    world.phone("C").dial(number)
    callin = agent.gets("callin")
    assert callin["caller_number"] == OUTSIDE["C"]
    assert callin["callee_number"] == number
    assert callin["req_id"] == callin["uuid"]
    agent.gets("FREE>RINGING")
    world.phone(NAMES[agent.agent_id]).wait_ringing()
    uuid: str = callin["uuid"]
    return uuid


def rings_at_a(world: World, a: Client) -> str:
    """C has called A's number, and A's phone rings; gives the uuid of A's leg."""
    return rings_at(world, a, NUMBER_OF_A)


def called_in(world: World, a: Client) -> str:
    """C has called and talks to A; gives the uuid of A's leg."""
    uuid = rings_at_a(world, a)
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.until(lambda: a.ask("hold", uuid=uuid, hold="0")["code"] == "0")
    return uuid


either_way = pytest.mark.parametrize("talk", [talks_to_c, called_in])


def ends(a: Client, talk: Talk, last: str = "CALLING") -> None:
    """What A is told at the end: its own call is an action of its own."""
    a.gets(*(["CALL.E+"] if talk is talks_to_c else []), f"{last}>FREE")


def hear_each_other(world: World, one: str, other: str) -> None:
    world.hears(one, other)
    world.hears(other, one)


def shows(agent: Client, status: str, *numbers: str) -> None:
    """What ``get_status`` says; the numbers in any order."""
    now = agent.ok("get_status")
    sub = f"/{now['sub_status']}" if now.get("sub_status") else ""
    assert now["status"] + sub == status
    assert sorted(now["in_call_numbers"]) == sorted(numbers)


def ends_by_itself(world: World) -> None:
    """No leg that lives on is still kept from ending when its partner leaves."""
    world.until(lambda: not any(_is_kept(world, leg) for leg in world.lab.legs()))


def _is_kept(world: World, leg: str) -> bool:
    keep = ("park_after_bridge", "transfer_after_bridge")
    return any(world.lab.esl.api(f"uuid_getvar {leg} {one}") not in ("_undef_", "") for one in keep)


def talk_again(world: World, a: Client, talk: Talk, uuid: str) -> None:
    """A and C hear each other, are in a plain call, and end it."""
    hear_each_other(world, "A", "C")
    shows(a, "CALLING", OUTSIDE["C"])
    ends_by_itself(world)
    a.ok("hangup", uuid=uuid)
    ends(a, talk)
    world.phone("C").wait_idle()


def puts_on_hold(a: Client, uuid: str) -> None:
    """An agent in a plain call holds its far party."""
    a.ok("hold", uuid=uuid, hold="1")
    a.gets("CALLING>CALLING/HOLD")


def takes_off_hold(a: Client, uuid: str) -> None:
    a.ok("hold", uuid=uuid, hold="0")
    a.gets("CALLING/HOLD>CALLING")


def ends_its_call(a: Client, uuid: str) -> None:
    """An agent hangs up a plain call that it has begun itself."""
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING>FREE")


def hangs_up(world: World, a: Client, uuid: str, how: str) -> None:
    """A ends its own leg, by a request or at the phone."""
    if how == "request":
        a.ok("hangup", uuid=uuid)
    else:
        world.phone("A").hangup()
