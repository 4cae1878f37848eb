"""Keys that somebody presses while something is played: nothing comes of them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    Talk,
    begins_to_call,
    either_way,
    ends,
    ends_by_itself,
    puts_on_hold,
    rings_at_a,
)
from tests.behaviour.steps.consults import rings_at_d, talks_to_d
from tests.behaviour.steps.queues import becomes_free, offered
from tests.behaviour.steps.supervision import joins
from tests.behaviour.steps.transfers import rings_at_the_target
from tests.behaviour.world import AGENTS, NUMBER_OF_SKILL, OUTSIDE, World

pytestmark = pytest.mark.usefixtures("rested")

KEYS = "*#0123456789"


@contextmanager
def presses(world: World, name: str, hears: str | set[str], *agents: Client) -> Iterator[None]:
    """All keys at a phone that hears something; it hears the same afterwards, and no agent is told
    of anything."""
    whom = {hears} if isinstance(hears, str) else hears
    world.hears(name, *whom)
    for key in KEYS:
        world.phone(name).dtmf(key)
    world.hears(name, *whom)
    for agent in agents:
        agent.got_nothing_more()
    yield


@either_way
def test_keys_of_a_customer_on_hold_end_nothing(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    puts_on_hold(a, uuid)
    with presses(world, "C", "MOH", a):
        a.ok("hold", uuid=uuid, hold="0")
    a.gets("CALLING/HOLD>CALLING")
    world.hears("C", "A")
    world.phone("C").hangup()
    ends(a, talk)


@either_way
@pytest.mark.parametrize("who", ["C", "A"])
def test_keys_in_a_ringing_consult_end_nothing(world: World, talk: Talk, who: str):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    leg = rings_at_d(world, a, d, uuid)
    with presses(world, who, "MOH" if who == "C" else "RINGBACK", a, d):
        world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    assert a.gets("CONSULT.S")["uuid"] == leg
    world.hears("A", "D")
    world.hears("C", "MOH")
    a.ok("hangup", uuid=leg)
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    world.hears("C", "A")
    ends_by_itself(world)
    world.phone("C").hangup()
    ends(a, talk)


@either_way
def test_keys_of_a_customer_whose_agent_consults_end_nothing(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    leg = talks_to_d(world, a, d, talk(world, a))
    with presses(world, "C", "MOH", a, d):
        a.ok("hangup", uuid=leg)
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    world.hears("C", "A")
    world.phone("C").hangup()
    ends(a, talk)


@either_way
@pytest.mark.parametrize("who", ["C", "A"])
def test_keys_in_a_ringing_transfer_end_nothing(world: World, talk: Talk, who: str):
    a, b = world.agent("A"), world.agent("B")
    rings_at_the_target(world, a, b, talk(world, a))
    with presses(world, who, "MOH" if who == "C" else "RINGBACK", a, b):
        world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    world.hears("B", "C")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


def test_keys_of_a_caller_who_hears_ringback_end_nothing(world: World):
    a = world.agent("A")
    rings_at_a(world, a)
    with presses(world, "C", "RINGBACK", a):
        world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.hears("C", "A")
    world.phone("C").hangup()
    a.gets("CALLING>FREE")


def test_keys_of_an_agent_who_hears_ringback_end_nothing(world: World):
    a = world.agent("A")
    begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    with presses(world, "A", world.ringing_of("C"), a):
        world.phone("C").answer()
    a.gets("CALL.S")
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING>FREE")


def test_keys_of_a_customer_who_waits_in_a_queue_end_nothing(world: World):
    world.phone("C").dial(NUMBER_OF_SKILL)
    world.phone("C").wait_talking()
    with presses(world, "C", "MOH"):
        a = becomes_free(world, "A")
    offered(world, a, "A")
    with presses(world, "C", "MOH", a):
        world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.hears("C", "A")
    world.phone("C").hangup()
    a.gets("CALLING>FREE")


def test_keys_of_whom_a_phone_holds_end_nothing(world: World):
    a = world.agent("A")
    begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    a.gets("CALL.S")
    world.phone("A").hold()
    a.gets("CALLING>CALLING/HOLD")
    with presses(world, "C", "MOH", a):
        world.phone("A").resume()
    a.gets("CALLING/HOLD>CALLING")
    world.hears("C", "A")
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING>FREE")


def test_keys_of_an_agent_who_hears_a_whisper_end_nothing(world: World):
    a, s = world.agent("A"), world.agent("S")
    begins_to_call(world, a, OUTSIDE["C"])
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    uuid = a.gets("CALL.S")["uuid"]
    puts_on_hold(a, uuid)
    joins(world, s, "whisper")
    with presses(world, "A", "S", a):
        world.phone("S").hangup()
    s.gets("WHISPER.E+", "CALLING/WHISPER>FREE")
    assert AGENTS["A"]
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING/HOLD>FREE")
