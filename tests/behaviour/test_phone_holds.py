"""The far party holds by its own phone, and goes on with that whatever the agent does meanwhile."""

import pytest

from tests.behaviour.steps.calls import Talk, either_way, ends, ends_by_itself, talk_again
from tests.behaviour.steps.holds import (
    consults_in_vain_while_held,
    consults_while_held,
    hands_over_while_held,
    is_held,
    is_replaced_while_held,
    resumes,
)
from tests.behaviour.steps.transfers import BLIND, both_types, rings_at_the_target
from tests.behaviour.world import World


@either_way
def test_a_held_agent_consults_and_comes_back(world: World, talk: Talk):
    consults_while_held(world, talk)


@either_way
def test_a_held_agent_consults_somebody_who_rejects(world: World, talk: Talk):
    consults_in_vain_while_held(world, talk)


@either_way
def test_a_held_agent_consults_and_hands_its_customer_over(world: World, talk: Talk):
    hands_over_while_held(world, talk)


@either_way
@both_types
@pytest.mark.parametrize("answer", ["answers", "rejects"])
def test_a_held_agent_transfers_its_customer(world: World, talk: Talk, mode: str, answer: str):
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
def test_a_supervisor_takes_the_call_of_a_held_agent_over(world: World, talk: Talk):
    is_replaced_while_held(world, talk)
