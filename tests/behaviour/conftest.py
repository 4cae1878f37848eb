"""Every story is told on the simulated switch, and on a FreeSWITCH where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.behaviour.simulated_lab import SimulatedLab
from tests.behaviour.world import World
from tests.lab.real_lab import RealLab

NO_FREESWITCH = "NO FREESWITCH HERE: name one in FREESWITCH or put it on PATH"


def has_freeswitch() -> bool:
    return bool(os.environ.get("FREESWITCH") or shutil.which("freeswitch"))


@pytest.fixture(scope="session", params=["simulator", "freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    kind = request.param
    if kind == "freeswitch" and not has_freeswitch():
        pytest.skip(NO_FREESWITCH)
    build = SimulatedLab if kind == "simulator" else RealLab
    with World(kind, tmp_path_factory.mktemp(kind), build) as world:
        yield world


@pytest.fixture
def world(installation: World) -> Iterator[World]:
    yield installation
    installation.clean_up()
