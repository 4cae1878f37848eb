"""preview_out_call: calls a number of a campaign, which the agent has looked at first."""

from __future__ import annotations

from esl_bridge.callflow import calling
from esl_bridge.callflow.routing import admit_outbound_call
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.call import ActionKind, CampaignTask
from esl_bridge.domain.tenant import Tenant
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import (
    ContactId,
    LegId,
    Number,
    OriginatingRequest,
    Reply,
    Text,
)


class PreviewOutCallRequest(OriginatingRequest, frozen=True, kw_only=True, tag="preview_out_call"):
    """``callee_number``: an outside number. ``task_id`` and the three after it say what the call is
    made for; each of its callbacks repeats them."""

    callee_number: Number
    work_order_id: Text | None = None
    task_id: Text | None = None
    number_id: Text | None = None
    client_number: Text | None = None
    current_times: Text | None = None


class PreviewOutCallReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the agent's own leg."""

    uuid: LegId
    contact_id: ContactId


@operation(PreviewOutCallRequest, reply=PreviewOutCallReply)
def preview_out_call(request: PreviewOutCallRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    calling.require_ready(tenant, agent)
    admit_outbound_call(tenant, request.callee_number, agent.id)
    action = calling.begin(
        tenant,
        agent,
        request,
        request.callee_number,
        kind=ActionKind.PREVIEW_OUT_CALL,
        work_order_id=request.work_order_id or "",
        task=_task(request),
    )
    near = action.near
    yield PreviewOutCallReply(uuid=near.uuid, contact_id=near.call.contact_id)
    yield from calling.ring(tenant, action, request, request.callee_number)


def _task(request: PreviewOutCallRequest) -> CampaignTask:
    return CampaignTask(
        task_id=request.task_id or "",
        number_id=request.number_id or "",
        client_number=request.client_number or "",
        current_times=request.current_times or "",
    )
