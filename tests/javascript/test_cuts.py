"""The JavaScript client while its connection is cut, and the daemon killed, at random moments.
``CLIENTS=long``: a hundred times each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.behaviour.world import World
from tests.javascript.node import tell
from tests.javascript.stage import Stage

FILE = Path(__file__).parent / "cuts.test.mjs"
LONG = os.environ.get("CLIENTS") == "long"
CUTS, KILLS = (100, 100) if LONG else (15, 3)


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("loses_no_call_where_the_connection_is_cut", CUTS),
        ("loses_no_call_where_the_daemon_is_killed", KILLS),
    ],
)
def test_no_call_is_lost_and_no_event_comes_twice(
    world: World, stage: Stage, name: str, times: int
):
    tell(FILE, world, stage, name, seconds=1200 if LONG else 120, ESL_BRIDGE_TIMES=str(times))
