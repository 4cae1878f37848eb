"""What the switch tells, as values: a block of headers in, one typed event out.

Header values can hold anything that a caller put into its SIP message, line breaks included; JSON
keeps them inside their value, and nothing here is ever taken for a header, a uuid or a command.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from esl_bridge.errors import BridgeError
from esl_bridge.esl import causes


class Headers(msgspec.Struct, gc=False):
    """The headers that are read; the decoder passes over the other two hundred."""

    name: str = msgspec.field(name="Event-Name", default="")
    subclass: str = msgspec.field(name="Event-Subclass", default="")
    leg: str = msgspec.field(name="Unique-ID", default="")
    direction: str = msgspec.field(name="Call-Direction", default="")
    answer_state: str = msgspec.field(name="Answer-State", default="")
    call_state: str = msgspec.field(name="Channel-Call-State", default="")
    a_leg: str = msgspec.field(name="Bridge-A-Unique-ID", default="")
    b_leg: str = msgspec.field(name="Bridge-B-Unique-ID", default="")
    cause: str = msgspec.field(name="Hangup-Cause", default="")
    sip_status: str = msgspec.field(name="variable_sip_term_status", default="")
    caller_number: str = msgspec.field(name="Caller-Caller-ID-Number", default="")
    company: str = msgspec.field(name="variable_esl_bridge_company", default="")
    role: str = msgspec.field(name="variable_esl_bridge_role", default="")
    number: str = msgspec.field(name="variable_esl_bridge_number", default="")
    extension: str = msgspec.field(name="variable_esl_bridge_extension", default="")
    dialled: str = msgspec.field(name="variable_esl_bridge_dialled", default="")
    flow_data: str = msgspec.field(name="variable_esl_bridge_flow_data", default="")
    work_order_id: str = msgspec.field(name="variable_esl_bridge_work_order_id", default="")
    sound: str = msgspec.field(name="Playback-File-Path", default="")
    recorded: str = msgspec.field(name="Record-File-Path", default="")
    record_ms: str = msgspec.field(name="variable_record_ms", default="")
    record_end: str = msgspec.field(name="Record-Completion-Cause", default="")
    job_command: str = msgspec.field(name="Job-Command", default="")
    job_argument: str = msgspec.field(name="Job-Command-Arg", default="")
    body: str = msgspec.field(name="_body", default="")
    action: str = msgspec.field(name="Action", default="")
    room: str = msgspec.field(name="Conference-Name", default="")
    from_user: str = msgspec.field(name="from-user", default="")
    username: str = msgspec.field(name="username", default="")
    user: str = msgspec.field(name="user", default="")
    from_host: str = msgspec.field(name="from-host", default="")
    host: str = msgspec.field(name="host", default="")
    agent: str = msgspec.field(name="variable_esl_bridge_agent", default="")
    queue_side: str = msgspec.field(name="variable_cc_side", default="")
    queue_member: str = msgspec.field(name="variable_cc_member_session_uuid", default="")
    bug: str = msgspec.field(name="Media-Bug-Function", default="")
    queue_action: str = msgspec.field(name="CC-Action", default="")
    queue: str = msgspec.field(name="CC-Queue", default="")
    wait: str = msgspec.field(name="CC-Member-UUID", default="")
    waiting_leg: str = msgspec.field(name="CC-Member-Session-UUID", default="")
    state: str = msgspec.field(name="Channel-State", default="")
    bond: str = msgspec.field(name="variable_signal_bond", default="")
    application: str = msgspec.field(name="variable_current_application", default="")
    application_data: str = msgspec.field(name="variable_current_application_data", default="")
    park_after_bridge: str = msgspec.field(name="variable_park_after_bridge", default="")
    destination: str = msgspec.field(name="Caller-Destination-Number", default="")
    video: str = msgspec.field(name="variable_remote_video_media_flow", default="")


class SwitchEvent(msgspec.Struct, frozen=True):
    """Something happened to the channel ``leg``."""

    leg: str


class LegRings(SwitchEvent, frozen=True):
    """Its phone rings; ``early``: media flow already."""

    early: bool = False


class LegAnswered(SwitchEvent, frozen=True):
    """``video``: which way its phone lets pictures flow, 0 none, 1 sends, 2 receives, 3 both."""

    video: int = 0


class LegsBridged(SwitchEvent, frozen=True):
    other: str


class LegsUnbridged(SwitchEvent, frozen=True):
    other: str


class LegParked(SwitchEvent, frozen=True):
    """A leg waits for us. ``number`` is the company's that was called, ``dialled`` what a phone
    dialled by itself, ``extension`` that phone's; the marks are set by the bundled dialplan."""

    company: str
    role: str
    number: str
    extension: str
    dialled: str
    caller_number: str
    flow_data: str
    work_order_id: str
    answered: bool


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


AnyEvent = SwitchEvent | Registered | Unregistered


_DIRECTIONS = {"sendrecv": 3, "sendonly": 1, "recvonly": 2}


def directions(flow: str) -> int:
    """A direction of SDP, as the phone says it, in the protocol's terms."""
    return _DIRECTIONS.get(flow, 0)


def _number(text: str) -> int:
    """0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() else 0


def parked(h: Headers) -> LegParked:
    return LegParked(
        h.leg,
        h.company,
        h.role,
        h.number,
        h.extension,
        h.dialled,
        h.caller_number,
        h.flow_data,
        h.work_order_id,
        h.answer_state == "answered",
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
    return LegAnswered(h.leg, directions(h.video))


def _offered(h: Headers, *, early: bool = False, answered: bool = False) -> AnyEvent:
    return QueueOffered(
        h.leg, h.company, h.agent, h.queue_member, h.caller_number, early=early, answered=answered
    )


# The end is told once the talk is over, too: of a customer that may wait again by then (measured).
_WAITS_NO_MORE = frozenset({"bridge-agent-start", "member-queue-end"})


def _queue(h: Headers) -> AnyEvent | None:
    if h.queue_action in _WAITS_NO_MORE:
        return QueueLeft(h.waiting_leg, h.wait)
    if h.queue_action != "member-queue-start":
        return None
    about = (h.company, h.number, h.caller_number, h.flow_data, h.work_order_id)
    return QueueEntered(h.leg, *about, queue=h.queue, wait=h.wait)


_DECODERS: dict[str, Callable[[Headers], AnyEvent | None]] = {
    "CHANNEL_PROGRESS": _rings,
    "CHANNEL_PROGRESS_MEDIA": lambda h: _rings(h, early=True),
    "CHANNEL_ANSWER": _answered,
    "CHANNEL_BRIDGE": lambda h: LegsBridged(h.a_leg, h.b_leg),
    "CHANNEL_UNBRIDGE": lambda h: LegsUnbridged(h.a_leg, h.b_leg),
    "CHANNEL_PARK": parked,
    "CHANNEL_HOLD": lambda h: LegHeld(h.leg),
    "CHANNEL_UNHOLD": lambda h: LegUnheld(h.leg),
    "CHANNEL_HANGUP": lambda h: LegEnded(h.leg, h.cause, _number(h.sip_status)),
    "PLAYBACK_START": lambda h: PlaybackStarted(h.leg, h.sound),
    "PLAYBACK_STOP": lambda h: PlaybackStopped(h.leg, h.sound),
    "RECORD_START": lambda h: RecordStarted(h.leg, h.recorded),
    "RECORD_STOP": _recorded,
    "MEDIA_BUG_START": _bug,
    "BACKGROUND_JOB": _job,
}
_CUSTOM: dict[str, Callable[[Headers], AnyEvent | None]] = {
    "sofia::register": lambda h: Registered(h.username or h.from_user, h.from_host),
    "sofia::unregister": lambda h: Unregistered(h.username or h.from_user, h.from_host),
    "sofia::expire": lambda h: Unregistered(h.user or h.username, h.host),
    "conference::maintenance": _room,
    "sofia::reinvite": lambda h: LegReinvited(h.leg),
    "callcenter::info": _queue,
}

ALLOWED_EVENTS = (*_DECODERS, "CUSTOM", *_CUSTOM)
SUBSCRIPTION = " ".join(ALLOWED_EVENTS)
"""Just the events that are read, ``CUSTOM`` and its subclasses last."""

_strict = msgspec.json.Decoder(Headers)


def decode(body: bytes) -> AnyEvent | None:
    """An event's JSON text as a value; ``None`` if nobody needs to know of it."""
    headers = read(body)
    if headers.name == "CUSTOM":
        decoder = _CUSTOM.get(headers.subclass)
    else:
        decoder = _DECODERS.get(headers.name)
    return decoder(headers) if decoder else None


def read(body: bytes) -> Headers:
    """The headers of an event, or of a leg's dump, which are the same; raises UnreadableEvent."""
    try:
        return _strict.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _lenient(body)


def _lenient(body: bytes) -> Headers:
    """For what a caller can do to an event: text that is no UTF-8, a variable that came twice."""
    try:
        found: Any = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as reason:
        raise UnreadableEvent from reason
    if not isinstance(found, dict):
        raise UnreadableEvent
    texts = {key: _first_text(value) for key, value in found.items()}
    return msgspec.convert({k: v for k, v in texts.items() if v is not None}, Headers)


def _first_text(value: object) -> str | None:
    """What can be written again: of a surrogate without its other half, "?" is left."""
    if isinstance(value, list) and value:
        value = value[0]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


class UnreadableEvent(BridgeError):
    """The switch sent what is no event; nothing can be said of it but that it came."""

    code = "5300"
