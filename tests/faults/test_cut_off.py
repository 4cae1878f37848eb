"""The switch dies, hangs, falls silent or turns its listener away; so does the daemon. In the end
agents are what their phones do, every action has ended, and nothing is left."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.behaviour.conftest import installed
from tests.behaviour.world import World
from tests.faults.conftest import KINDS, LONG
from tests.faults.crowd import Crowd, talking
from tests.faults.proxy import Proxy

CALLS = 50
_STOPPED_SECONDS = 30.0 if LONG else 4.0
_SECONDS = 40.0
_LIMITS = {"reply_seconds": 3.0, "unreachable_seconds": 60.0}


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with installed(request, tmp_path_factory, grace=60, crowd=CALLS, limits=_LIMITS) as world:
        yield world


@pytest.fixture
def crowd(world: World) -> Iterator[Crowd]:
    with talking(world, CALLS) as crowd:
        yield crowd


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
        threading.Event().wait(_STOPPED_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)


def half_of_them_leave(world: World) -> None:
    world.lab.crowd.hang_up(world.customers[:CALLS:2])


def all_is_as_it_was_but_for_them(crowd: Crowd) -> None:
    world = crowd.world
    world.until(lambda: crowd.statuses() == {"CALLING": CALLS // 2, "FREE": CALLS // 2}, _SECONDS)
    assert crowd.are_what_their_phones_do()
    crowd.comes_to_rest(_SECONDS)


def test_a_switch_that_is_killed_leaves_no_ghosts(world: World, crowd: Crowd) -> None:
    with world.without_switch():
        refused = crowd.agents[0].ask("dtmf", uuid=crowd.legs[crowd.agents[0]], content="1")
    assert refused["code"] == "5300"
    crowd.comes_to_rest(_SECONDS)
    assert crowd.ends_of_calls() == [["5300"]] * CALLS
    assert crowd.reasons() == {"SWITCH_LOST"}
    crowd.calls()
    world.until(crowd.are("CALLING"), _SECONDS)
    crowd.comes_to_rest(_SECONDS)


def test_a_connection_that_died_without_a_word_is_replaced(
    world: World, proxy: Proxy, crowd: Crowd
) -> None:
    proxy.fall_silent()
    half_of_them_leave(world)
    all_is_as_it_was_but_for_them(crowd)


def test_an_event_listener_that_is_turned_away_comes_back(
    world: World, proxy: Proxy, crowd: Crowd
) -> None:
    proxy.cut_listener()
    half_of_them_leave(world)
    all_is_as_it_was_but_for_them(crowd)


def test_calls_survive_a_switch_that_hangs(world: World, crowd: Crowd) -> None:
    with stopped(world.lab.switch_pid):
        reply = crowd.agents[1].ask("hangup", uuid=crowd.legs[crowd.agents[1]])
        assert reply["code"] in ("0", "5300", "5301")
    # The switch executed the command that it got while it hung, or the daemon sends it again.
    world.until(lambda: crowd.statuses()["FREE"] == 1, _SECONDS)
    assert crowd.are_what_their_phones_do()
    crowd.comes_to_rest(_SECONDS)


def test_calls_survive_a_daemon_that_hangs(world: World, crowd: Crowd) -> None:
    with stopped(world.daemon_pid):
        half_of_them_leave(world)
    all_is_as_it_was_but_for_them(crowd)
