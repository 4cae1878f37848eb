"""SEQUENCES.md, 8.7 to 8.9: the switch dies, is away, or fails to tell something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.behaviour.conftest import installed
from tests.behaviour.report import chosen
from tests.behaviour.steps.calls import ends_its_call, talks_to_c
from tests.behaviour.world import NUMBER_OF_SKILL, OUTSIDE, World
from tests.faults.proxy import Proxy, Weather


@pytest.fixture(scope="module", params=["simulator", "freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One of its own, whose switch may be killed, and which does not wait long for it."""
    limits = {"unreachable_seconds": 0.5, "reconcile_seconds": 1.0}
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


def test_8_8_a_request_is_refused_while_the_switch_is_away(world: World):
    a = world.agent("A")
    talks_to_c(world, a)
    with world.without_switch("A", "C"):
        a.gets("CALL.E+", "CALLING>FREE")
        a.refused("5300", "call", callee_number=OUTSIDE["C"])
    a.forget()
    uuid = talks_to_c(world, a)
    world.hears("C", "A")
    ends_its_call(a, uuid)


@pytest.fixture
def without_queues(world: World) -> Iterator[None]:
    world.lab.esl.api("unload mod_callcenter")
    yield
    world.lab.esl.api("load mod_callcenter")


@pytest.mark.usefixtures("without_queues")
def test_a_caller_of_a_skill_goes_to_the_fallback_while_there_are_no_queues(world: World):
    with world.company(fallback={"ivr": "2001"}):
        world.phone("C").dial(NUMBER_OF_SKILL)
        world.hears("C", "IVR")
        world.phone("C").hangup()


@pytest.mark.usefixtures("without_queues")
def test_a_customer_transferred_to_a_skill_without_queues_goes_to_the_fallback_too(world: World):
    a = world.agent("A")
    with world.company(fallback={"ivr": "2001"}):
        uuid = talks_to_c(world, a)
        a.ok("trans", uuid=uuid, type="1", trans_type="2", trans_number="1001")
        a.gets("TRANS.I", "CALLING>CALLING/TRANS", "TRANS.E+", "CALL.E+", "CALLING/TRANS>FREE")
        world.hears("C", "IVR")
        world.phone("C").hangup()


# To this number the carrier says nothing at all.
MUTE = "9000"


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


def test_8_9_the_end_of_a_call_that_the_switch_does_not_tell_is_found_out(
    world: World, proxy: Proxy
):
    a = world.agent("A")
    talks_to_c(world, a)
    proxy.weather = deaf = Deafness(0)
    world.phone("C").hangup()
    world.until(lambda: deaf.ends == 2)
    proxy.weather = None
    assert a.gets("CALL.E+", "CALLING>FREE")["reason"] == "RESYNC"


def test_a_call_that_was_given_up_while_the_switch_hung_rings_nobody(world: World):
    """The switch does what it was told before it hung, once it goes on."""
    a = world.agent("A")
    with world.switch_hangs():
        a.begin("call", callee_number=OUTSIDE["C"])
        a.gets("CALL.I", "CALL.E-")
        world.until(lambda: world.counted("esl_bridge_esl_connected") == 0, 20)
    world.until(lambda: world.counted("esl_bridge_esl_connected") == 1, 20)
    world.lab_is_empty()
    a.got_nothing_more()
    uuid = talks_to_c(world, a)
    ends_its_call(a, uuid)


def test_a_phone_that_does_not_say_that_it_rings_is_no_lost_event(world: World):
    a = world.agent("A")
    world.says_nothing(MUTE)
    before = world.counted("esl_bridge_repairs_total")
    a.begin("call", callee_number=MUTE, max_ring_time=6)
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING", "CALL.E-", "CALLING>FREE")
    assert world.counted("esl_bridge_repairs_total") == before
