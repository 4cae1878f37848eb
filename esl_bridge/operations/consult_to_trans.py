"""consult_to_trans: hands the customer over to the consultant, whether it talks or still rings."""

from __future__ import annotations

from esl_bridge.callflow import bridging, consulting, ending
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import procedures
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.call import Action, ActionKind
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import PartyGone, UnknownLeg, WrongState
from esl_bridge.operations import in_order
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import LegId, Reply, Request


class ConsultToTransRequest(Request, frozen=True, kw_only=True, tag="consult_to_trans"):
    """``consult_uuid``: the consultant's leg. The reply has no fields of its own."""

    consult_uuid: LegId


@operation(ConsultToTransRequest, upon=in_order.course)
def consult_to_trans(request: ConsultToTransRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    own_leg, other = (
        tenant.leg_book.own_leg(agent, request.consult_uuid),
        tenant.legs[request.consult_uuid],
    )
    require_allowed("consult_to_trans", agent)
    under_way = bridging.begun_by(agent, procedures.Consult)
    if under_way.other is not other:
        raise UnknownLeg
    if not _may_go_over(under_way):
        raise WrongState
    tenant.need_switch()
    action = Action(ActionKind.CONSULT_TO_TRANS, agent.id, request.req_id, own_leg, other)
    tenant.actions.begin(action)
    tenant.actions.end(under_way.action, reached=True)
    if under_way.talks:
        yield Reply()
        yield from consulting.complete_transfer(tenant, under_way, action)
    else:
        yield from _while_it_rings(tenant, under_way, action)


def _may_go_over(consult: procedures.Consult) -> bool:
    being_joined = consult.other.answered and not consult.talks
    return not consult.customer_leaves and not being_joined


def _while_it_rings(tenant: Tenant, consult: procedures.Consult, action: Action) -> Steps:
    """The agent waits for the answer, or is released at once if the company wants that."""
    own_leg = consult.own_leg
    own_leg.call.procedure = procedures.Transfer(
        consult.agent,
        own_leg,
        consult.customer,
        consult.other,
        action,
        with_music=True,
        wait_seconds=consult.wait_seconds,
    )
    if tenant.company.blind_transfer == "release":
        own_leg.ending = PartyGone
    tenant.agent_states.mark_all_changed(own_leg.call)
    yield Reply()
    if own_leg.ending is not None:
        yield from ending.end_leg(own_leg)
