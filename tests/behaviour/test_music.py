"""Music and ringback that end by themselves, or that the switch does not have: nobody is lost."""

import json

import pytest

from tests.behaviour.steps.calls import (
    Talk,
    either_way,
    ends,
    hear_each_other,
    puts_on_hold,
    rings_at_a,
    takes_off_hold,
    talk_again,
)
from tests.behaviour.steps.consults import rings_at_d, talks_to_d
from tests.behaviour.steps.recordings import time_passes
from tests.behaviour.steps.transfers import rings_at_the_target
from tests.behaviour.world import AGENTS, OUTSIDE, World


def comes_to_its_end(world: World, name: str, hears: str) -> None:
    """What a phone hears ends as a file does; what would end at once would be taken for empty."""
    world.hears(name, hears)
    time_passes(1.1)
    esl = world.lab.esl
    rows = json.loads(esl.api("show channels as json"))["rows"]
    (leg,) = [row["uuid"] for row in rows if (AGENTS | OUTSIDE)[name] in _whose(row)]
    esl.api(f"uuid_break {leg} all")
    world.hears(name, hears)


def _whose(row: dict[str, str]) -> str:
    return row["presence_id"] or row["name"] + row["cid_num"] * (row["direction"] == "inbound")


@either_way
def test_hold_music_that_ends_is_played_on(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    puts_on_hold(a, uuid)
    for _ in range(2):
        comes_to_its_end(world, "C", "MOH")
    a.got_nothing_more()
    takes_off_hold(a, uuid)
    world.hears("C", "A")
    a.ok("hangup", uuid=uuid)
    ends(a, talk)


@either_way
def test_consult_music_that_ends_is_played_on(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    leg = rings_at_d(world, a, d, talk(world, a))
    comes_to_its_end(world, "C", "MOH")
    comes_to_its_end(world, "A", "RINGBACK")
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    assert a.gets("CONSULT.S")["uuid"] == leg
    world.hears("A", "D")
    world.hears("C", "MOH")
    world.phone("D").hangup()
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    world.hears("C", "A")
    world.phone("C").hangup()
    ends(a, talk)


def test_a_callers_ringback_that_ends_is_played_on(world: World):
    a = world.agent("A")
    rings_at_a(world, a)
    comes_to_its_end(world, "C", "RINGBACK")
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.hears("C", "A")
    world.phone("C").hangup()
    a.gets("CALLING>FREE")


@either_way
def test_without_music_nobody_is_held(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    world.hears("C", "A")
    with world.lab.without_music():
        assert a.refused("5300", "hold", uuid=uuid, hold="1")["hold"] == "0"
    a.got_nothing_more()
    talk_again(world, a, talk, uuid)


@either_way
def test_without_music_a_consult_goes_on_in_silence(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    with world.lab.without_music():
        leg = talks_to_d(world, a, d, uuid)
        world.hears("A", "D")
        world.hears("C")
        a.ok("hangup", uuid=leg)
        a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
        d.gets("CALLING/CONSULT>FREE")
    talk_again(world, a, talk, uuid)


@either_way
@pytest.mark.parametrize("answer", ["answers", "rejects"])
def test_without_music_a_transfer_goes_on_in_silence(world: World, talk: Talk, answer: str):
    a, b = world.agent("A"), world.agent("B")
    uuid = talk(world, a)
    with world.lab.without_music():
        rings_at_the_target(world, a, b, uuid)
        world.hears("C")
        if answer == "rejects":
            world.phone("B").reject()
            b.gets("RINGING>FREE")
            a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
            talk_again(world, a, talk, uuid)
            return
        world.phone("B").answer()
        b.gets("RINGING>CALLING")
        a.gets("TRANS.S", "TRANS.E+")
        ends(a, talk, "CALLING/TRANS")
    hear_each_other(world, "B", "C")
    world.phone("C").hangup()
    b.gets("CALLING>FREE")
