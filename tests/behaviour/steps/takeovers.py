"""A supervisor takes an agent's call over."""

from __future__ import annotations

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    Talk,
    called_in,
    ends_by_itself,
    hear_each_other,
    shows,
    talks_to_c,
)
from tests.behaviour.steps.queues import takes
from tests.behaviour.steps.supervision import operates
from tests.behaviour.world import AGENTS, OUTSIDE, World

any_call = pytest.mark.parametrize("talk", [talks_to_c, called_in, takes])
SUBSTITUTED = f"SUBSTITUTED:{AGENTS['S']}"


def rings_at_s(world: World, s: Client, name: str = "A") -> str:
    """S has asked for the call of an agent, and S's phone rings; gives the uuid of its leg."""
    uuid: str = s.begin("substitute", **operates(name))["uuid"]
    assert s.gets("SUBSTITUTE.I")["uuid"] == uuid
    assert s.gets("FREE>RINGING")["reason"] == "SUBSTITUTE"
    world.phone("S").wait_ringing()
    return uuid


def steps_in(world: World, s: Client, far: str = "C") -> None:
    """S answers; the two talk."""
    world.phone("S").answer()
    s.gets("RINGING>CALLING", "SUBSTITUTE.S")
    hear_each_other(world, "S", far)
    shows(s, "CALLING", (AGENTS | OUTSIDE)[far])
    ends_by_itself(world)


def is_taken_over(
    world: World, a: Client, talk: Talk, last: str = "CALLING", now: str = "FREE"
) -> None:
    """What A is told, and its phone is free."""
    told = [*(["CALL.E+"] if talk is talks_to_c else []), f"{last}>{now}"]
    assert a.gets(*told)["reason"] == SUBSTITUTED
    world.phone("A").wait_idle()


def ends_the_call_taken_over(world: World, s: Client, who: str = "S", far: str = "C") -> None:
    world.phone(who).hangup()
    s.gets("SUBSTITUTE.E+", "CALLING>FREE")
    world.phone(far).wait_idle()
