"""An agent is told of the supervisors that it cannot see, where its company has it so: when they
begin to hear, and once of the end."""

from __future__ import annotations

from esl_bridge.domain.call import Kind, Phase
from esl_bridge.domain.domain_events import ActionAdvanced
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Monitoring
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant import Tenant

# Of these the operated agent's own state says nothing.
_UNSEEN = (Kind.EAVESDROP, Kind.WHISPER)


def begin(tenant: Tenant, procedure: Monitoring) -> None:
    if tenant.company.tell_listened and procedure.action.kind in _UNSEEN:
        procedure.notice = tenant.new_id()
        _tell(tenant, procedure, Phase.START_CALL)


def end(tenant: Tenant, procedure: Monitoring) -> None:
    """Of what the agent was told of."""
    if procedure.notice:
        _tell(tenant, procedure, Phase.END_CALL)
        procedure.notice = ""


def end_all(tenant: Tenant, operated: Leg) -> None:
    """The agent has no call any more that anybody could listen to."""
    for procedure in operated.supervised:
        end(tenant, procedure)


def _tell(tenant: Tenant, procedure: Monitoring, phase: Phase) -> None:
    agent = procedure.operated.agent
    if agent is None or agent.last_reported[0] == Status.OFFLINE:
        return  # it receives no pushes
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
