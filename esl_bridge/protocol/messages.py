"""What the service says of its own accord: the pushes, and the parts they are made of.

The order of fields here is their order on the wire; one that is None is not sent.
"""

from typing import Literal

from msgspec import Struct


class Push(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="msg_type", gc=False):
    """To one agent. ``epoch`` and ``seq`` number all pushes that the agent is sent.

    ``req_id``: the causing request's; of a ``callin`` the leg's uuid; of others a fresh one. Each
    is kept for a while, and refers to nothing that could refer to it: Python need not look.
    """

    req_id: str
    company_code: str
    agent_id: str
    ext_id: str
    os: str
    epoch: str
    seq: int


class Callback(Push, frozen=True, kw_only=True, tag="callback"):
    """An action of the agent's goes on to its next phase: INITIATE, START_CALL, END_CALL.

    ``curren_time`` (the source's spelling) is ``YYYY-MM-DD HH:MM:SS``. ``change_media_flag``:
    0 asked by the agent, 1 the far side's answer to that, 2 the far side by itself.
    ``record_file`` is relative to the recordings folder.
    """

    action: str
    phase: str
    success: bool
    code: str
    msg: str
    uuid: str | None = None
    curren_time: str
    audio: int | None = None
    last_audio: int | None = None
    video: int | None = None
    last_video: int | None = None
    change_media_flag: int | None = None
    work_order_id: str | None = None
    contact_id: str | None = None
    record_file: str | None = None
    record_seconds: int | None = None
    peer_uuid: str | None = None
    display_number: str | None = None


class Callin(Push, frozen=True, kw_only=True, tag="callin"):
    """A leg rings at the agent that it did not ask for itself.

    ``callee_number``: the platform's number. ``flow_data`` is handed on byte for byte.
    ``callin_channel`` is "" for a plain call; ``is_video`` 0 or 1.
    """

    uuid: str
    caller_number: str
    callee_number: str
    flow_data: str | None = None
    callin_channel: str
    is_video: int
    audio: int
    video: int
    pixels: str
    work_order_id: str | None = None
    contact_id: str | None = None


class AgentChange(Push, frozen=True, kw_only=True, tag="agent_change"):
    """The agent's state or sub-state is another now."""

    agent_status: str
    sub_agent_status: str | None = None
    last_agent_status: str
    in_call_numbers: tuple[str, ...]
    reason: str | None = None
    uuid: str | None = None
    contact_id: str | None = None


class KickOff(Push, frozen=True, kw_only=True, tag="kick_off"):
    """Another connection has taken the agent over.

    ``os`` is the new connection's, ``agent_ip`` what its client said of itself, else its address.
    """

    agent_ip: str
    code: str
    msg: str


class CallLeg(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One leg of an agent's call. ``agent_id``: absent for the outside. ``role``: agent, customer,
    consultant, third, supervisor; ``direction``: inbound (it called), outbound (it was called);
    ``state``: rings, talks, held. ``began_ms`` and ``answered_ms``: milliseconds of Unix time, the
    second absent until then. ``held``: it hears music, or waits, and not the others; ``recording``:
    on, paused, off.
    """

    uuid: str
    agent_id: str | None = None
    number: str
    role: str
    direction: str
    state: str
    began_ms: int
    answered_ms: int | None = None
    held: bool
    muted: bool
    recording: str


class TeamAgent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a wallboard. ``since``: ``YYYY-MM-DD HH:MM:SS``; ``call``: its own leg."""

    agent_id: str
    ext_id: str
    status: str
    sub_status: str | None = None
    since: str
    registered: bool
    call: str | None = None


class WaitingCaller(Struct, frozen=True, kw_only=True):
    """A caller in a queue. ``since``: ``YYYY-MM-DD HH:MM:SS``."""

    caller_number: str
    since: str


class TeamQueue(Struct, frozen=True, kw_only=True):
    """A skill's queue: how many agents could take a call now, and who waits."""

    skill: str
    agents_free: int
    waiting: tuple[WaitingCaller, ...]


class TeamChange(Push, frozen=True, kw_only=True, tag="team_change"):
    """What changed on the wallboard since the last one."""

    agents: tuple[TeamAgent, ...]
    queues: tuple[TeamQueue, ...]


class Gap(Struct, frozen=True, kw_only=True, tag_field="msg_type", tag="gap"):
    """Pushes that are kept no more: ``from_seq`` to ``to_seq``, both included."""

    epoch: str
    from_seq: int
    to_seq: int


class Connect(Struct, frozen=True, kw_only=True, tag_field="msg_type", tag="connect"):
    """The first words to a client of the reference's address; fixed, as its clients know them."""

    code: Literal["0"] = "0"
    msg: Literal["连接成功"] = "连接成功"
