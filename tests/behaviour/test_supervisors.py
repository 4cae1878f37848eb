"""SEQUENCES.md, sections 7.1 to 7.7 and 7.16: a supervisor listens, whispers, barges in."""

from __future__ import annotations

import itertools

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    Talk,
    called_in,
    either_way,
    ends,
    ends_its_call,
    hangs_up,
    hear_each_other,
    rings_at_a,
    rings_at_b,
    shows,
    talks_to_b,
    talks_to_c,
)
from tests.behaviour.steps.supervision import (
    DEGREES,
    asks_to_join,
    each_degree,
    joins,
    leaves,
    operates,
)
from tests.behaviour.world import AGENTS, OUTSIDE, World


def hear(world: World, degree: str, far: str = "C", agent: str = "A") -> None:
    """Two who talk, and S in this degree: all three phones."""
    world.hears(agent, far, *(["S"] if degree != "eavesdrop" else []))
    world.hears(far, agent, *(["S"] if degree == "force_call" else []))
    world.hears("S", agent, far)


def hear_without(world: World) -> None:
    hear_each_other(world, "A", "C")


def is_shown(a: Client, degree: str, last: str = "CALLING") -> None:
    if degree == "force_call":
        a.gets(f"{last}>CALLING/FORCE_CALL")


def is_shown_no_more(a: Client, degree: str, now: str = "CALLING") -> None:
    if degree == "force_call":
        a.gets(f"CALLING/FORCE_CALL>{now}")


@either_way
@each_degree
def test_7_1_7_4_7_6_a_supervisor_joins_a_talk_in_each_degree_and_leaves(
    world: World, talk: Talk, degree: str
):
    a, s = world.agent("A"), world.agent("S")
    uuid = talk(world, a)
    joins(world, s, degree)
    is_shown(a, degree)
    hear(world, degree)
    shows(s, f"CALLING/{degree.upper()}", AGENTS["A"], OUTSIDE["C"])
    barged_in = [AGENTS["S"]] if degree == "force_call" else []
    shows(a, "CALLING/FORCE_CALL" if barged_in else "CALLING", OUTSIDE["C"], *barged_in)
    world.phone("S").hangup()
    leaves(s, degree)
    is_shown_no_more(a, degree)
    hear_without(world)
    a.ok("hangup", uuid=uuid)
    ends(a, talk)


@each_degree
@pytest.mark.parametrize(
    ("talk", "who_ends"), [(talks_to_c, "A"), (called_in, "C"), (talks_to_c, "S")]
)
def test_7_1_7_7_a_supervisors_listening_ends_whoever_hangs_up(
    world: World, talk: Talk, degree: str, who_ends: str
):
    a, s = world.agent("A"), world.agent("S")
    uuid = talk(world, a)
    own_leg = joins(world, s, degree)
    is_shown(a, degree)
    if who_ends == "S":
        s.ok("hangup", uuid=own_leg)
        is_shown_no_more(a, degree)
        a.ok("hangup", uuid=uuid)
        ends(a, talk)
    else:
        world.phone(who_ends).hangup()
        ends(a, talk, "CALLING/FORCE_CALL" if degree == "force_call" else "CALLING")
    leaves(s, degree)
    world.phone("S").wait_idle()


@either_way
@pytest.mark.parametrize("path", list(itertools.permutations(DEGREES, 2)))
def test_7_5_a_supervisor_changes_from_one_degree_to_another(
    world: World, talk: Talk, path: tuple[str, str]
):
    a, s = world.agent("A"), world.agent("S")
    uuid = talk(world, a)
    first, second = path
    own_leg = joins(world, s, first)
    is_shown(a, first)
    assert s.begin(second, **operates())["uuid"] == own_leg
    before, now = first.upper(), second.upper()
    s.gets(f"{now}.I", f"{before}.E+", f"{now}.S", f"CALLING/{before}>CALLING/{now}")
    is_shown_no_more(a, first)
    is_shown(a, second)
    hear(world, second)
    world.phone("S").hangup()
    leaves(s, second)
    is_shown_no_more(a, second)
    a.ok("hangup", uuid=uuid)
    ends(a, talk)


def test_7_5_changing_to_the_same_degree_or_to_another_agent_is_refused(world: World):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    uuid = talks_to_b(world, a, b)
    joins(world, s, "eavesdrop")
    s.refused("4103", "eavesdrop", **operates())
    s.refused("4103", "whisper", **operates("B"))
    s.refused("4103", "call", callee_number=OUTSIDE["C"])
    ends_its_call(a, uuid)
    b.gets("CALLING>FREE")
    leaves(s, "eavesdrop")


def test_7_5_the_keys_of_the_supervisors_phone_change_nothing(world: World):
    a, s = world.agent("A"), world.agent("S")
    uuid = talks_to_c(world, a)
    joins(world, s, "eavesdrop")
    world.phone("S").dtmf("3")
    hear(world, "eavesdrop")
    ends_its_call(a, uuid)
    leaves(s, "eavesdrop")


@each_degree
def test_7_2_the_supervisors_phone_rejects(world: World, degree: str):
    a, s = world.agent("A"), world.agent("S")
    uuid = talks_to_c(world, a)
    asks_to_join(world, s, degree)
    world.phone("S").reject()
    assert s.gets(f"{degree.upper()}.E-")["code"] == "5202"
    s.gets("RINGING>FREE")
    hear_without(world)
    ends_its_call(a, uuid)


def test_7_2_the_supervisors_phone_does_not_answer(world: World):
    with world.company(ring_seconds=2):
        a, s = world.agent("A"), world.agent("S")
        uuid = talks_to_c(world, a)
        asks_to_join(world, s, "whisper")
        assert s.gets("WHISPER.E-")["code"] == "5201"
        s.gets("RINGING>FREE")
        ends_its_call(a, uuid)


def test_7_2_the_supervisors_phone_is_not_registered(world: World):
    a, s = world.agent("A"), world.agent("S")
    uuid = talks_to_c(world, a)
    with world.unregistered("S"):
        s.gets("EXT_UN_REG.E+")
        s.refused("4011", "eavesdrop", **operates())
    ends_its_call(a, uuid)


def test_7_2_the_supervisor_cancels_while_its_phone_rings(world: World):
    a, s = world.agent("A"), world.agent("S")
    uuid = talks_to_c(world, a)
    own_leg = asks_to_join(world, s, "force_call")
    s.ok("hangup", uuid=own_leg)
    assert s.gets("FORCE_CALL.E-")["code"] == "5207"
    s.gets("RINGING>FREE")
    ends_its_call(a, uuid)


@pytest.mark.parametrize(
    ("degree", "how"), [("eavesdrop", "request"), ("whisper", "phone"), ("force_call", "request")]
)
def test_7_3_the_call_ends_while_the_supervisors_phone_rings(world: World, degree: str, how: str):
    a, s = world.agent("A"), world.agent("S")
    uuid = talks_to_c(world, a)
    asks_to_join(world, s, degree)
    hangs_up(world, a, uuid, how)
    a.gets("CALL.E+", "CALLING>FREE")
    assert s.gets(f"{degree.upper()}.E-")["code"] == "5206"
    s.gets("RINGING>FREE")
    world.phone("S").wait_idle()


@pytest.mark.parametrize("listens_to", ["A", "B"])
def test_7_6_the_far_agent_is_shown_a_supervisor_who_barges_in_too(world: World, listens_to: str):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    uuid = talks_to_b(world, a, b)
    joins(world, s, "force_call", listens_to)
    for agent, other in ((a, "B"), (b, "A")):
        pushed = agent.gets("CALLING>CALLING/FORCE_CALL")
        assert pushed["in_call_numbers"] == [AGENTS[other], AGENTS["S"]]
    hear(world, "force_call", "B")
    s.begin("whisper", **operates(listens_to))
    s.gets("WHISPER.I", "FORCE_CALL.E+", "WHISPER.S", "CALLING/FORCE_CALL>CALLING/WHISPER")
    for agent, other in ((a, "B"), (b, "A")):
        assert agent.gets("CALLING/FORCE_CALL>CALLING")["in_call_numbers"] == [AGENTS[other]]
    hear(world, "whisper", agent=listens_to, far="B" if listens_to == "A" else "A")
    ends_its_call(a, uuid)
    b.gets("CALLING>FREE")
    leaves(s, "whisper")


@either_way
def test_two_supervisors_join_one_talk(world: World, talk: Talk):
    agents = world.settings_of_company()["agents"]
    agents[AGENTS["E"]]["supervisor"] = True
    with world.company(agents=agents):
        a, s, e = world.agent("A"), world.agent("S"), world.agent("E")
        uuid = talk(world, a)
        joins(world, s, "eavesdrop")
        e.begin("force_call", **operates())
        e.gets("FORCE_CALL.I", "FREE>RINGING")
        world.phone("E").wait_ringing()
        world.phone("E").answer()
        e.gets("RINGING>CALLING/FORCE_CALL", "FORCE_CALL.S")
        a.gets("CALLING>CALLING/FORCE_CALL")
        world.hears("A", "C", "E")
        world.hears("C", "A", "E")
        world.hears("S", "A", "C", "E")
        world.hears("E", "A", "C")
        shows(s, "CALLING/EAVESDROP", AGENTS["A"], OUTSIDE["C"], AGENTS["E"])
        world.phone("E").hangup()
        leaves(e, "force_call")
        a.gets("CALLING/FORCE_CALL>CALLING")
        hear(world, "eavesdrop")
        a.ok("hangup", uuid=uuid)
        ends(a, talk)
        leaves(s, "eavesdrop")


def test_7_1_an_agent_whose_company_wants_it_is_told_of_the_supervisor(world: World):
    with world.company(tell_listened=True):
        a, s = world.agent("A"), world.agent("S")
        uuid = talks_to_c(world, a)
        joins(world, s, "eavesdrop")
        begun = a.gets("EAVESDROP.S")
        s.begin("whisper", **operates())
        s.gets("WHISPER.I", "EAVESDROP.E+", "WHISPER.S", "CALLING/EAVESDROP>CALLING/WHISPER")
        ended = a.gets("EAVESDROP.E+")
        assert begun["uuid"] == ended["uuid"] == uuid
        assert begun["req_id"] == ended["req_id"] != a.gets("WHISPER.S")["req_id"]
        s.begin("force_call", **operates())
        s.gets("FORCE_CALL.I", "WHISPER.E+", "FORCE_CALL.S")
        s.gets("CALLING/WHISPER>CALLING/FORCE_CALL")
        a.gets("WHISPER.E+", "CALLING>CALLING/FORCE_CALL")
        s.begin("eavesdrop", **operates())
        s.gets("EAVESDROP.I", "FORCE_CALL.E+", "EAVESDROP.S")
        s.gets("CALLING/FORCE_CALL>CALLING/EAVESDROP")
        a.gets("EAVESDROP.S", "CALLING/FORCE_CALL>CALLING")
        world.phone("A").hangup()
        a.gets("EAVESDROP.E+", "CALL.E+", "CALLING>FREE")
        leaves(s, "eavesdrop")


@each_degree
def test_7_16_who_may_not_supervise_is_refused(world: World, degree: str):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    s.refused("4016", degree, **operates())
    s.refused("4101", degree, operated_agent_id="90002_20000", operated_ext_id="90002_20000")
    s.refused("4002", degree, **operates("S"))
    s.refused("4012", degree, operated_agent_id=AGENTS["A"], operated_ext_id=AGENTS["B"])
    b.refused("4102", degree, **operates())
    b.refused("4102", degree, operated_agent_id="nobody", operated_ext_id="nobody")
    uuid = rings_at_a(world, a)
    s.refused("4016", degree, **operates())
    a.ok("hangup", uuid=uuid)
    a.gets("RINGING>FREE")
    world.phone("C").wait_idle()


def test_a_supervisor_joins_before_the_far_side_answers(world: World):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    uuid = rings_at_b(world, a, b)
    joins(world, s, "whisper")
    world.hears("A", *world.ringing_of("B"), "S")
    shows(s, "CALLING/WHISPER", AGENTS["A"])
    world.phone("B").answer()
    a.gets("CALL.S")
    b.gets("RINGING>CALLING")
    hear(world, "whisper", "B")
    ends_its_call(a, uuid)
    b.gets("CALLING>FREE")
    leaves(s, "whisper")
