"""A phone whose SIP comes by WebSocket, as a browser's: its socket is lost in a call."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.behaviour.client import Client
from tests.behaviour.conftest import installed
from tests.behaviour.steps.calls import (
    EARLY,
    IVR,
    Talk,
    begins_to_call,
    either_way,
    hear_each_other,
    talks_to_c,
)
from tests.behaviour.world import AGENTS, World
from tests.lab.makes import WEB

REJOIN_SECONDS = 4


@pytest.fixture(scope="module", params=["simulator", "freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    limits = {"rejoin_seconds": REJOIN_SECONDS}
    with installed(request, tmp_path_factory, phones=WEB, limits=limits) as world:
        yield world


@pytest.fixture
def phone(world: World) -> Iterator[Any]:
    """A's; whatever became of it, the next story finds it registered."""
    phone = world.lab.phones[AGENTS["A"]]
    yield phone
    phone.speak()
    phone.kill()
    phone.start()
    world.await_registrations()


@pytest.fixture
def a(world: World, phone: Any) -> Iterator[Client]:
    """The agent, who leaves before its phone is put in order again."""
    client = world.agent("A")
    yield client
    client.got_nothing_more()
    client.close()


def ends(a: Client, talk: Talk, *last: str) -> None:
    a.gets(*(["CALL.E+"] if talk is talks_to_c else []), *last)


def is_in_a_call(a: Client) -> None:
    """And nothing else has been told of it, beside that the phone was away."""
    assert a.ok("get_status")["status"] == "CALLING"
    a.forget()


@either_way
def test_3_9_a_talk_goes_on_while_the_sound_of_the_lost_phone_does(
    world: World, a: Client, phone: Any, talk: Talk
):
    uuid = talk(world, a)
    phone.cut()
    threading.Event().wait(REJOIN_SECONDS)
    hear_each_other(world, "C", "A")
    is_in_a_call(a)
    a.ok("hangup", uuid=uuid)
    ends(a, talk, "CALLING>FREE")


@either_way
def test_3_9_an_agent_whose_phone_stays_away_loses_its_customer(
    world: World, a: Client, phone: Any, talk: Talk
):
    with world.company(fallback=IVR):
        talk(world, a)
        phone.lose()
        world.hears("C", "MOH")
        is_in_a_call(a)
        world.hears("C", "IVR")
        ends(a, talk, "CALLING>FREE")
        assert world.last_push(a)["reason"] == "PHONE_LOST"
        world.phone("C").hangup()


def test_3_9_the_customer_of_a_lost_phone_is_let_go_without_a_fallback(
    world: World, a: Client, phone: Any
):
    talks_to_c(world, a)
    phone.lose()
    world.hears("C", "MOH")
    is_in_a_call(a)
    world.phone("C").wait_idle()
    a.gets("CALL.E+", "CALLING>FREE")
    assert world.last_push(a)["reason"] == "PHONE_LOST"


def test_3_9_whom_a_lost_phone_calls_is_not_sent_anywhere_before_the_answer(
    world: World, a: Client, phone: Any
):
    with world.company(fallback=IVR):
        begins_to_call(world, a, EARLY)
        world.hears("A", "EARLY")
        phone.lose()
        a.gets("EXT_UN_REG.E+", "CALL.E-", "CALLING>FREE")
        assert world.last_push(a)["reason"] == "PHONE_LOST"
        world.lab_is_empty()


@either_way
def test_3_9_a_phone_that_is_heard_again_in_time_talks_on(
    world: World, a: Client, phone: Any, talk: Talk
):
    uuid = talk(world, a)
    phone.lose()
    world.hears("C", "MOH")
    phone.speak()
    phone.come_back()
    hear_each_other(world, "C", "A")
    threading.Event().wait(REJOIN_SECONDS)
    is_in_a_call(a)
    world.hears("C", "A")
    a.ok("hangup", uuid=uuid)
    ends(a, talk, "CALLING>FREE")


def test_3_9_a_page_that_is_loaded_again_loses_its_call(world: World, a: Client, phone: Any):
    with world.company(fallback=IVR):
        talks_to_c(world, a)
        phone.lose()
        phone.come_back(anew=True)
        world.hears("C", "MOH")
        is_in_a_call(a)
        world.hears("C", "IVR")
        a.gets("CALL.E+", "CALLING>FREE")
        assert world.last_push(a)["reason"] == "PHONE_LOST"
        world.phone("C").hangup()


def test_3_9_the_agent_ends_the_call_that_its_phone_has_lost(world: World, a: Client, phone: Any):
    uuid = talks_to_c(world, a)
    phone.lose()
    world.hears("C", "MOH")
    is_in_a_call(a)
    a.ok("hangup", uuid=uuid)
    world.phone("C").wait_idle()
    a.gets("CALL.E+", "CALLING>FREE")


def test_3_9_the_daemon_is_killed_while_it_waits_for_a_lost_phone(world: World, phone: Any):
    with world.company(fallback=IVR):
        a = world.agent("A")
        talks_to_c(world, a)
        phone.lose()
        world.hears("C", "MOH")
        is_in_a_call(a)
        world.kill_daemon()
        world.hears("C", "MOH")
        phone.come_back(anew=True)
        world.start_daemon()
        world.hears("C", "IVR")
        world.phone("C").hangup()
