"""What supervisors do to the calls and states of others."""

from __future__ import annotations

import pytest

from tests.behaviour.client import Client, Message
from tests.behaviour.world import AGENTS, World

DEGREES = ["eavesdrop", "whisper", "force_call"]
INTERRUPTED = f"INTERRUPT_CALL:{AGENTS['S']}"

each_degree = pytest.mark.parametrize("degree", DEGREES)


def operates(name: str = "A") -> dict[str, str]:
    """The fields by which a request names the agent whom it is about."""
    return {"operated_agent_id": AGENTS[name], "operated_ext_id": AGENTS[name]}


def asks_to_join(world: World, s: Client, degree: str, name: str = "A") -> str:
    """S has asked for it and its phone rings; gives S's leg."""
    uuid: str = s.begin(degree, **operates(name))["uuid"]
    assert s.gets(f"{degree.upper()}.I")["uuid"] == uuid
    rings = s.gets("FREE>RINGING")
    assert (rings["uuid"], rings["reason"]) == (uuid, degree.upper())
    world.phone("S").wait_ringing()
    return uuid


def joins(world: World, s: Client, degree: str, name: str = "A") -> str:
    """S is there in this degree; those whom it is shown to have not been asked."""
    uuid = asks_to_join(world, s, degree, name)
    world.phone("S").answer()
    s.gets(f"RINGING>CALLING/{degree.upper()}", f"{degree.upper()}.S")
    return uuid


def leaves(s: Client, degree: str) -> None:
    """What S is told as it is there no more."""
    s.gets(f"{degree.upper()}.E+", f"CALLING/{degree.upper()}>FREE")


def forces(s: Client, name: str, action: str, last: str, now: str) -> None:
    """S is answered with what A was and is, and is pushed nothing."""
    who = AGENTS[name]
    reply = s.ok("change_status", action=action, operated_agent_id=who, operated_ext_id=who)
    assert (reply["action"], reply["last_agent_status"], reply["agent_status"]) == (
        action,
        last,
        now,
    )
    s.got_nothing_more()


def by_force(push: Message, action: str) -> None:
    assert push["reason"] == f"{action}:{AGENTS['S']}"
