"""Decodes the switch's events: a block of headers in, one typed event out.

Header values may contain anything that a caller put into its SIP message, including line breaks.
JSON keeps them inside their value, and nothing here takes them for a header, a uuid or a command.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from esl_bridge.domain import numbers
from esl_bridge.esl import causes, registrations
from esl_bridge.esl.commands import SERVING
from esl_bridge.esl.events import (
    AnyEvent,
    ByeSent,
    DaemonServes,
    EavesdropStarted,
    LegAnswered,
    LegEnded,
    LegHeld,
    LegParked,
    LegReinvited,
    LegReplaced,
    LegRings,
    LegsBridged,
    LegSilenced,
    LegsUnbridged,
    LegUnheld,
    LegUuidChanged,
    OriginateEnded,
    OriginateFailed,
    PasswordRefused,
    PlaybackStarted,
    PlaybackStopped,
    QueueEntered,
    QueueLeft,
    QueueOffered,
    RecordStarted,
    RecordStopped,
    Registered,
    RoomEntered,
    RoomLeft,
    Unregistered,
)
from esl_bridge.esl.headers import HeaderReader, Headers, read, read_leg
from esl_bridge.esl.phone_addresses import leads_elsewhere

_CUT = "socket-disconnection"
_DIRECTIONS = {"sendrecv": 3, "sendonly": 1, "recvonly": 2}


def directions(flow: str) -> int:
    """An SDP direction, from the phone's point of view, as the protocol's number."""
    return _DIRECTIONS.get(flow, 0)


def _number(text: str) -> int:
    """0 where the text is no number."""
    return int(text) if text.isascii() and text.isdecimal() else 0


def _milliseconds(microseconds: str) -> int:
    return _number(microseconds) // 1000


def _caller(h: Headers) -> str:
    """A caller's privacy request also applies to agents, if the carrier delivers the number."""
    return numbers.told(h.caller_number, withheld=h.withheld == "true")


def _registered(h: Headers) -> Registered:
    return Registered(
        h.username or h.from_user,
        h.from_host,
        registrations.address(h.contact),
        h.call_id,
        h.network_ip,
        leads_elsewhere(h.contact, h.network_ip),
    )


_NOWHERE = "nowhere "  # the bundled dialplan's park argument, followed by the destination


def parked(h: Headers) -> LegParked:
    return LegParked(
        h.leg,
        h.company,
        h.role,
        h.number,
        h.extension,
        h.dialled,
        _caller(h),
        h.flow_data,
        h.work_order_id,
        h.answer_state == "answered",
        _milliseconds(h.created),
        _milliseconds(h.answered),
        h.contact_id,
        _nowhere(h.application_data),
    )


def _nowhere(data: str) -> str:
    return data.removeprefix(_NOWHERE) if data.startswith(_NOWHERE) else ""


def _job(h: Headers) -> AnyEvent | None:
    """The end of an ``originate``, identified by its argument, which is our own text."""
    if h.job_command != "originate":
        return None
    asked = causes.originated(h.job_argument)
    ok, _, what = h.body.strip().partition(" ")
    if ok == "-ERR":
        return OriginateFailed(asked, what)
    if ok == "+OK" and what != asked:
        return LegUuidChanged(asked, what)
    return OriginateEnded(asked)


def _recorded(h: Headers) -> AnyEvent:
    milliseconds = _number(h.record_ms)
    stored = milliseconds > 0 and h.record_end.startswith("success")
    return RecordStopped(h.leg, h.recorded, milliseconds, stored)


def _room(h: Headers) -> AnyEvent | None:
    if h.action == "add-member":
        return RoomEntered(h.leg, h.room)
    if h.action == "del-member":
        return RoomLeft(h.leg, h.room)
    return None


def _bug(h: Headers) -> AnyEvent | None:
    """A recording is a media bug too, but has events of its own."""
    if h.bug == "eavesdrop":
        return EavesdropStarted(h.leg)
    return LegSilenced(h.leg) if h.bug == "audio" else None


def _rings(h: Headers, *, early: bool = False) -> AnyEvent:
    if h.queue_side == "agent":
        return _offered(h, early=early)
    return LegRings(h.leg, early=early)


def _answered(h: Headers) -> AnyEvent:
    if h.queue_side == "agent":
        return _offered(h, answered=True)
    if h.replaces and h.direction == "inbound":
        replaced = h.other_leg or h.replaces
        return LegReplaced(replaced, h.leg, h.extension, h.address, bool(h.call_info))
    return LegAnswered(h.leg, directions(h.video))


def _bridged(h: Headers) -> AnyEvent:
    return LegsBridged(h.a_leg, h.b_leg, h.direction == "inbound" and not h.role)


def _offered(h: Headers, *, early: bool = False, answered: bool = False) -> AnyEvent:
    return QueueOffered(
        h.leg, h.company, h.agent, h.queue_member, _caller(h), early=early, answered=answered
    )


def _serves(h: Headers) -> AnyEvent:
    return DaemonServes(h.daemon, tuple(h.companies.split()), _number(h.seconds))


# member-queue-end is also sent after the talk, when the customer may be waiting again (measured).
_WAITS_NO_MORE = frozenset({"bridge-agent-start", "member-queue-end"})


def _queue(h: Headers) -> AnyEvent | None:
    if h.queue_action in _WAITS_NO_MORE:
        return QueueLeft(h.waiting_leg, h.wait)
    if h.queue_action != "member-queue-start":
        return None
    about = (h.company, h.number, _caller(h), h.flow_data, h.work_order_id)
    since = (_milliseconds(h.created), _milliseconds(h.answered))
    return QueueEntered(h.leg, *about, h.queue, h.wait, *since, h.contact_id)


class _Event(NamedTuple):
    """``reader`` reads the headers that ``make`` uses."""

    make: Callable[[Headers], AnyEvent | None]
    read: Callable[[bytes], Headers]


def _of(make: Callable[[Headers], AnyEvent | None], *wanted: str) -> _Event:
    return _Event(make, HeaderReader("leg", *wanted).read if wanted else read_leg)


_CALLER = ("caller_number", "withheld")
_ARRIVAL = ("company", "number", *_CALLER, "flow_data", "work_order_id")
_BROUGHT = ("created", "answered", "contact_id")
_REPLACED = ("replaces", "call_info", "direction", "other_leg", "extension", "address")
_OFFER = ("queue_side", "company", "agent", "queue_member", *_CALLER)

_CHANNEL = {
    "CHANNEL_PROGRESS": _of(_rings, *_OFFER),
    "CHANNEL_PROGRESS_MEDIA": _of(lambda h: _rings(h, early=True), *_OFFER),
    "CHANNEL_ANSWER": _of(_answered, "video", *_REPLACED, *_OFFER),
    "CHANNEL_BRIDGE": _of(_bridged, "a_leg", "b_leg", "direction", "role"),
    "CHANNEL_UNBRIDGE": _of(lambda h: LegsUnbridged(h.a_leg, h.b_leg), "a_leg", "b_leg"),
    "CHANNEL_PARK": _of(
        parked,
        "role",
        "extension",
        "dialled",
        "answer_state",
        "application_data",
        *_ARRIVAL,
        *_BROUGHT,
    ),
    "CHANNEL_HOLD": _of(lambda h: LegHeld(h.leg)),
    "CHANNEL_UNHOLD": _of(lambda h: LegUnheld(h.leg)),
    "CHANNEL_HANGUP": _of(
        lambda h: LegEnded(h.leg, h.cause, _number(h.sip_status)), "cause", "sip_status"
    ),
    "CHANNEL_HANGUP_COMPLETE": _of(lambda h: ByeSent(h.leg)),
    "PLAYBACK_START": _of(lambda h: PlaybackStarted(h.leg, h.sound), "sound"),
    "PLAYBACK_STOP": _of(lambda h: PlaybackStopped(h.leg, h.sound), "sound"),
    "RECORD_START": _of(lambda h: RecordStarted(h.leg, h.recorded), "recorded"),
    "RECORD_STOP": _of(_recorded, "recorded", "record_ms", "record_end"),
    "MEDIA_BUG_START": _of(_bug, "bug"),
    "BACKGROUND_JOB": _of(_job, "job_command", "job_argument", "body"),
}
_CUSTOM = {
    "sofia::register": _of(
        _registered,
        "username",
        "from_user",
        "from_host",
        "contact",
        "call_id",
        "network_ip",
    ),
    "sofia::unregister": _of(
        lambda h: Unregistered(
            h.username or h.from_user,
            h.from_host,
            h.reason == _CUT,
            registrations.address(h.contact),
        ),
        "username",
        "from_user",
        "from_host",
        "reason",
        "contact",
    ),
    "sofia::expire": _of(
        lambda h: Unregistered(h.user or h.username, h.host), "user", "username", "host"
    ),
    "sofia::register_failure": _of(
        lambda h: PasswordRefused(h.to_user, h.network_ip), "to_user", "network_ip"
    ),
    "conference::maintenance": _of(_room, "action", "room"),
    "sofia::reinvite": _of(lambda h: LegReinvited(h.leg)),
    "callcenter::info": _of(
        _queue, "queue_action", "waiting_leg", "wait", "queue", *_ARRIVAL, *_BROUGHT
    ),
}
_DAEMONS = {SERVING: _of(_serves, "daemon", "companies", "seconds")}
_EVENTS = _CHANNEL | _CUSTOM | _DAEMONS

ALLOWED_EVENTS = (*_CHANNEL, "CUSTOM", *_CUSTOM, *_DAEMONS)
SUBSCRIPTION = " ".join((*_CHANNEL, "CUSTOM", *_CUSTOM))
"""Only the events that are read, ``CUSTOM`` and its subclasses last."""
OTHERS = " ".join(("CUSTOM", *_DAEMONS))
"""Announcements of other daemons: the ESL user rendered by an earlier release may not receive them,
and the service does without."""

_ANY_KIND = re.compile(rb'\{"Event-(?:Name|Subclass)": ?"([\w:]+)"')
"""How the switch begins every event, before anything that a caller can influence."""


def decode(body: bytes) -> AnyEvent | None:
    """Decode an event's JSON; ``None`` if nothing needs it."""
    begins = _ANY_KIND.match(body)
    event = _EVENTS.get(begins[1].decode()) if begins else None
    if event is not None:
        return event.make(event.read(body))
    headers = read(body)
    event = _EVENTS.get(headers.subclass if headers.name == "CUSTOM" else headers.name)
    return event.make(headers) if event is not None else None
