"""One channel of the switch, as far as the service cares."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import auto
from typing import TYPE_CHECKING

import msgspec

from esl_bridge.domain.named import Named

if TYPE_CHECKING:
    from esl_bridge.domain.agent import Agent
    from esl_bridge.domain.call import Call
    from esl_bridge.domain.procedures import Monitoring, Takeover
    from esl_bridge.domain.recording import Recording, RecordingOptions
    from esl_bridge.errors import BridgeError


class LegState(Named):
    SETTING_UP = auto()
    RINGING = auto()
    ANSWERED = auto()
    ENDED = auto()


class Purpose(Named):
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
"""After these there is no wrap-up."""

THIRDS = frozenset({Purpose.CONSULT, Purpose.TRANS, Purpose.THREE_WAY})
"""Who is called for these is asked into a call that is there already."""


class Hold(Named):
    """How an agent's leg holds its far party."""

    NO = auto()
    ASKED = auto()
    """The switch has the command; the music is not there yet."""
    UNSURE = auto()
    """As ASKED, but refused, since the switch gave no answer: if there is music it is a hold, and
    where nobody knows it is ended."""
    MUSIC = auto()
    ENDING = auto()
    """The switch has been told to end the music."""
    OUT_OF_ROOM = auto()
    """Out of a three-way talk, in which the others go on."""
    PHONE = auto()
    """By the phone's own button: only the phone can take it back."""


class Media(msgspec.Struct, frozen=True):
    """Directions as in the protocol: 0 none, 1 send, 2 receive, 3 both."""

    audio: int = 3
    video: int = 0
    pixels: str = "480"


@dataclass(slots=True, eq=False)
class Change:
    """An agent's request to change the media of ``leg``, which were ``last``. ``open``: it has been
    told that this began, and not how it ended. ``flag`` is the one of its end."""

    agent_id: str
    req_id: str
    leg: Leg
    last: Media
    flag: int
    open: bool = False


@dataclass(slots=True, eq=False)
class Leg:
    """``number`` is what others see: an agent's extension, or an outside number.

    ``agent`` is whose phone it is; ``None`` for the outside. ``offered`` legs ring at an agent who
    did not ask for them and are told by ``callin``. ``ending`` is why the service ends the leg,
    noted before the switch is asked to. ``begun_by``: the agent whose request it is for.
    ``dialled``: it was called, and did not call in; one that is led on as a customer stays so.
    ``from_queue``: it was the switch that set it up, for a customer who waits in a queue.
    ``early``: media flow though nobody answered. ``caller`` and ``callee`` are the numbers of its
    callin. ``recording_options``: how it shall be recorded once it talks. ``joined_at``: when it
    was last joined to a peer, by the tenant's clock. ``began_ms`` and ``answered_ms``: when it
    began and was answered, in milliseconds of Unix time; 0: not yet. ``changing``: a request to
    change its media that is under way. ``phone_media``: in which directions its phone itself takes
    part, a hold aside. ``flows``: those in which the switch has not been told to stop its sound.
    ``moving``: the switch is taking it from where it was to somewhere else, and has not told of its
    arrival. ``back_to``: the skill whose offer of it is being withdrawn, to which it returns if the
    phone has answered meanwhile. ``waiting_sound``: the sound that it was last given to wait with,
    ``waiting_sound_began``: when the switch began to play it, by the tenant's clock; infinity: not
    yet. ``silence``: it is played that, for whispers to be heard in. ``supervised``: by whom.
    ``reason``: what its agent is told when it ends, where that is a supervisor's doing.
    ``pending_takeovers``: who are about to take its place. ``taken``: a stranger has taken it;
    ``replacing_leg``: the uuid of one who has been joined to it; ``taken_from``: the agent that had
    it. ``may_be_lost``: its phone may be gone, and is looked for. ``cause``: why it has ended, in
    the switch's word.
    """

    uuid: str
    call: Call
    number: str
    purpose: Purpose
    agent: Agent | None = None
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
    changing: Change | None = field(default=None, metadata={"kept": False})
    phone_media: Media = field(default_factory=Media)
    flows: int = 3
    moving: bool = False
    back_to: str = ""
    waiting_sound: str = ""
    waiting_sound_began: float = field(default=0.0, metadata={"kept": False})
    silence: bool = False
    taken: bool = False
    replacing_leg: str = ""
    taken_from: str = ""
    begun_by: str = ""
    dialled: bool = False
    recording_options: RecordingOptions | None = None
    recording: Recording | None = None
    ending: type[BridgeError] | None = None
    supervised: list[Monitoring] = field(default_factory=list, metadata={"kept": False})
    reason: str = ""
    pending_takeovers: list[Takeover] = field(default_factory=list, metadata={"kept": False})
    may_be_lost: bool = field(default=False, metadata={"kept": False})
    cause: str = field(default="", metadata={"kept": False})

    @property
    def answered(self) -> bool:
        return self.state is LegState.ANSWERED

    def was_found(self, *, answered: bool, began_ms: int, answered_ms: int) -> None:
        """It was there before anybody here knew of it."""
        self.state = LegState.ANSWERED if answered else LegState.RINGING
        self.began_ms = began_ms or self.began_ms
        self.answered_ms = (answered_ms or self.began_ms) if answered else 0

    @property
    def reported_purpose(self) -> Purpose:
        """What it was for: ``purpose`` tells of one that an agent calls at its phone, where it is a
        ``callin``; outside there is nobody to tell, and it is the agent's call."""
        calls_out = self.purpose is Purpose.CALLIN and self.agent is None and bool(self.begun_by)
        return Purpose.CALL if calls_out else self.purpose

    @property
    def ended(self) -> bool:
        return self.state is LegState.ENDED

    @property
    def given_up(self) -> bool:
        """It was to be ended before the switch had told of it."""
        return self.state is LegState.SETTING_UP and self.ending is not None

    @property
    def holds(self) -> bool:
        return self.hold in (Hold.MUSIC, Hold.ENDING, Hold.OUT_OF_ROOM, Hold.PHONE)

    @property
    def hold_changes(self) -> bool:
        """Music is about to begin or to end."""
        return self.hold in (Hold.ASKED, Hold.UNSURE, Hold.ENDING)

    @property
    def is_customer(self) -> bool:
        return self.call.customer is self

    @property
    def inside(self) -> bool:
        """Whether the far end is a phone of the company's own."""
        return self.agent is not None
