"""interrupt_call: a supervisor ends an agent's whole call."""

from __future__ import annotations

from esl_bridge.callflow import ending, supervising
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.allowed_operations import operable
from esl_bridge.domain.call import Action, ActionKind
from esl_bridge.domain.tenant import Tenant
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import Reply, SupervisorRequest


class InterruptCallRequest(SupervisorRequest, frozen=True, kw_only=True, tag="interrupt_call"):
    """The agent whose call to end. The reply has no fields of its own."""


@operation(InterruptCallRequest)
def interrupt_call(request: InterruptCallRequest, tenant: Tenant, requester: Requester) -> Steps:
    supervisor = requester.agent
    agent = supervising.operated(
        tenant, supervisor, request.operated_agent_id, request.operated_ext_id
    )
    leg = operable("interrupt_call", agent)
    tenant.need_switch()
    tenant.actions.begin(Action(ActionKind.INTERRUPT_CALL, supervisor.id, request.req_id, leg))
    yield Reply()
    yield from ending.interrupt(tenant, leg.call, f"INTERRUPT_CALL:{supervisor.id}")
