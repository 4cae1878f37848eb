"""Events are lost, doubled and late in many calls: in the end the daemon agrees with the switch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.behaviour.client import Client
from tests.behaviour.conftest import installed
from tests.behaviour.world import World
from tests.faults.conftest import KINDS, LONG
from tests.faults.crowd import Crowd
from tests.faults.proxy import Proxy, Weather

CROWD = 40
WAVES = 100 if LONG else 5
_REPAIRED_SECONDS = 30.0


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    limits = {"reconcile_seconds": 1.0}
    with installed(request, tmp_path_factory, grace=60, crowd=CROWD, limits=limits) as world:
        yield world


def test_many_calls_end_well_though_events_are_lost_doubled_and_late(
    world: World, proxy: Proxy
) -> None:
    crowd = Crowd(world, CROWD)
    for wave in range(WAVES):
        proxy.weather = Weather(wave)
        crowd.calls()
        world.until(crowd.are_what_their_phones_do, _REPAIRED_SECONDS)
        for number, (agent, leg) in enumerate(crowd.legs.items()):
            _does(number % 5, agent, leg, world.customers[CROWD + number])
        world.until(crowd.are_what_their_phones_do, _REPAIRED_SECONDS)
        crowd.comes_to_rest(_REPAIRED_SECONDS)
    world.until(lambda: world.counted("esl_bridge_repairs") > 0)
    world.clean_up(all_taken=False)


def _does(what: int, agent: Client, leg: str, third: str) -> None:
    """Request something for the agent's call, if there is one; every request is answered."""
    if what == 0:
        agent.ask("hold", uuid=leg, hold="1")
    elif what == 1:
        agent.ask("consult", uuid=leg, type="1", consult_type="1", consult_number=third)
    elif what == 2:
        agent.ask("trans", uuid=leg, type="1", trans_type="2", trans_number=third)
    elif what == 3:
        agent.ask("three_way", uuid=leg, three_way_type="1", three_way_number=third)
