"""SEQUENCES.md, section 3.11: recordings that a consult or a third party begins."""

import pytest

from tests.behaviour.client import Client, Message
from tests.behaviour.steps.calls import Talk, either_way, puts_on_hold, takes_off_hold, talks_to_c
from tests.behaviour.steps.conferences import invites
from tests.behaviour.steps.consults import rings_at_d
from tests.behaviour.steps.recordings import time_passes
from tests.behaviour.world import AGENTS, World

WHOLE = {"record_suffix": "wav", "is_stereo": True, "record_contact": True}


def consults_d(world: World, a: Client, d: Client, uuid: str, **recording_options: object) -> str:
    """A talks to D while C waits, and C is recorded; gives D's leg."""
    leg = rings_at_d(world, a, d, uuid, **recording_options)
    if recording_options["record_start"] == "RING":
        a.gets("RECORD.S")
        world.hears("C", "MOH")
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    a.gets_in_any_order(
        "CONSULT.S", *(["RECORD.S"] if recording_options["record_start"] == "ANSWER" else [])
    )
    world.hears("C", "MOH")
    time_passes()
    return leg


def three_talk(world: World, a: Client, d: Client, uuid: str, **recording_options: object) -> str:
    """A, C and D talk, and C is recorded; gives D's leg."""
    leg = invites(a, uuid, AGENTS["D"], **recording_options)
    d.gets("callin:THREE_WAY", "FREE>RINGING")
    world.phone("D").wait_ringing()
    world.phone("D").answer()
    d.gets("RINGING>CALLING/THREE_WAY")
    a.gets_in_any_order("RECORD.S", "THREE_WAY.S", "CALLING>CALLING/THREE_WAY")
    time_passes()
    return leg


def it_ends(world: World, a: Client, talk: Talk, uuid: str) -> Message:
    """A hangs up on C; gives the end of the recording."""
    a.ok("hangup", uuid=uuid)
    told = ["CALL.E+"] if talk is talks_to_c else []
    return a.gets_in_any_order(*told, "CALLING>FREE", "RECORD.E+")["RECORD.E+"]


@either_way
@pytest.mark.parametrize("start", ["RING", "ANSWER"])
def test_3_11_a_recording_begins_with_a_consult_and_goes_on_after_it(
    world: World, talk: Talk, start: str
):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    leg = consults_d(world, a, d, uuid, record_start=start, **WHOLE)
    a.ok("hangup", uuid=leg)
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    d.gets("CALLING/CONSULT>FREE")
    world.hears("C", "A")
    time_passes()
    left, right = world.recorded(it_ends(world, a, talk, uuid)["record_file"])
    assert (left - {"SILENCE"}, right - {"SILENCE"}) == ({"C"}, {"MOH", "A"})


@either_way
def test_3_11_a_recording_begins_with_a_consult_and_follows_the_hand_over(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    leg = consults_d(world, a, d, talk(world, a), record_start="ANSWER", **WHOLE)
    a.begin("consult_to_trans", consult_uuid=leg)
    a.gets("CONSULT_TO_TRANS.I", "CONSULT.E+", "CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
    a.gets(*(["CALL.E+"] if talk is talks_to_c else []), "CALLING/CONSULT>FREE")
    d.gets("CALLING/CONSULT>CALLING")
    world.hears("C", "D")
    time_passes()
    world.phone("D").hangup()
    d.gets("CALLING>FREE")
    left, right = world.recorded(a.gets("RECORD.E+")["record_file"])
    assert (left - {"SILENCE"}, right - {"SILENCE"}) == ({"C"}, {"MOH", "D"})


@either_way
def test_3_11_a_recording_has_all_three_and_then_those_who_are_left(world: World, talk: Talk):
    a, d = world.agent("A"), world.agent("D")
    uuid = talk(world, a)
    three_talk(world, a, d, uuid, record_start="ANSWER", **WHOLE)
    world.phone("D").hangup()
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    world.hears("C", "A")
    puts_on_hold(a, uuid)
    world.hears("C", "MOH")
    time_passes()
    takes_off_hold(a, uuid)
    time_passes()
    left, right = world.recorded(it_ends(world, a, talk, uuid)["record_file"])
    assert "C" in left
    assert right - {"SILENCE"} == {"A", "D", "MOH"}


def test_3_11_a_recording_of_three_has_the_agents_alone(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    recording_options = {"record_start": "ANSWER", "record_suffix": "wav"}
    leg = three_talk(world, a, d, uuid, **recording_options)
    a.ok("hangup", uuid=leg)
    a.gets("THREE_WAY.E+", "CALLING/THREE_WAY>CALLING")
    d.gets("CALLING/THREE_WAY>FREE")
    (heard,) = world.recorded(it_ends(world, a, talks_to_c, uuid)["record_file"])
    assert heard - {"SILENCE"} == {"A", "D"}
