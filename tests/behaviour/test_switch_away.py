"""SEQUENCES.md, 8.7 to 8.9: the switch dies, is away, or fails to tell something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.behaviour.conftest import installed
from tests.behaviour.report import chosen
from tests.behaviour.test_calls import talks_to_c
from tests.behaviour.world import OUTSIDE, World
from tests.faults.proxy import Proxy, Weather


@pytest.fixture(scope="module", params=["simulator", "freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One of its own, whose switch may be killed, and which does not wait long for it."""
    limits = {"unreachable_seconds": 0.5, "untold_seconds": 1.0}
    with installed(request, tmp_path_factory, phones=chosen(), limits=limits) as world:
        yield world


def test_8_7_the_switch_dies_in_a_talk(world: World):
    a = world.agent("A")
    talks_to_c(world, a)
    with world.without_switch("A", "C"):
        ended = a.gets("CALL.E+")
        assert (ended["code"], ended["phase"]) == ("5300", "END_CALL")
        assert a.gets("CALLING>FREE")["reason"] == "SWITCH_LOST"
    a.forget()  # a phone that had to register anew


def test_8_7_the_switch_dies_while_it_rings(world: World):
    a = world.agent("A")
    a.begin("call", callee_number=OUTSIDE["C"])
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    with world.without_switch("A"):
        assert a.gets("CALL.E-")["code"] == "5300"
        assert a.gets("RINGING>FREE")["reason"] == "SWITCH_LOST"
    a.forget()


def test_8_8_a_request_while_the_switch_is_away(world: World):
    a = world.agent("A")
    talks_to_c(world, a)
    with world.without_switch("A", "C"):
        a.gets("CALL.E+", "CALLING>FREE")
        a.refused("5300", "call", callee_number=OUTSIDE["C"])
    a.forget()
    uuid = talks_to_c(world, a)
    world.hears("C", "A")
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING>FREE")


class Deafness(Weather):
    """Of no event anything is heard. ``ends``: how many legs' were among them."""

    ends = 0

    def on(self, event: bytes) -> bytes:
        self.ends += b'"CHANNEL_HANGUP"' in event
        return b""


@pytest.fixture
def proxy(world: World) -> Iterator[Proxy]:
    """The daemon that is started now goes through it."""
    with Proxy(world.switch_port) as proxy, world.led_through(proxy.port):
        yield proxy


def test_8_9_an_end_that_is_not_told(world: World, proxy: Proxy):
    a = world.agent("A")
    talks_to_c(world, a)
    proxy.weather = deaf = Deafness(0)
    world.phone("C").hangup()
    world.until(lambda: deaf.ends == 2)
    proxy.weather = None
    assert a.gets("CALL.E+", "CALLING>FREE")["reason"] == "RESYNC"
