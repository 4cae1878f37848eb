"""A call that an agent asks for: its own phone is called first, and then the far side."""

from __future__ import annotations

from functools import partial

from esl_bridge.callflow import dialling, originating
from esl_bridge.callflow.recording import recording_options_of
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.call import NO_TASK, Action, ActionKind, CampaignTask
from esl_bridge.domain.leg import Leg, Media, Purpose
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import PhoneNotRegistered
from esl_bridge.esl import dialstring
from esl_bridge.protocol.envelope import OriginatingRequest


def require_ready(tenant: Tenant, agent: Agent) -> None:
    """Raises what forbids the agent any call: WrongState, SwitchUnavailable or
    PhoneNotRegistered."""
    require_allowed("call", agent)
    tenant.need_switch()
    if not agent.registered:
        raise PhoneNotRegistered


def begin(
    tenant: Tenant,
    agent: Agent,
    request: OriginatingRequest,
    callee: Agent | str | None,
    *,
    kind: ActionKind = ActionKind.CALL,
    work_order_id: str = "",
    task: CampaignTask = NO_TASK,
) -> Action:
    """Begin the action of a call to ``callee``: an agent, an outside number, or None for a room.
    Nobody is called yet."""
    call = tenant.open_call(work_order_id=work_order_id)
    near = tenant.leg_book.set_up(call, agent.extension, Purpose.CALL, agent)
    near.media.directions = Media(request.audio, request.video, request.pixels)
    far = _far(tenant, near, callee, agent) if callee is not None else None
    (far or near).media.recording_options = recording_options_of(request)
    action = Action(
        kind, agent.id, request.req_id, near, far, near.media.directions, work_order_id, task
    )
    tenant.actions.begin(action)
    return action


def _far(tenant: Tenant, near: Leg, callee: Agent | str, agent: Agent) -> Leg:
    target, number = (None, callee) if isinstance(callee, str) else (callee, callee.extension)
    far = tenant.leg_book.set_up(near.call, number, Purpose.CALLIN, target, agent.id)
    far.media.directions = near.media.directions
    far.origin.offered = target is not None
    far.origin.caller, far.origin.callee = near.number, number
    return far


def ring(tenant: Tenant, action: Action, request: OriginatingRequest, callee: str) -> Steps:
    """Ring the agent's phone, which displays ``callee``, and then the far side; a room has the name
    ``callee``."""
    near, far = action.near, action.far
    limits = {"execute_on_answer": dialling.talk_limit(request.max_call_time)} if not far else {}
    then = partial(_then, tenant, far, request, callee)
    yield from originating.ring_own_phone(tenant, near, callee, then, limits, far)


def _then(
    tenant: Tenant, far: Leg | None, request: OriginatingRequest, room: str
) -> dialstring.AfterAnswer:
    """What the agent's leg executes once its phone has answered."""
    if far is None:
        # A room's own name holds no ".", so no two companies share one, and none equals a leg's
        # uuid.
        name = f"{room}.{tenant.company.code}"
        return dialstring.AfterAnswer(
            dialstring.conference(name, tenant.switch_settings.room_profile)
        )
    phone = dialling.far_phone(tenant, far, request.max_ring_time, request.max_call_time)
    return dialstring.AfterAnswer(dialstring.bridge(phone))
