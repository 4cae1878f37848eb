"""get_status: the agent's state, as its pushes report it."""

from __future__ import annotations

from msgspec import field

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import presence
from esl_bridge.domain.tenant import Tenant
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol import agent_view
from esl_bridge.protocol.envelope import (
    ContactId,
    Milliseconds,
    Reply,
    Request,
    StatusName,
    SubStatus,
)
from esl_bridge.protocol.legs import contact_of, legs_of
from esl_bridge.protocol.messages import AgentView, CallLeg


class GetStatusRequest(Request, frozen=True, kw_only=True, tag="get_status"):
    """No fields besides the envelope."""


class GetStatusReply(Reply, frozen=True, kw_only=True):
    """``call_stop_status``: the state that a remembered action will lead to; ``legs``: the parties
    of the agent's call; ``desk``: the agent's whole view, for a client that wanted it at
    check-in. Times are milliseconds of Unix time: ``since_ms``: when the status last changed;
    ``until_ms``: when a wrap-up or rest ends by itself; ``now_ms``: the server's clock."""

    status: StatusName
    sub_status: SubStatus | None = None
    call_stop_status: StatusName | None = None
    in_call_numbers: tuple[str, ...]
    legs: tuple[CallLeg, ...]
    contact_id: ContactId | None = None
    since_ms: Milliseconds
    until_ms: Milliseconds | None = None
    now_ms: Milliseconds
    view: AgentView | None = field(name="desk", default=None)


@operation(
    GetStatusRequest,
    reply=GetStatusReply,
    only_looks=True,
    by_returning_token=True,
    while_disabled=True,
)
def get_status(_request: GetStatusRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    remembered = agent.state.remembered
    yield GetStatusReply(
        status=agent.status,
        sub_status=presence.sub_status(agent) or None,
        call_stop_status=remembered.status if remembered else None,
        in_call_numbers=tuple(presence.in_call_numbers(agent)),
        legs=legs_of(agent),
        contact_id=contact_of(agent),
        since_ms=agent.since_ms,
        until_ms=agent.until_ms,
        now_ms=tenant.now_ms(),
        view=agent_view.now(agent, tenant) if agent in tenant.agent_views else None,
    )
