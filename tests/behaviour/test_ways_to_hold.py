"""Who holds by its phone: in each way that phones say so, and an agent instead of a customer. The
simulated switch has no SIP: on a real one alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.behaviour.client import Client
from tests.behaviour.conftest import installed
from tests.behaviour.steps.calls import (
    Talk,
    called_in,
    ends_by_itself,
    ends_its_call,
    hear_each_other,
    talks_to_b,
    talks_to_c,
)
from tests.behaviour.steps.consults import rings_at_d
from tests.behaviour.steps.holds import (
    consults_in_vain_while_held,
    consults_while_held,
    hands_over_while_held,
    is_replaced_while_held,
)
from tests.behaviour.world import World
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
        (consults_while_held, talks_to_c),
        (consults_in_vain_while_held, called_in),
        (hands_over_while_held, called_in),
        (is_replaced_while_held, talks_to_c),
    ],
)
def test_a_customer_holds_in_each_way_that_phones_have(world: World, story: Story, talk: Talk):
    story(world, talk)


def b_holds(world: World, a: Client, b: Client) -> str:
    """A has called B, who holds by its phone; gives the uuid of A's leg."""
    uuid = talks_to_b(world, a, b)
    world.hears("A", "B")
    world.phone("B").hold()
    b.gets("CALLING>CALLING/HOLD")
    world.hears("A", "MOH")
    return uuid


@pytest.mark.usefixtures("way")
def test_an_agent_holds_in_each_way_that_phones_have(world: World):
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
    hear_each_other(world, "A", "B")
    ends_its_call(a, uuid)
    b.gets("CALLING>FREE")
