"""change_status: changes an agent's own state, and by FORCE_* another agent's."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from esl_bridge.callflow import ending
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.states import Trigger, TriggerDetails
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BadField, ForeignExtension, NotAllowed
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import Reply, Request, StatusName, Target


class StatusAction(StrEnum):
    """What an agent can request; CHECKIN is missing, since it needs a password."""

    CHECKOUT = "CHECKOUT"
    MAKE_FREE = "MAKE_FREE"
    MAKE_BUSY = "MAKE_BUSY"
    MAKE_REST = "MAKE_REST"
    MAKE_ARRANGE = "MAKE_ARRANGE"
    MAKE_FREE_AFTER_CALL_STOP = "MAKE_FREE_AFTER_CALL_STOP"
    MAKE_BUSY_AFTER_CALL_STOP = "MAKE_BUSY_AFTER_CALL_STOP"
    MAKE_REST_AFTER_CALL_STOP = "MAKE_REST_AFTER_CALL_STOP"
    CHECKOUT_AFTER_CALL_STOP = "CHECKOUT_AFTER_CALL_STOP"
    CANCEL_AFTER_CALL_STOP = "CANCEL_AFTER_CALL_STOP"
    FORCE_RESET = "FORCE_RESET"
    FORCE_CHECKOUT = "FORCE_CHECKOUT"
    FORCE_MAKE_FREE = "FORCE_MAKE_FREE"
    FORCE_MAKE_BUSY = "FORCE_MAKE_BUSY"


class ChangeStatusRequest(Request, frozen=True, kw_only=True, tag="change_status"):
    """``rest_min`` in minutes; ``operated_*`` for FORCE_* only, which checks for their absence."""

    action: StatusAction
    rest_min: Annotated[int, Meta(ge=1, le=480)] | None = None
    operated_agent_id: Target | None = None
    operated_ext_id: Target | None = None


class ChangeStatusReply(Reply, frozen=True, kw_only=True):
    """For FORCE_* the states are the operated agent's."""

    action: StatusAction
    last_agent_status: StatusName
    agent_status: StatusName


class ChangeStatusRefusal(Reply, frozen=True, kw_only=True):
    """``action``: as it was sent, "" where that was no text."""

    action: str


_LEAVES_THE_CALL = frozenset({"CHECKOUT", "FORCE_CHECKOUT", "FORCE_RESET"})


def _action_alone(fields: Mapping[str, object], _agent: Agent) -> ChangeStatusRefusal:
    action = fields.get("action")
    return ChangeStatusRefusal(action=action if isinstance(action, str) else "")


@operation(ChangeStatusRequest, reply=ChangeStatusReply, refused=_action_alone, durable=True)
def change_status(request: ChangeStatusRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = _agent_to_change(request, tenant, requester)
    trigger, last = Trigger(request.action), agent.status
    details = TriggerDetails(
        rest_seconds=60 * (request.rest_min or tenant.company.rest_minutes or 0),
        wrap_up_seconds=tenant.company.wrap_up_seconds,
        reason="" if agent is requester.agent else f"{request.action}:{requester.agent.id}",
    )
    rest = ending.nothing()
    if request.action in _LEAVES_THE_CALL:
        rest = ending.leave(tenant, agent, trigger, details)
    else:
        tenant.agent_states.change(agent, trigger, details)
    yield ChangeStatusReply(
        action=request.action, last_agent_status=last, agent_status=agent.status
    )
    yield from rest


def _agent_to_change(request: ChangeStatusRequest, tenant: Tenant, requester: Requester) -> Agent:
    """The agent whose state is to change: the requester, or by FORCE_* another, whose extension may
    be given. Raises NotAllowed, BadField, UnknownAgent or ForeignExtension."""
    forced = request.action.startswith("FORCE_")
    if not forced or (request.action == "FORCE_RESET" and request.operated_agent_id is None):
        return requester.agent
    if not requester.agent.entry.supervisor:
        raise NotAllowed
    if request.operated_agent_id is None:
        raise BadField("operated_agent_id")
    operated = tenant.roster.agent(request.operated_agent_id)
    if request.operated_ext_id not in (None, operated.extension):
        raise ForeignExtension
    return operated
