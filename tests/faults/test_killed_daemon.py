"""kill -9 of the daemon at the n-th command of each operation, for every n, before the switch gets
that command and after: no customer is lost, every action ends, agents are what their phones do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import called_in, talks_to_c
from tests.behaviour.world import World
from tests.faults import stories
from tests.faults.conftest import LONG
from tests.faults.proxy import Proxy
from tests.faults.scene import Killed, Scene
from tests.faults.stories import Story

_TIDYING_SECONDS = 0.3


@dataclass(frozen=True)
class Case:
    """``passes``: the switch gets the command at which the daemon is killed."""

    story: Story
    begins: Callable[[World, Client], str]
    passes: bool

    def __str__(self) -> str:
        passes = "after" if self.passes else "before"
        return f"{self.story.__name__}-{self.begins.__name__}-{passes}"


WAYS = [(talks_to_c, True), (called_in, False), (talks_to_c, False), (called_in, True)]


def cases() -> Iterator[Case]:
    """The short run tries each story in one of the two ways."""
    for number, story in enumerate(stories.ALL):
        for way in WAYS if LONG else [WAYS[number % 2]]:
            yield Case(story, *way)


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_a_daemon_killed_at_any_command_leaves_nobody_stranded(
    world: World, proxy: Proxy, case: Case
) -> None:
    number = 1
    while _is_cut(world, proxy, case, number):
        number += 1
    assert number > 2


def _is_cut(world: World, proxy: Proxy, case: Case, number: int) -> bool:
    scene = Scene(world, proxy, case.begins)
    proxy.cut_at(number, world.kill_daemon_at_once, passes=case.passes)
    try:
        _tell(scene, case.story)
        cut = proxy.cut_no_more()
        if cut:
            scene.go_on()
        if case.story is not stories.interrupts:
            _customer_is_with_somebody(scene)
        _comes_to_a_good_end(scene)
    except AssertionError as error:
        tried = "\n".join(proxy.passed)
        raise AssertionError(f"killed at {number} of\n{tried}") from error
    finally:
        world.clean_up(all_taken=False)
    return cut


def _tell(scene: Scene, story: Story) -> None:
    with contextlib.suppress(Killed):
        story(scene, scene.uuid)
        # What the daemon does after all has been told: it tells nobody that it is through.
        scene.proxy.has_cut.wait(_TIDYING_SECONDS)


def _customer_is_with_somebody(scene: Scene) -> None:
    """Answer the phones that ring; compare who hears whom with the states; C talks to somebody, and
    leaves.
    """
    for name in ("D", "S"):
        if scene.ringing(name):
            with contextlib.suppress(AssertionError):  # it may be called off at this very moment
                scene.world.phone(name).answer()
    scene.world.until(lambda: _is_through(scene))
    scene.world.until(lambda: all(scene.agrees(name) for name in scene.clients))
    scene.world.until(lambda: bool(scene.heard("C") & scene.clients.keys()))
    scene.world.phone("C").hangup()


def _is_through(scene: Scene) -> bool:
    """A cancels what it began; that is refused while the next daemon completes it."""
    match scene.status("A"):
        case "CALLING CONSULT":
            scene.clients["A"].ask("consult", uuid=scene.uuid, type="2")
        case "CALLING HOLD":
            scene.clients["A"].ask("hold", uuid=scene.uuid, hold="0")
        case _:
            return True
    return False


def _comes_to_a_good_end(scene: Scene) -> None:
    scene.world.until(lambda: scene.all_are_free() or _hang_up(scene))
    scene.world.until(lambda: not scene.unended())
    scene.world.lab_is_empty()


def _hang_up(scene: Scene) -> bool:
    """End the call of A and D, if they are in one; it may be over by now."""
    scene.clients["A"].ask("hangup", uuid=scene.uuid)
    return False
