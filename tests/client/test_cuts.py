"""The connection is cut, and the daemon killed, at random moments: no call is lost, no event comes
twice, and the snapshot is the service's. ``CLIENTS=long``: a hundred times each."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import pairwise

import pytest
from msgspec import convert
from msgspec.structs import replace

from esl_bridge.client import AgentClient, AnswerLost, ClientCall, NotConnected, Refused, Snapshot
from tests.behaviour.world import NUMBER_OF_F, World
from tests.client.conftest import LONG
from tests.client.line import Line
from tests.client.office import SECONDS, Office, Told

CUTS, KILLS = (100, 100) if LONG else (15, 3)


class Robot:
    """Takes every call that it is offered, holds it and retrieves it."""

    def __init__(self, agent: AgentClient) -> None:
        self.agent = agent
        agent.on("offered", self._take)

    def hang_up(self) -> None:
        if (call := self.agent.current_call) is not None:
            self._insist(call, call.hang_up)

    def _take(self, call: ClientCall) -> None:
        for step in (call.answer, call.hold, partial(call.hold, False)):
            self._insist(call, step)

    def _insist(self, call: ClientCall, step: Callable[[], object]) -> None:
        """What was not answered is asked again."""
        while not call.is_over:
            try:
                step()
                return
            except Refused:
                return
            except (AnswerLost, NotConnected):
                self.agent.wait_up(SECONDS)


@contextmanager
def now_and_then(times: int, do: Callable[[], object], within: float) -> Iterator[threading.Event]:
    """It is done so many times, at random moments; gives what tells that it is done no more."""
    over, moments = threading.Event(), random.Random(times)

    def run() -> None:
        for _ in range(times):
            threading.Event().wait(moments.uniform(0, within))
            do()
        over.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield over
    finally:
        thread.join()


def customers_call(world: World, robot: Robot, over: threading.Event) -> None:
    """One after another, for as long as it lasts, ended by either side; who is not put through
    tries again."""
    chance = random.Random(1)
    while not over.is_set():
        robot.agent.wait_up(SECONDS)
        world.phone("C").dial(NUMBER_OF_F)
        if is_answered(world):
            threading.Event().wait(chance.uniform(0, 0.3))
            chance.choice([robot.hang_up, world.phone("C").hangup])()
        if not is_idle(world):
            world.phone("C").hangup()
        world.phone("C").wait_idle(SECONDS)


def is_idle(world: World) -> bool:
    """Soon; the agent may have been away when it was to hang up."""
    try:
        world.phone("C").wait_idle(2)
    except AssertionError:
        return False
    return True


def is_answered(world: World) -> bool:
    """The customer's call, in the end."""
    for _ in range(100):
        if world.is_answered("C"):
            return True
        try:
            world.phone("C").wait_idle(0.2)
        except AssertionError:
            continue
        return False
    raise AssertionError("it rings for ever")


def has_told_all(told: Told) -> bool:
    """The handlers, which are called one after another, have come to the last call's end."""
    return len(told.of("ended")) >= len(told.of("offered"))


def nothing_came_twice(told: Told) -> None:
    pushes = told.of("push")
    numbers: dict[str, list[int]] = {}
    for push in pushes:
        numbers.setdefault(push.epoch, []).append(push.seq)
    assert all(each == sorted(set(each)) for each in numbers.values())
    offered, ended = ([call.uuid for call in told.of(name)] for name in ("offered", "ended"))
    assert len(set(offered)) == len(offered)
    assert ended == offered


def no_change_is_missing(told: Told) -> None:
    """Each begins where the one before has ended."""
    changes = [push for push in told.of("push") if type(push).__name__ == "AgentChange"]
    assert [
        (one.agent_status, two.last_agent_status)
        for one, two in pairwise(changes)
        if one.agent_status != two.last_agent_status
    ] == []


def is_as_the_service_shows(agent: AgentClient) -> bool:
    """Where nothing changes while that is asked."""
    while True:
        before = agent.snapshot
        desk = convert(agent.request("get_status")["desk"], Snapshot)
        if agent.snapshot is before:
            return replace(before, now_ms=0) == replace(desk, now_ms=0)


class Comparison:
    """Of the snapshot with what the service shows, each time that the link is up again."""

    def __init__(self, agent: AgentClient) -> None:
        self.outcomes: list[bool] = []
        self._agent = agent
        agent.on("resumed", self._compare)

    def _compare(self, _: Snapshot) -> None:
        with suppress(AnswerLost, NotConnected):  # cut again
            self.outcomes.append(is_as_the_service_shows(self._agent))


def test_a_connection_that_is_cut_loses_no_call(world: World, office: Office, line: Line):
    f = office.signs_in("F", f"ws://127.0.0.1:{line.port}/agent")
    comparison, robot = Comparison(f), Robot(f)
    world.forgives()
    with now_and_then(CUTS, line.cut, 0.4) as over:
        customers_call(world, robot, over)
    f.until(lambda now: now.status == "FREE", SECONDS)
    f.wait_up(SECONDS)
    assert is_as_the_service_shows(f)
    assert comparison.outcomes
    assert all(comparison.outcomes)
    told = office.told["F"]
    world.until(lambda: has_told_all(told), SECONDS)
    nothing_came_twice(told)
    no_change_is_missing(told)
    assert told.of("gap") == []
    assert sorted(call.uuid for call in told.of("ended")) == sorted(world.legs_over("F"))
    assert len(told.of("ended")) > CUTS / 15


def test_a_daemon_that_is_killed_loses_no_call(world: World, office: Office):
    f = office.signs_in("F")
    comparison, robot = Comparison(f), Robot(f)
    world.forgives()
    over: list[str] = []

    def kill() -> None:
        world.kill_daemon_at_once()
        over.extend(world.legs_over("F"))
        world.start_daemon()

    with now_and_then(KILLS, kill, 1.5) as done:
        customers_call(world, robot, done)
    f.until(lambda now: now.status == "FREE", SECONDS)
    f.wait_up(SECONDS)
    assert is_as_the_service_shows(f)
    assert comparison.outcomes
    assert all(comparison.outcomes)
    told = office.told["F"]
    world.until(lambda: has_told_all(told), SECONDS)
    # A new daemon may tell the last change again that the old one told, but had not written yet.
    nothing_came_twice(told)
    known = {call.uuid for call in told.of("ended")}
    assert known >= {*over, *world.legs_over("F")}


@pytest.mark.parametrize("number", range(2 if LONG else 1))
def test_a_connection_that_died_without_a_word_is_replaced(
    world: World, office: Office, line: Line, number: int
):
    f = office.signs_in("F", f"ws://127.0.0.1:{line.port}/agent")
    told = office.told["F"]
    line.fall_silent()
    world.phone("C").dial(NUMBER_OF_F)
    world.phone("F").wait_ringing()
    world.phone("C").hangup()
    world.phone("C").wait_idle()
    world.phone("F").wait_idle()
    f.wake()
    told.awaited("resumed")
    missed = told.awaited("ended")
    assert told.awaited("offered") is missed
    assert (missed.number, missed.ended_as.code) == ("13107618845", "5206")
    line.fall_silent()
    with pytest.raises(AnswerLost):
        f.set_status("BUSY")
    told.awaited("resumed", 2)
    f.set_status("BUSY")
