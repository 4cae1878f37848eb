"""The daemon is killed for good: every leg is ended by the switch itself.

What takes hours or minutes there is shortened: by the requests, by ``orphan_leg_seconds``, or by
having the switch do now what it would do then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    begins_to_call,
    called_in,
    rings_at_a,
    talks_to_b,
    talks_to_c,
)
from tests.behaviour.steps.conferences import all_hear_all, invites
from tests.behaviour.steps.consults import rings_at_d
from tests.behaviour.steps.queues import takes
from tests.behaviour.steps.supervision import joins
from tests.behaviour.steps.takeovers import rings_at_s, steps_in
from tests.behaviour.steps.transfers import AGENT, BLIND, TALKING, rings_at_the_target
from tests.behaviour.world import (
    AGENTS,
    NAMES,
    NUMBER_OF_BRIEF_SKILL,
    OUTSIDE,
    World,
)

# The switch counts in whole seconds: of two at least one is over, and the daemon is dead by then.
RING = {"max_ring_time": 2}
SOON = RING | {"max_call_time": 2}
MUSIC_SECONDS = 3

Steps = Iterator[list[Client] | None]
Situation = Callable[[World], Steps]
"""Gives the agents when it is reached; goes on when the daemon is dead, and once more when there is
one again."""


def limit_comes(world: World, leg: str) -> None:
    """The talk limit of a leg, by default eight hours."""
    world.lab.esl.api(f"uuid_kill {leg} ALLOTTED_TIMEOUT")


def brief_music(world: World, leg: str) -> None:
    """Twelve hours of it are over in no time, if the leg has a limit of music at all."""
    esl = world.lab.esl
    assert esl.api(f"uuid_getvar {leg} playback_timeout_sec") == "43200"
    esl.api(f"uuid_setvar {leg} playback_timeout_sec {MUSIC_SECONDS}")


def the_other(world: World, leg: str) -> str:
    found: list[str] = []

    def listed() -> bool:
        found[:] = [one for one in world.lab.legs() if one != leg]
        return bool(found)

    world.until(listed)
    return found[0]


def own_phone_rings(world: World) -> Steps:
    with world.company(ring_seconds=2):
        a = world.agent("A")
        a.begin("call", callee_number=OUTSIDE["C"])
        world.phone("A").wait_ringing()
        yield [a]
        yield None


def far_side_rings(world: World) -> Steps:
    a = world.agent("A")
    begins_to_call(world, a, OUTSIDE["C"], **SOON)
    world.phone("C").wait_ringing()
    yield [a]


def talk_called_out(world: World) -> Steps:
    a = world.agent("A")
    talks_to_c(world, a, **SOON)
    yield [a]


def talk_called_in(world: World) -> Steps:
    a = world.agent("A")
    leg = called_in(world, a)
    yield [a]
    limit_comes(world, leg)


def talk_of_a_queue(world: World) -> Steps:
    a = world.agent("A")
    leg = takes(world, a)
    yield [a]
    limit_comes(world, leg)


def customer_is_held(world: World) -> Steps:
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    customer = the_other(world, uuid)
    world.hears("A", "C")
    a.ok("hold", uuid=uuid, hold="1")
    world.hears("C", "MOH")
    yield [a]
    limit_comes(world, customer)


def customer_of_a_queue_is_held(world: World) -> Steps:
    a = world.agent("A")
    leg = takes(world, a)
    brief_music(world, the_other(world, leg))
    a.ok("hold", uuid=leg, hold="1")
    world.hears("C", "MOH")
    yield [a]
    limit_comes(world, leg)


def caller_is_held_by_the_agent_called(world: World) -> Steps:
    a, b = world.agent("A"), world.agent("B")
    own_leg = talks_to_b(world, a, b)
    leg = the_other(world, own_leg)
    world.hears("A", "B")
    brief_music(world, own_leg)
    b.ok("hold", uuid=leg, hold="1")
    world.hears("A", "MOH")
    yield [a, b]
    limit_comes(world, leg)


def transfer_rings(world: World) -> Steps:
    a, b = world.agent("A"), world.agent("B")
    rings_at_the_target(world, a, b, called_in(world, a), **RING)
    yield [a, b]
    world.phone("B").wait_idle()
    assert world.is_answered("C")
    world.phone("C").wait_idle()
    world.phone("A").hangup()  # ten minutes of ringback


def transfer_rings_and_the_agent_is_released(world: World) -> Steps:
    with world.company(blind_transfer="release"):
        a, b = world.agent("A"), world.agent("B")
        to_b = {"trans_type": AGENT, "trans_number": AGENTS["B"]} | RING
        a.begin("trans", uuid=called_in(world, a), type=BLIND, **to_b)
        world.phone("B").wait_ringing()
        world.phone("A").wait_idle()
        a.forget()
        b.forget()
        yield [a, b]
        world.phone("B").wait_idle()
        assert world.is_answered("C")
        yield None


def transfer_is_answered_by_nobody_who_joins(world: World) -> Steps:
    a, b = world.agent("A"), world.agent("B")
    rings_at_the_target(world, a, b, called_in(world, a), max_ring_time=5)
    yield [a, b]
    world.phone("B").answer()
    world.phone("A").hangup()


def they_talk_while_the_target_rings(who_ends: str) -> Situation:
    def situation(world: World) -> Steps:
        a, b = world.agent("A"), world.agent("B")
        rings_at_the_target(world, a, b, called_in(world, a), TALKING, **RING)
        yield [a, b]
        world.phone(who_ends).hangup()
        assert world.is_answered("A" if who_ends == "C" else "C")

    return situation


def they_talk_while_the_target_rings_till_the_limit(world: World) -> Steps:
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    customer = the_other(world, uuid)
    rings_at_the_target(world, a, b, uuid, TALKING, **RING)
    yield [a, b]
    limit_comes(world, customer)


def consultant_rings(world: World) -> Steps:
    a, d = world.agent("A"), world.agent("D")
    rings_at_d(world, a, d, called_in(world, a), **SOON)
    yield [a, d]
    world.phone("D").wait_idle()
    assert world.is_answered("C")
    world.phone("C").wait_idle()
    world.phone("A").hangup()  # ten minutes of ringback


def consultant_talks(world: World) -> Steps:
    a, d = world.agent("A"), world.agent("D")
    rings_at_d(world, a, d, called_in(world, a), **SOON)
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets("CONSULT.S")
    yield [a, d]


def handed_over(world: World) -> Steps:
    a, d = world.agent("A"), world.agent("D")
    leg = rings_at_d(world, a, d, called_in(world, a))
    world.phone("D").answer()
    a.gets("CONSULT.S")
    a.begin("consult_to_trans", consult_uuid=leg)
    world.phone("A").wait_idle()
    yield [a, d]
    limit_comes(world, leg)


def three_talk(world: World) -> Steps:
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a, max_call_time=5)
    invites(a, uuid, AGENTS["D"], max_call_time=3)
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    a.gets("THREE_WAY.S")
    yield [a, d]


def one_is_left_of_three(who_stays: str) -> Situation:
    def situation(world: World) -> Steps:
        a, d = world.agent("A"), world.agent("D")
        uuid = called_in(world, a)
        invites(a, uuid, AGENTS["D"])
        world.phone("D").wait_ringing()
        world.phone("D").answer()
        a.gets("THREE_WAY.S")
        all_hear_all(world, "A", "C", "D")
        yield [a, d]
        for name in {"A", "C", "D"} - {who_stays}:
            world.phone(name).hangup()

    return situation


def supervisor_is_there(degree: str) -> Situation:
    def situation(world: World) -> Steps:
        a, s = world.agent("A"), world.agent("S")
        customer = the_other(world, talks_to_c(world, a))
        joins(world, s, degree)
        yield [a, s]
        limit_comes(world, customer)

    return situation


def alone_in_a_room(world: World) -> Steps:
    a = world.agent("A")
    a.begin("call", callee_number="meeting", out_line=2, **SOON)
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    world.phone("A").wait_talking()
    yield [a]


def waits_in_a_queue(world: World) -> Steps:
    world.phone("C").dial(NUMBER_OF_BRIEF_SKILL)
    world.phone("C").wait_talking()
    yield []


def phone_rings_for_a_customer(world: World) -> Steps:
    a = world.agent("A")
    leg = rings_at_a(world, a)
    customer = the_other(world, leg)
    yield [a]
    world.phone("A").answer()
    world.phone("A").wait_idle()
    world.lab.esl.api(f"uuid_break {customer} all")  # five minutes of ringback


def supervisors_phone_rings_for_a_take_over(world: World) -> Steps:
    with world.company(ring_seconds=2):
        a, s = world.agent("A"), world.agent("S")
        customer = the_other(world, talks_to_c(world, a))
        rings_at_s(world, s)
        yield [a, s]
        limit_comes(world, customer)
        yield None


def supervisor_has_taken_over(world: World) -> Steps:
    a, s = world.agent("A"), world.agent("S")
    called_in(world, a)
    leg = rings_at_s(world, s)
    steps_in(world, s)
    yield [a, s]
    limit_comes(world, leg)


SITUATIONS = {
    "own phone rings": own_phone_rings,
    "far side rings": far_side_rings,
    "talk, called out": talk_called_out,
    "talk, called in": talk_called_in,
    "talk, of a queue": talk_of_a_queue,
    "customer is held": customer_is_held,
    "customer of a queue is held": customer_of_a_queue_is_held,
    "caller is held by the agent called": caller_is_held_by_the_agent_called,
    "transfer rings": transfer_rings,
    "transfer rings, agent released": transfer_rings_and_the_agent_is_released,
    "transfer is answered, nobody joins": transfer_is_answered_by_nobody_who_joins,
    "they talk while the target rings, C goes": they_talk_while_the_target_rings("C"),
    "they talk while the target rings, A goes": they_talk_while_the_target_rings("A"),
    "they talk while the target rings": they_talk_while_the_target_rings_till_the_limit,
    "consultant rings": consultant_rings,
    "consultant talks": consultant_talks,
    "handed over": handed_over,
    "three talk": three_talk,
    "one is left of three, A": one_is_left_of_three("A"),
    "one is left of three, C": one_is_left_of_three("C"),
    "one is left of three, D": one_is_left_of_three("D"),
    "a supervisor listens": supervisor_is_there("eavesdrop"),
    "a supervisor has barged in": supervisor_is_there("force_call"),
    "alone in a room": alone_in_a_room,
    "waits in a queue": waits_in_a_queue,
    "a phone rings for a customer": phone_rings_for_a_customer,
    "take-over rings": supervisors_phone_rings_for_a_take_over,
    "taken over": supervisor_has_taken_over,
}


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS)
def test_every_leg_ends_by_itself(world: World, situation: Situation):
    with world.limits(orphan_leg_seconds=2):
        world.crash_daemon()
        course = situation(world)
        agents = next(course) or []
        world.kill_daemon()
    try:
        next(course, None)
        for name in AGENTS | OUTSIDE:  # the switch's own list may lag behind
            world.phone(name).wait_idle()
        world.lab_is_empty()
    finally:
        world.start_daemon()
    for agent in agents:
        back = world.connect(NAMES[agent.agent_id])
        back.checkin()
        world.until(lambda back=back: back.ok("get_status")["status"] == "FREE")  # type: ignore[misc]
        back.forget()
    next(course, None)
