"""Every story is told on the simulated switch, and on a FreeSWITCH where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.behaviour.report import Report
from tests.behaviour.simulated_lab import SimulatedLab
from tests.behaviour.world import World
from tests.lab.real_lab import RealLab

NO_FREESWITCH = "NO FREESWITCH HERE (name one in FREESWITCH, or put it on PATH)"
REPORT = pytest.StashKey[Report]()


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
        if kind == "freeswitch":
            request.config.stash[REPORT].version = world.version()
        yield world


@pytest.fixture
def world(installation: World, request: pytest.FixtureRequest) -> Iterator[World]:
    installation.heard.clear()
    yield installation
    installation.clean_up()
    if installation.kind == "freeswitch":
        report = request.config.stash[REPORT]
        report.heard[request.node.name] = list(installation.heard)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORT] = Report()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[None]:  # a wrapper gives on what the others made
    result = yield
    kind = next((kind for kind in ("simulator", "freeswitch") if kind in item.name), None)
    if kind and (result.when == "call" or not result.passed):
        item.config.stash[REPORT].outcomes[kind, result.outcome] += 1
    return result


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    report = config.stash[REPORT]
    if not report.outcomes:
        return
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if report.complete() and whole and not config.option.keyword:
        report.write()
    terminalreporter.write_line(report.line("no FreeSWITCH" if has_freeswitch() else NO_FREESWITCH))
