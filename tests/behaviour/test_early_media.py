"""A phone that sends media while it rings (183): its caller is joined to it before its answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    IVR,
    begins_to_call,
    ends_by_itself,
    ends_its_call,
    puts_on_hold,
    shows,
    takes_off_hold,
)
from tests.behaviour.steps.supervision import INTERRUPTED, by_force, forces, operates
from tests.behaviour.steps.takeovers import (
    SUBSTITUTED,
    ends_the_call_taken_over,
    rings_at_s,
    steps_in,
)
from tests.behaviour.world import AGENTS, OUTSIDE, World


@contextmanager
def announces_media(world: World, *, silent: bool) -> Iterator[Client]:
    """F's phone, while it rings."""
    phone = world.lab.phones[AGENTS["F"]]
    phone.sends_early_media(now=True, silent=silent)
    try:
        yield world.agent("F")
    finally:
        phone.sends_early_media(now=False)


@pytest.fixture
def f(world: World) -> Iterator[Client]:
    """An agent whose phone sends media while it rings."""
    with announces_media(world, silent=False) as client:
        yield client


@pytest.fixture
def silent_f(world: World) -> Iterator[Client]:
    """An agent whose phone announces media while it rings, and sends none."""
    with announces_media(world, silent=True) as client:
        yield client


def rings_at_f(world: World, a: Client, f: Client, sound: str = "F") -> str:
    """A has called F, whose phone rings, and hears that; gives the uuid of A's leg."""
    uuid = begins_to_call(world, a, AGENTS["F"], out_line=0)
    f.gets("callin", "FREE>RINGING")
    world.phone("F").wait_ringing()
    world.hears("A", sound)
    return uuid


def answers(world: World, a: Client, f: Client) -> None:
    """F does, and the two hear each other and nothing else."""
    world.phone("F").answer()
    a.gets("CALL.S")
    f.gets("RINGING>CALLING")
    world.hears("A", "F")
    world.hears("F", "A")
    ends_by_itself(world)


def hangs_up(a: Client, f: Client, uuid: str) -> None:
    ends_its_call(a, uuid)
    f.gets("CALLING>FREE")


def test_1_3_a_phone_that_announces_media_and_sends_none_is_heard_to_ring(
    world: World, silent_f: Client
):
    a = world.agent("A")
    uuid = rings_at_f(world, a, silent_f, "RINGBACK")
    answers(world, a, silent_f)
    puts_on_hold(a, uuid)
    world.hears("F", "MOH")
    takes_off_hold(a, uuid)
    world.hears("A", "F")
    hangs_up(a, silent_f, uuid)


def test_1_3_media_that_come_later_than_announced_are_heard(world: World, silent_f: Client):
    a = world.agent("A")
    uuid = rings_at_f(world, a, silent_f, "RINGBACK")
    world.lab.phones[AGENTS["F"]].begins_to_sound()
    world.hears("A", "F")
    answers(world, a, silent_f)
    hangs_up(a, silent_f, uuid)


@pytest.mark.parametrize("who_ends", ["A", "F", "nobody"])
def test_1_3_a_phone_that_announces_media_and_sends_none_does_not_answer(
    world: World, silent_f: Client, who_ends: str
):
    a = world.agent("A")
    ring_seconds = {"max_ring_time": 4} if who_ends == "nobody" else {}
    uuid = begins_to_call(world, a, AGENTS["F"], out_line=0, **ring_seconds)
    silent_f.gets("callin", "FREE>RINGING")
    world.phone("F").wait_ringing()
    world.hears("A", "RINGBACK")
    if who_ends == "A":
        a.ok("hangup", uuid=uuid)
    elif who_ends == "F":
        world.phone("F").reject()
    code, reason = _HOW_IT_ENDS[who_ends]
    assert silent_f.gets("RINGING>FREE")["reason"] == reason
    fails(world, a, code)


_HOW_IT_ENDS = {
    "A": ("5207", "CALLER_GONE"),
    "F": ("5202", "REJECTED"),
    "nobody": ("5201", "NO_ANSWER"),
}


def test_1_3_an_agent_holds_while_announced_media_do_not_come(world: World, silent_f: Client):
    a = world.agent("A")
    uuid = rings_at_f(world, a, silent_f, "RINGBACK")
    world.phone("A").hold()
    a.gets("CALLING>CALLING/HOLD")
    world.phone("A").resume()
    a.gets("CALLING/HOLD>CALLING")
    world.hears("A", "RINGBACK")
    answers(world, a, silent_f)
    hangs_up(a, silent_f, uuid)


def test_7_8_a_supervisor_takes_over_a_call_whose_announced_media_do_not_come(
    world: World, silent_f: Client
):
    a, s = world.agent("A"), world.agent("S")
    rings_at_f(world, a, silent_f, "RINGBACK")
    rings_at_s(world, s, "F")
    world.hears("A", "RINGBACK")
    steps_in(world, s, "A")
    a.gets("CALL.S")
    assert silent_f.gets("RINGING>FREE")["reason"] == SUBSTITUTED
    world.phone("F").wait_idle()
    ends_the_call_taken_over(world, s, "S", "A")
    a.gets("CALL.E+", "CALLING>FREE")


def fails(world: World, a: Client, code: str) -> None:
    """A's call, which nobody has answered."""
    assert a.gets("CALL.E-")["code"] == code
    a.gets("CALLING>FREE")
    for name in "AF":
        world.phone(name).wait_idle()


@pytest.mark.parametrize("who_ends", ["S", "A"])
def test_7_8_a_supervisor_takes_over_a_call_behind_early_media(
    world: World, f: Client, who_ends: str
):
    a, s = world.agent("A"), world.agent("S")
    rings_at_f(world, a, f)
    rings_at_s(world, s, "F")
    steps_in(world, s, "A")
    a.gets("CALL.S")
    assert f.gets("RINGING>FREE")["reason"] == SUBSTITUTED
    world.phone("F").wait_idle()
    shows(a, "CALLING", AGENTS["S"])
    ends_the_call_taken_over(world, s, who_ends, "A" if who_ends == "S" else "S")
    a.gets("CALL.E+", "CALLING>FREE")


def test_7_8_a_phone_behind_early_media_rings_on_where_the_supervisor_declines(
    world: World, f: Client
):
    a, s = world.agent("A"), world.agent("S")
    uuid = rings_at_f(world, a, f)
    rings_at_s(world, s, "F")
    world.phone("S").reject()
    assert s.gets("SUBSTITUTE.E-")["code"] == "5202"
    s.gets("RINGING>FREE")
    world.hears("A", "F")
    answers(world, a, f)
    hangs_up(a, f, uuid)


@pytest.mark.parametrize("whose", ["A", "F"])
def test_7_12_a_supervisor_interrupts_a_call_behind_early_media(
    world: World, f: Client, whose: str
):
    with world.company(fallback=IVR):
        a, s = world.agent("A"), world.agent("S")
        rings_at_f(world, a, f)
        s.begin("interrupt_call", **operates(whose))
        s.gets("INTERRUPT_CALL.I", "INTERRUPT_CALL.E+")
        assert f.gets("RINGING>FREE")["reason"] == INTERRUPTED
        fails(world, a, "5207")
        world.lab_is_empty()


def test_1_3_the_caller_of_a_phone_behind_early_media_hangs_up(world: World, f: Client):
    a = world.agent("A")
    a.ok("hangup", uuid=rings_at_f(world, a, f))
    assert f.gets("RINGING>FREE")["reason"] == "CALLER_GONE"
    fails(world, a, "5207")


def test_1_3_an_agent_declines_behind_early_media(world: World, f: Client):
    a = world.agent("A")
    rings_at_f(world, a, f)
    f.ok("hangup", uuid=world.last_push(f)["uuid"])
    assert f.gets("RINGING>FREE")["reason"] == "REJECTED"
    fails(world, a, "5202")


def test_7_14_an_agent_behind_early_media_is_checked_out(world: World, f: Client):
    a, s = world.agent("A"), world.agent("S")
    rings_at_f(world, a, f)
    forces(s, "F", "FORCE_CHECKOUT", "RINGING", "OFFLINE")
    by_force(f.gets("RINGING>OFFLINE"), "FORCE_CHECKOUT")
    fails(world, a, "5202")


def test_3_7_early_media_are_no_talk_to_hold_or_consult_in(world: World, f: Client):
    """As where it sends none: there is no talk yet of which anything could be made."""
    a, s = world.agent("A"), world.agent("S")
    uuid = rings_at_f(world, a, f)
    world.phone("A").hold()
    a.gets("CALLING>CALLING/HOLD")
    target = {"uuid": uuid, "type": "1"}
    a.refused("4103", "consult", **target, consult_type=0, consult_number=OUTSIDE["X"])
    a.refused("4103", "trans", **target, trans_type=4, trans_number=OUTSIDE["X"])
    a.refused("4103", "three_way", uuid=uuid, three_way_type=0, three_way_number=OUTSIDE["X"])
    s.refused("4016", "substitute", **operates("A"))
    world.phone("A").resume()
    a.gets("CALLING/HOLD>CALLING")
    answers(world, a, f)
    hangs_up(a, f, uuid)
