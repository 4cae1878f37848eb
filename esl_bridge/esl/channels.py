"""What the switch says of a leg when it is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from esl_bridge.domain.company import folded
from esl_bridge.esl import decoding, headers
from esl_bridge.esl.events import LegParked
from esl_bridge.esl.headers import UnreadableEvent
from esl_bridge.esl.phone_addresses import leads_elsewhere

_RINGS = ("RINGING", "EARLY")


class Channel(msgspec.Struct, frozen=True):
    """A leg as it is now.

    ``ringing``: its phone has said so; of one that does not say anything the switch tells nothing,
    and its answer state is ``ringing`` from the first moment on (measured).
    ``bond``: the leg it is joined to, if that one says the same: while a phone rings, the leg that
    called it stands there, too (measured). ``plays``: what it hears from the switch; said of a leg
    in a pair it may be what it heard last. ``held``: by its phone's own button; once it is moved
    the switch takes that for ended, and nothing tells of the phone's resuming (measured).
    ``kept_on_unbridge``: it waits for us when its partner leaves.
    ``listens``: to which leg. ``queued``: it waits in a queue. ``member``: for which customer a
    queue has set it up. ``parked_as``: what was told, or would have been, when it was parked.
    """

    uuid: str
    ringing: bool
    answered: bool
    early: bool
    bond: str
    parked: bool
    plays: str
    room: str
    listens: str
    queued: bool
    held: bool
    kept_on_unbridge: bool
    agent: str
    member: str
    parked_as: LegParked

    @property
    def company(self) -> str:
        return self.parked_as.company

    @property
    def role(self) -> str:
        return self.parked_as.role


def read(dump: str) -> Channel:
    """From the answer to ``uuid_dump``; raises UnreadableEvent."""
    h = headers.read(dump.encode())
    runs = h.application if h.state == "CS_EXECUTE" else ""
    return Channel(
        uuid=h.leg,
        ringing=h.call_state in _RINGS,
        answered=h.answer_state == "answered",
        early=h.answer_state == "early",
        bond=h.bond,
        parked=h.state == "CS_PARK" or runs == "park",
        plays=h.application_data if h.application == "playback" else "",
        room=h.application_data.partition("@")[0] if runs == "conference" else "",
        listens=h.application_data if runs == "eavesdrop" else "",
        queued=runs == "callcenter",
        held=h.call_state == "HELD",
        kept_on_unbridge=h.park_after_bridge == "true",
        agent=h.agent,
        member=h.queue_member if h.queue_side == "agent" else "",
        parked_as=decoding.parked(h),
    )


class Listed(msgspec.Struct, frozen=True, gc=False):
    """A leg as the switch's list has it, which lags behind the events by some 100 ms (measured).

    ``call_uuid``: the same for two that are joined, and for one that a phone has been called for.
    """

    uuid: str
    state: str = ""
    callstate: str = ""
    application: str = ""
    application_data: str = ""
    call_uuid: str = ""

    @property
    def answered(self) -> bool:
        return self.callstate in ("ACTIVE", "HELD", "UNHELD")

    @property
    def rings(self) -> bool:
        return self.callstate in _RINGS

    @property
    def held(self) -> bool:
        return self.callstate == "HELD"

    @property
    def parked(self) -> bool:
        return self.state == "CS_PARK" or self._runs == "park"

    @property
    def room(self) -> str:
        return self.application_data.partition("@")[0] if self._runs == "conference" else ""

    @property
    def _runs(self) -> str:
        return self.application if self.state == "CS_EXECUTE" else ""


class _Registration(msgspec.Struct, gc=False):
    reg_user: str
    realm: str
    url: str = ""
    network_ip: str = ""


class _Rows(msgspec.Struct):
    """Each row as it came: those of thousands are read one after the other."""

    rows: list[msgspec.Raw] = []  # absent where there are none


def listed(text: str) -> Iterator[Listed]:
    """From the answer to ``show channels as json``, row by row as the caller goes on; raises
    UnreadableEvent."""
    return _rows(text, Listed)


def registered(text: str, domain: str, *, anywhere: bool = False) -> Iterator[str]:
    """Who of a domain has a phone, ``folded``, from the answer to ``show registrations as json``;
    as above. ``anywhere``: also one that wants to be called elsewhere than it registers from."""
    for row in _rows(text, _Registration):
        if row.realm == domain and (anywhere or not leads_elsewhere(row.url, row.network_ip)):
            yield folded(row.reg_user)


_Row = TypeVar("_Row", Listed, _Registration)


def _rows(text: str, kind: type[_Row]) -> Iterator[_Row]:
    decode = msgspec.json.Decoder(kind).decode
    try:
        for row in msgspec.json.decode(text.encode("utf-8", "replace"), type=_Rows).rows:
            yield decode(row)
    except msgspec.DecodeError as reason:
        raise UnreadableEvent from reason


def pairs(legs: Iterable[Listed]) -> dict[str, str]:
    """Who is joined to whom, by their uuids, both ways."""
    together = defaultdict(list)
    for leg in legs:
        if leg.call_uuid and leg.answered:
            together[leg.call_uuid].append(leg.uuid)
    found = [both for both in together.values() if len(both) == 2]
    return {one: other for both in found for one, other in (both, reversed(both))}
