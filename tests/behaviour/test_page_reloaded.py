"""A page is loaded again in the middle of a call: by its token alone it finds all that it had."""

from __future__ import annotations

from tests.behaviour.client import Client, Message
from tests.behaviour.steps.calls import ends_its_call, puts_on_hold, rings_at_a, talks_to_c
from tests.behaviour.steps.conferences import three_talk
from tests.behaviour.steps.consults import talks_to_d
from tests.behaviour.steps.supervision import joins, leaves
from tests.behaviour.world import AGENTS, NAMES, OUTSIDE, World


def loaded_again(world: World, name: str, page: Client) -> tuple[Client, Message]:
    """A new page with the old one's token; nobody has noticed yet that the old one is gone."""
    back = world.connect(name)
    reply = back.ok("checkin", token=page.token)
    page.gets("kick_off")
    page.refused("4009", "change_status", action="MAKE_BUSY")
    back.token = page.token
    return back, reply


def shown(reply: Message) -> list[str]:
    return [f"{NAMES[leg['number']]} {leg['role']} {leg['state']}" for leg in reply["legs"]]


def test_a_page_reloaded_in_a_talk_is_shown_the_talk(world: World):
    a = world.agent("A")
    uuid = talks_to_c(world, a)
    a, reply = loaded_again(world, "A", a)
    assert shown(reply) == ["A agent talks", "C customer talks"]
    own_leg, customer = reply["legs"]
    assert (own_leg["uuid"], own_leg["agent_id"], customer["number"]) == (
        uuid,
        AGENTS["A"],
        OUTSIDE["C"],
    )
    assert 0 < own_leg["began_ms"] <= own_leg["answered_ms"] <= customer["answered_ms"]
    puts_on_hold(a, uuid)
    a.ok("mute", uuid=uuid, mute="1")
    a, reply = loaded_again(world, "A", a)
    assert shown(reply) == ["A agent talks", "C customer held"]
    assert reply["legs"][0]["muted"] is True
    assert a.ok("get_status")["legs"] == reply["legs"]
    a.ok("hangup", uuid=uuid)
    a.gets("CALL.E+", "CALLING/HOLD>FREE")
    assert a.ok("get_status")["legs"] == []
    world.phone("C").wait_idle()


def test_a_page_reloaded_while_a_call_rings_is_shown_the_call(world: World):
    a = world.agent("A")
    uuid = rings_at_a(world, a)
    a, reply = loaded_again(world, "A", a)
    a.gets("callin")
    [customer, own_leg] = reply["legs"]
    assert (own_leg["uuid"], own_leg["state"], own_leg["role"]) == (uuid, "rings", "agent")
    assert (customer["role"], customer["direction"]) == ("customer", "inbound")
    assert "answered_ms" not in own_leg
    world.phone("A").reject()
    a.gets("RINGING>FREE")


def test_pages_reloaded_on_both_sides_of_a_consult_are_shown_it(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    talks_to_d(world, a, d, uuid)
    there = ["A agent talks", "C customer held", "D consultant talks"]
    a, reply = loaded_again(world, "A", a)
    assert shown(reply) == there
    d, reply = loaded_again(world, "D", d)
    assert shown(reply) == there
    a.ok("hangup", uuid=uuid)
    a.gets("CONSULT.E+", "CALL.E+", "CALLING/CONSULT>FREE")
    d.gets("CALLING/CONSULT>FREE")
    world.phone("C").wait_idle()


def test_a_page_reloaded_in_a_three_way_talk_is_shown_all_three(world: World):
    a, d = world.agent("A"), world.agent("D")
    uuid = talks_to_c(world, a)
    three_talk(world, a, d, uuid)
    d, reply = loaded_again(world, "D", d)
    assert shown(reply) == ["A agent talks", "C customer talks", "D third talks"]
    a.ok("hold", uuid=uuid, hold="1")
    a.gets("CALLING/THREE_WAY>CALLING/HOLD")
    a, reply = loaded_again(world, "A", a)
    assert shown(reply) == ["A agent held", "C customer talks", "D third talks"]
    a.ok("hold", uuid=uuid, hold="0")
    a.gets("CALLING/HOLD>CALLING/THREE_WAY")
    a.ok("hangup", uuid=uuid)
    a.gets("THREE_WAY.E+", "CALL.E+", "CALLING/THREE_WAY>FREE")
    d.gets("CALLING/THREE_WAY>CALLING")
    world.phone("C").hangup()
    d.gets("CALLING>FREE")


def test_a_page_of_a_supervisor_who_listens_is_shown_the_call_after_a_reload(world: World):
    a, s = world.agent("A"), world.agent("S")
    uuid = talks_to_c(world, a)
    joins(world, s, "force_call")
    a.gets("CALLING>CALLING/FORCE_CALL")
    there = ["A agent talks", "C customer talks", "S supervisor talks"]
    s, reply = loaded_again(world, "S", s)
    assert shown(reply) == shown(a.ok("get_status")) == there
    world.phone("S").hangup()
    leaves(s, "force_call")
    a.gets("CALLING/FORCE_CALL>CALLING")
    assert shown(a.ok("get_status")) == there[:2]
    ends_its_call(a, uuid)
    world.phone("C").wait_idle()
