"""Notices to an agent about supervisors that it cannot see, where its company wants that: when one
begins to listen, and when it stops."""

from __future__ import annotations

from esl_bridge.domain.call import ActionKind, ActionPhase
from esl_bridge.domain.domain_events import ActionAdvanced
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Monitoring
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant import Tenant

# The operated agent's own state does not show these.
_UNSEEN = (ActionKind.EAVESDROP, ActionKind.WHISPER)


def begin(tenant: Tenant, procedure: Monitoring) -> None:
    if tenant.company.tell_listened and procedure.action.kind in _UNSEEN:
        procedure.notice = tenant.new_id()
        _tell(tenant, procedure, ActionPhase.START_CALL)


def end(tenant: Tenant, procedure: Monitoring) -> None:
    """Report the end of what was reported."""
    if procedure.notice:
        _tell(tenant, procedure, ActionPhase.END_CALL)
        procedure.notice = ""


def end_all(tenant: Tenant, operated: Leg) -> None:
    """The agent's call is over, and so is listening to it."""
    for procedure in operated.intrusion.monitorings:
        end(tenant, procedure)


def _tell(tenant: Tenant, procedure: Monitoring, phase: ActionPhase) -> None:
    agent = procedure.operated.agent
    if agent is None or agent.last_reported[0] == Status.OFFLINE:
        return  # an OFFLINE agent receives no pushes
    tenant.domain_events.append(
        ActionAdvanced(
            agent_id=agent.id,
            req_id=procedure.notice,
            kind=procedure.action.kind,
            phase=phase,
            success=True,
            code="0",
            uuid=procedure.operated.uuid,
            contact_id=procedure.operated.call.contact_id,
        )
    )
