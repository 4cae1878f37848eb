"""An agent hands the other party on."""

from __future__ import annotations

import pytest

from tests.behaviour.client import Client
from tests.behaviour.world import AGENTS, OUTSIDE, World

BLIND, TALKING, CANCEL = "1", "2", "3"
AGENT, SKILL, PLACE, NUMBER, SURVEY = "1", "2", "3", "4", "5"


both_types = pytest.mark.parametrize("mode", [BLIND, TALKING], ids=["blind", "talking"])


def transfers(a: Client, uuid: str, number: str, mode: str = BLIND, **fields: object) -> None:
    """A has begun to hand its far party on to an agent or to an outside number."""
    kind = AGENT if number in AGENTS.values() else NUMBER
    a.begin("trans", uuid=uuid, type=mode, trans_type=kind, trans_number=number, **fields)
    assert a.gets("TRANS.I")["uuid"] != uuid
    a.gets("CALLING>CALLING/TRANS")


def rings_at_the_target(
    world: World, a: Client, b: Client, uuid: str, mode: str = BLIND, **fields: object
) -> str:
    """C is being handed on to B, whose phone rings; gives B's leg."""
    transfers(a, uuid, AGENTS["B"], mode, **fields)
    callin = b.gets("callin:TRANS")
    assert callin["caller_number"] == OUTSIDE["C"]
    assert b.gets("FREE>RINGING")["reason"] == "TRANS"
    world.phone("B").wait_ringing()
    leg: str = callin["uuid"]
    return leg
