"""Phones that have no codec in common: whom the switch can join, the service joins.

On a real switch only: the simulated one's phones have no codecs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.behaviour.steps.calls import hear_each_other, talks_to_c
from tests.behaviour.world import AGENTS, NUMBER_OF_A, NUMBER_OF_SKILL, OUTSIDE, World
from tests.lab.makes import Make
from tests.lab.phone import Phone

PCMU, PCMA, OPUS, G722 = "PCMU/8000/1", "PCMA/8000/1", "opus/48000/2", "G722/16000/1"
Speaks = Callable[..., None]


@pytest.fixture
def speaks(installation: World) -> Iterator[Speaks]:
    """Has a phone speak these codecs alone; asked for before ``world``, so that phones are as they
    were only once the story has been cleaned up."""
    if installation.kind == "simulator":
        pytest.skip("its phones have no codecs")
    usual: dict[str, Make] = {}

    def made(name: str, make: Make) -> None:
        phone = installation.lab.phones[(AGENTS | OUTSIDE)[name]]
        if not isinstance(phone, Phone):
            pytest.skip(f"the phone of {name} speaks G.711 only")
        usual.setdefault(name, phone.make)
        phone.stop()
        phone.make = make
        phone.start()

    def speaks(name: str, *codecs: str) -> None:
        made(name, Make(" and ".join(codecs), codecs=codecs))

    yield speaks
    for name, make in list(usual.items()):
        made(name, make)


@pytest.mark.parametrize(
    ("near", "far"), [(PCMU, PCMA), (PCMA, PCMU), (OPUS, PCMA), (PCMU, OPUS), (G722, PCMU)]
)
def test_a_customer_is_offered_codecs_that_the_agents_phone_lacks(
    speaks: Speaks, world: World, near: str, far: str
):
    speaks("A", near)
    speaks("C", far)
    a = world.agent("A")
    talks_to_c(world, a)
    hear_each_other(world, "A", "C")
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING>FREE")


def test_a_customer_dialled_by_the_phone_is_offered_codecs_that_it_lacks(
    speaks: Speaks, world: World
):
    speaks("A", PCMU)
    speaks("C", PCMA)
    with world.company(dial_from_phone=True):
        a = world.agent("A")
        world.phone("A").dial(OUTSIDE["C"])
        a.gets("FREE>CALLING")
        world.phone("C").wait_ringing()
        world.phone("C").answer()
        hear_each_other(world, "A", "C")
        world.phone("C").hangup()
        a.gets("CALLING>FREE")


@pytest.mark.parametrize("number", [NUMBER_OF_A, NUMBER_OF_SKILL])
def test_the_codec_of_a_caller_does_not_bind_the_agent(speaks: Speaks, world: World, number: str):
    speaks("A", OPUS)
    speaks("C", PCMA)
    a = world.agent("A")
    world.phone("C").dial(number)
    a.gets("callin", "FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    hear_each_other(world, "A", "C")
    world.phone("C").hangup()
    a.gets("CALLING>FREE")


@pytest.mark.parametrize("codecs", [(OPUS, PCMA), (G722, PCMU)])
def test_a_supervisor_with_another_codec_is_understood(
    speaks: Speaks, world: World, codecs: tuple[str, ...]
):
    speaks("S", *codecs)
    a, s = world.agent("A"), world.agent("S")
    talks_to_c(world, a)
    s.begin("whisper", operated_agent_id=AGENTS["A"], operated_ext_id=AGENTS["A"])
    s.gets("WHISPER.I", "FREE>RINGING")
    world.phone("S").wait_ringing()
    world.phone("S").answer()
    s.gets("RINGING>CALLING/WHISPER", "WHISPER.S")
    world.hears("A", "C", "S")
    world.hears("C", "A")
    world.hears("S", "A", "C")
    s.begin("force_call", operated_agent_id=AGENTS["A"], operated_ext_id=AGENTS["A"])
    s.gets("FORCE_CALL.I", "WHISPER.E+", "FORCE_CALL.S", "CALLING/WHISPER>CALLING/FORCE_CALL")
    a.gets("CALLING>CALLING/FORCE_CALL")
    world.hears("C", "A", "S")
    world.hears("A", "C", "S")
    world.phone("S").hangup()
    s.gets("FORCE_CALL.E+", "CALLING/FORCE_CALL>FREE")
    a.gets("CALLING/FORCE_CALL>CALLING")
    world.phone("C").hangup()
    a.gets("CALL.E+", "CALLING>FREE")
