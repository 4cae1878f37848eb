"""eavesdrop, whisper, force_call: a supervisor listens to an agent's call, to three degrees."""

from __future__ import annotations

from esl_bridge.callflow import monitoring, supervising
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.allowed_operations import operable, require_allowed
from esl_bridge.domain.call import Action, ActionKind
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Monitoring
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import NotInCall, WrongState
from esl_bridge.operations import in_order
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import ContactId, LegId, Reply, SupervisorRequest


class EavesdropRequest(SupervisorRequest, frozen=True, kw_only=True, tag="eavesdrop"):
    """The supervisor hears the call, and nobody hears the supervisor."""


class WhisperRequest(SupervisorRequest, frozen=True, kw_only=True, tag="whisper"):
    """The supervisor hears the call, and only the agent hears the supervisor."""


class ForceCallRequest(SupervisorRequest, frozen=True, kw_only=True, tag="force_call"):
    """The supervisor joins the call: everybody hears everybody."""


class SuperviseReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the supervisor's own leg."""

    uuid: LegId
    contact_id: ContactId | None = None


_KINDS = {
    EavesdropRequest: ActionKind.EAVESDROP,
    WhisperRequest: ActionKind.WHISPER,
    ForceCallRequest: ActionKind.FORCE_CALL,
}


@operation(
    EavesdropRequest,
    WhisperRequest,
    ForceCallRequest,
    reply=SuperviseReply,
    upon=in_order.supervision,
)
def supervise(request: SupervisorRequest, tenant: Tenant, requester: Requester) -> Steps:
    supervisor, kind = requester.agent, _KINDS[type(request)]
    agent = supervising.operated(
        tenant, supervisor, request.operated_agent_id, request.operated_ext_id
    )
    require_allowed("supervise", supervisor)
    operated = _operated_leg(agent)
    present = supervisor.own_leg.call.procedure if supervisor.own_leg is not None else None
    if present is None:
        yield from _begin(request, kind, tenant, supervisor, operated)
    elif isinstance(present, Monitoring) and present.operated is operated:
        yield from _change(request, kind, tenant, present)
    else:
        raise WrongState


def _operated_leg(agent: Agent) -> Leg:
    leg = operable("eavesdrop", agent)
    # An agent whose phone dials is CALLING, but until the far side answers there is nothing to
    # hear.
    if not leg.answered:
        raise NotInCall
    return leg


def _begin(
    request: SupervisorRequest, kind: ActionKind, tenant: Tenant, supervisor: Agent, operated: Leg
) -> Steps:
    supervising.own_phone_is_ready(tenant, supervisor)
    action = supervising.begin(tenant, operated, supervisor, kind, request.req_id)
    procedure = Monitoring(supervisor, action.near, operated, action)
    action.near.call.procedure = procedure
    procedure.attach()
    yield _reply(procedure)
    yield from monitoring.begin(tenant, procedure)


def _change(
    request: SupervisorRequest, kind: ActionKind, tenant: Tenant, procedure: Monitoring
) -> Steps:
    if (
        not procedure.settled
        or procedure.own_leg.ending is not None
        or kind is procedure.action.kind
    ):
        raise WrongState
    tenant.need_switch()
    action = Action(kind, procedure.agent.id, request.req_id, procedure.own_leg)
    tenant.actions.begin(action)
    change = monitoring.change(tenant, procedure, action)
    yield _reply(procedure)
    yield from change


def _reply(procedure: Monitoring) -> SuperviseReply:
    return SuperviseReply(
        uuid=procedure.own_leg.uuid, contact_id=procedure.own_leg.call.contact_id or None
    )
