"""The JavaScript client's stories are told by Node, or say why not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.behaviour.conftest import installed
from tests.behaviour.world import World
from tests.javascript.stage import Stage

ROOT = Path(__file__).parents[2]


def missing_node() -> str:
    """Why no story can be told; empty where one can."""
    if shutil.which("node") is None:
        return "NO NODE HERE"
    if not (ROOT / "node_modules" / "ws").is_dir():
        return "NO WEBSOCKET FOR NODE HERE (make javascript, which needs npm)"
    return ""


@pytest.fixture(scope="module", params=["simulator", "freeswitch"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    if why := missing_node():
        pytest.skip(why)
    with installed(request, tmp_path_factory, grace=30) as world:
        yield world


@pytest.fixture
def stage(world: World) -> Iterator[Stage]:
    with Stage(world) as stage:
        yield stage
