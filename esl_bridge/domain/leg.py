"""A channel of the switch, as far as the service is concerned with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import auto
from typing import TYPE_CHECKING

import msgspec

from esl_bridge.domain.name_enum import NameEnum
from esl_bridge.layout.places import Destination

if TYPE_CHECKING:
    from esl_bridge.domain.agent import Agent
    from esl_bridge.domain.call import Call
    from esl_bridge.domain.procedures import Monitoring, Takeover
    from esl_bridge.domain.recording import Recording, RecordingOptions
    from esl_bridge.errors import BridgeError


class LegState(NameEnum):
    SETTING_UP = auto()
    RINGING = auto()
    ANSWERED = auto()
    ENDED = auto()


class Purpose(NameEnum):
    """What a leg was set up for; at an agent also the ``reason`` of RINGING and CALLING."""

    CALL = auto()
    CALLIN = auto()
    CONSULT = auto()
    TRANS = auto()
    THREE_WAY = auto()
    EAVESDROP = auto()
    WHISPER = auto()
    FORCE_CALL = auto()
    SUBSTITUTE = auto()


SUPERVISING = frozenset({Purpose.EAVESDROP, Purpose.WHISPER, Purpose.FORCE_CALL})
"""No wrap-up follows these."""

THIRDS = frozenset({Purpose.CONSULT, Purpose.TRANS, Purpose.THREE_WAY})
"""Legs for these purposes join an existing call."""


class Hold(NameEnum):
    """How an agent's leg holds its far party."""

    NO = auto()
    ASKED = auto()
    """The switch has accepted the command; the music has not begun."""
    UNSURE = auto()
    """As ASKED, but the request was refused because the switch did not answer: music that begins
    counts as a hold, and where its state is unknown it is stopped."""
    MUSIC = auto()
    ENDING = auto()
    """The switch has been told to stop the music."""
    OUT_OF_ROOM = auto()
    """Parked outside a three-way talk, in which the others continue."""
    PHONE = auto()
    """By the phone's own button: only the phone can retrieve the call."""


class Media(msgspec.Struct, frozen=True):
    """Directions as in the protocol: 0 none, 1 send, 2 receive, 3 both."""

    audio: int = 3
    video: int = 0
    pixels: str = "480"


BOTH_WAYS = Media()


@dataclass(slots=True, eq=False)
class MediaChange:
    """An agent's request to change the media of ``leg`` from ``last``. ``open``: the agent was told
    that the change began, but not how it ended. ``flag``: the ``change_media_flag`` of its end."""

    agent_id: str
    req_id: str
    leg: Leg
    last: Media
    flag: int
    open: bool = False


@dataclass(slots=True, eq=False)
class Origin:
    """What a leg was set up for, by whom, and between which numbers."""

    purpose: Purpose
    begun_by: str = ""
    """The agent whose request set it up; "": nobody's did."""
    dialled: bool = False
    """It was called, and did not call in; this stays so where it becomes a customer later."""
    offered: bool = False
    """It rings at an agent who did not request it, and is reported by ``callin``."""
    from_queue: bool = False
    """mod_callcenter set it up for a customer in a queue."""
    caller: str = ""
    """The calling number of its ``callin``."""
    callee: str = ""
    """The called number of its ``callin``."""

    @property
    def channel(self) -> str:
        """How its ``callin`` came about; "" for a plain call."""
        return self.purpose if self.purpose in THIRDS else ""


@dataclass(slots=True, eq=False)
class Progress:
    """How far a leg has come. Times are milliseconds of Unix time; 0: not yet."""

    began_ms: int = 0
    """When it was set up, or called in."""
    answered_ms: int = 0
    """When it was answered."""
    early: bool = False
    """Media flow before the answer."""
    talked: bool = False
    """It has been in a talk."""
    talked_ms: int = 0
    """When its first talk began."""
    reported: bool = False
    """Its ``callin`` was sent."""
    end_reason: str = ""
    """The reason that its agent is given when a supervisor ends it."""
    hangup_cause: str = field(default="", metadata={"kept": False})
    """The switch's, once it has ended."""

    def talks(self, now_ms: int) -> None:
        self.talked, self.talked_ms = True, self.talked_ms or now_ms


@dataclass(slots=True, eq=False)
class Position:
    """Where a leg is at the switch, what it hears there, and where it goes next."""

    node: str = ""
    """The switch that it is on."""
    room: str = ""
    """The conference room that it is in; "": none."""
    joined_at: float = 0.0
    """When it was last bridged, by the tenant's clock."""
    parked: bool = field(default=False, metadata={"kept": False})
    """It waits for the daemon, and hears nothing."""
    parks_on_unbridge: bool | None = field(default=None, metadata={"kept": False})
    """The switch parks it, and does not end it, where it loses its partner; None: not known."""
    moving: bool = False
    """The switch is moving it, and has not reported its arrival."""
    heading_for: Destination | None = field(default=None, metadata={"kept": False})
    """The place of a layout that it was last sent to."""
    sent_at: float = field(default=0.0, metadata={"kept": False})
    """When that was, by the tenant's clock."""
    back_to: str = ""
    """The skill whose offer is being withdrawn, and to which the caller returns if the phone was
    answered meanwhile."""
    waiting_sound: str = ""
    """The sound that it was last given while waiting."""
    waiting_sound_began: float = field(default=0.0, metadata={"kept": False})
    """When the switch began to play it, by the tenant's clock; infinity: not yet."""
    silence: bool = False
    """It is played silence, into which a supervisor whispers."""

    def loses_partner(self) -> None:
        """The switch is about to park or to end it; where it was last sent says nothing of that,
        unless it is on its way there."""
        if not self.moving:
            self.moving, self.heading_for = True, None


@dataclass(slots=True, eq=False)
class LegMedia:
    """What a leg sends and hears, how it is held, and what is recorded of it."""

    directions: Media = BOTH_WAYS
    """What its agent was told: the directions that were requested, and then those agreed."""
    flows: int = 3
    """The directions in which the switch has not been told to stop its audio."""
    of_phone: Media = BOTH_WAYS
    """The directions in which its phone takes part, regardless of a hold."""
    change: MediaChange | None = field(default=None, metadata={"kept": False})
    """The change under way."""
    muted: bool = False
    """The switch drops its sound, at the agent's request."""
    hold: Hold = Hold.NO
    """How it holds its far party."""
    phone_holds: bool = False
    """Its phone holds by its own button; this goes on while it holds in another way, too."""
    phone_suspected_lost: bool = field(default=False, metadata={"kept": False})
    """Its phone may be gone, and is being checked."""
    recording_options: RecordingOptions | None = None
    """How to record it once it talks."""
    recording: Recording | None = None
    """What is being recorded of it, or was."""


@dataclass(slots=True, eq=False)
class Intrusion:
    """Others who step in: supervisors, and phones whose INVITE with ``Replaces`` takes a place."""

    monitorings: list[Monitoring] = field(default_factory=list, metadata={"kept": False})
    """Supervisors who listen to it."""
    takeovers: list[Takeover] = field(default_factory=list, metadata={"kept": False})
    """Supervisors who are about to take its place."""
    hijacked: bool = False
    """An INVITE with ``Replaces`` took its place."""
    replacing_leg: str = ""
    """The uuid of the leg that was joined to it by one."""
    hijacked_from: str = ""
    """The agent that had it, and is rung for it again; "": none is."""


@dataclass(slots=True, eq=False)
class Leg:
    """Who a leg is, and the little that nearly everything asks for; the rest in five values."""

    uuid: str
    """Its channel's at the switch."""
    call: Call
    """The call that it is in now; a leg may move to another."""
    number: str
    """What others see: an agent's extension, or an outside number."""
    origin: Origin
    """Why it exists."""
    agent: Agent | None = None
    """Whose phone it is; None for the outside."""
    state: LegState = LegState.SETTING_UP
    """From set-up over ringing and answered to ended."""
    peer: Leg | None = None
    """The leg that it is bridged with."""
    ending: type[BridgeError] | None = None
    """Why the service ends it, set before the switch is told to."""
    progress: Progress = field(default_factory=Progress)
    """What has happened so far, and when."""
    position: Position = field(default_factory=Position)
    """Where it is at the switch."""
    media: LegMedia = field(default_factory=LegMedia)
    """What it sends and hears."""
    intrusion: Intrusion = field(default_factory=Intrusion)
    """Who steps in."""

    @property
    def answered(self) -> bool:
        return self.state is LegState.ANSWERED

    def was_found(self, *, answered: bool, began_ms: int, answered_ms: int) -> None:
        """It existed before this service knew of it."""
        self.state = LegState.ANSWERED if answered else LegState.RINGING
        progress = self.progress
        progress.began_ms = began_ms or progress.began_ms
        progress.answered_ms = (answered_ms or progress.began_ms) if answered else 0

    @property
    def reported_purpose(self) -> Purpose:
        """The purpose to report: ``purpose`` CALLIN, of a leg that an agent dials from its phone,
        is meant for an agent; an outside leg is then the agent's CALL."""
        origin = self.origin
        calls_out = (
            origin.purpose is Purpose.CALLIN and self.agent is None and bool(origin.begun_by)
        )
        return Purpose.CALL if calls_out else origin.purpose

    @property
    def ended(self) -> bool:
        return self.state is LegState.ENDED

    @property
    def cancelled(self) -> bool:
        """It was ended before the switch had reported it."""
        return self.state is LegState.SETTING_UP and self.ending is not None

    @property
    def waits_to_talk(self) -> bool:
        """It was set up for a party that waits for it, and has answered."""
        return self.answered and not self.progress.talked and self.ending is None

    @property
    def holds(self) -> bool:
        return self.media.hold in (Hold.MUSIC, Hold.ENDING, Hold.OUT_OF_ROOM, Hold.PHONE)

    @property
    def hold_changes(self) -> bool:
        """Hold music is about to begin or to end, or may be."""
        return self.media.hold in (Hold.ASKED, Hold.UNSURE, Hold.ENDING)

    @property
    def is_customer(self) -> bool:
        return self.call.customer is self

    @property
    def inside(self) -> bool:
        """Whether the far end is one of the company's own phones."""
        return self.agent is not None
