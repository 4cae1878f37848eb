"""wrap_up: an agent says what came of its call."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.domain_events import CallWrappedUp
from esl_bridge.domain.last_call import call_to_wrap_up
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BadField
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import Id, LegRequest, Reply

_LONGEST_NOTES = 2_000  # characters


class WrapUpRequest(LegRequest, frozen=True, kw_only=True, tag="wrap_up"):
    """``uuid``: any leg of the agent's present or last call. ``disposition``: one of the
    company's; ``notes``: free text of at most 2,000 characters. At least one of the two. A later
    ``wrap_up`` of the same call replaces an earlier one. The reply has no fields of its own."""

    disposition: Id | None = None
    notes: Annotated[str, Meta(min_length=1, max_length=_LONGEST_NOTES)] | None = None

    def __post_init__(self) -> None:
        if self.disposition is None and self.notes is None:
            raise BadField("notes", "neither notes nor disposition")


@operation(WrapUpRequest, durable=True)
def wrap_up(request: WrapUpRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    call = call_to_wrap_up(agent, request.uuid)
    require_allowed("wrap_up", agent)
    if request.disposition not in (None, *tenant.company.dispositions):
        known = " | ".join(tenant.company.dispositions)
        raise BadField("disposition", "not one of the company's", known)
    tenant.domain_events.append(
        CallWrappedUp(
            agent_id=agent.id,
            own_leg=call.own_leg,
            contact_id=call.contact_id,
            disposition=request.disposition or "",
            notes=request.notes or "",
            noted_ms=tenant.now_ms(),
        )
    )
    yield Reply()
