"""Who hears whom while a supervisor is there: on hold, in a consult, in a three-way talk."""

from __future__ import annotations

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    Talk,
    either_way,
    ends,
    puts_on_hold,
    takes_off_hold,
    talks_to_c,
)
from tests.behaviour.steps.conferences import three_talk
from tests.behaviour.steps.consults import talks_to_d
from tests.behaviour.steps.supervision import joins, leaves, operates
from tests.behaviour.world import AGENTS, World


def moves(s: Client, before: str, now: str) -> None:
    s.begin(now, **operates())
    s.gets(f"{now.upper()}.I", f"{before.upper()}.E+", f"{now.upper()}.S")
    s.gets(f"CALLING/{before.upper()}>CALLING/{now.upper()}")


def hear(world: World, **whom: str) -> None:
    """Each phone hears just these; a letter each, M for music."""
    for name, heard in whom.items():
        world.hears(name, *("MOH" if letter == "M" else letter for letter in heard))


def stays_held(world: World, a: Client, *, hears: str) -> None:
    hear(world, A=hears, C="M", S="A")
    a.got_nothing_more()


@either_way
def test_a_supervisor_listens_while_the_call_is_on_hold(world: World, talk: Talk):
    a, s = world.agent("A"), world.agent("S")
    uuid = talk(world, a)
    joins(world, s, "eavesdrop")
    hear(world, A="C", C="A", S="AC")
    puts_on_hold(a, uuid)
    stays_held(world, a, hears="")
    moves(s, "eavesdrop", "whisper")
    stays_held(world, a, hears="S")
    moves(s, "whisper", "force_call")
    stays_held(world, a, hears="S")
    moves(s, "force_call", "eavesdrop")
    stays_held(world, a, hears="")
    moves(s, "eavesdrop", "whisper")
    stays_held(world, a, hears="S")
    takes_off_hold(a, uuid)
    hear(world, A="CS", C="A", S="AC")
    puts_on_hold(a, uuid)
    stays_held(world, a, hears="S")
    world.phone("C").hangup()
    ends(a, talk, "CALLING/HOLD")
    leaves(s, "whisper")


def holds_and_hears_s(world: World, a: Client, s: Client, uuid: str) -> None:
    joins(world, s, "whisper")
    hear(world, A="CS", C="A", S="AC")
    puts_on_hold(a, uuid)
    stays_held(world, a, hears="S")


@either_way
def test_a_supervisor_whispers_on_from_hold_into_a_consult_and_a_transfer(world: World, talk: Talk):
    a, b, d, s = (world.agent(name) for name in "ABDS")
    uuid = talk(world, a)
    holds_and_hears_s(world, a, s, uuid)
    a.begin("consult", uuid=uuid, type="1", consult_type="0", consult_number=AGENTS["D"])
    a.gets("CONSULT.I", "CALLING/HOLD>CALLING/CONSULT")
    d.gets("callin:CONSULT", "FREE>RINGING")
    world.hears("A", "RINGBACK", "S")
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    hear(world, A="DS", D="A", C="M", S="AD")
    a.ok("consult", uuid=uuid, type="2")
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    hear(world, A="CS", C="A", S="AC")
    puts_on_hold(a, uuid)
    stays_held(world, a, hears="S")
    a.begin("trans", uuid=uuid, type="1", trans_type="1", trans_number=AGENTS["B"])
    a.gets("TRANS.I", "CALLING/HOLD>CALLING/TRANS")
    b.gets("callin:TRANS", "FREE>RINGING")
    world.phone("B").wait_ringing()
    world.hears("C", "MOH")
    world.phone("B").reject()
    a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
    b.gets("RINGING>FREE")
    hear(world, A="CS", C="A", S="AC")
    a.ok("hangup", uuid=uuid)
    ends(a, talk)
    leaves(s, "whisper")


@either_way
def test_a_supervisor_leaves_while_the_call_is_on_hold(world: World, talk: Talk):
    a, s = world.agent("A"), world.agent("S")
    uuid = talk(world, a)
    holds_and_hears_s(world, a, s, uuid)
    world.phone("S").hangup()
    leaves(s, "whisper")
    hear(world, A="", C="M")
    world.phone("A").hangup()
    ends(a, talk, "CALLING/HOLD")
    world.phone("C").wait_idle()


@either_way
def test_a_supervisor_listens_to_a_consult(world: World, talk: Talk):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    uuid = talk(world, a)
    joins(world, s, "eavesdrop")
    talks_to_d(world, a, d, uuid)
    hear(world, A="D", D="A", C="M", S="AD")
    moves(s, "eavesdrop", "whisper")
    hear(world, A="DS", D="A", C="M", S="AD")
    moves(s, "whisper", "force_call")
    a.gets("CALLING/CONSULT>CALLING/FORCE_CALL")
    d.gets("CALLING/CONSULT>CALLING/FORCE_CALL")
    hear(world, A="DS", D="AS", C="M", S="AD")
    world.phone("S").hangup()
    leaves(s, "force_call")
    a.gets("CALLING/FORCE_CALL>CALLING/CONSULT")
    d.gets("CALLING/FORCE_CALL>CALLING/CONSULT")
    hear(world, A="D", D="A", C="M")
    a.ok("consult", uuid=uuid, type="2")
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    hear(world, A="C", C="A")
    a.ok("hangup", uuid=uuid)
    ends(a, talk)


@either_way
def test_a_supervisor_listens_to_a_three_way_talk(world: World, talk: Talk):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    uuid = talk(world, a)
    joins(world, s, "whisper")
    three_talk(world, a, d, uuid)
    hear(world, A="CDS", C="AD", D="AC", S="ACD")
    moves(s, "whisper", "force_call")
    a.gets("CALLING/THREE_WAY>CALLING/FORCE_CALL")
    d.gets("CALLING/THREE_WAY>CALLING/FORCE_CALL")
    hear(world, A="CDS", C="ADS", D="ACS", S="ACD")
    moves(s, "force_call", "eavesdrop")
    a.gets("CALLING/FORCE_CALL>CALLING/THREE_WAY")
    d.gets("CALLING/FORCE_CALL>CALLING/THREE_WAY")
    hear(world, A="CD", C="AD", D="AC", S="ACD")
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    hear(world, A="C", C="A", S="AC")
    a.ok("hangup", uuid=uuid)
    ends(a, talk)
    leaves(s, "eavesdrop")


def test_a_supervisor_listens_to_an_agent_who_stepped_out_of_a_three_way_talk(world: World):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    uuid = talks_to_c(world, a)
    three_talk(world, a, d, uuid)
    joins(world, s, "whisper")
    a.ok("hold", uuid=uuid, hold="1")
    a.gets("CALLING/THREE_WAY>CALLING/HOLD")
    hear(world, A="S", C="D", D="C", S="A")
    a.ok("hold", uuid=uuid, hold="0")
    a.gets("CALLING/HOLD>CALLING/THREE_WAY")
    hear(world, A="CDS", C="AD", D="AC", S="ACD")
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/THREE_WAY>FREE")
    leaves(s, "whisper")
    d.gets("CALLING/THREE_WAY>CALLING")
    hear(world, C="D", D="C")
    world.phone("D").hangup()
    d.gets("CALLING>FREE")


@pytest.mark.parametrize("first", ["mute", "force_call"])
def test_a_muted_agent_mutes_nobody_else(world: World, first: str):
    a, s = world.agent("A"), world.agent("S")
    uuid = talks_to_c(world, a)
    if first == "mute":
        a.ok("mute", uuid=uuid, mute="1")
    joins(world, s, "force_call")
    a.gets("CALLING>CALLING/FORCE_CALL")
    if first == "force_call":
        a.ok("mute", uuid=uuid, mute="1")
    hear(world, A="CS", C="S", S="C")
    a.ok("mute", uuid=uuid, mute="0")
    hear(world, A="CS", C="AS", S="AC")
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING/FORCE_CALL>FREE")
    leaves(s, "force_call")
