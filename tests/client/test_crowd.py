"""A gateway's connection with more agents than come back at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from esl_bridge.client import Gateway, Snapshot
from tests.behaviour.conftest import installed
from tests.behaviour.world import COMPANY, World
from tests.client.line import Line
from tests.client.office import SECONDS

AGENTS = 100


@pytest.fixture
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with installed(request, tmp_path_factory, "simulator", grace=30, crowd=AGENTS) as world:
        yield world


def test_a_crowd_on_one_connection_comes_back(world: World):
    with Line(world.gateway_port) as line, Gateway(f"tcp://127.0.0.1:{line.port}") as gateway:
        resumed: list[Snapshot] = []
        agents = [
            gateway.sign_in(
                company=COMPANY,
                agent=name,
                password="example",
                status="BUSY",
                on={"resumed": resumed.append},
            )
            for name in world.crowd
        ]
        for _ in range(3):
            resumed.clear()
            line.cut()
            world.until(lambda: len(resumed) == AGENTS, SECONDS)
        assert {snapshot.agent_id for snapshot in resumed} == set(world.crowd)
        for agent in agents:
            agent.set_status("FREE")
        assert {agent.snapshot.status for agent in agents} == {"FREE"}
