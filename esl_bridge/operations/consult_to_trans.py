"""consult_to_trans: hands the customer to the consultant, talking or still ringing."""

from __future__ import annotations

from esl_bridge.callflow import consulting, ending, parties
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain import work
from esl_bridge.domain.call import Action, Kind
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.permits import permit
from esl_bridge.errors import NotNow, PartyGone, UnknownLeg
from esl_bridge.operations import in_turn
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import LegId, Reply, Request


class ConsultToTrans(Request, frozen=True, kw_only=True, tag="consult_to_trans"):
    """The consultant's leg. Its reply has no fields of its own."""

    consult_uuid: LegId


@operation(ConsultToTrans, upon=in_turn.course)
def consult_to_trans(request: ConsultToTrans, desk: Desk, asker: Asker) -> Moves:
    agent = asker.agent
    own, other = desk.own_leg(agent, request.consult_uuid), desk.legs[request.consult_uuid]
    yield from parties.joined(other)
    permit("consult_to_trans", agent)
    under_way = parties.begun_by(agent, work.Consult)
    if under_way.other is not other:
        raise UnknownLeg
    if not _may_go_over(under_way):
        raise NotNow
    desk.need_switch()
    action = Action(Kind.CONSULT_TO_TRANS, agent.id, request.req_id, own, other)
    desk.begin(action)
    desk.end(under_way.action, reached=True)
    if under_way.talks:
        yield Reply()
        yield from consulting.hand_over(desk, under_way, action)
    else:
        yield from _while_it_rings(desk, under_way, action)


def _may_go_over(consult: work.Consult) -> bool:
    being_joined = consult.other.answered and not consult.talks
    return consult.hand_over is None and not being_joined


def _while_it_rings(desk: Desk, consult: work.Consult, action: Action) -> Moves:
    """The agent waits for the answer, or leaves at once where the company has it so."""
    own = consult.own
    own.call.work = work.Transfer(
        consult.agent, own, consult.customer, consult.other, action, aside=True
    )
    if desk.company.blind_transfer == "release":
        own.ending = PartyGone
    desk.touch_all(own.call)
    yield Reply()
    if own.ending is not None:
        yield from ending.end_leg(own)
