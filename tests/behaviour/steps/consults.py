"""An agent in a talk asks somebody else."""

from __future__ import annotations

from tests.behaviour.client import Client
from tests.behaviour.world import AGENTS, OUTSIDE, World


def consults(world: World, a: Client, uuid: str, number: str, **fields: object) -> str:
    """A has begun to consult an agent or an outside number; gives the consultant's leg."""
    inside = number in AGENTS.values()
    leg: str = a.begin(
        "consult",
        uuid=uuid,
        type="1",
        consult_type="0" if inside else "1",
        consult_number=number,
        **fields,
    )["consult_uuid"]
    assert leg != uuid
    assert a.gets("CONSULT.I")["uuid"] == leg
    a.gets("CALLING>CALLING/CONSULT")
    return leg


def rings_at_d(world: World, a: Client, d: Client, uuid: str, **fields: object) -> str:
    """A consults D, whose phone rings; gives D's leg."""
    leg = consults(world, a, uuid, AGENTS["D"], **fields)
    callin = d.gets("callin:CONSULT")
    assert (callin["uuid"], callin["caller_number"]) == (leg, a.agent_id)
    assert d.gets("FREE>RINGING")["reason"] == "CONSULT"
    world.phone("D").wait_ringing()
    return leg


def talks_to_d(world: World, a: Client, d: Client, uuid: str) -> str:
    """A consults D, who has answered; gives D's leg."""
    leg = rings_at_d(world, a, d, uuid)
    world.phone("D").answer()
    d.gets("RINGING>CALLING/CONSULT")
    assert a.gets("CONSULT.S")["uuid"] == leg
    return leg


def talks_to_x(world: World, a: Client, uuid: str) -> str:
    """A consults X outside, who has answered; gives X's leg."""
    leg = consults(world, a, uuid, OUTSIDE["X"])
    world.phone("X").wait_ringing()
    world.phone("X").answer()
    a.gets("CONSULT.S")
    return leg


def refuses(a: Client, uuid: str, leg: str, *but: str) -> None:
    """What conflicts with something under way is refused and changes nothing; ``leg`` is that of
    the third party, and E is FREE."""
    other = AGENTS["E"]
    to_e: dict[str, object] = {"uuid": uuid, "trans_type": "1", "trans_number": other}
    asks_e = {"uuid": uuid, "type": "1", "consult_type": "0", "consult_number": other}
    requests: dict[str, tuple[str, dict[str, object]]] = {
        "call": ("call", {"callee_number": OUTSIDE["X"]}),
        "hold 1": ("hold", {"uuid": uuid, "hold": "1"}),
        "hold 0": ("hold", {"uuid": uuid, "hold": "0"}),
        "dtmf": ("dtmf", {"uuid": uuid, "content": "1"}),
        "trans 1": ("trans", to_e | {"type": "1"}),
        "trans 2": ("trans", to_e | {"type": "2"}),
        "trans 3": ("trans", {"uuid": uuid, "type": "3"}),
        "consult 1": ("consult", dict(asks_e)),
        "consult 2": ("consult", {"uuid": uuid, "type": "2"}),
        "consult_to_trans": ("consult_to_trans", {"consult_uuid": leg}),
        "three_way": (
            "three_way",
            {"uuid": uuid, "three_way_type": "0", "three_way_number": other},
        ),
    }
    for name in requests.keys() - set(but):
        a.refused("4103", requests[name][0], **requests[name][1])
    a.ok("answer", uuid=uuid)
    a.ok("mute", uuid=uuid, mute="1")
    a.ok("mute", uuid=uuid, mute="0")
    a.got_nothing_more()
