"""The state of channels, as the switch answers when asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec
from msgspec.structs import asdict, replace

from esl_bridge.domain.company import folded
from esl_bridge.esl import decoding, headers
from esl_bridge.esl.events import LegParked
from esl_bridge.esl.headers import HeaderReader, UnreadableEvent
from esl_bridge.esl.phone_addresses import leads_elsewhere
from esl_bridge.layout.places import (
    BridgedWith,
    Elsewhere,
    InRoom,
    ObservedLeg,
    Parked,
    Place,
)

_RINGS = ("RINGING", "EARLY")
_TALKS = ("ACTIVE", "HELD", "UNHELD")


class ListedChannel(msgspec.Struct, frozen=True, gc=False):
    """A line of the switch's list of channels, which lags behind the events by some 100 ms
    (measured). A dump has the same columns under other names.

    ``call_uuid``: the same for two bridged legs, and for a leg and the phone being called for it.
    """

    uuid: str
    state: str = ""
    callstate: str = ""
    application: str = ""
    application_data: str = ""
    call_uuid: str = ""

    @property
    def runs(self) -> str:
        return self.application if self.state == "CS_EXECUTE" else ""

    def shows(self, partner: str = "") -> ObservedLeg:
        """``partner``: the leg that it is bridged with.

        Of a phone that does not say that it rings the switch reports nothing. Once a leg that its
        phone holds is moved the switch considers the hold ended, and does not report when the phone
        resumes (both measured). What a bridged leg plays may be what it heard last.
        """
        return ObservedLeg(
            BridgedWith(partner) if partner else self._place(),
            answered=self.callstate in _TALKS,
            rings=self.callstate in _RINGS,
            early=self.callstate == "EARLY",
            held=self.callstate == "HELD",
            plays=self.application_data if self.application == "playback" else "",
            listens_to=self.application_data if self.runs == "eavesdrop" else "",
        )

    def _place(self) -> Place:
        if self.runs == "conference":
            return InRoom(self.application_data.partition("@")[0])
        return Parked() if self.state == "CS_PARK" or self.runs == "park" else Elsewhere()


def observed(rows: Collection[ListedChannel]) -> Iterator[tuple[str, ObservedLeg]]:
    """What the list shows of each of its legs, by uuid."""
    partners = _partners(rows)
    for row in rows:
        yield row.uuid, row.shows(partners.get(row.uuid, ""))


def _partners(rows: Iterable[ListedChannel]) -> dict[str, str]:
    """Who is bridged with whom, in both directions."""
    together = defaultdict(list)
    for row in rows:
        if row.call_uuid and row.callstate in _TALKS:
            together[row.call_uuid].append(row.uuid)
    found = [both for both in together.values() if len(both) == 2]
    return {one: other for both in found for one, other in (both, reversed(both))}


class Channel(ObservedLeg, frozen=True, kw_only=True):
    """A leg's dump: what the switch shows of it, and what it brought along.

    ``bond``: the leg it is bridged to, if that leg says the same: see ``bridged``; while a phone
    rings, it is also the calling leg (measured). ``queued``: it waits in a queue. ``member``: the
    customer for whom a queue set it up. ``parked_as``: the event that reported its parking, or
    would have.
    """

    bond: str
    queued: bool
    agent: str
    member: str
    parked_as: LegParked

    @property
    def uuid(self) -> str:
        return self.parked_as.leg

    @property
    def company(self) -> str:
        return self.parked_as.company

    @property
    def role(self) -> str:
        return self.parked_as.role


def read(dump: str) -> Channel:
    """Read the answer to ``uuid_dump``; raises UnreadableEvent."""
    h = headers.read(dump.encode())
    row = ListedChannel(h.leg, h.state, h.call_state, h.application, h.application_data)
    arrival = decoding.parked(h)
    shown = replace(
        row.shows(),
        answered=arrival.answered,
        answered_ms=arrival.answered_ms,
        early=h.answer_state == "early",
        video=decoding.directions(h.video),
        parks_on_unbridge=h.park_after_bridge == "true" or (False if h.bond else None),
    )
    return Channel(
        **asdict(shown),
        bond=h.bond,
        queued=row.runs == "callcenter",
        agent=h.agent,
        member=h.queue_member if h.queue_side == "agent" else "",
        parked_as=arrival,
    )


class PhoneMedia(msgspec.Struct, frozen=True):
    """What a leg's phone sends and receives, by the leg's dump; no event and no list says so.

    ``audio`` and ``video``: directions, 0 none, 1 sends, 2 receives, 3 both. ``packets``: how many
    audio packets it has sent; None: they are not counted. ``destination``: the SIP URL that it was
    called at, "" for a phone that called in.
    """

    audio: int = 0
    video: int = 0
    packets: int | None = None
    destination: str = ""


_read_media = HeaderReader("audio", "video", "video_codec", "packets", "destination").read


def read_media(dump: str) -> PhoneMedia:
    """Read the same answer for its media. The switch keeps what a phone's SDP says of video even
    where it refused that (measured); then there is no codec."""
    try:
        h = _read_media(dump.encode())
    except UnreadableEvent:
        return PhoneMedia()
    return PhoneMedia(
        audio=decoding.directions(h.audio),
        video=decoding.directions(h.video) if h.video_codec else 0,
        packets=int(h.packets) if h.packets.isdecimal() else None,
        destination=h.destination,
    )


_Key = TypeVar("_Key")


def bridged(dumps: Mapping[_Key, Channel]) -> dict[_Key, Channel]:
    """The same dumps, with the places of those that are bridged: both must say so."""
    bonds = {dump.uuid: dump.bond for dump in dumps.values()}
    return {
        key: replace(dump, place=BridgedWith(dump.bond))
        if bonds.get(dump.bond) == dump.uuid
        else dump
        for key, dump in dumps.items()
    }


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
