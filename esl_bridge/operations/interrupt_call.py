"""interrupt_call: a supervisor ends an agent's whole call."""

from __future__ import annotations

from esl_bridge.callflow import ending, supervising
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.call import Action, Kind
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.permits import operable
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import Reply, Supervises


class InterruptCall(Supervises, frozen=True, kw_only=True, tag="interrupt_call"):
    """Whose call. Its reply has no fields of its own."""


@operation(InterruptCall)
def interrupt_call(request: InterruptCall, desk: Desk, asker: Asker) -> Moves:
    supervisor = asker.agent
    agent = supervising.operated(
        desk, supervisor, request.operated_agent_id, request.operated_ext_id
    )
    leg = operable("interrupt_call", agent)
    desk.need_switch()
    desk.begin(Action(Kind.INTERRUPT_CALL, supervisor.id, request.req_id, leg))
    yield Reply()
    yield from ending.interrupt(desk, leg.call, f"INTERRUPT_CALL:{supervisor.id}")
