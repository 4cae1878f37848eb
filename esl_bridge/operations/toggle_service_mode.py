"""toggle_service_mode: whether queues offer callers to the agent."""

from __future__ import annotations

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import ServiceMode
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import WrongState
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import Reply, Request


class ToggleServiceModeRequest(Request, frozen=True, kw_only=True, tag="toggle_service_mode"):
    """``service_mode``: 1 customer service (offered queued calls), 2 outbound (offered none; direct
    numbers, colleagues and transfers as before). The reply has no fields of its own."""

    service_mode: ServiceMode


@operation(ToggleServiceModeRequest, durable=True)
def toggle_service_mode(
    request: ToggleServiceModeRequest, tenant: Tenant, requester: Requester
) -> Steps:
    agent = requester.agent
    require_allowed("toggle_service_mode", agent)
    if agent.service_mode is request.service_mode:
        raise WrongState
    agent.service_mode = request.service_mode
    tenant.agent_states.mark_changed(agent)
    yield Reply()
