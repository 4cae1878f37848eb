"""A phone that sends media while it rings (183): its caller is joined to it before its answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.behaviour.client import Client
from tests.behaviour.test_calls import begins_to_call
from tests.behaviour.test_consult import ends_by_itself, shows
from tests.behaviour.test_force import by_force, forces
from tests.behaviour.test_incoming import IVR
from tests.behaviour.test_interrupt import INTERRUPTED
from tests.behaviour.test_substitute import SUBSTITUTED, ends, operated, rings_at_s, steps_in
from tests.behaviour.world import AGENTS, OUTSIDE, World


@contextmanager
def sends_media(world: World, name: str = "F") -> Iterator[None]:
    phone = world.lab.phones[AGENTS[name]]
    phone.sends_early_media(now=True)
    try:
        yield
    finally:
        phone.sends_early_media(now=False)


@pytest.fixture
def f(world: World) -> Iterator[Client]:
    """An agent whose phone sends media while it rings."""
    with sends_media(world):
        yield world.agent("F")


def rings_at_f(world: World, a: Client, f: Client) -> str:
    """A has called F, whose phone rings, and hears it; gives the uuid of A's leg."""
    uuid = begins_to_call(world, a, AGENTS["F"], out_line=0)
    f.gets("callin", "FREE>RINGING")
    world.phone("F").wait_ringing()
    world.hears("A", "F")
    return uuid


def fails(world: World, a: Client, code: str) -> None:
    """A's call, which nobody has answered."""
    assert a.gets("CALL.E-")["code"] == code
    a.gets("CALLING>FREE")
    for name in "AF":
        world.phone(name).wait_idle()


@pytest.mark.parametrize("who_ends", ["S", "A"])
def test_7_8_it_is_taken_over(world: World, f: Client, who_ends: str):
    a, s = world.agent("A"), world.agent("S")
    rings_at_f(world, a, f)
    rings_at_s(world, s, "F")
    steps_in(world, s, "A")
    a.gets("CALL.S")
    assert f.gets("RINGING>FREE")["reason"] == SUBSTITUTED
    world.phone("F").wait_idle()
    shows(a, "CALLING", AGENTS["S"])
    ends(world, s, who_ends, "A" if who_ends == "S" else "S")
    a.gets("CALL.E+", "CALLING>FREE")


def test_7_8_it_rings_on_where_nobody_takes_it_over(world: World, f: Client):
    a, s = world.agent("A"), world.agent("S")
    uuid = rings_at_f(world, a, f)
    rings_at_s(world, s, "F")
    world.phone("S").reject()
    assert s.gets("SUBSTITUTE.E-")["code"] == "5202"
    s.gets("RINGING>FREE")
    world.hears("A", "F")
    world.phone("F").answer()
    a.gets("CALL.S")
    f.gets("RINGING>CALLING")
    world.hears("F", "A")
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING>FREE")
    f.gets("CALLING>FREE")


@pytest.mark.parametrize("whose", ["A", "F"])
def test_7_12_its_call_is_interrupted(world: World, f: Client, whose: str):
    with world.company(fallback=IVR):
        a, s = world.agent("A"), world.agent("S")
        rings_at_f(world, a, f)
        s.begin("interrupt_call", **operated(whose))
        s.gets("INTERRUPT_CALL.I", "INTERRUPT_CALL.E+")
        assert f.gets("RINGING>FREE")["reason"] == INTERRUPTED
        fails(world, a, "5207")
        world.lab_is_empty()


def test_1_3_its_caller_hangs_up(world: World, f: Client):
    a = world.agent("A")
    a.ok("hangup", uuid=rings_at_f(world, a, f))
    assert f.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    fails(world, a, "5207")


def test_1_3_its_agent_declines(world: World, f: Client):
    a = world.agent("A")
    rings_at_f(world, a, f)
    f.ok("hangup", uuid=world.last_push(f)["uuid"])
    assert f.gets("RINGING>FREE")["reason"] == "REJECTED"
    fails(world, a, "5202")


def test_7_14_its_agent_is_checked_out(world: World, f: Client):
    a, s = world.agent("A"), world.agent("S")
    rings_at_f(world, a, f)
    forces(s, "F", "FORCE_CHECKOUT", "RINGING", "OFFLINE")
    by_force(f.gets("RINGING>OFFLINE"), "FORCE_CHECKOUT")
    fails(world, a, "5202")


def test_3_7_its_caller_holds_and_begins_nothing_with_it(world: World, f: Client):
    """As where it sends none: there is no talk yet of which anything could be made."""
    a, s = world.agent("A"), world.agent("S")
    uuid = rings_at_f(world, a, f)
    world.phone("A").hold()
    a.gets("CALLING>CALLING/HOLD")
    target = {"uuid": uuid, "type": "1"}
    a.refused("4103", "consult", **target, consult_type=0, consult_number=OUTSIDE["X"])
    a.refused("4103", "trans", **target, trans_type=4, trans_number=OUTSIDE["X"])
    a.refused("4103", "three_way", uuid=uuid, three_way_type=0, three_way_number=OUTSIDE["X"])
    s.refused("4016", "substitute", **operated("A"))
    world.phone("A").resume()
    a.gets("CALLING/HOLD>CALLING")
    world.phone("F").answer()
    a.gets("CALL.S")
    f.gets("RINGING>CALLING")
    world.hears("A", "F")
    world.hears("F", "A")
    ends_by_itself(world)
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING>FREE")
    f.gets("CALLING>FREE")
