"""Faults are made on the simulated switch, and on a FreeSWITCH where there is one. ``FAULTS=long``:
all of them, and for longer."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.behaviour.conftest import installed
from tests.behaviour.world import World
from tests.faults.proxy import Proxy

LONG = os.environ.get("FAULTS") == "long"
KINDS = ["simulator", "freeswitch"]


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """An installation in which agents stay checked in while a new daemon starts."""
    with installed(request, tmp_path_factory, grace=60) as world:
        yield world


@pytest.fixture
def proxy(world: World) -> Iterator[Proxy]:
    """Every daemon that starts from now on reaches the switch through this proxy."""
    with Proxy(world.switch_port) as proxy, world.led_through(proxy.port):
        yield proxy
