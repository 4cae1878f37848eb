"""call: rings the agent's phone, then an agent, an outside number, or a room."""

from __future__ import annotations

from esl_bridge.callflow import calling
from esl_bridge.callflow.routing import admit_outbound_call
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BadField, NumberBarred, TargetNotFree
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
    calling.require_ready(tenant, agent)
    callee = _callee(request, tenant, agent)
    work_order_id = request.work_order_id or ""
    action = calling.begin(tenant, agent, request, callee, work_order_id=work_order_id)
    near = action.near
    yield CallReply(uuid=near.uuid, contact_id=near.call.contact_id)
    yield from calling.ring(tenant, action, request, request.callee_number)


def _callee(request: CallRequest, tenant: Tenant, agent: Agent) -> Agent | str | None:
    """The agent or the outside number to call, None for a room. Raises what forbids the call."""
    if request.out_line is OutLine.OUTSIDE:
        _outside(tenant, request.callee_number, agent)
        return request.callee_number
    if request.out_line is OutLine.ROOM:
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
