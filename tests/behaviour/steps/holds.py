"""The far party holds by its own phone, and the agent goes on with something meanwhile."""

from __future__ import annotations

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    Talk,
    ends,
    ends_by_itself,
    shows,
    talk_again,
)
from tests.behaviour.steps.consults import rings_at_d
from tests.behaviour.steps.takeovers import is_taken_over, rings_at_s
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


def consults_while_held(world: World, talk: Talk) -> None:
    """A, whom C holds, consults D and comes back to C."""
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


def consults_in_vain_while_held(world: World, talk: Talk) -> None:
    """A, whom C holds, consults D, who rejects."""
    a, d = world.agent("A"), world.agent("D")
    uuid = is_held(world, a, talk)
    rings_at_d(world, a, d, uuid)
    world.phone("D").reject()
    d.gets("RINGING>FREE")
    a.gets("CONSULT.E-", "CALLING/CONSULT>CALLING")
    resumes(world, "A")
    talk_again(world, a, talk, uuid)


def hands_over_while_held(world: World, talk: Talk) -> None:
    """A, whom C holds, consults D and hands C over."""
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


def is_replaced_while_held(world: World, talk: Talk) -> None:
    """S takes the call of A over, whom C holds."""
    a, s = world.agent("A"), world.agent("S")
    is_held(world, a, talk)
    rings_at_s(world, s)
    world.phone("S").answer()
    s.gets("RINGING>CALLING", "SUBSTITUTE.S")
    is_taken_over(world, a, talk)
    resumes(world, "S")
    world.hears("C", "S")
    shows(s, "CALLING", OUTSIDE["C"])
    ends_by_itself(world)
    world.phone("C").hangup()
    s.gets("SUBSTITUTE.E+", "CALLING>FREE")
