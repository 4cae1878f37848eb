"""Agents who come back to a daemon that was begun anew."""

from __future__ import annotations

from typing import Any

from tests.behaviour.client import Client
from tests.behaviour.world import World


def comes_back(world: World, name: str, client: Client, **fields: Any) -> Client:
    """By its token, with the last push that it saw."""
    last = world.last_push(client)
    back = world.connect(name)
    seen = {"epoch": last["epoch"], "seq": last["seq"]} if last else {}
    back.ok("checkin", token=client.token, **seen, **fields)
    back.token = client.token
    return back
