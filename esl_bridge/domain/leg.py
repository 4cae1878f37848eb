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
class Leg:
    """``number`` is what others see: an agent's extension, or an outside number.

    ``node``: the switch that it is on.
    ``agent``: whose phone it is; None for the outside. ``offered``: it rings at an agent who did
    not request it, and is reported by ``callin``. ``ending``: why the service ends the leg, set
    before the switch is told to. ``begun_by``: the agent whose request set it up. ``dialled``: it
    was called, and did not call in; this stays so where it becomes a customer later.
    ``from_queue``: mod_callcenter set it up for a customer in a queue. ``early``: media flow before
    the answer. ``caller`` and ``callee``: the numbers of its ``callin``. ``recording_options``: how
    to record it once it talks. ``joined_at``: when it was last bridged, by the tenant's clock.
    ``began_ms`` and ``answered_ms``: when it began and was answered, in milliseconds of Unix time;
    0: not yet. ``changing``: the media change under way. ``phone_media``: the directions in which
    its phone takes part, regardless of a hold. ``flows``: the directions in which the switch has
    not been told to stop its audio. ``moving``: the switch is moving it, and has not reported its
    arrival; ``heading_for``: the place of a layout that it was last sent to. ``parked``: it waits
    for the daemon, and hears nothing. ``parks_on_unbridge``: the switch parks it, and does not end
    it, where it loses its partner; None: not known. ``back_to``: the skill whose offer is being
    withdrawn, and to which the caller returns if the phone was answered meanwhile.
    ``waiting_sound``: the sound that it was last given while waiting; ``waiting_sound_began``: when
    the switch began to play it, by the tenant's clock; infinity: not yet.
    ``silence``: it is played silence, into which a
    supervisor whispers. ``supervised``: who monitors it. ``reason``: the reason that its agent is
    given when a supervisor ends it. ``pending_takeovers``: supervisors about to take its place.
    ``hijacked``: an INVITE with Replaces took it over; ``replacing_leg``: the uuid of the leg that
    was joined to it by one; ``hijacked_from``: the agent that had it. ``phone_suspected_lost``: its
    phone may be gone, and is being checked. ``cause``: the switch's hangup cause.
    """

    uuid: str
    call: Call
    number: str
    purpose: Purpose
    agent: Agent | None = None
    node: str = ""
    offered: bool = False
    from_queue: bool = False
    caller: str = ""
    callee: str = ""
    state: LegState = LegState.SETTING_UP
    early: bool = False
    peer: Leg | None = None
    joined_at: float = 0.0
    began_ms: int = 0
    answered_ms: int = 0
    room: str = ""
    hold: Hold = Hold.NO
    phone_holds: bool = False
    muted: bool = False
    talked: bool = False
    reported: bool = False
    media: Media = field(default_factory=Media)
    changing: MediaChange | None = field(default=None, metadata={"kept": False})
    phone_media: Media = field(default_factory=Media)
    flows: int = 3
    moving: bool = False
    heading_for: Destination | None = field(default=None, metadata={"kept": False})
    parked: bool = field(default=False, metadata={"kept": False})
    parks_on_unbridge: bool | None = field(default=None, metadata={"kept": False})
    back_to: str = ""
    waiting_sound: str = ""
    waiting_sound_began: float = field(default=0.0, metadata={"kept": False})
    silence: bool = False
    hijacked: bool = False
    replacing_leg: str = ""
    hijacked_from: str = ""
    begun_by: str = ""
    dialled: bool = False
    recording_options: RecordingOptions | None = None
    recording: Recording | None = None
    ending: type[BridgeError] | None = None
    supervised: list[Monitoring] = field(default_factory=list, metadata={"kept": False})
    reason: str = ""
    pending_takeovers: list[Takeover] = field(default_factory=list, metadata={"kept": False})
    phone_suspected_lost: bool = field(default=False, metadata={"kept": False})
    cause: str = field(default="", metadata={"kept": False})

    @property
    def answered(self) -> bool:
        return self.state is LegState.ANSWERED

    def was_found(self, *, answered: bool, began_ms: int, answered_ms: int) -> None:
        """It existed before this service knew of it."""
        self.state = LegState.ANSWERED if answered else LegState.RINGING
        self.began_ms = began_ms or self.began_ms
        self.answered_ms = (answered_ms or self.began_ms) if answered else 0

    @property
    def reported_purpose(self) -> Purpose:
        """The purpose to report: ``purpose`` CALLIN, of a leg that an agent dials from its phone,
        is meant for an agent; an outside leg is then the agent's CALL."""
        calls_out = self.purpose is Purpose.CALLIN and self.agent is None and bool(self.begun_by)
        return Purpose.CALL if calls_out else self.purpose

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
        return self.answered and not self.talked and self.ending is None

    @property
    def holds(self) -> bool:
        return self.hold in (Hold.MUSIC, Hold.ENDING, Hold.OUT_OF_ROOM, Hold.PHONE)

    @property
    def hold_changes(self) -> bool:
        """Hold music is about to begin or to end."""
        return self.hold in (Hold.ASKED, Hold.UNSURE, Hold.ENDING)

    @property
    def is_customer(self) -> bool:
        return self.call.customer is self

    @property
    def inside(self) -> bool:
        """Whether the far end is one of the company's own phones."""
        return self.agent is not None
