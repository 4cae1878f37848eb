"""substitute: a supervisor takes over an agent's ringing or running call."""

from __future__ import annotations

from esl_bridge.callflow import supervising, takeover
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.allowed_operations import operable, require_allowed
from esl_bridge.domain.call import ActionKind
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Takeover
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import NotInCall
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import ContactId, LegId, Reply, SupervisorRequest


class SubstituteRequest(SupervisorRequest, frozen=True, kw_only=True, tag="substitute"):
    """The agent whose call to take over."""


class SubstituteReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the supervisor's own leg."""

    uuid: LegId
    contact_id: ContactId | None = None


def _operated_leg(request: SubstituteRequest, tenant: Tenant, requester: Requester) -> Leg | None:
    return _operated(request, tenant, requester).own_leg


def _operated(request: SubstituteRequest, tenant: Tenant, requester: Requester) -> Agent:
    return supervising.operated(
        tenant, requester.agent, request.operated_agent_id, request.operated_ext_id
    )


@operation(SubstituteRequest, reply=SubstituteReply, operates=_operated_leg)
def substitute(request: SubstituteRequest, tenant: Tenant, requester: Requester) -> Steps:
    supervisor = requester.agent
    agent = _operated(request, tenant, requester)
    require_allowed("call", supervisor)
    operated = operable("substitute", agent)
    customer = takeover.far_party(operated)
    if customer is None:
        raise NotInCall
    supervising.own_phone_is_ready(tenant, supervisor)
    action = supervising.begin(tenant, operated, supervisor, ActionKind.SUBSTITUTE, request.req_id)
    procedure = Takeover(supervisor, action.near, operated, action)
    action.near.call.procedure = procedure
    procedure.attach()
    yield SubstituteReply(uuid=action.near.uuid, contact_id=operated.call.contact_id or None)
    yield from takeover.begin(tenant, procedure, customer.number)
