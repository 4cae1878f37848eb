"""Whatever an agent does, it is told the same whether a supervisor listens, whispers, leaves in the
middle of it, or is not there at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest

from tests.behaviour.client import Client, Message
from tests.behaviour.steps.calls import Talk, called_in, puts_on_hold, takes_off_hold, talks_to_c
from tests.behaviour.steps.conferences import invites
from tests.behaviour.steps.consults import consults
from tests.behaviour.steps.supervision import joins, leaves
from tests.behaviour.world import AGENTS, World

# Of each run its own.
_OF_THE_RUN = frozenset(
    {"uuid", "req_id", "contact_id", "curren_time", "epoch", "seq", "record_file", "record_seconds"}
    | {"peer_uuid", "now_ms", "since_ms", "until_ms"}
)

Script = Callable[[World, Client, str], Iterator[None]]
"""What A does in its talk with C, with a pause in the middle."""


def holds(_: World, a: Client, uuid: str) -> Iterator[None]:
    puts_on_hold(a, uuid)
    yield
    takes_off_hold(a, uuid)


def mutes(_: World, a: Client, uuid: str) -> Iterator[None]:
    a.ok("mute", uuid=uuid, mute="1")
    yield
    a.ok("mute", uuid=uuid, mute="0")


def sends_digits(_: World, a: Client, uuid: str) -> Iterator[None]:
    a.ok("dtmf", uuid=uuid, content="1")
    yield
    a.ok("dtmf", uuid=uuid, content="2")


def _transfers(a: Client, uuid: str, kind: str) -> None:
    a.begin("trans", uuid=uuid, type=kind, trans_type="1", trans_number=AGENTS["D"])
    a.gets("TRANS.I", "CALLING>CALLING/TRANS")


def transfers(kind: str) -> Script:
    def script(world: World, a: Client, uuid: str) -> Iterator[None]:
        _transfers(a, uuid, kind)
        world.phone("D").wait_ringing()
        yield
        world.phone("D").answer()
        world.phone("A").wait_idle()
        world.phone("D").hangup()

    return script


def cancels_a_transfer(world: World, a: Client, uuid: str) -> Iterator[None]:
    _transfers(a, uuid, "1")
    world.phone("D").wait_ringing()
    yield
    a.ok("trans", uuid=uuid, type="3")
    a.gets("TRANS.E-", "CALLING/TRANS>CALLING")
    a.ok("hold", uuid=uuid, hold="0")  # once the two are together


def asks(world: World, a: Client, uuid: str) -> Iterator[None]:
    consults(world, a, uuid, AGENTS["D"])
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    a.gets("CONSULT.S")
    yield
    a.ok("consult", uuid=uuid, type="2")
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")


def asks_and_hands_over(world: World, a: Client, uuid: str) -> Iterator[None]:
    leg = consults(world, a, uuid, AGENTS["D"])
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    a.gets("CONSULT.S")
    yield
    a.begin("consult_to_trans", consult_uuid=leg)
    world.phone("A").wait_idle()
    world.phone("D").hangup()


def meets(world: World, a: Client, uuid: str) -> Iterator[None]:
    invites(a, uuid, AGENTS["D"])
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    a.gets("THREE_WAY.S", "CALLING>CALLING/THREE_WAY")
    yield
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    a.ok("hold", uuid=uuid, hold="0")  # once the two are together


def records(world: World, a: Client, uuid: str) -> Iterator[None]:
    a.ok("record_control", uuid=uuid, action="start", record_suffix="wav")
    a.gets("RECORD.S")
    world.hears("C", "A")  # so that there is something in it
    yield
    a.ok("record_control", uuid=uuid, action="stop")
    a.gets("RECORD.E+")


def changes_media(_: World, a: Client, uuid: str) -> Iterator[None]:
    a.ok("change_media", uuid=uuid, audio=1)
    a.gets("CHANGE_MEDIA.I", "CHANGE_MEDIA.E+")
    yield
    a.ok("change_media", uuid=uuid, audio=3)
    a.gets("CHANGE_MEDIA.I", "CHANGE_MEDIA.E+")


def hangs_up(_world: World, a: Client, uuid: str) -> Iterator[None]:
    yield
    a.ok("hangup", uuid=uuid)


SCRIPTS = {
    "hold": holds,
    "mute": mutes,
    "dtmf": sends_digits,
    "trans 1": transfers("1"),
    "trans 2": transfers("2"),
    "trans 3": cancels_a_transfer,
    "consult": asks,
    "consult_to_trans": asks_and_hands_over,
    "three_way": meets,
    "record_control": records,
    "change_media": changes_media,
    "hangup": hangs_up,
}


def run(
    world: World, a: Client, talk: Talk, script: Script, s: Client, degree: str, *, stays: bool
) -> list[dict[str, Any]]:
    """What A is told of a talk and the script, with S there to the end of it or half of it, or
    not at all where there is no degree."""
    since = len(a.told)
    uuid = talk(world, a)
    if degree:
        joins(world, s, degree)
    acts = script(world, a, uuid)
    next(acts)
    if degree and not stays:
        world.phone("S").hangup()
        leaves(s, degree)
    assert list(acts) == []
    a.ask("hangup", uuid=uuid)  # where that has not happened
    if degree and stays:
        leaves(s, degree)
    a.is_told("FREE", since)  # the switch may know it some time before
    world.lab_is_empty()
    return told(a, since)


def told(a: Client, since: int) -> list[dict[str, Any]]:
    """What A was told, but for what no two runs have in common."""
    a.forget()
    return [_masked(message) for message in a.told[since:]]


def _masked(message: Message) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name not in _OF_THE_RUN}


@pytest.mark.parametrize(
    ("script", "talk"), list(zip(SCRIPTS, cycle([talks_to_c, called_in]), strict=False))
)
def test_an_agent_is_told_the_same_with_and_without_a_supervisor_who_listens(
    world: World, talk: Talk, script: str
):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    alone = run(world, a, talk, SCRIPTS[script], s, "", stays=False)
    assert alone
    for degree, stays in (("eavesdrop", True), ("whisper", True), ("whisper", False)):
        with_s = run(world, a, talk, SCRIPTS[script], s, degree, stays=stays)
        assert with_s == alone, (degree, stays)
    d.forget()
