"""Pushes, which the service sends unasked, and their parts.

The order of fields here is their order on the wire; a field that is None is not sent.
"""

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from esl_bridge.domain.call import ActionKind, ActionPhase
from esl_bridge.domain.call_phase import CallPhase
from esl_bridge.domain.presence import PartyState, Role
from esl_bridge.protocol.envelope import (
    CallinChannel,
    Code,
    ContactId,
    Direction,
    Epoch,
    Id,
    LegId,
    LocalTime,
    Milliseconds,
    Os,
    PictureHeight,
    Reason,
    RecordFile,
    RecordingState,
    StatusName,
    SubStatus,
    Text,
    one_of,
)

_CHANNELS = ("", *(channel.value for channel in CallinChannel))


class Push(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="msg_type", gc=False):
    """A push to one agent. ``epoch`` and ``seq`` number all pushes to the agent.

    ``req_id``: that of the request that caused it; for a ``callin`` the leg's uuid; else a fresh
    one. Pushes are kept for a while and cannot form cycles, so the garbage collector need not track
    them. ``kept``: whether one that was missed is sent again; else its number is left out.
    """

    kept: ClassVar[bool] = True

    req_id: str
    company_code: Id
    agent_id: Id
    ext_id: Id
    os: Os
    epoch: Epoch
    seq: Annotated[int, Meta(ge=1)]


class Callback(Push, frozen=True, kw_only=True, tag="callback"):
    """An agent's action reaches its next phase: INITIATE, START_CALL, END_CALL.

    ``curren_time`` (the source's spelling) is ``YYYY-MM-DD HH:MM:SS``; ``now_ms``: the same in
    milliseconds of Unix time. ``change_media_flag``: 0
    requested by the agent, 1 the far side's answer to that, 2 by the far side itself.
    ``record_file`` is relative to the recordings folder. ``peer_uuid``: the other party's leg, once
    it has answered; ``display_number``: the number that it is shown, where the action calls it.
    ``task_id`` and the three after it: as in the ``preview_out_call`` that began it.
    """

    action: ActionKind
    phase: ActionPhase
    success: bool
    code: Code
    msg: str
    uuid: LegId | None = None
    curren_time: LocalTime
    now_ms: Milliseconds
    audio: Direction | None = None
    last_audio: Direction | None = None
    video: Direction | None = None
    last_video: Direction | None = None
    change_media_flag: Annotated[int, one_of(0, 1, 2)] | None = None
    work_order_id: Text | None = None
    contact_id: ContactId | None = None
    record_file: RecordFile | None = None
    record_seconds: Annotated[int, Meta(ge=0)] | None = None
    peer_uuid: LegId | None = None
    display_number: str | None = None
    task_id: Text | None = None
    number_id: Text | None = None
    client_number: Text | None = None
    current_times: Text | None = None


class Callin(Push, frozen=True, kw_only=True, tag="callin"):
    """A leg that the agent did not request rings at its phone.

    ``callee_number``: the platform's number. ``flow_data`` is passed on byte for byte.
    ``callin_channel`` is "" for a plain call; ``is_video`` 0 or 1.
    """

    uuid: LegId
    caller_number: str
    callee_number: str
    flow_data: str | None = None
    callin_channel: Annotated[str, one_of(*_CHANNELS)]
    is_video: Annotated[int, one_of(0, 1)]
    audio: Direction
    video: Direction
    pixels: PictureHeight
    work_order_id: Text | None = None
    contact_id: ContactId | None = None


class AgentChange(Push, frozen=True, kw_only=True, tag="agent_change"):
    """The agent's status or sub-status has changed. Times are milliseconds of Unix time:
    ``since_ms``: when the status did; ``until_ms``: when a wrap-up or rest ends by itself."""

    agent_status: StatusName
    sub_agent_status: SubStatus | None = None
    last_agent_status: StatusName
    in_call_numbers: tuple[str, ...]
    reason: Reason | None = None
    uuid: LegId | None = None
    contact_id: ContactId | None = None
    since_ms: Milliseconds
    until_ms: Milliseconds | None = None


class KickOff(Push, frozen=True, kw_only=True, tag="kick_off"):
    """Another connection took over the agent. It has no number of its own.

    ``seq`` is that of the agent's last push, 0 before the first. ``os`` is the new connection's;
    ``agent_ip`` is what its client stated, else its address.
    """

    seq: Annotated[int, Meta(ge=0)]
    agent_ip: str
    code: Code
    msg: str


class CallLeg(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One leg of an agent's call. ``agent_id``: absent for the outside. ``role``: agent, customer,
    consultant, third, supervisor. ``direction``: inbound (it called in), outbound (it was called).
    ``state``: rings, talks, held. ``began_ms`` and ``answered_ms``: milliseconds of Unix time, the
    second absent before the answer. ``held``: it hears music, or waits, and does not hear the
    others. ``recording``: on, paused, off."""

    uuid: LegId
    agent_id: Id | None = None
    number: str
    role: Role
    direction: Literal["inbound", "outbound"]
    state: PartyState
    began_ms: Milliseconds
    answered_ms: Milliseconds | None = None
    held: bool
    muted: bool
    recording: RecordingState


class AgentCall(Struct, frozen=True, kw_only=True):
    """An agent's call, as a desktop shows it. Times are milliseconds of Unix time.

    ``uuid``: the agent's own leg. ``direction``: inbound (it was offered to the agent), outbound
    (the agent asked for it). ``number``: the customer's, else the other party's; ``name``: of a
    colleague there. ``callee``: the number that was called, of an inbound call. ``skill``: in whose
    queue the customer last waited. ``channel``: the ``callin_channel`` of an inbound call, "" for
    a plain one. ``flow_data`` is absent where the last view of the same call had the same.
    ``began_ms``: when the agent's leg was set up; ``talk_ms``: when its talk began. ``hold``: the
    agent holds; ``mute``: nobody hears the agent; ``recording``: on, paused, off, of the whole
    call.
    """

    uuid: LegId
    contact_id: ContactId | None
    direction: Literal["inbound", "outbound"]
    number: str | None
    name: str | None
    callee: str | None
    skill: Id | None
    channel: Annotated[str, one_of(*_CHANNELS)] | None
    flow_data: str | UnsetType | None = UNSET
    work_order_id: Text | None
    began_ms: Milliseconds
    talk_ms: Milliseconds | None
    hold: bool
    mute: bool
    recording: RecordingState
    parties: tuple[CallLeg, ...]


class AgentView(Struct, frozen=True, kw_only=True):
    """All that a desktop shows of its agent: ``desk`` on the wire. Every field is always there,
    null where nothing applies. Times are milliseconds of Unix time.

    ``role``: agent, supervisor. ``reason``: why the status last changed. ``since_ms``: when it did;
    ``until_ms``: when its wrap-up or rest ends by itself. ``next``: the state that a remembered
    action will lead to. ``stage``: how requests are judged. ``registered``: whether the agent's
    phone is. ``now_ms``: the server's clock, for the other times.
    """

    agent_id: Id
    name: str
    role: Literal["agent", "supervisor"]
    status: StatusName
    sub_status: SubStatus | None
    reason: Reason | None
    since_ms: Milliseconds
    until_ms: Milliseconds | None
    next: StatusName | None
    stage: CallPhase
    registered: bool
    call: AgentCall | None
    now_ms: Milliseconds


class AgentViewChange(Push, frozen=True, kw_only=True, tag="desk_change"):
    """The agent's view has changed; the last push of those that one event causes. Only for clients
    that asked at check-in, whose reply has the whole view again."""

    kept: ClassVar[bool] = False

    view: AgentView = field(name="desk")


class Disposition(Struct, frozen=True, kw_only=True):
    """What can come of a call: the value of ``disposition`` in ``wrap_up``, and its name."""

    disposition: Id
    name: str


class TeamAgent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agent's line of a wallboard. ``since``: ``YYYY-MM-DD HH:MM:SS``; ``since_ms``: the
    same in milliseconds of Unix time; ``call``: its own leg.
    ``service_mode``: 1 customer service, 2 outbound (queues offer it nobody)."""

    agent_id: Id
    ext_id: Annotated[str, Meta(pattern=r"\A[0-9A-Za-z_.-]{0,64}\Z")]
    status: StatusName
    sub_status: SubStatus | None = None
    since: LocalTime
    since_ms: Milliseconds
    registered: bool
    service_mode: Annotated[int, one_of(1, 2)]
    call: LegId | None = None


class WaitingCaller(Struct, frozen=True, kw_only=True):
    """A caller in a queue. ``since``: ``YYYY-MM-DD HH:MM:SS``; ``since_ms``: the same in
    milliseconds of Unix time."""

    caller_number: str
    since: LocalTime
    since_ms: Milliseconds


class TeamQueue(Struct, frozen=True, kw_only=True):
    """A skill's queue: how many agents could take a call now, and the waiting callers."""

    skill: Id
    agents_free: Annotated[int, Meta(ge=0)]
    waiting: tuple[WaitingCaller, ...]


class TeamChange(Push, frozen=True, kw_only=True, tag="team_change"):
    """What has changed on the wallboard since the last one. ``now_ms``: the server's clock, for the
    other times."""

    agents: tuple[TeamAgent, ...]
    queues: tuple[TeamQueue, ...]
    now_ms: Milliseconds


class DirectoryAgent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A colleague. ``ext_id``: absent where it has no phone; ``available``: whether a call,
    consult or transfer to it would be accepted now."""

    agent_id: Id
    name: str
    ext_id: Id | None = None
    status: StatusName
    available: bool


class DirectorySkill(Struct, frozen=True, kw_only=True):
    """A skill that callers can be transferred to: how many of its agents could take a call now, and
    how many callers wait."""

    skill: Id
    name: str
    agents_free: Annotated[int, Meta(ge=0)]
    waiting: Annotated[int, Meta(ge=0)]


class DirectoryChange(Push, frozen=True, kw_only=True, tag="directory_change"):
    """What has changed in the directory since the last one. ``agents`` and ``skills``: the changed
    items. ``ivrs`` and ``survey``: present where the configuration has changed, and then as in the
    reply. ``gone_agents`` and ``gone_skills``: those that the configuration has no longer."""

    kept: ClassVar[bool] = False

    agents: tuple[DirectoryAgent, ...]
    skills: tuple[DirectorySkill, ...]
    ivrs: tuple[Id, ...] | None = None
    survey: bool | None = None
    gone_agents: tuple[Id, ...] | None = None
    gone_skills: tuple[Id, ...] | None = None


class Gap(Struct, frozen=True, kw_only=True, tag_field="msg_type", tag="gap"):
    """An agent's pushes that are no longer kept: ``from_seq`` to ``to_seq``, both included."""

    company_code: Id
    agent_id: Id
    epoch: Epoch
    from_seq: Annotated[int, Meta(ge=1)]
    to_seq: Annotated[int, Meta(ge=1)]


class Connect(Struct, frozen=True, kw_only=True, tag_field="msg_type", tag="connect"):
    """The first message to a client on the reference's address; fixed, as its clients expect it."""

    code: Literal["0"] = "0"
    msg: Literal["连接成功"] = "连接成功"
