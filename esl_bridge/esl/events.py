"""What the switch tells, as values: a block of headers in, one typed event out.

Header values can hold anything that a caller put into its SIP message, line breaks included; JSON
keeps them inside their value, and nothing here is ever taken for a header, a uuid or a command.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from esl_bridge.domain import numbers
from esl_bridge.esl import causes
from esl_bridge.esl.commands import SERVING
from esl_bridge.esl.headers import Headers, Reader, read


class SwitchEvent(msgspec.Struct, frozen=True):
    """Something happened to the channel ``leg``."""

    leg: str


class LegRings(SwitchEvent, frozen=True):
    """Its phone rings; ``early``: media flow already."""

    early: bool = False


class LegAnswered(SwitchEvent, frozen=True):
    """``video``: which way its phone lets pictures flow, 0 none, 1 sends, 2 receives, 3 both.
    ``at_ms``: when, in milliseconds of Unix time, of an answer that is told late; 0: now."""

    video: int = 0
    at_ms: int = 0


class LegsBridged(SwitchEvent, frozen=True):
    """``uninvited``: ``leg`` has called in, and by none of our ways."""

    other: str
    uninvited: bool = False


class LegReplaced(SwitchEvent, frozen=True):
    """A caller, ``by``, asks by SIP's ``Replaces`` for the place of ``leg``, and has it a moment
    later: whom that talked to is joined to it. A leg that talked to nobody is ended before this is
    told. Measured. ``of``: the extension that calls, "" for the outside; ``address``: whence.
    ``barges``: it says ``Call-Info`` as well, and so is not given the place but hears the leg, and
    is heard there, unless that is held by its phone; ``leg`` then is the other of the two."""

    by: str
    of: str
    address: str
    barges: bool = False


class LegsUnbridged(SwitchEvent, frozen=True):
    other: str


class LegParked(SwitchEvent, frozen=True):
    """A leg waits for us. ``number`` is the company's that was called, ``dialled`` what a phone
    dialled by itself, ``extension`` that phone's; the marks are set by the bundled dialplan.
    ``began_ms`` and ``answered_ms`` are milliseconds of Unix time, 0 for what has not been.
    ``contact_id``: of the contact that it belongs to, "" if it has not been told so."""

    company: str
    role: str
    number: str
    extension: str
    dialled: str
    caller_number: str
    flow_data: str
    work_order_id: str
    answered: bool
    began_ms: int = 0
    answered_ms: int = 0
    contact_id: str = ""


class QueueEntered(SwitchEvent, frozen=True):
    """A customer waits in a skill's ``queue`` from now on; the fields are those of ``LegParked``.
    ``wait``: what the queue calls this stay of the customer's."""

    company: str
    number: str
    caller_number: str
    flow_data: str
    work_order_id: str
    queue: str = ""
    wait: str = ""
    began_ms: int = 0
    answered_ms: int = 0
    contact_id: str = ""


class QueueLeft(SwitchEvent, frozen=True):
    """A customer waits no more: an agent has it, it gave up, was sent on, or its time was up."""

    wait: str


class QueueOffered(SwitchEvent, frozen=True):
    """The leg by which a queue offers ``customer`` to an agent rings, or is answered."""

    company: str
    agent: str
    customer: str
    caller_number: str
    early: bool = False
    answered: bool = False


class EavesdropStarted(SwitchEvent, frozen=True):
    """Somebody hears this leg from now on; who, the switch does not say."""


class LegSilenced(SwitchEvent, frozen=True):
    """What its phone says, or hears, is muted by the switch."""


class LegHeld(SwitchEvent, frozen=True):
    """The phone's own hold button."""


class LegUnheld(SwitchEvent, frozen=True):
    pass


class LegReinvited(SwitchEvent, frozen=True):
    """Its phone has begun to agree anew, be it on other media, on a hold or on nothing new at all:
    the event has nothing but the leg, and comes after LegHeld and LegUnheld."""


class PlaybackStarted(SwitchEvent, frozen=True):
    sound: str


class PlaybackStopped(SwitchEvent, frozen=True):
    sound: str


class RecordStarted(SwitchEvent, frozen=True):
    path: str


class RecordStopped(SwitchEvent, frozen=True):
    """``milliseconds`` of sound went into the file; ``stored``: and it is kept."""

    path: str
    milliseconds: int
    stored: bool


class RoomEntered(SwitchEvent, frozen=True):
    room: str


class RoomLeft(SwitchEvent, frozen=True):
    room: str


class LegEnded(SwitchEvent, frozen=True):
    """``cause`` is the switch's word, ``sip_status`` the other end's, 0 if it said none. Taken from
    CHANNEL_HANGUP, which comes before whatever the end of this leg does to others;
    CHANNEL_HANGUP_COMPLETE comes after that."""

    cause: str
    sip_status: int = 0


class OriginateEnded(SwitchEvent, frozen=True):
    """A leg is set up no more: it was answered, or it has failed."""


class OriginateFailed(OriginateEnded, frozen=True):
    """A leg could not be set up; where no phone was reached this is the only sign of it."""

    cause: str


class LegMisnamed(OriginateEnded, frozen=True):
    """The switch gave a leg another uuid than the one asked for, as one that exists makes it do."""

    actual: str


class Registered(msgspec.Struct, frozen=True):
    """``domain``: at which, as the profile has it; other domains have users of the same name."""

    extension: str
    domain: str = ""


class Unregistered(msgspec.Struct, frozen=True):
    """One contact of the extension is gone; there may be others."""

    extension: str
    domain: str = ""


class DaemonServes(msgspec.Struct, frozen=True):
    """A daemon, this one or another, serves these companies; it says so every ``seconds``."""

    daemon: str
    companies: tuple[str, ...]
    seconds: int


class PasswordRefused(msgspec.Struct, frozen=True):
    """A phone that registered or called has not said the password of the ``extension``."""

    extension: str
    address: str


AnyEvent = SwitchEvent | Registered | Unregistered | PasswordRefused | DaemonServes


_DIRECTIONS = {"sendrecv": 3, "sendonly": 1, "recvonly": 2}


def directions(flow: str) -> int:
    """A direction of SDP, as the phone says it, in the protocol's terms."""
    return _DIRECTIONS.get(flow, 0)


def _number(text: str) -> int:
    """0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() else 0


def _milliseconds(microseconds: str) -> int:
    return _number(microseconds) // 1000


def _caller(h: Headers) -> str:
    """Privacy that a caller asks for is kept to agents, too, where the carrier tells the number."""
    return numbers.told(h.caller_number, withheld=h.withheld == "true")


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
    )


def _job(h: Headers) -> AnyEvent | None:
    """The end of an ``originate``; which one its argument tells, which is our own text."""
    if h.job_command != "originate":
        return None
    asked = causes.originated(h.job_argument)
    ok, _, what = h.body.strip().partition(" ")
    if ok == "-ERR":
        return OriginateFailed(asked, what)
    if ok == "+OK" and what != asked:
        return LegMisnamed(asked, what)
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
    """A recording is a media bug, too, and has events of its own."""
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


# The end is told once the talk is over, too: of a customer that may wait again by then (measured).
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
    """``reader`` gives the headers that ``make`` looks at."""

    make: Callable[[Headers], AnyEvent | None]
    reader: Reader


def _of(make: Callable[[Headers], AnyEvent | None], *wanted: str) -> _Event:
    return _Event(make, Reader("leg", *wanted))


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
        parked, "role", "extension", "dialled", "answer_state", *_ARRIVAL, *_BROUGHT
    ),
    "CHANNEL_HOLD": _of(lambda h: LegHeld(h.leg)),
    "CHANNEL_UNHOLD": _of(lambda h: LegUnheld(h.leg)),
    "CHANNEL_HANGUP": _of(
        lambda h: LegEnded(h.leg, h.cause, _number(h.sip_status)), "cause", "sip_status"
    ),
    "PLAYBACK_START": _of(lambda h: PlaybackStarted(h.leg, h.sound), "sound"),
    "PLAYBACK_STOP": _of(lambda h: PlaybackStopped(h.leg, h.sound), "sound"),
    "RECORD_START": _of(lambda h: RecordStarted(h.leg, h.recorded), "recorded"),
    "RECORD_STOP": _of(_recorded, "recorded", "record_ms", "record_end"),
    "MEDIA_BUG_START": _of(_bug, "bug"),
    "BACKGROUND_JOB": _of(_job, "job_command", "job_argument", "body"),
}
_CUSTOM = {
    "sofia::register": _of(
        lambda h: Registered(h.username or h.from_user, h.from_host),
        "username",
        "from_user",
        "from_host",
    ),
    "sofia::unregister": _of(
        lambda h: Unregistered(h.username or h.from_user, h.from_host),
        "username",
        "from_user",
        "from_host",
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
"""Just the events that are read, ``CUSTOM`` and its subclasses last."""
OTHERS = " ".join(("CUSTOM", *_DAEMONS))
"""What other daemons tell: a user of the switch that was rendered by an earlier release may not
hear of it, and the service does without."""

_ANY_KIND = re.compile(rb'\{"Event-(?:Name|Subclass)": ?"([\w:]+)"')
"""How the switch begins every event, before anything that a caller has a say in."""


def decode(body: bytes) -> AnyEvent | None:
    """An event's JSON text as a value; ``None`` if nobody needs to know of it."""
    begins = _ANY_KIND.match(body)
    event = _EVENTS.get(begins[1].decode()) if begins else None
    if event is not None:
        return event.make(event.reader.read(body))
    headers = read(body)
    event = _EVENTS.get(headers.subclass if headers.name == "CUSTOM" else headers.name)
    return event.make(headers) if event is not None else None
