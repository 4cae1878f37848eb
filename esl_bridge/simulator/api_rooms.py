"""``conference ROOM VERB ...``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from esl_bridge.simulator.api import command
from esl_bridge.simulator.results import Answer
from esl_bridge.simulator.rooms import Member, Room

if TYPE_CHECKING:
    from esl_bridge.simulator.switch import SimulatedSwitch


@command("conference")
def conference(switch: SimulatedSwitch, arguments: str) -> Answer:
    words = arguments.split()
    if words[:1] in (["list"], ["json_list"]):
        return _all_rooms(switch, words[0])
    if len(words) < 2:
        return "-USAGE: <room> <verb> [...]\n"
    room = switch.rooms.get(words[0])
    if room is None:
        return f"-ERR Conference {words[0]} not found\n"
    verb = _VERBS.get(words[1])
    if verb is None:
        return f"-ERR Conference command '{words[1]}' not found.\n"
    return verb(room, words[2:])


def _all_rooms(switch: SimulatedSwitch, form: str) -> str:
    rooms = list(switch.rooms.values())
    if form == "json_list":
        return json.dumps([_described(room) for room in rooms]) + "\n"
    if not rooms:
        return "+OK No active conferences.\n"
    return "".join(f"+OK Conference {room.name} ({len(room.members)} members)\n" for room in rooms)


def _list(room: Room, words: list[str]) -> str:
    return "".join(f"{_line(member)}\n" for member in room.members.values())


def _line(member: Member) -> str:
    leg = member.leg
    abilities = [
        word for word, flag in (("hear", "deaf"), ("speak", "mute")) if flag not in member.flags
    ]
    named = [str(member.number), leg.name, leg.uuid, leg.profile.name, leg.profile.number]
    return ";".join([*named, "|".join(abilities), "0", "0", "0", "300"])


def _json_list(room: Room, words: list[str]) -> str:
    return json.dumps([_described(room)], indent="\t") + "\n"


def _described(room: Room) -> dict[str, Any]:
    return {
        "conference_name": room.name,
        "member_count": len(room.members),
        "ghost_count": 0,
        "conference_uuid": room.uuid,
        "running": True,
        "members": [_described_member(member) for member in room.members.values()],
    }


def _described_member(member: Member) -> dict[str, Any]:
    speaks, hears = "mute" not in member.flags, "deaf" not in member.flags
    return {
        "type": "caller",
        "id": member.number,
        "flags": {"can_hear": hears, "can_speak": speaks, "talking": speaks},
        "uuid": member.leg.uuid,
        "caller_id_name": member.leg.profile.name,
        "caller_id_number": member.leg.profile.number,
    }


def _chosen(room: Room, words: list[str]) -> list[Member]:
    """``all``, ``last`` or a member's number; empty for an unknown one."""
    who = words[0] if words else ""
    members = list(room.members.values())
    if who in ("all", "last"):
        return members if who == "all" else members[-1:]
    return [member for member in members if str(member.number) == who]


def _each(done: str, act: Callable[[Room, Member], object]) -> Callable[[Room, list[str]], str]:
    def verb(room: Room, words: list[str]) -> str:
        chosen = _chosen(room, words)
        if not chosen:
            return f"-ERR Non-Existant ID {' '.join(words)}\n"
        for member in chosen:
            act(room, member)
        return "".join(f"+OK {done} {member.number}\n" for member in chosen)

    return verb


def _flagging(flag: str, on: bool, event: str) -> Callable[[Room, Member], object]:
    def act(room: Room, member: Member) -> None:
        (member.flags.add if on else member.flags.discard)(flag)
        room.tell(member, event)

    return act


_VERBS: dict[str, Callable[[Room, list[str]], str]] = {
    "list": _list,
    "json_list": _json_list,
    "count": lambda room, words: f"{len(room.members)}",
    "kick": _each("kicked", lambda room, member: room.kick([member])),
    "hup": _each("hup", lambda room, member: room.kick([member])),
    "mute": _each("mute", _flagging("mute", True, "mute-member")),
    "unmute": _each("unmute", _flagging("mute", False, "unmute-member")),
    "deaf": _each("deaf", _flagging("deaf", True, "deaf-member")),
    "undeaf": _each("undeaf", _flagging("deaf", False, "undeaf-member")),
}
