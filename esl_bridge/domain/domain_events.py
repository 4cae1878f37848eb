"""What a tenant emits: events for the agents concerned, and requests for timers."""

from __future__ import annotations

from collections.abc import Hashable

import msgspec

from esl_bridge.domain.call import NO_TASK, ActionKind, ActionPhase, CampaignTask, Party
from esl_bridge.domain.leg import Leg, Media
from esl_bridge.domain.states import Timer


class AgentStateChanged(msgspec.Struct, frozen=True):
    """An agent's state or sub-status has changed; one ``agent_change``. Times are milliseconds of
    Unix time. ``since_ms``: when the status did; ``until_ms``: when a wrap-up or rest ends by
    itself, None: it does not."""

    agent_id: str
    last_status: str
    status: str
    sub_status: str
    reason: str
    numbers: list[str]
    uuid: str
    req_id: str
    contact_id: str = ""
    since_ms: int = 0
    until_ms: int | None = None


class ActionAdvanced(msgspec.Struct, frozen=True):
    """An agent's action reached a phase; one ``callback``. ``code`` is the protocol's.

    ``peer_uuid``: the other party's leg, "" until it has answered; ``display_number``: the number
    that it is shown, "" where the action calls nobody. ``suppressed``: the agent is OFFLINE, and
    nothing is sent.
    """

    agent_id: str
    req_id: str
    kind: ActionKind
    phase: ActionPhase
    success: bool
    code: str
    uuid: str
    media: Media | None = None
    last_media: Media | None = None
    change_media_flag: int | None = None
    work_order_id: str = ""
    record_file: str = ""
    record_seconds: int | None = None
    contact_id: str = ""
    peer_uuid: str = ""
    display_number: str = ""
    task: CampaignTask = NO_TASK
    suppressed: bool = False


class LegOffered(msgspec.Struct, frozen=True):
    """A leg that an agent did not request rings at its phone; one ``callin``."""

    agent_id: str
    uuid: str
    caller: str
    callee: str
    channel: str
    flow_data: str
    media: Media
    work_order_id: str
    contact_id: str

    @classmethod
    def of(cls, leg: Leg) -> LegOffered:
        assert leg.agent is not None
        return cls(
            leg.agent.id,
            leg.uuid,
            leg.origin.caller,
            leg.origin.callee,
            leg.origin.channel,
            leg.call.flow_data,
            leg.media.directions,
            leg.call.work_order_id,
            leg.call.contact_id,
        )


class KickedOff(msgspec.Struct, frozen=True):
    """Another connection took over the agent; sent to the old ``connection``."""

    agent_id: str
    connection: Hashable
    agent_ip: str
    os: str


class AgentResumed(msgspec.Struct, frozen=True):
    """An agent is on a new connection: send what it missed since ``seq`` of ``epoch``, and
    ``offer``."""

    agent_id: str
    epoch: str | None
    seq: int | None
    offer: LegOffered | None


class TimerStarted(msgspec.Struct, frozen=True):
    """Fire this timer's trigger at the agent when its time is over."""

    agent_id: str
    timer: Timer


class TeamUpdated(msgspec.Struct, frozen=True):
    """There are changes that the watchers of the company's wallboard have not been sent."""


class DirectoryUpdated(msgspec.Struct, frozen=True):
    """There are changes that the subscribers of the company's directory have not been sent."""


class LegHijacked(msgspec.Struct, frozen=True):
    """An unrequested INVITE with Replaces took over the leg ``uuid``, or was joined to it.
    ``agent_id``: whose leg it was; ``by``: the intruder's extension or address, "" if unknown."""

    agent_id: str
    uuid: str
    by: str


class CallOver(msgspec.Struct, frozen=True):
    """All parties have left a call; the first to leave comes first."""

    contact_id: str
    work_order_id: str
    parties: tuple[Party, ...]


class CallWrappedUp(msgspec.Struct, frozen=True):
    """An agent has said what came of its call. ``own_leg``: its leg's uuid; a later one about the
    same leg replaces this one. ``disposition`` and ``notes``: "" where there is none."""

    agent_id: str
    own_leg: str
    contact_id: str
    disposition: str
    notes: str
    noted_ms: int


DomainEvent = (
    AgentStateChanged
    | ActionAdvanced
    | LegOffered
    | KickedOff
    | AgentResumed
    | TimerStarted
    | TeamUpdated
    | DirectoryUpdated
    | LegHijacked
    | CallOver
    | CallWrappedUp
)
