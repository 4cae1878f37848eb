"""Every story is told on the simulated switch, and on a FreeSWITCH where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.behaviour.report import chosen, missing
from tests.behaviour.simulated_lab import SimulatedLab
from tests.behaviour.world import AGENTS, COMPANY, SERVING, World
from tests.lab.real_lab import RealLab


@pytest.fixture(scope="session", params=["simulator", "freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with installed(request, tmp_path_factory, phones=chosen()) as world:
        yield world


@contextmanager
def installed(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    kind: str = "",
    **options: Any,
) -> Iterator[World]:
    """A world on the switch that is named, or that the fixture is asked for; or the test is
    skipped."""
    kind = kind or request.param
    if kind == "freeswitch" and (why := missing()):
        pytest.skip(why)
    build = SimulatedLab if kind == "simulator" else RealLab
    with World(kind, tmp_path_factory.mktemp(kind), build, **options) as world:
        yield world


@pytest.fixture
def world(installation: World, request: pytest.FixtureRequest) -> Iterator[World]:
    installation.heard.clear()
    installation.used.clear()
    yield installation
    request.node.user_properties.append(("phones", installation.phones_used()))
    installation.clean_up()
    if installation.kind == "freeswitch":
        request.node.user_properties += [
            ("version", installation.version),
            ("heard", list(installation.heard)),
        ]


@pytest.fixture
def rested(world: World) -> None:
    """Who has missed an offer in the story before may be offered the next at once."""
    for name in SERVING:
        agent = f"{AGENTS[name]}@{COMPANY}"
        world.lab.esl.api(f"callcenter_config agent set ready_time {agent} 0")
