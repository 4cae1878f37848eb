"""The daemon is killed during a burst of requests, and reports the true state afterwards."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import pytest

from tests.behaviour.conftest import installed, world
from tests.behaviour.steps.calls import talks_to_c
from tests.behaviour.steps.restarts import comes_back
from tests.behaviour.world import AGENTS, World

__all__ = ["world"]
ASKS = (
    ("hold", {"hold": "1"}),
    ("hold", {"hold": "0"}),
    ("mute", {"mute": "1"}),
    ("mute", {"mute": "0"}),
    ("consult", {"type": "1", "consult_type": "1", "consult_number": AGENTS["D"]}),
    ("consult", {"type": "2"}),
    ("trans", {"type": "1", "trans_type": "1", "trans_number": AGENTS["D"]}),
    ("trans", {"type": "2"}),
    ("record_control", {"action": "start", "record_suffix": "wav"}),
    ("record_control", {"action": "stop", "record_suffix": "wav"}),
    ("change_status", {"action": "MAKE_BUSY_AFTER_CALL_STOP"}),
    ("dtmf", {"content": "1"}),
)


@pytest.fixture(scope="module", params=["simulator", "freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with installed(request, tmp_path_factory, grace=30) as world:
        yield world


@pytest.mark.parametrize("seed", range(8))
def test_no_party_is_lost_when_the_daemon_is_killed_during_a_burst(world: World, seed: int):
    chance = random.Random(seed)
    a = world.agent("A")
    world.agent("D")
    uuid = talks_to_c(world, a)
    for kind, fields in chance.choices(ASKS, k=8):
        a.send(kind, uuid=uuid, **fields)
    threading.Event().wait(chance.random() * 0.15)
    world.kill_daemon_at_once()
    world.start_daemon()
    a = comes_back(world, "A", a)
    world.until(lambda: a.ok("get_status")["status"] in ("CALLING", "FREE", "BUSY"), 20)
    world.phone("C").hangup()
    world.phone("C").wait_idle()
    world.until(lambda: a.ok("get_status")["status"] in ("FREE", "BUSY"), 10)
    world.until(lambda: not world.lab.legs(), 10)
    assert not world.complaints(), world.complaints()
    a.forget()
