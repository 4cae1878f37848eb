"""kill -9 of the daemon at the n-th command of each operation, for every n, before the switch gets
that command and after: no customer is lost, every action ends, agents are what their phones do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from tests.behaviour.test_calls import talks_to_c
from tests.behaviour.test_in_the_call import called_in
from tests.behaviour.world import AGENTS, World
from tests.faults.conftest import LONG
from tests.faults.proxy import Proxy
from tests.faults.scene import Killed, Scene

_TIDYING_SECONDS = 0.3

Story = Callable[[Scene, str], None]


def transfers(scene: Scene, uuid: str) -> None:
    scene.ask("trans", uuid=uuid, type="1", trans_type="1", trans_number=AGENTS["D"])
    scene.answers("D")
    scene.was_told("TRANS", "END_CALL")
    scene.hear("C", "D")


def transfers_while_talking(scene: Scene, uuid: str) -> None:
    scene.ask("trans", uuid=uuid, type="2", trans_type="1", trans_number=AGENTS["D"])
    scene.answers("D")
    scene.was_told("TRANS", "END_CALL")
    scene.hear("C", "D")


def takes_a_transfer_back(scene: Scene, uuid: str) -> None:
    scene.ask("trans", uuid=uuid, type="1", trans_type="1", trans_number=AGENTS["D"])
    scene.rings("D")
    scene.ask("trans", uuid=uuid, type="3")
    scene.hear("C", "A")


def consults(scene: Scene, uuid: str) -> str:
    reply = scene.ask("consult", uuid=uuid, type="1", consult_type="0", consult_number=AGENTS["D"])
    scene.rings("D")
    return str(reply["consult_uuid"])


def consults_and_returns(scene: Scene, uuid: str) -> None:
    consults(scene, uuid)
    scene.answers("D")
    scene.was_told("CONSULT", "START_CALL")
    scene.ask("consult", uuid=uuid, type="2")
    scene.hear("C", "A")


def breaks_a_consult_off(scene: Scene, uuid: str) -> None:
    consults(scene, uuid)
    scene.ask("consult", uuid=uuid, type="2")
    scene.hear("C", "A")


def hands_over(scene: Scene, uuid: str) -> None:
    leg = consults(scene, uuid)
    scene.answers("D")
    scene.was_told("CONSULT", "START_CALL")
    scene.ask("consult_to_trans", consult_uuid=leg)
    scene.was_told("CONSULT_TO_TRANS", "END_CALL")
    scene.hear("C", "D")


def hands_over_while_it_rings(scene: Scene, uuid: str) -> None:
    leg = consults(scene, uuid)
    scene.ask("consult_to_trans", consult_uuid=leg)
    scene.answers("D")
    scene.was_told("CONSULT_TO_TRANS", "END_CALL")
    scene.hear("C", "D")


def three_talk(scene: Scene, uuid: str) -> None:
    scene.ask("three_way", uuid=uuid, three_way_type="0", three_way_number=AGENTS["D"])
    scene.answers("D")
    scene.was_told("THREE_WAY", "START_CALL")
    scene.world.phone("D").hangup()
    scene.was_told("THREE_WAY", "END_CALL")
    scene.hear("C", "A")


def holds(scene: Scene, uuid: str) -> None:
    scene.ask("hold", uuid=uuid, hold="1")
    scene.hear("C", "MOH")
    scene.ask("hold", uuid=uuid, hold="0")
    scene.hear("C", "A")


STORIES = [
    transfers,
    transfers_while_talking,
    takes_a_transfer_back,
    consults_and_returns,
    breaks_a_consult_off,
    hands_over,
    hands_over_while_it_rings,
    three_talk,
    holds,
]
WAYS = [(talks_to_c, True), (called_in, False)]
if LONG:
    WAYS += [(talks_to_c, False), (called_in, True)]


@pytest.mark.parametrize(("begins", "passes"), WAYS)
@pytest.mark.parametrize("story", STORIES)
def test_killed_at_the_nth_command(
    world: World, proxy: Proxy, story: Story, begins: Callable[..., str], passes: bool
) -> None:
    number = 1
    while _is_cut(world, proxy, story, begins, number, passes):
        number += 1
    assert number > 2


def _is_cut(
    world: World,
    proxy: Proxy,
    story: Story,
    begins: Callable[..., str],
    number: int,
    passes: bool,
) -> bool:
    scene = Scene(world, proxy, begins)
    proxy.cut_at(number, world.kill_daemon_at_once, passes=passes)
    try:
        _tell(scene, story)
        cut = proxy.cut_no_more()
        if cut:
            scene.go_on()
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


def _comes_to_a_good_end(scene: Scene) -> None:
    """Whoever rings answers; who talks to whom is the truth; C is with somebody; all can end."""
    world = scene.world
    if scene.ringing("D"):
        with contextlib.suppress(AssertionError):  # it may be called off at this very moment
            world.phone("D").answer()
    world.until(lambda: _is_through(scene))
    world.until(lambda: scene.agrees("A") and scene.agrees("D"))
    world.until(lambda: bool(scene.heard("C") & {"A", "D"}))
    world.phone("C").hangup()
    world.until(lambda: scene.status("A") == scene.status("D") == "FREE" or _hang_up(scene))
    world.until(lambda: not scene.unended())
    world.lab_is_empty()


def _is_through(scene: Scene) -> bool:
    """A ends what it has begun, which is refused while the next daemon completes it."""
    match scene.status("A"):
        case "CALLING CONSULT":
            scene.clients["A"].ask("consult", uuid=scene.uuid, type="2")
        case "CALLING HOLD":
            scene.clients["A"].ask("hold", uuid=scene.uuid, hold="0")
        case _:
            return True
    return False


def _hang_up(scene: Scene) -> bool:
    """A and D, where they are left with each other; it may be over by now."""
    scene.clients["A"].ask("hangup", uuid=scene.uuid)
    return False
