"""three_way: a third party joins the talk; from its answer on everybody hears everybody."""

from __future__ import annotations

from esl_bridge.callflow import bridging, conference, third_party
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import presence, procedures
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.call import Action, ActionKind
from esl_bridge.domain.leg import Leg, Purpose
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import TooManyParties, WrongState
from esl_bridge.operations import in_order
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import (
    ContactId,
    LegId,
    Line,
    OriginatingRequest,
    Reply,
    Target,
    require_number,
)


class ThreeWayRequest(OriginatingRequest, frozen=True, kw_only=True, tag="three_way"):
    """``three_way_number``: an agent's id or an outside number, depending on ``three_way_type``."""

    uuid: LegId
    three_way_type: Line
    three_way_number: Target

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.three_way_type is Line.OUTSIDE:
            require_number("three_way_number", self.three_way_number, "three_way_type 0")


class ThreeWayReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the third party's leg."""

    in_call_numbers: tuple[str, ...]
    uuid: LegId
    contact_id: ContactId


@operation(ThreeWayRequest, reply=ThreeWayReply, upon=in_order.course)
def three_way(request: ThreeWayRequest, tenant: Tenant, requester: Requester) -> Steps:
    own_leg = tenant.leg_book.own_leg(requester.agent, request.uuid)
    require_allowed("three_way", requester.agent)
    if own_leg.call.procedure is not None:
        yield from _from_consult(request, tenant, own_leg)
        return
    customer, number = bridging.partner(own_leg), request.three_way_number
    inside = request.three_way_type is Line.AGENT
    other = third_party.set_up(
        tenant, own_leg, "three_way_number", number, Purpose.THREE_WAY, request, inside=inside
    )
    begun = _begin(request, tenant, own_leg, customer, other)
    yield _reply(own_leg, other)
    yield from third_party.ring(tenant, begun, request, conference.prepare(begun))


def _from_consult(request: ThreeWayRequest, tenant: Tenant, own_leg: Leg) -> Steps:
    """The consultant joins; a call has no room for another party."""
    assert own_leg.agent is not None
    consult = bridging.begun_by(own_leg.agent, procedures.Consult)
    other = consult.other
    if consult.customer_leaves:
        raise WrongState
    asked = other.agent.id if other.agent is not None else other.number
    if request.three_way_number != asked:
        raise TooManyParties
    tenant.need_switch()
    begun = _begin(request, tenant, own_leg, consult.customer, other)
    other.origin.purpose = Purpose.THREE_WAY
    tenant.actions.end(consult.action, reached=True)
    yield _reply(own_leg, other)
    yield from conference.gather(tenant, begun)


def _begin(
    request: ThreeWayRequest, tenant: Tenant, own_leg: Leg, customer: Leg, other: Leg
) -> procedures.Conference:
    assert own_leg.agent is not None
    action = Action(
        ActionKind.THREE_WAY,
        own_leg.agent.id,
        request.req_id,
        own_leg,
        other,
        other.media.directions,
    )
    own_leg.call.procedure = procedures.Conference(
        own_leg.agent, own_leg, customer, other, action, room=own_leg.uuid
    )
    tenant.actions.begin(action)
    return own_leg.call.procedure


def _reply(own_leg: Leg, other: Leg) -> ThreeWayReply:
    assert own_leg.agent is not None
    numbers = tuple(presence.in_call_numbers(own_leg.agent))
    contact_id = own_leg.call.contact_id
    return ThreeWayReply(in_call_numbers=numbers, uuid=other.uuid, contact_id=contact_id)
