"""Events with the real switch's headers, and their two encodings on the wire."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel

Headers = dict[str, str]

_STATE_NUMBERS = {"DOWN": "0", "RINGING": "2", "EARLY": "3", "ACTIVE": "4", "HELD": "5"}
_STATE_NUMBERS |= {"RING_WAIT": "6", "HANGUP": "7", "UNHELD": "8"}


class Event:
    """One event: its headers in order, and a body for a job's result."""

    def __init__(self, headers: Headers, body: str = "") -> None:
        self.headers = headers
        self.body = body

    @property
    def name(self) -> str:
        return self.headers["Event-Name"]

    @property
    def subclass(self) -> str:
        return self.headers.get("Event-Subclass", "")

    def _body(self) -> bytes:
        return self.body.encode("utf-8", "surrogateescape")

    def json(self) -> bytes:
        """The encoding after ``event json``; the body is the key ``_body``."""
        document = dict(self.headers)
        if self.body:
            document |= {"Content-Length": str(len(self._body())), "_body": self.body}
        return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogateescape")

    def plain(self) -> bytes:
        """The encoding after ``event plain``: every value URL-encoded, as the switch does it."""
        lines = [f"{key}: {encode(value)}\n" for key, value in self.headers.items()]
        if self.body:
            lines.append(f"Content-Length: {len(self._body())}\n")
        return ("".join(lines) + "\n" + self.body).encode("utf-8", "surrogateescape")


def encode(value: str) -> str:
    # The switch leaves only these unencoded.
    return quote(value, safe="!$'()*,-./_~", errors="surrogateescape")


def heading(name: str, now: float, core_uuid: str, sequence: int) -> Headers:
    """The headers that every event begins with."""
    moment = time.gmtime(now)
    return {
        "Event-Name": name,
        "Core-UUID": core_uuid,
        "FreeSWITCH-Hostname": "simulator",
        "FreeSWITCH-Switchname": "simulator",
        "FreeSWITCH-IPv4": "127.0.0.1",
        "FreeSWITCH-IPv6": "::1",
        "Event-Date-Local": time.strftime("%Y-%m-%d %H:%M:%S", moment),
        "Event-Date-GMT": time.strftime("%a, %d %b %Y %H:%M:%S GMT", moment),
        "Event-Date-Timestamp": microseconds(now),
        "Event-Sequence": str(sequence),
    }


def microseconds(moment: float) -> str:
    return str(int(moment * 1_000_000))


def of_channel(leg: SimulatedChannel, *, variables: bool) -> Headers:
    """The headers of a channel that are in each of its events.

    CHANNEL_CALLSTATE carries no variables (measured); all others do.
    """
    headers = _basic(leg) | _caller(leg)
    if leg.other is not None:
        headers |= _other_leg(leg.other, "originator" if leg.dialed_by else "originatee")
    if variables:
        headers |= prefixed("variable_", leg.variables)
    return headers


def _basic(leg: SimulatedChannel) -> Headers:
    headers = {
        "Channel-State": leg.state,
        "Channel-Call-State": leg.callstate,
        "Channel-State-Number": str(leg.state_number),
        "Channel-Name": leg.name,
        "Unique-ID": leg.uuid,
        "Call-Direction": leg.direction,
        "Presence-Call-Direction": leg.direction,
        "Channel-HIT-Dialplan": "true" if leg.hit_dialplan else "false",
    }
    if leg.presence_id:
        headers["Channel-Presence-ID"] = leg.presence_id
    headers |= {"Channel-Call-UUID": leg.call_uuid, "Answer-State": leg.answer_state}
    if leg.cause:
        headers["Hangup-Cause"] = leg.cause
    if leg.answered_at:
        headers |= {"Channel-Read-Codec-Name": "PCMU", "Channel-Write-Codec-Name": "PCMU"}
    return headers


def _caller(leg: SimulatedChannel) -> Headers:
    who = leg.profile
    headers = {"Caller-Direction": leg.direction, "Caller-Logical-Direction": leg.direction}
    if who.name:
        headers["Caller-Caller-ID-Name"] = who.name
    headers |= {
        "Caller-Caller-ID-Number": who.number,
        "Caller-Orig-Caller-ID-Number": who.original_number,
    }
    if who.callee_number:
        headers["Caller-Callee-ID-Name"] = who.callee_name
        headers["Caller-Callee-ID-Number"] = who.callee_number
    return headers | {
        "Caller-Network-Addr": "127.0.0.1",
        "Caller-ANI": who.original_number,
        "Caller-Destination-Number": who.destination,
        "Caller-Unique-ID": leg.uuid,
        "Caller-Source": leg.source,
        "Caller-Context": who.context,
        "Caller-Channel-Name": leg.name,
        "Caller-Channel-Created-Time": microseconds(leg.created_at),
        "Caller-Channel-Answered-Time": microseconds(leg.answered_at),
        "Caller-Channel-Hangup-Time": microseconds(leg.hungup_at),
        "Caller-Privacy-Hide-Number": "true" if who.withheld else "false",
    }


def _other_leg(other: SimulatedChannel, kind: str) -> Headers:
    return {
        "Other-Type": kind,
        "Other-Leg-Direction": other.direction,
        "Other-Leg-Caller-ID-Name": other.profile.name,
        "Other-Leg-Caller-ID-Number": other.profile.number,
        "Other-Leg-Destination-Number": other.profile.destination,
        "Other-Leg-Unique-ID": other.uuid,
        "Other-Leg-Channel-Name": other.name,
        "Other-Leg-Context": other.profile.context,
    }


def prefixed(prefix: str, values: Mapping[str, str]) -> Headers:
    return {prefix + key: value for key, value in values.items()}


def callstate_number(callstate: str) -> str:
    return _STATE_NUMBERS[callstate]
