"""The state of channels, as the switch answers when asked."""

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
    """The present state of a channel.

    ``ringing``: its phone has said so; for a phone that says nothing the switch reports nothing,
    and its answer state is ``ringing`` from the first moment on (measured). ``bond``: the leg it is
    bridged to, if that leg says the same; while a phone rings, it is also the calling leg
    (measured). ``plays``: what the switch plays to it; for a bridged leg it may be what it heard
    last. ``held``: by the phone's own button; once the leg is moved the switch considers the hold
    ended, and does not report when the phone resumes (measured). ``parks_on_unbridge``: it is
    parked when its partner leaves. ``listens``: the leg that it eavesdrops on. ``queued``: it waits
    in a queue. ``member``: the customer for whom a queue set it up. ``parked_as``: the event that
    reported its parking, or would have.
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
    parks_on_unbridge: bool
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
    """Read the answer to ``uuid_dump``; raises UnreadableEvent."""
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
        parks_on_unbridge=h.park_after_bridge == "true",
        agent=h.agent,
        member=h.queue_member if h.queue_side == "agent" else "",
        parked_as=decoding.parked(h),
    )


class ListedChannel(msgspec.Struct, frozen=True, gc=False):
    """A channel in the switch's list, which lags behind the events by some 100 ms (measured).

    ``call_uuid``: the same for two bridged legs, and for a leg and the phone being called for it.
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
    """The rows undecoded: thousands of them are decoded one at a time."""

    rows: list[msgspec.Raw] = []  # absent where there are none


def listed(text: str) -> Iterator[ListedChannel]:
    """Read the answer to ``show channels as json``, row by row as the caller iterates; raises
    UnreadableEvent."""
    return _rows(text, ListedChannel)


def registered(text: str, domain: str, *, anywhere: bool = False) -> Iterator[str]:
    """The extensions of a domain that have a phone, ``folded``, from the answer to ``show
    registrations as json``; otherwise as above. ``anywhere``: include contacts at other addresses
    than they registered from."""
    for row in _rows(text, _Registration):
        if row.realm == domain and (anywhere or not leads_elsewhere(row.url, row.network_ip)):
            yield folded(row.reg_user)


_Row = TypeVar("_Row", ListedChannel, _Registration)


def _rows(text: str, kind: type[_Row]) -> Iterator[_Row]:
    decode = msgspec.json.Decoder(kind).decode
    try:
        for row in msgspec.json.decode(text.encode("utf-8", "replace"), type=_Rows).rows:
            yield decode(row)
    except msgspec.DecodeError as reason:
        raise UnreadableEvent from reason


def pairs(legs: Iterable[ListedChannel]) -> dict[str, str]:
    """The bridged pairs, by uuid, in both directions."""
    together = defaultdict(list)
    for leg in legs:
        if leg.call_uuid and leg.answered:
            together[leg.call_uuid].append(leg.uuid)
    found = [both for both in together.values() if len(both) == 2]
    return {one: other for both in found for one, other in (both, reversed(both))}
