"""SEQUENCES.md, 7.14 to 7.16: a supervisor changes the state of others."""

import pytest

from tests.behaviour.client import Client
from tests.behaviour.steps.calls import (
    Talk,
    either_way,
    hear_each_other,
    rings_at_b,
    shows,
    talk_again,
    talks_to_c,
)
from tests.behaviour.steps.conferences import three_talk
from tests.behaviour.steps.consults import talks_to_d
from tests.behaviour.steps.supervision import by_force, forces
from tests.behaviour.world import AGENTS, NUMBER_OF_A, OUTSIDE, World

S = AGENTS["S"]
TO = {
    "FORCE_CHECKOUT": "OFFLINE",
    "FORCE_RESET": "BUSY",
    "FORCE_MAKE_FREE": "FREE",
    "FORCE_MAKE_BUSY": "BUSY",
}
AT_ONCE = ("FORCE_CHECKOUT", "FORCE_RESET")
LATER = ("FORCE_MAKE_FREE", "FORCE_MAKE_BUSY")


def is_out(agent: Client) -> None:
    """The connection is as it was, and the agent is not checked in any more."""
    agent.ok("ping")
    agent.refused("4009", "call", callee_number=OUTSIDE["C"])


@either_way
def test_7_14_a_supervisor_checks_an_agent_out_in_a_call(world: World, talk: Talk):
    a, s = world.agent("A"), world.agent("S")
    talk(world, a)
    forces(s, "A", "FORCE_CHECKOUT", "CALLING", "OFFLINE")
    if talk is talks_to_c:
        a.gets("CALL.E+")
    by_force(a.gets("CALLING>OFFLINE"), "FORCE_CHECKOUT")
    world.phone("A").wait_idle()
    world.phone("C").wait_idle()
    is_out(a)
    a.checkin()
    assert a.gets("OFFLINE>FREE").get("reason") is None


@pytest.mark.parametrize("action", AT_ONCE)
def test_7_14_a_supervisor_checks_an_agent_out_or_resets_it_while_a_caller_rings(
    world: World, action: str
):
    with world.company(fallback={"agent": AGENTS["B"]}):
        a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
        world.phone("C").dial(NUMBER_OF_A)
        a.gets("callin", "FREE>RINGING")
        forces(s, "A", action, "RINGING", TO[action])
        by_force(a.gets(f"RINGING>{TO[action]}"), action)
        world.phone("A").wait_idle()
        b.gets("callin", "FREE>RINGING")
        world.phone("C").hangup()
        b.gets("RINGING>FREE")


@pytest.mark.parametrize("action", AT_ONCE)
def test_7_14_a_supervisor_checks_an_agent_out_or_resets_it_while_the_far_side_rings(
    world: World, action: str
):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    rings_at_b(world, a, b)
    forces(s, "A", action, "CALLING", TO[action])
    assert a.gets("CALL.E-")["code"] == "5207"
    by_force(a.gets(f"CALLING>{TO[action]}"), action)
    b.gets("RINGING>FREE")
    world.phone("A").wait_idle()


@pytest.mark.parametrize("action", AT_ONCE)
def test_7_14_a_consult_ends_with_its_agents_forced_checkout_or_reset(world: World, action: str):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    talks_to_d(world, a, d, talks_to_c(world, a))
    forces(s, "A", action, "CALLING", TO[action])
    a.gets("CONSULT.E+", "CALL.E+")
    by_force(a.gets(f"CALLING/CONSULT>{TO[action]}"), action)
    d.gets("CALLING/CONSULT>FREE")
    world.phone("C").wait_idle()
    world.phone("D").wait_idle()


def test_7_14_a_forced_checkout_of_the_consultant_gives_the_customer_back(world: World):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    uuid = talks_to_c(world, a)
    talks_to_d(world, a, d, uuid)
    forces(s, "D", "FORCE_CHECKOUT", "CALLING", "OFFLINE")
    by_force(d.gets("CALLING/CONSULT>OFFLINE"), "FORCE_CHECKOUT")
    a.gets("CONSULT.E+", "CALLING/CONSULT>CALLING")
    is_out(d)
    talk_again(world, a, talks_to_c, uuid)


@pytest.mark.parametrize("action", AT_ONCE)
def test_7_14_a_three_way_talk_goes_on_without_the_agent_forced_out(world: World, action: str):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    three_talk(world, a, d, talks_to_c(world, a))
    forces(s, "A", action, "CALLING", TO[action])
    a.gets("THREE_WAY.E+", "CALL.E+")
    by_force(a.gets(f"CALLING/THREE_WAY>{TO[action]}"), action)
    d.gets("CALLING/THREE_WAY>CALLING")
    world.phone("A").wait_idle()
    hear_each_other(world, "C", "D")
    shows(d, "CALLING", OUTSIDE["C"])
    world.phone("C").hangup()
    d.gets("CALLING>FREE")


@pytest.mark.parametrize("start", ["FREE", "BUSY", "REST", "ARRANGE"])
@pytest.mark.parametrize("action", TO)
def test_7_15_a_supervisor_changes_the_state_of_an_agent_without_a_call(
    world: World, action: str, start: str
):
    a, s = world.agent("A", start_status=start), world.agent("S")
    forces(s, "A", action, start, TO[action])
    if start != TO[action]:
        by_force(a.gets(f"{start}>{TO[action]}"), action)
    if action == "FORCE_CHECKOUT":
        is_out(a)


@either_way
@pytest.mark.parametrize("action", LATER)
def test_7_15_a_state_forced_in_a_call_is_entered_after_it(world: World, talk: Talk, action: str):
    a, s = world.agent("A"), world.agent("S")
    uuid = talk(world, a)
    forces(s, "A", action, "CALLING", "CALLING")
    a.got_nothing_more()
    assert a.ok("get_status")["call_stop_status"] == TO[action]
    hear_each_other(world, "A", "C")
    a.ok("hangup", uuid=uuid)
    if talk is talks_to_c:
        a.gets("CALL.E+")
    by_force(a.gets(f"CALLING>{TO[action]}"), action)


@pytest.mark.parametrize("action", LATER)
def test_7_15_a_state_forced_while_a_call_rings_is_entered_after_it(world: World, action: str):
    a, s = world.agent("A", start_status="REST"), world.agent("S")
    a.begin("call", callee_number=OUTSIDE["C"])
    a.gets("CALL.I", "REST>RINGING")
    world.phone("A").wait_ringing()
    forces(s, "A", action, "RINGING", "RINGING")
    a.got_nothing_more()
    world.phone("A").reject()
    assert a.gets("CALL.E-")["code"] == "5202"
    by_force(a.gets(f"RINGING>{TO[action]}"), action)


@pytest.mark.parametrize("action", TO)
def test_7_15_an_absent_agent_can_only_be_checked_out(world: World, action: str):
    s = world.agent("S")
    if action == "FORCE_CHECKOUT":
        forces(s, "A", action, "OFFLINE", "OFFLINE")
    else:
        reply = s.refused("4103", "change_status", action=action, operated_agent_id=AGENTS["A"])
        assert reply["action"] == action


@pytest.mark.parametrize("action", TO)
def test_7_16_who_may_not_change_states_is_refused(world: World, action: str):
    a, b, s = world.agent("A"), world.agent("B"), world.agent("S")
    upon_a = {"operated_agent_id": AGENTS["A"], "operated_ext_id": AGENTS["A"]}
    nobody = {"operated_agent_id": "90002_20000", "operated_ext_id": "90002_20000"}
    for refused in (upon_a, nobody, {"operated_agent_id": AGENTS["A"]}):
        b.refused("4102", "change_status", action=action, **refused)
    s.refused("4101", "change_status", action=action, **nobody)
    at_b = upon_a | {"operated_ext_id": AGENTS["B"]}
    s.refused("4012", "change_status", action=action, **at_b)
    assert a.ok("get_status")["status"] == "FREE"
    for client in (a, b, s):
        client.got_nothing_more()


def test_7_16_resetting_oneself_needs_no_role(world: World):
    a = world.agent("A")
    talks_to_c(world, a)
    a.ok("change_status", action="FORCE_RESET")
    assert a.gets("CALL.E+", "CALLING>BUSY").get("reason") is None
    world.phone("C").wait_idle()
