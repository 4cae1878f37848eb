"""call: rings the agent's phone, then an agent, an outside number, or a room."""

from __future__ import annotations

from functools import partial

from esl_bridge.callflow import dialling, originating
from esl_bridge.callflow.recording import recording_options_of
from esl_bridge.callflow.routing import admit_outbound_call
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.call import Action, ActionKind
from esl_bridge.domain.leg import Leg, Media, Purpose
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    BadField,
    NumberBarred,
    PhoneNotRegistered,
    TargetNotFree,
)
from esl_bridge.esl import dialstring
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import (
    ContactId,
    LegId,
    OriginatingRequest,
    OutLine,
    Reply,
    Target,
    Text,
    require_number,
    require_room,
)


class CallRequest(OriginatingRequest, frozen=True, kw_only=True, tag="call"):
    """``callee_number``: an agent's id, an outside number, or a room's name, depending on
    ``out_line``."""

    callee_number: Target
    out_line: OutLine = OutLine.OUTSIDE
    work_order_id: Text | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.out_line is OutLine.OUTSIDE:
            require_number("callee_number", self.callee_number, "out_line 0")
        elif self.out_line is OutLine.ROOM:
            require_room("callee_number", self.callee_number)


class CallReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the agent's own leg."""

    uuid: LegId
    contact_id: ContactId


@operation(CallRequest, reply=CallReply)
def call(request: CallRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    require_allowed("call", agent)
    tenant.need_switch()
    if not agent.registered:
        raise PhoneNotRegistered
    target = _target(request, tenant, agent)

    talk = tenant.open_call(work_order_id=request.work_order_id or "")
    near = tenant.leg_book.set_up(talk, agent.extension, Purpose.CALL, agent)
    near.media.directions = Media(request.audio, request.video, request.pixels)
    far = None if request.out_line is OutLine.ROOM else _far(request, tenant, near, target)
    (far or near).media.recording_options = recording_options_of(request)
    action = Action(
        ActionKind.CALL,
        agent.id,
        request.req_id,
        near,
        far,
        near.media.directions,
        talk.work_order_id,
    )
    tenant.actions.begin(action)
    yield CallReply(uuid=near.uuid, contact_id=talk.contact_id)
    limits = {"execute_on_answer": dialling.talk_limit(request.max_call_time)} if not far else {}
    then = partial(_then, request, tenant, far)
    yield from originating.ring_own_phone(tenant, near, request.callee_number, then, limits, far)


def _target(request: CallRequest, tenant: Tenant, agent: Agent) -> Agent | None:
    """The agent to call, None for an outside number or a room. Raises what forbids the call."""
    if request.out_line is OutLine.OUTSIDE:
        _outside(tenant, request.callee_number, agent)
    if request.out_line is not OutLine.AGENT:
        return None
    target = tenant.roster.agent(request.callee_number)
    if target is agent:
        raise BadField("callee_number", "oneself")
    if not target.takes_calls:
        raise TargetNotFree
    return target


def _outside(tenant: Tenant, number: str, agent: Agent) -> None:
    try:
        admit_outbound_call(tenant, number, agent.id)
    except NumberBarred as barred:
        if number in tenant.agents:  # an agent's id, sent with the wrong out_line
            barred.hint = "out_line 0: agent_id"
        raise


def _far(request: CallRequest, tenant: Tenant, near: Leg, target: Agent | None) -> Leg:
    number = target.extension if target is not None else request.callee_number
    far = tenant.leg_book.set_up(near.call, number, Purpose.CALLIN, target, request.agent_id)
    far.media.directions = near.media.directions
    far.origin.offered = target is not None
    far.origin.caller, far.origin.callee = near.number, number
    return far


def _then(request: CallRequest, tenant: Tenant, far: Leg | None) -> dialstring.AfterAnswer:
    """What the agent's leg executes once its phone has answered."""
    if far is None:
        # A room's own name holds no ".", so no two companies share one, and none equals a leg's
        # uuid.
        room = f"{request.callee_number}.{tenant.company.code}"
        return dialstring.AfterAnswer(
            dialstring.conference(room, tenant.switch_settings.room_profile)
        )
    phone = dialling.far_phone(tenant, far, request.max_ring_time, request.max_call_time)
    return dialstring.AfterAnswer(dialstring.bridge(phone))
