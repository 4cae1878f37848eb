"""hangup: ends the agent's own leg, or one that it set up."""

from __future__ import annotations

from esl_bridge.callflow import bridging, ending
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import NotAllowed
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import LegRequest, Reply


class HangupRequest(LegRequest, frozen=True, kw_only=True, tag="hangup"):
    """``uuid``: the leg to end. The reply has no fields of its own."""


@operation(HangupRequest, while_disabled=True)
def hangup(request: HangupRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    leg = tenant.leg_book.leg_of(agent, request.uuid)
    if leg is agent.own_leg:
        yield from ending.end_own_leg(leg)
    elif leg.origin.begun_by == agent.id:
        yield from bridging.joined(leg)
        yield from ending.call_off(tenant.leg_book.leg_of(agent, request.uuid))
    else:
        raise NotAllowed
    yield Reply()
