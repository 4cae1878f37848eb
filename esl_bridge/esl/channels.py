"""What the switch says of a leg when it is asked."""

from __future__ import annotations

import json

import msgspec

from esl_bridge.esl import events
from esl_bridge.esl.events import LegParked


class Channel(msgspec.Struct, frozen=True):
    """A leg as it is now.

    ``bond``: the leg it is joined to, if that one says the same: while a phone rings, the leg that
    called it stands there, too (measured). ``plays``: what it hears from the switch; said of a leg
    in a pair it may be what it heard last. ``secured``: it waits for us when its partner leaves.
    ``member``: for which customer a queue has set it up. ``parked_as``: what was told, or would
    have been, when it was parked.
    """

    uuid: str
    ringing: bool
    answered: bool
    early: bool
    bond: str
    parked: bool
    plays: str
    room: str
    secured: bool
    agent: str
    member: str
    destination: str
    parked_as: LegParked

    @property
    def company(self) -> str:
        return self.parked_as.company

    @property
    def role(self) -> str:
        return self.parked_as.role


def read(dump: str) -> Channel:
    """From the answer to ``uuid_dump``; raises UnreadableEvent."""
    h = events.read(dump.encode())
    runs = h.application if h.state == "CS_EXECUTE" else ""
    return Channel(
        uuid=h.leg,
        ringing=h.answer_state == "ringing",
        answered=h.answer_state == "answered",
        early=h.answer_state == "early",
        bond=h.bond,
        parked=h.state == "CS_PARK" or runs == "park",
        plays=h.application_data if h.application == "playback" else "",
        room=h.application_data.partition("@")[0] if runs == "conference" else "",
        secured=h.park_after_bridge == "true",
        agent=h.agent,
        member=h.queue_member if h.queue_side == "agent" else "",
        destination=h.destination,
        parked_as=events.parked(h),
    )


def uuids(listed: str) -> list[str]:
    """From the answer to ``show channels as json``, which has no rows where there are none."""
    return [row["uuid"] for row in json.loads(listed).get("rows", [])]
