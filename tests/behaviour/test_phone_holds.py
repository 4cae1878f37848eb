"""The far party holds by its own phone, and goes on with that whatever the agent does meanwhile."""

import pytest

from tests.behaviour.client import Client
from tests.behaviour.test_consult import either_way, ends_by_itself, rings_at_d, shows, talk_again
from tests.behaviour.test_in_the_call import Talk, ends
from tests.behaviour.test_substitute import is_out, rings_at_s
from tests.behaviour.test_transfer import BLIND, both_types, rings_at_the_target
from tests.behaviour.world import OUTSIDE, World


def is_held(world: World, a: Client, talk: Talk) -> str:
    uuid = talk(world, a)
    world.hears("A", "C")
    world.phone("C").hold()
    world.hears("A", "MOH")
    return uuid


def resumes(world: World, other: str) -> None:
    """C takes its hold back once it has been joined to somebody: the switch speaks to its phone at
    each move, and this kind of phone gives up what it asks for at the same time."""
    ends_by_itself(world)
    world.phone("C").resume()
    world.hears(other, "C")


@either_way
def test_a_consult(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = is_held(world, a, talk)
    leg = rings_at_d(world, a, d, uuid)
    world.hears("A", "RINGBACK")
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    world.hears("A", "D")
    a.ok("hangup", uuid=leg)
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    resumes(world, "A")
    talk_again(world, a, talk, uuid)


@either_way
def test_a_consult_that_is_not_answered(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = is_held(world, a, talk)
    rings_at_d(world, a, d, uuid)
    world.phone("D").reject()
    d.gets("RINGING>FREE")
    a.gets("CONSULT.E-", "CALLING/CONSULT>CALLING")
    resumes(world, "A")
    talk_again(world, a, talk, uuid)


@either_way
def test_a_hand_over(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = is_held(world, a, talk)
    leg = rings_at_d(world, a, d, uuid)
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    a.begin("consult_to_trans", consult_uuid=leg)
    a.gets("CONSULT_TO_TRANS.I", "CONSULT.E+", "CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
    ends(a, talk, "CALLING/CONSULT")
    d.gets("CALLING/CONSULT>CALLING")
    resumes(world, "D")
    world.hears("C", "D")
    ends_by_itself(world)
    world.phone("C").hangup()
    d.gets("CALLING>FREE")


@either_way
@both_types
@pytest.mark.parametrize("answer", ["answers", "rejects"])
def test_a_transfer(world: World, talk: Talk, mode: str, answer: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = is_held(world, a, talk)
    rings_at_the_target(world, a, b, uuid, mode)
    world.hears("A", "RINGBACK" if mode == BLIND else "MOH")
    if answer == "rejects":
        world.phone("B").reject()
        b.gets("RINGING>FREE")
        a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
        resumes(world, "A")
        talk_again(world, a, talk, uuid)
        return
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("TRANS.S", "TRANS.E+")
    ends(a, talk, "CALLING/TRANS")
    world.phone("A").wait_idle()
    resumes(world, "B")
    world.hears("C", "B")
    ends_by_itself(world)
    world.phone("C").hangup()
    b.gets("CALLING>FREE")


@either_way
def test_a_take_over(world: World, talk: Talk):
    a, s = world.agent("A"), world.agent("S")
    is_held(world, a, talk)
    rings_at_s(world, s)
    world.phone("S").answer()
    s.gets("RINGING>CALLING", "SUBSTITUTE.S")
    is_out(world, a, talk)
    resumes(world, "S")
    world.hears("C", "S")
    shows(s, "CALLING", OUTSIDE["C"])
    ends_by_itself(world)
    world.phone("C").hangup()
    s.gets("SUBSTITUTE.E+", "CALLING>FREE")
