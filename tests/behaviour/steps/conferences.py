"""A third party joins a talk of two."""

from __future__ import annotations

from tests.behaviour.client import Client
from tests.behaviour.world import AGENTS, World


def invites(a: Client, uuid: str, number: str, **fields: object) -> str:
    """A asks a third party to join the talk; gives the third's leg."""
    kind = "0" if number in AGENTS.values() else "1"
    asked = {"uuid": uuid, "three_way_type": kind, "three_way_number": number}
    reply = a.begin("three_way", **asked, **fields)
    assert a.gets("THREE_WAY.I")["uuid"] == reply["uuid"]
    leg: str = reply["uuid"]
    return leg


def third_rings(world: World, a: Client, d: Client, uuid: str) -> str:
    """A asks D to join the talk, and D's phone rings; gives D's leg."""
    leg = invites(a, uuid, AGENTS["D"])
    callin = d.gets("callin:THREE_WAY")
    assert (callin["uuid"], callin["caller_number"]) == (leg, AGENTS["A"])
    assert d.gets("FREE>RINGING")["reason"] == "THREE_WAY"
    world.phone("D").wait_ringing()
    return leg


def three_talk(world: World, a: Client, d: Client, uuid: str) -> str:
    """D has joined the talk of A; gives D's leg."""
    leg = third_rings(world, a, d, uuid)
    world.phone("D").answer()
    d.gets("RINGING>CALLING/THREE_WAY")
    assert a.gets("THREE_WAY.S")["uuid"] == leg
    a.gets("CALLING>CALLING/THREE_WAY")
    return leg


def all_hear_all(world: World, *names: str) -> None:
    for name in names:
        world.hears(name, *(other for other in names if other != name))
