"""checkout: the agent goes OFFLINE; its call is ended."""

from __future__ import annotations

from esl_bridge.callflow import ending
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.states import Trigger
from esl_bridge.domain.tenant import Tenant
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import Reply, Request


class CheckoutRequest(Request, frozen=True, kw_only=True, tag="checkout"):
    """No fields besides the envelope; neither has the reply."""


@operation(CheckoutRequest, durable=True, while_disabled=True)
def checkout(_request: CheckoutRequest, tenant: Tenant, requester: Requester) -> Steps:
    rest = ending.leave(tenant, requester.agent, Trigger.CHECKOUT)
    yield Reply()
    yield from rest
