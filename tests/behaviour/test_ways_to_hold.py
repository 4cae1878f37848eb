"""Who holds by its phone: in each way that phones say so, and an agent instead of a customer. The
simulated switch has no SIP: on a real one alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.behaviour import test_phone_holds as stories
from tests.behaviour.client import Client
from tests.behaviour.conftest import installed
from tests.behaviour.test_calls import begins_to_call, talks_to_c
from tests.behaviour.test_consult import ends_by_itself, rings_at_d
from tests.behaviour.test_in_the_call import Talk, called_in
from tests.behaviour.world import AGENTS, World
from tests.lab.makes import ODD, Hold
from tests.lab.odd import OddPhone

Story = Callable[[World, Talk], None]


@pytest.fixture(scope="module", params=["freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with installed(request, tmp_path_factory, phones=ODD) as world:
        yield world


@pytest.fixture(params=[Hold.INACTIVE, Hold.NOWHERE])
def way(world: World, request: pytest.FixtureRequest) -> Iterator[None]:
    """How the phones of C and B hold."""
    phones = [phone for phone in map(world.phone, "CB") if isinstance(phone, OddPhone)]
    usual = phones[0].make
    for phone in phones:
        phone.make = replace(usual, hold=request.param)
    yield
    for phone in phones:
        phone.make = usual


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("story", "talk"),
    [
        (stories.test_a_consult, talks_to_c),
        (stories.test_a_consult_that_is_not_answered, called_in),
        (stories.test_a_hand_over, called_in),
        (stories.test_a_take_over, talks_to_c),
    ],
)
def test_a_customer(world: World, story: Story, talk: Talk):
    story(world, talk)


def b_holds(world: World, a: Client, b: Client) -> str:
    uuid = begins_to_call(world, a, AGENTS["B"], out_line=0)
    b.gets("callin", "FREE>RINGING")
    world.phone("B").wait_ringing()
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    a.gets("CALL.S")
    world.hears("A", "B")
    world.phone("B").hold()
    b.gets("CALLING>CALLING/HOLD")
    world.hears("A", "MOH")
    return uuid


@pytest.mark.usefixtures("way")
def test_an_agent(world: World):
    a, b, d = world.agent("A"), world.agent("B"), world.agent("D")
    uuid = b_holds(world, a, b)
    leg = rings_at_d(world, a, d, uuid)
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    world.hears("A", "D")
    a.ok("hangup", uuid=leg)
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    ends_by_itself(world)
    world.phone("B").resume()
    b.gets("CALLING/HOLD>CALLING")
    world.hears("A", "B")
    world.hears("B", "A")
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING>FREE")
    b.gets("CALLING>FREE")
