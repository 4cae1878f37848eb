"""consult: begins a consult, during which the customer hears music, or ends it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from esl_bridge.callflow import bridging, consulting, ending, third_party
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import procedures
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.call import Action, ActionKind
from esl_bridge.domain.leg import Hold, Leg, Purpose
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BadField, WrongState
from esl_bridge.operations import in_order
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import (
    ContactId,
    LegId,
    Line,
    OriginatingRequest,
    Reply,
    Target,
    relevant_in_taking_back,
    require_number,
)


class ConsultMode(StrEnum):
    """Begin or end."""

    START = "1"
    CANCEL = "2"


class ConsultRequest(OriginatingRequest, frozen=True, kw_only=True, tag="consult"):
    """``consult_number``: an agent's id or an outside number; ending a consult needs neither
    field."""

    uuid: LegId
    type: ConsultMode
    consult_type: Line | None = None
    consult_number: Target | None = None

    @classmethod
    def relevant(cls, fields: Mapping[str, object]) -> Mapping[str, object]:
        taken_back = fields.get("type") == ConsultMode.CANCEL
        return relevant_in_taking_back(fields) if taken_back else fields

    def __post_init__(self) -> None:
        if self.type is ConsultMode.CANCEL:
            return
        super().__post_init__()
        if self.consult_type is None:
            raise BadField("consult_type", "missing")
        if self.consult_number is None:
            raise BadField("consult_number", "missing")
        if self.consult_type is Line.OUTSIDE:
            require_number("consult_number", self.consult_number, "consult_type 0")


class ConsultReply(Reply, frozen=True, kw_only=True):
    """``consult_uuid``: the consultant's leg; both fields are absent where a consult was ended."""

    consult_uuid: LegId | None = None
    contact_id: ContactId | None = None


@operation(ConsultRequest, reply=ConsultReply, upon=in_order.course)
def consult(request: ConsultRequest, tenant: Tenant, requester: Requester) -> Steps:
    own_leg = tenant.leg_book.own_leg(requester.agent, request.uuid)
    require_allowed(f"consult {request.type}", requester.agent)
    if request.type is ConsultMode.CANCEL:
        yield from _break_off(bridging.begun_by(requester.agent, procedures.Consult))
        return
    held = own_leg.media.hold is Hold.MUSIC
    begun = _begin(request, tenant, own_leg)
    yield ConsultReply(consult_uuid=begun.other.uuid, contact_id=own_leg.call.contact_id)
    before = consulting.prepare(tenant, begun)
    yield from third_party.ring(tenant, begun, request, before, held=held)


def _break_off(consult: procedures.Consult) -> Steps:
    # The consult may be over by now, or the customer handed over, or about to be.
    if consult.own_leg.call.procedure is not consult or consult.customer_leaves:
        raise WrongState
    yield from ending.call_off(consult.other)
    yield ConsultReply()


def _begin(request: ConsultRequest, tenant: Tenant, own_leg: Leg) -> procedures.Consult:
    assert own_leg.agent is not None and request.consult_number is not None
    customer, number = bridging.partner(own_leg), request.consult_number
    inside = request.consult_type is Line.AGENT
    other = third_party.set_up(
        tenant, own_leg, "consult_number", number, Purpose.CONSULT, request, inside=inside
    )
    action = Action(
        ActionKind.CONSULT, own_leg.agent.id, request.req_id, own_leg, other, other.media.directions
    )
    longest = request.max_ring_time + request.max_call_time
    begun = procedures.Consult(own_leg.agent, own_leg, customer, other, action, longest)
    own_leg.media.hold, own_leg.call.procedure = Hold.NO, begun
    tenant.actions.begin(action)
    tenant.agent_states.mark_all_changed(own_leg.call)
    return begun
