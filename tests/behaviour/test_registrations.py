"""Several phones of one extension, phones that are gone, and how a phone spells its name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import puts_on_hold, takes_off_hold
from tests.behaviour.world import AGENTS, NUMBER_OF_A, NUMBER_OF_SKILL, OUTSIDE, World


def rings_at(world: World, a: Client, phone: Any, *others: Any) -> None:
    """A's call is for this phone alone."""
    uuid = a.begin("call", callee_number=OUTSIDE["C"])["uuid"]
    a.gets("CALL.I", "FREE>RINGING")
    phone.wait_ringing()
    for other in others:
        other.wait_idle()
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E-", "RINGING>FREE")
    phone.wait_idle()


def comes_to_ring_at(world: World, a: Client, phone: Any) -> None:
    """Once it is known that another one is gone; a call that goes there before is given up."""

    def rings() -> bool:
        uuid = a.begin("call", callee_number=OUTSIDE["C"])["uuid"]
        a.gets("CALL.I")
        if "FREE>RINGING" not in a.gets_until("FREE>RINGING", "CALL.E-"):
            return False  # the switch knows that it is dead
        try:
            phone.wait_ringing(1)
        except AssertionError:
            return False
        finally:
            a.ok("hangup", uuid=uuid)
            a.gets("CALL.E-", "RINGING>FREE")
        phone.wait_idle()
        return True

    world.until(rings, 10)


def is_called_at(world: World, a: Client, number: str, phone: Any, *others: Any) -> None:
    """C calls the number, which rings at this phone of A's alone; the two talk."""
    world.phone("C").dial(number)
    a.gets("callin", "FREE>RINGING")
    phone.wait_ringing()
    for other in others:
        other.wait_idle()
    phone.answer()
    a.gets("RINGING>CALLING")
    world.hears("C", "A")
    world.phone("C").hangup()
    a.gets("CALLING>FREE")


def test_the_newest_of_several_phones_rings_and_no_other(world: World):
    a, first = world.agent("A"), world.phone("A")
    with world.another_phone("A") as second:
        rings_at(world, a, second, first)
        with world.another_phone("A") as third:
            rings_at(world, a, third, first, second)
        comes_to_ring_at(world, a, second)
    comes_to_ring_at(world, a, first)


def test_registering_again_makes_no_phone_newer(world: World):
    a, first = world.agent("A"), world.phone("A")
    with world.another_phone("A") as second, world.another_phone("A") as third:
        world.registers_again(second)
        rings_at(world, a, third, first, second)


def test_two_phones_of_one_extension_talk_as_one_does(world: World):
    a = world.agent("A")
    with world.another_phone("A") as second:
        uuid = a.begin("call", callee_number=OUTSIDE["C"])["uuid"]
        a.gets("CALL.I", "FREE>RINGING")
        second.wait_ringing()
        second.answer()
        a.gets("RINGING>CALLING")
        world.phone("C").wait_ringing()
        world.phone("C").answer()
        a.gets("CALL.S")
        world.hears("C", "A")
        puts_on_hold(a, uuid)
        world.hears("C", "MOH")
        takes_off_hold(a, uuid)
        second.hangup()
        a.gets("CALL.E+", "CALLING>FREE")
        world.phone("C").wait_idle()


def test_a_caller_from_outside_rings_the_newest_phone(world: World):
    a = world.agent("A")
    with world.another_phone("A") as second:
        is_called_at(world, a, NUMBER_OF_A, second, world.phone("A"))


def test_a_queue_offers_at_the_newest_phone(world: World):
    a = world.agent("A")
    with world.another_phone("A") as second, world.another_phone("A") as third:
        is_called_at(world, a, NUMBER_OF_SKILL, third, second)


def test_an_older_phone_that_unregisters_changes_nothing(world: World):
    """An old page's late unregistration; only the last that goes is told of."""
    a = world.agent("A")
    with world.another_phone("A") as newer:
        world.phone("A").stop()
        comes_to_ring_at(world, a, newer)
        newer.stop()
        a.gets("EXT_UN_REG.E+")
        a.refused("4011", "call", callee_number=OUTSIDE["C"])
    world.phone("A").start()
    world.await_registrations()


def test_a_phone_whose_socket_dies_is_unregistered(world: World):
    a = world.agent("A")
    with world.unregistered("A"):
        a.gets("EXT_UN_REG.E+")
        with world.another_phone("A", web=True) as page:
            page.kill()
            a.gets("EXT_UN_REG.E+")
            a.refused("4011", "call", callee_number=OUTSIDE["C"])


@pytest.mark.parametrize("goes", ["the newest", "an older one"])
def test_a_socket_that_dies_takes_no_other_phone_along(world: World, goes: str):
    a, tenant = world.agent("A"), world.phone("A")
    with world.another_phone("A", web=True) as page, world.another_phone("A") as third:
        if goes == "the newest":
            third.stop()
        page.kill()
        comes_to_ring_at(world, a, tenant if goes == "the newest" else third)
    with world.unregistered("A"):
        a.gets("EXT_UN_REG.E+")  # the dead one is known by now


def test_the_newest_phone_is_known_after_a_restart(world: World):
    a, first = world.agent("A"), world.phone("A")
    with world.another_phone("A") as second, world.another_phone("A") as third:
        world.registers_again(second)
        world.crash_daemon()
        a = world.agent("A")
        rings_at(world, a, third, first, second)


@pytest.mark.parametrize("spelt", [str.lower, str.upper])
def test_a_phone_may_spell_its_extension_in_other_letters(world: World, spelt: Any):
    name = AGENTS["F"]
    with world.unregistered("F"), world.another_phone("F", spelt=spelt(name)) as phone:
        f = world.agent("F")
        f.begin("call", callee_number=OUTSIDE["C"])
        f.gets("CALL.I", "FREE>RINGING")
        phone.wait_ringing()
        phone.reject(486)
        f.gets("CALL.E-", "RINGING>FREE")
        phone.stop()
        f.gets("EXT_UN_REG.E+")
