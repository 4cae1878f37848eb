"""The common fields of requests and replies, and their types, which pushes share.

Patterns end with ``\\Z``: ``$`` would accept a trailing newline.
"""

import re
from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from esl_bridge.domain.company import ID_PATTERN, NUMBER_PATTERN
from esl_bridge.domain.states import Status
from esl_bridge.errors import BadField
from esl_bridge.protocol.texts import CATALOGUES, Language

_ROOM = r"\A[0-9A-Za-z_-]{1,32}\Z"

Id = Annotated[str, Meta(pattern=ID_PATTERN)]
LegId = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z_.:@-]{1,128}\Z")]
Number = Annotated[str, Meta(pattern=NUMBER_PATTERN)]
Room = Annotated[str, Meta(pattern=_ROOM)]
Digits = Annotated[str, Meta(pattern=r"\A[0-9A-D*#wW]{1,32}\Z")]  # w waits 0.5 s, W 1 s
Addresses = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z.:%_, -]{1,512}\Z")]
ReqId = Annotated[str, Meta(min_length=1, max_length=128)]
Secret = Annotated[str, Meta(min_length=1, max_length=128)]
Text = Annotated[str, Meta(min_length=1, max_length=256)]
# Any text: one that matches no target is refused as an unknown target, not as a bad field.
Target = Annotated[str, Meta(min_length=1)]
LONGEST_RING_SECONDS, LONGEST_TALK_SECONDS = 300, 86_400
USUAL_RING_SECONDS, USUAL_TALK_SECONDS = 60, 28_800
RingSeconds = Annotated[int, Meta(ge=1, le=LONGEST_RING_SECONDS)]
TalkSeconds = Annotated[int, Meta(ge=1, le=LONGEST_TALK_SECONDS)]

OS_LENGTH = 64
Os = Annotated[str, Meta(min_length=1, max_length=OS_LENGTH)]


class OnOff(StrEnum):
    """The protocol's on/off value: the text "1" or "0"."""

    OFF = "0"
    ON = "1"


class RequestedMedia(IntEnum):
    """The directions of a medium, seen from the phone."""

    NONE = 0
    SEND = 1
    RECEIVE = 2
    BOTH = 3


class Pixels(StrEnum):
    """The height of a video picture."""

    P480 = "480"
    P720 = "720"
    P1280 = "1280"


class Line(StrEnum):
    """Where a consultant or a third party is: an agent of the company, or outside."""

    AGENT = "0"
    OUTSIDE = "1"


class OutLine(IntEnum):
    """What ``call`` calls."""

    AGENT = 0
    OUTSIDE = 1
    ROOM = 2


class RecordStart(StrEnum):
    """When a recording begins; RING: from the agent's answer on, while the far side rings."""

    NONE = "NONE"
    RING = "RING"
    ANSWER = "ANSWER"


class RecordSuffix(StrEnum):
    """The file format of a recording."""

    MP3 = "mp3"
    WAV = "wav"
    MP4 = "mp4"


class CallinChannel(StrEnum):
    """How an offered call came about; a plain call has none."""

    TRANS = "TRANS"
    CONSULT = "CONSULT"
    THREE_WAY = "THREE_WAY"
    PREDICT_OUT_CALL = "PREDICT_OUT_CALL"


def one_of(*values: int | str) -> Meta:
    """The set of a field that holds one of its values plainly. The specification shows it; what the
    service sends is not checked against it."""
    return Meta(extra_json_schema={"enum": list(values)})


def shaped(pattern: str) -> Meta:
    """The same, of a text that has this form."""
    return Meta(extra_json_schema={"pattern": pattern})


Code = Annotated[str, one_of(*CATALOGUES[Language.ENGLISH])]
StatusName = Annotated[str, one_of(*(status.value for status in Status))]
SUB_STATUSES = ("HOLD", "CONSULT", "TRANS", "THREE_WAY", "EAVESDROP", "WHISPER", "FORCE_CALL")
SubStatus = Annotated[str, one_of(*SUB_STATUSES)]
# Why a status has changed; an act upon somebody stands before the supervisor's id.
REASONS = (
    *("CALL", "CALLIN", "CONSULT", "TRANS", "THREE_WAY", "EAVESDROP", "WHISPER", "FORCE_CALL"),
    *("SUBSTITUTE", "NO_ANSWER", "REJECTED", "MEDIA_FAILED", "CALLER_GONE", "CUSTOMER_GONE"),
    *("WRAP_UP_OVER", "REST_TIMEOUT", "AFTER_CALL", "CONNECTION_LOST", "PHONE_LOST"),
    *("SWITCH_LOST", "RESYNC"),
)
REASONS_BY_SOMEBODY = (
    *("FORCE_CHECKOUT", "FORCE_MAKE_FREE", "FORCE_MAKE_BUSY", "FORCE_RESET"),
    *("SUBSTITUTED", "INTERRUPT_CALL"),
)
_BY_ITSELF, _BY_SOMEBODY = "|".join(REASONS), "|".join(REASONS_BY_SOMEBODY)
_SOMEBODY = ID_PATTERN.removeprefix(r"\A").removesuffix(r"\Z")
Reason = Annotated[str, shaped(f"^({_BY_ITSELF}|({_BY_SOMEBODY}):{_SOMEBODY})$")]
OnOffText = Annotated[str, one_of(*(state.value for state in OnOff))]
Direction = Annotated[int, one_of(*(int(each) for each in RequestedMedia))]
PictureHeight = Annotated[str, one_of(*(height.value for height in Pixels))]
RecordingState = Annotated[str, one_of("on", "paused", "off")]
LocalTime = Annotated[str, Meta(pattern=r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z")]
Milliseconds = Annotated[int, Meta(ge=0)]  # of Unix time
Epoch = Annotated[str, shaped(r"^[0-9a-f]{32}$")]
RecordFile = Annotated[
    str,
    shaped(r"^[0-9A-Za-z_.-]{1,64}/\d{4}-\d\d-\d\d/[0-9A-Za-z_.:@-]{1,128}\.(mp3|wav|mp4)$"),
]
ContactId = Annotated[str, Meta(pattern=r"\Acontact-[0-9a-f]{32}\Z")]


class Request(Struct, frozen=True, kw_only=True, tag_field="msg_type"):
    """A validated request; a subclass's ``tag`` is its ``msg_type``.

    ``ext_id`` None means the agent's own extension.
    """

    req_id: ReqId
    company_code: Id
    agent_id: Id
    ext_id: Id | None = None
    os: Os = "other"
    token: Secret | None = None

    @classmethod
    def relevant(cls, fields: Mapping[str, object]) -> Mapping[str, object]:
        """The fields that are validated; others may be anything."""
        return fields


class ReplyEnvelope(Struct, frozen=True, kw_only=True):
    """The fields that every reply begins with; what could not be read of the request is ``""``."""

    req_id: str
    msg_type: str
    company_code: str
    agent_id: str
    code: Code
    msg: str


class Reply(Struct, frozen=True, kw_only=True):
    """A reply's own fields, besides the envelope's; a field that is None is not sent.

    Used directly where a request's reply has no fields of its own.
    """


class MediaRequest(Request, frozen=True, kw_only=True):
    """A request that states its media; at least one must flow."""

    audio: RequestedMedia = RequestedMedia.BOTH
    video: RequestedMedia = RequestedMedia.NONE
    pixels: Pixels = Pixels.P480

    def __post_init__(self) -> None:
        if not (self.audio or self.video):
            raise BadField("audio", "neither audio nor video")


class OriginatingRequest(MediaRequest, frozen=True, kw_only=True):
    """The common fields of ``call``, ``trans``, ``consult`` and ``three_way`` about the legs they
    set up.

    ``max_ring_time``: seconds that each leg of the request may ring, except the agent's own.
    ``max_call_time``: seconds to talk. ``record_contact``: both directions, not the agent's alone.
    ``is_stereo``: the customer left, the agents right.
    """

    max_ring_time: RingSeconds = USUAL_RING_SECONDS
    max_call_time: TalkSeconds = USUAL_TALK_SECONDS
    record_start: RecordStart = RecordStart.NONE
    record_contact: bool = False
    is_stereo: bool = False
    record_suffix: RecordSuffix = RecordSuffix.MP3


class LegRequest(Request, frozen=True, kw_only=True):
    """A request about one leg."""

    uuid: LegId


def relevant_in_taking_back(fields: Mapping[str, object]) -> Mapping[str, object]:
    """The relevant fields of a request that only cancels what another has begun."""
    names = (*LegRequest.__struct_fields__, "type")
    return {name: fields[name] for name in names if name in fields}


class SupervisorRequest(Request, frozen=True, kw_only=True):
    """A supervisor's request about another agent and that agent's extension."""

    operated_agent_id: Target
    operated_ext_id: Target


def require_number(field: str, text: str, to_agent: str) -> None:
    """Raise BadField unless ``text`` has the form of an outside number; ``to_agent``: the field and
    value that would have named an agent, for the hint."""
    if not re.match(NUMBER_PATTERN, text):
        raise BadField(field, "not a number", f"{to_agent}: agent_id")


def require_room(field: str, text: str) -> None:
    """Raise BadField unless ``text`` can name a room."""
    if not re.match(_ROOM, text):
        raise BadField(field, "not a room name")
