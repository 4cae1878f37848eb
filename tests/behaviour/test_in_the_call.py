"""SEQUENCES.md, sections 3.1 to 3.5, 3.9 and 3.10: what agents do in a call."""

import pytest

from tests.behaviour.steps.calls import (
    Talk,
    begins_to_call,
    called_in,
    ends,
    ends_its_call,
    hear_each_other,
    puts_on_hold,
    rings_at_b,
    talks_to_c,
)
from tests.behaviour.world import OUTSIDE, World


@pytest.fixture(params=[talks_to_c, called_in])
def talk(request: pytest.FixtureRequest) -> Talk:
    """A and C get to talk, by a call in either direction."""
    begin: Talk = request.param
    return begin


def test_3_1_an_agent_holds_the_customer_and_resumes(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    assert a.ok("hold", uuid=uuid, hold="1")["hold"] == "1"
    a.gets("CALLING>CALLING/HOLD")
    world.hears("C", "MOH")
    world.hears("A")
    assert a.ok("get_status")["in_call_numbers"] == [OUTSIDE["C"]]
    assert a.ok("hold", uuid=uuid, hold="0")["hold"] == "0"
    a.gets("CALLING/HOLD>CALLING")
    hear_each_other(world, "C", "A")
    a.ok("hangup", uuid=uuid)
    ends(a, talk)


def test_3_1_an_agent_who_is_held_is_told_nothing(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = rings_at_b(world, a, b)
    world.phone("B").answer()
    a.gets("CALL.S")
    own_leg = b.gets("RINGING>CALLING")["uuid"]
    puts_on_hold(b, own_leg)
    world.hears("A", "MOH")
    a.got_nothing_more()
    world.phone("B").hangup()
    b.gets("CALLING/HOLD>FREE")
    a.gets("CALL.E+", "CALLING>FREE")
    assert uuid


def test_3_2_an_agent_holds_by_the_button_of_its_phone(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    world.phone("A").hold()
    a.gets("CALLING>CALLING/HOLD")
    world.hears("C", "MOH")
    assert a.ok("hold", uuid=uuid, hold="1")["hold"] == "1"
    world.phone("A").resume()
    a.gets("CALLING/HOLD>CALLING")
    world.hears("C", "A")
    a.ok("hangup", uuid=uuid)
    ends(a, talk)


def test_3_3_holding_twice_or_resuming_twice_changes_nothing(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    a.ok("hold", uuid=uuid, hold="1")
    assert a.ok("hold", uuid=uuid, hold="1")["hold"] == "1"
    a.gets("CALLING>CALLING/HOLD")
    assert a.ok("hold", uuid=uuid, hold="0")["hold"] == "0"
    assert a.ok("hold", uuid=uuid, hold="0")["hold"] == "0"
    a.gets("CALLING/HOLD>CALLING")
    ends_its_call(a, uuid)


@pytest.mark.parametrize("who_ends", ["A", "C"])
def test_3_4_either_side_hangs_up_during_hold(world: World, talk: Talk, who_ends: str):
    a = world.agent("A")
    uuid = talk(world, a)
    puts_on_hold(a, uuid)
    world.phone(who_ends).hangup()
    ends(a, talk, "CALLING/HOLD")


def test_3_5_an_agent_mutes_itself(world: World, talk: Talk):
    a = world.agent("A")
    uuid = talk(world, a)
    assert a.ok("mute", uuid=uuid, mute="1")["mute"] == "1"
    world.hears("C")
    world.hears("A", "C")
    assert a.ok("mute", uuid=uuid, mute="0")["mute"] == "0"
    world.hears("C", "A")
    a.ok("hangup", uuid=uuid)
    ends(a, talk)


@pytest.mark.parametrize("dtmf_type", [0, 1, 3])
def test_3_5_an_agent_sends_digits(world: World, talk: Talk, dtmf_type: int):
    a = world.agent("A")
    uuid = talk(world, a)
    a.ok("dtmf", uuid=uuid, content="12#", dtmf_type=dtmf_type)
    world.receives_digits("C", "12#", dtmf_type)
    a.ok("hangup", uuid=uuid)
    ends(a, talk)


def test_3_9_the_phone_unregisters_in_a_call(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    with world.registration_expired("A"):
        told = a.gets("EXT_UN_REG.E+")
        assert told["phase"] == "END_CALL"
        ends_its_call(a, uuid)
        a.refused("4011", "call", callee_number=OUTSIDE["C"])


def test_3_10_the_phone_unregisters_while_the_agent_is_free(world: World):
    a = world.agent("A")
    with world.unregistered("A"):
        a.gets("EXT_UN_REG.E+")
        assert a.ok("get_status")["status"] == "FREE"


class TestWhatIsOutOfPlace:
    def test_requests_about_a_call_are_refused_without_one(self, world: World):
        a = world.agent("A")
        leg = "call-" + "0" * 32
        a.refused("4000", "hangup", uuid=leg)
        assert a.refused("4000", "hold", uuid=leg, hold="1")["hold"] == "0"
        assert a.refused("4000", "mute", uuid=leg, mute="1")["mute"] == "0"
        a.refused("4000", "dtmf", uuid=leg, content="1")

    def test_the_leg_of_another_agent_is_not_found(self, world: World):
        a, b = world.agent("A"), world.agent("B")
        uuid = talks_to_c(world, a)
        b.refused("4000", "hangup", uuid=uuid)
        ends_its_call(a, uuid)

    def test_requests_about_a_talk_are_refused_while_the_far_side_rings(self, world: World):
        a = world.agent("A")
        uuid = begins_to_call(world, a, OUTSIDE["C"])
        assert a.refused("4103", "hold", uuid=uuid, hold="1")["hold"] == "0"
        a.refused("4103", "dtmf", uuid=uuid, content="1")
        a.ok("hangup", uuid=uuid)
        a.gets("CALL.E-", "CALLING>FREE")

    def test_requests_that_are_not_built_yet_say_so(self, world: World):
        a = world.agent("A")
        uuid = talks_to_c(world, a)
        a.refused("4105", "play_record", file_path="greeting.wav")
        ends_its_call(a, uuid)
