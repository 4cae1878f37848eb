"""All who are in contact with one customer have one ``contact_id``, wherever the customer goes and
whatever becomes of the daemon meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.behaviour.client import Client
from tests.behaviour.conftest import installed
from tests.behaviour.steps.calls import rings_at_a, talks_to_c
from tests.behaviour.steps.consults import talks_to_d
from tests.behaviour.steps.queues import becomes_free
from tests.behaviour.steps.restarts import comes_back
from tests.behaviour.steps.supervision import joins, leaves
from tests.behaviour.steps.transfers import rings_at_the_target
from tests.behaviour.world import (
    AGENTS,
    COMPANY,
    NUMBER_OF_IVR,
    NUMBER_OF_SKILL,
    SERVING,
    World,
)


@pytest.fixture(scope="module", params=["simulator", "freeswitch"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One of its own, in which who is away has all the time that a new daemon takes."""
    with installed(request, tmp_path_factory, grace=30) as world:
        yield world


@pytest.fixture(autouse=True)
def rested(world: World) -> None:
    """Who has missed an offer in the story before may be offered the next at once."""
    for name in SERVING:
        agent = f"{AGENTS[name]}@{COMPANY}"
        world.lab.esl.api(f"callcenter_config agent set ready_time {agent} 0")


def carried(world: World) -> set[str]:
    """What the legs of the switch carry."""
    legs = world.lab.legs()
    return {world.lab.esl.api(f"uuid_getvar {leg} esl_bridge_contact_id").strip() for leg in legs}


def all_carry(world: World, contact_id: str, legs: int) -> None:
    assert contact_id.startswith("contact-")
    world.until(lambda: len(world.lab.legs()) == legs)
    world.until(lambda: carried(world) == {contact_id})


def told(client: Client) -> set[str]:
    """With which contacts the agent was told of calls."""
    of_calls = [one for one in client.told if one["msg_type"] in ("callin", "callback")]
    return {one["contact_id"] for one in of_calls} | {
        one["contact_id"] for one in client.told if "CALLING" in one.get("last_agent_status", "")
    }


def is_in(client: Client) -> str:
    found: str = client.ok("get_status")["contact_id"]
    return found


def test_a_call_a_consult_and_a_supervisor_keep_their_contact_over_a_restart(world: World):
    a, d, s = world.agent("A"), world.agent("D"), world.agent("S")
    uuid = talks_to_c(world, a)
    contact_id = is_in(a)
    leg = talks_to_d(world, a, d, uuid)
    joins(world, s, "eavesdrop")
    all_carry(world, contact_id, legs=4)
    assert is_in(d) == is_in(s) == contact_id
    world.crash_daemon()
    a, d, s = (comes_back(world, name, one) for name, one in zip("ADS", (a, d, s), strict=True))
    assert is_in(a) == is_in(d) == is_in(s) == contact_id
    all_carry(world, contact_id, legs=4)
    a.begin("consult_to_trans", consult_uuid=leg)
    a.gets("CONSULT_TO_TRANS.I", "CONSULT.E+", "CONSULT_TO_TRANS.S", "CONSULT_TO_TRANS.E+")
    a.gets("CALL.E+", "CALLING/CONSULT>FREE")
    leaves(s, "eavesdrop")
    d.gets("CALLING/CONSULT>CALLING")
    assert told(a) == told(s) == {contact_id}
    all_carry(world, contact_id, legs=2)
    world.phone("C").hangup()
    d.gets("CALLING>FREE")
    assert told(d) == {contact_id}


def test_a_transfer_keeps_its_contact_over_a_restart_and_on_to_an_ivr(world: World):
    a, b = world.agent("A"), world.agent("B")
    uuid = talks_to_c(world, a)
    contact_id = is_in(a)
    leg = rings_at_the_target(world, a, b, uuid)
    assert told(b) == {contact_id}
    world.crash_daemon()
    a, b = comes_back(world, "A", a), comes_back(world, "B", b)
    b.gets("callin:TRANS")
    world.phone("B").answer()
    a.gets("TRANS.S", "TRANS.E+", "CALL.E+", "CALLING/TRANS>FREE")
    b.gets("RINGING>CALLING")
    all_carry(world, contact_id, legs=2)
    assert told(a) == {contact_id}
    reply = b.begin("trans", uuid=leg, type="1", trans_type="3", trans_number="2001")
    assert reply["contact_id"] == contact_id
    b.gets("TRANS.I", "CALLING>CALLING/TRANS", "TRANS.E+", "CALLING/TRANS>FREE")
    world.hears("C", "IVR")
    all_carry(world, contact_id, legs=1)
    world.phone("C").hangup()


def test_a_caller_keeps_its_contact_from_ivr_to_queue_to_agent_over_restarts(world: World):
    world.phone("C").dial(NUMBER_OF_IVR)
    world.hears("C", "IVR")
    world.until(lambda: len(world.lab.legs()) == 1)
    [contact_id] = carried(world)
    all_carry(world, contact_id, legs=1)
    world.crash_daemon()
    [customer] = world.lab.legs()
    world.lab.esl.api(f"uuid_transfer {customer} skill_1001@{COMPANY} XML esl_bridge")
    world.hears("C", "MOH")
    world.crash_daemon()
    a = world.agent("A")
    assert a.gets("callin")["contact_id"] == contact_id
    a.gets("FREE>RINGING")
    all_carry(world, contact_id, legs=2)
    world.crash_daemon()
    a = comes_back(world, "A", a)
    a.gets("callin")
    world.phone("A").answer()
    assert a.gets("RINGING>CALLING")["contact_id"] == contact_id
    all_carry(world, contact_id, legs=2)
    world.phone("C").hangup()
    assert a.gets("CALLING>FREE")["contact_id"] == contact_id


@pytest.mark.parametrize("brings", [True, False])
def test_a_customer_who_joined_a_queue_without_a_daemon_keeps_its_contact(
    world: World, brings: bool
):
    """It brings one along, but not where the numbers were rendered before there were contacts."""
    with world.without_daemon():
        world.phone("C").dial(NUMBER_OF_SKILL)
        world.hears("C", "MOH")
        world.until(lambda: len(world.lab.legs()) == 1)
        [customer] = world.lab.legs()
        if not brings:
            world.lab.esl.api(f"uuid_setvar {customer} esl_bridge_contact_id")
    a = becomes_free(world, "A")
    contact_id = a.gets("callin")["contact_id"]
    a.gets("FREE>RINGING")
    all_carry(world, contact_id, legs=2)
    world.phone("C").hangup()
    a.gets("RINGING>FREE")


def test_each_caller_has_a_contact_of_its_own(world: World):
    a = world.agent("A")
    seen = set()
    for _ in range(2):
        rings_at_a(world, a)
        seen.add(is_in(a))
        world.phone("C").hangup()
        a.gets("RINGING>FREE")
    assert len(seen) == 2
