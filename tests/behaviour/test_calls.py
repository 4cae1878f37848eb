"""SEQUENCES.md, section 1: calls that agents make."""

from tests.behaviour.world import AGENTS, CALLER_ID, OUTSIDE, World


def test_1_1_a_calls_b_who_answers(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = a.begin("call", callee_number=AGENTS["B"], out_line=0)["uuid"]
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").wait_ringing()
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    b.gets("callin", "FREE>RINGING")
    assert world.hears("A") == {"RINGBACK"}
    world.phone("B").answer()
    b.gets("RINGING>CALLING")
    assert a.gets("CALL.S")["uuid"] == uuid
    assert (world.hears("A"), world.hears("B")) == ({"B"}, {"A"})
    world.phone("B").hangup()
    a.gets("CALL.E+", "CALLING>FREE")
    b.gets("CALLING>FREE")


def test_1_2_a_calls_the_outside(world: World):
    a = world.agent("A")
    a.begin("call", callee_number=OUTSIDE["C"])
    a.gets("CALL.I", "FREE>RINGING")
    world.phone("A").answer()
    a.gets("RINGING>CALLING")
    world.phone("C").wait_ringing()
    world.phone("C").answer()
    a.gets("CALL.S")
    world.phone("A").hangup()
    a.gets("CALL.E+", "CALLING>FREE")
