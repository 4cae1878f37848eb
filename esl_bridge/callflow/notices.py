"""An agent is told of the supervisors that it cannot see, where its company has it so: when they
begin to hear, and once of the end."""

from __future__ import annotations

from esl_bridge.domain.call import Kind, Phase
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.news import ActionAdvanced
from esl_bridge.domain.states import Status
from esl_bridge.domain.work import Supervision

# Of these the operated agent's own state says nothing.
_UNSEEN = (Kind.EAVESDROP, Kind.WHISPER)


def begin(desk: Desk, work: Supervision) -> None:
    if desk.company.tell_listened and work.action.kind in _UNSEEN:
        work.notice = desk.new_id()
        _tell(desk, work, Phase.START_CALL)


def end(desk: Desk, work: Supervision) -> None:
    """Of what the agent was told of."""
    if work.notice:
        _tell(desk, work, Phase.END_CALL)
        work.notice = ""


def end_all(desk: Desk, operated: Leg) -> None:
    """The agent has no call any more that anybody could listen to."""
    for work in operated.supervised:
        end(desk, work)


def _tell(desk: Desk, work: Supervision, phase: Phase) -> None:
    agent = work.operated.agent
    if agent is None or agent.told[0] == Status.OFFLINE:
        return  # it receives no pushes
    desk.news.append(
        ActionAdvanced(
            agent_id=agent.id,
            req_id=work.notice,
            kind=work.action.kind,
            phase=phase,
            success=True,
            code="0",
            uuid=work.operated.uuid,
            contact_id=work.operated.call.contact_id,
        )
    )
