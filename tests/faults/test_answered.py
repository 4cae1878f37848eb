"""What a reply confirmed survives a kill -9 at the moment of the reply, however often."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.behaviour.client import Client
from tests.behaviour.conftest import installed
from tests.behaviour.steps.calls import called_in, talks_to_c
from tests.behaviour.world import World
from tests.faults.conftest import KINDS, LONG

TIMES = 20 if LONG else 3


@pytest.fixture(scope="module", params=KINDS)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with installed(request, tmp_path_factory, grace=60) as world:
        yield world


@pytest.fixture(autouse=True)
def nothing_is_left(world: World) -> Iterator[None]:
    yield
    world.clean_up(all_taken=False)


def killed(world: World, client: Client) -> Client:
    """Kill the daemon now; return the agent once it is back at the next one by its token."""
    world.kill_daemon_at_once()
    world.start_daemon()
    back = world.connect("A")
    back.ok("checkin", token=client.token)
    back.token = client.token
    return back


def status_of(client: Client) -> str:
    now = client.ok("get_status")
    return f"{now['status']} {now.get('sub_status', '')}".strip()


def test_a_token_that_was_answered_is_good_after_a_crash(world: World):
    for _ in range(TIMES):
        a = world.connect("A")
        a.checkin(reset=True)
        killed(world, a)


@pytest.mark.parametrize(("action", "status"), [("MAKE_BUSY", "BUSY"), ("MAKE_REST", "REST")])
def test_a_status_that_was_answered_holds_after_a_crash(world: World, action: str, status: str):
    a = world.agent("A")
    for _ in range(TIMES):
        a.ok("change_status", action=action)
        a = killed(world, a)
        assert status_of(a) == status
        a.ok("change_status", action="MAKE_FREE")
        a = killed(world, a)
        assert status_of(a) == "FREE"


@pytest.mark.parametrize("begins", [talks_to_c, called_in])
def test_hold_and_resume_that_were_answered_last_over_a_crash(
    world: World, begins: Callable[[World, Client], str]
):
    a = world.agent("A")
    uuid = begins(world, a)
    for _ in range(TIMES):
        assert a.ok("hold", uuid=uuid, hold="1")["hold"] == "1"
        a = killed(world, a)
        assert status_of(a) == "CALLING HOLD"
        world.hears("C", "MOH")
        assert a.ok("hold", uuid=uuid, hold="0")["hold"] == "0"
        a = killed(world, a)
        assert status_of(a) == "CALLING"
        world.hears("C", "A")
    a.ok("hangup", uuid=uuid)


def test_a_recording_is_on_or_paused_after_a_crash_as_was_answered(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    a.ok("record_control", uuid=uuid, action="start")
    for _ in range(TIMES):
        for action, now in (("pause", "paused"), ("resume", "on")):
            assert a.ok("record_control", uuid=uuid, action=action)["recording"] == now
            a = killed(world, a)
            assert {leg["recording"] for leg in a.ok("get_status")["legs"]} == {now, "off"}
    a.ok("hangup", uuid=uuid)


def test_a_state_asked_for_after_the_call_is_remembered_over_a_crash(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    for action, status in [("BUSY", "BUSY"), ("REST", "REST")] * TIMES:
        a.ok("change_status", action=f"MAKE_{action}_AFTER_CALL_STOP")
        a = killed(world, a)
        assert a.ok("get_status")["call_stop_status"] == status
    a.ok("hangup", uuid=uuid)
