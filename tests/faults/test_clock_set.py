"""The daemon's time of day is set, an hour ahead or back, while calls are up and agents are at
rest, wrap up, or have lost their connection: nothing of that ends early, and all of it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic

import pytest

from tests.behaviour.client import Client
from tests.behaviour.conftest import installed
from tests.behaviour.steps.calls import talks_to_c
from tests.behaviour.world import World
from tests.faults.conftest import KINDS
from tests.faults.crowd import Crowd, talking
from tests.lab.clock import MISSING, Clock, library

CALLS = 10
_GRACE_SECONDS = 10
_WRAP_UP_SECONDS = 3
_SECONDS = 40.0


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    if library() is None:
        pytest.skip(MISSING)
    return Clock(tmp_path_factory.mktemp("clock") / "ahead")


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clock: Clock
) -> Iterator[World]:
    options = {"grace": _GRACE_SECONDS, "crowd": CALLS, "environment": clock.environment}
    with installed(request, tmp_path_factory, **options) as world:
        yield world


@pytest.mark.parametrize("hours", [1, -1])
def test_setting_the_clock_harms_no_call(world: World, clock: Clock, hours: int) -> None:
    clock.set(0)
    with world.company(wrap_up_seconds=_WRAP_UP_SECONDS), talking(world, CALLS) as crowd:
        a, b, d, s = (world.agent(name) for name in "ABDS")
        uuid = talks_to_c(world, a)
        b.ok("change_status", action="MAKE_REST", rest_min=5)
        begun = monotonic()
        a.ok("hangup", uuid=uuid)
        a.gets("CALL.E+", "CALLING>ARRANGE")
        for lost in (d, s):
            lost.break_off()
        clock.set(hours)
        a.gets("ARRANGE>FREE")
        assert monotonic() - begun >= _WRAP_UP_SECONDS
        back, current_request = world.connect("D"), world.connect("S")
        assert back.ok("checkin", token=d.token)["status"] == "FREE"
        world.until(lambda: _is_offline(current_request, s), _SECONDS)
        assert monotonic() - begun >= _GRACE_SECONDS
        assert b.ok("get_status")["status"] == "REST"
        assert crowd.are("CALLING")()
        assert crowd.are_what_their_phones_do()
        crowd.comes_to_rest(_SECONDS)
        assert _told_at(crowd) == pytest.approx(hours, abs=0.2)


def _is_offline(current_request: Client, lost: Client) -> bool:
    return bool(current_request.ok("get_status", token=lost.token)["status"] == "OFFLINE")


def _told_at(crowd: Crowd) -> float:
    """How many hours ahead the last call ended, by the time that its agent received."""
    times = [push["curren_time"] for push in crowd.agents[0].told if "curren_time" in push]
    return (datetime.fromisoformat(times[-1]) - datetime.now()) / timedelta(hours=1)
