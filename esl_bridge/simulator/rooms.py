"""Conference rooms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esl_bridge.simulator import audio
from esl_bridge.simulator.activity import RunningApplication

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel
    from esl_bridge.simulator.events import Headers
    from esl_bridge.simulator.switch import SimulatedSwitch

SUBCLASS = "conference::maintenance"
_ROOM = re.compile(r"([^@+]+)(?:@([^+]+))?(?:\+flags\{([^}]*)\})?")


@dataclass
class Member:
    number: int
    app: ConferenceApplication
    flags: set[str] = field(default_factory=set)

    @property
    def leg(self) -> SimulatedChannel:
        return self.app.leg


class Room:
    """Exists as long as it has members. The last one stays in it alone, for any time (measured),
    except in a room whose members have the flag ``mintwo``, once it has had two."""

    def __init__(self, switch: SimulatedSwitch, name: str, profile: str) -> None:
        self._switch = switch
        self.name = name
        self.profile = profile
        self.uuid = switch.new_uuid()
        self.members: dict[int, Member] = {}
        self._least = 0  # minimum of members; fewer close it, once that many were there
        self._tell("conference-create")

    def join(self, app: ConferenceApplication, flags: set[str]) -> Member:
        member = Member(self._switch.next_member(), app, flags)
        self.members[member.number] = member
        if "mintwo" in flags and len(self.members) > 1:
            self._least = 2
        self.tell(member, "add-member")
        return member

    def leave(self, member: Member) -> None:
        del self.members[member.number]
        self.tell(member, "del-member")
        if "endconf" in member.flags:
            self.kick(list(self.members.values()))
        elif len(self.members) < self._least:
            self._switch.soon(self._end)
        if not self.members:
            self._switch.rooms.pop(self.name, None)
            self._switch.soon(lambda: self._tell("conference-destroy"))

    def kick(self, members: list[Member]) -> None:
        for member in members:
            self.tell(member, "kick-member")
            self._switch.soon(member.app.end)

    def _end(self) -> None:
        """Only the members' leaving reports it."""
        for member in list(self.members.values()):
            if member.leg.get("hangup_after_conference") == "false":
                member.app.end()
            else:
                member.leg.hangup("NORMAL_CLEARING")

    def tell(self, member: Member, action: str) -> None:
        of_member = {"Member-ID": str(member.number), "Member-Type": "member", "Action": action}
        spoken = {"Speak": _flag("mute" not in member.flags)}
        heard = {"Hear": _flag("deaf" not in member.flags)}
        member.leg.emit_custom(SUBCLASS, self._headers() | spoken | heard | of_member)

    def _tell(self, action: str) -> None:
        told = {"Event-Subclass": SUBCLASS} | self._headers() | {"Action": action}
        self._switch.publish("CUSTOM", told)

    def _headers(self) -> Headers:
        return {
            "Conference-Name": self.name,
            "Conference-Size": str(len(self.members)),
            "Conference-Profile-Name": self.profile,
            "Conference-Unique-ID": self.uuid,
        }


def _flag(value: bool) -> str:
    return "true" if value else "false"


class ConferenceApplication(RunningApplication):
    """``room@profile+flags{endconf|mute|mintwo}``."""

    name = "conference"
    member: Member | None = None

    def run(self) -> bool:
        parts = _ROOM.match(self.data)
        if parts is None:
            return True
        self.leg.answer()
        rooms = self.leg.switch.rooms
        if parts[1] not in rooms:
            rooms[parts[1]] = Room(self.leg.switch, parts[1], parts[2] or "default")
        self.room = rooms[parts[1]]
        self.member = self.room.join(self, set(filter(None, (parts[3] or "").split("|"))))
        return False

    def stop(self) -> None:
        if self.member is not None:
            member, self.member = self.member, None
            self.room.leave(member)

    def end(self) -> None:
        """Kicked: continue with what follows the conference."""
        self.leg.thread.finished(self)

    def heard(self) -> set[str]:
        if self.member is None or "deaf" in self.member.flags:
            return set()
        others = (one for one in self.room.members.values() if one is not self.member)
        return set().union(*(audio.speech(one.leg) for one in others if "mute" not in one.flags))

    def sounds(self) -> bool:
        return True
