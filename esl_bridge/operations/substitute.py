"""substitute: a supervisor takes an agent's ringing or running call over."""

from __future__ import annotations

from esl_bridge.callflow import parties, substituting, supervising
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.call import Kind
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.permits import operable, permit
from esl_bridge.domain.work import Substitution
from esl_bridge.errors import NotInCall
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import Reply, Supervises


class Substitute(Supervises, frozen=True, kw_only=True, tag="substitute"):
    """Whose call."""


class SubstituteReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the supervisor's own leg."""

    uuid: str
    contact_id: str


@operation(Substitute)
def substitute(request: Substitute, desk: Desk, asker: Asker) -> Moves:
    supervisor = asker.agent
    agent = supervising.operated(
        desk, supervisor, request.operated_agent_id, request.operated_ext_id
    )
    if agent.own is not None:
        yield from parties.together(agent.own)
    permit("call", supervisor)
    operated = operable("substitute", agent)
    customer = substituting.far_party(operated)
    if customer is None:
        raise NotInCall
    supervising.own_phone_is_ready(desk, supervisor)
    action = supervising.begin(desk, operated, supervisor, Kind.SUBSTITUTE, request.req_id)
    work = Substitution(supervisor, action.near, operated, action)
    action.near.call.work = work
    operated.successors.append(work)
    yield SubstituteReply(uuid=action.near.uuid, contact_id=operated.call.contact_id)
    yield from substituting.begin(desk, work, customer.number)
