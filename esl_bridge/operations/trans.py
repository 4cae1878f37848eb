"""trans: transfers the customer, or cancels that."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from esl_bridge.callflow import bridging, ending, queueing, routing, third_party, transferring
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import procedures
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.call import Action, ActionKind
from esl_bridge.domain.company import Company
from esl_bridge.domain.leg import Hold, Leg, Purpose
from esl_bridge.domain.phases import TransferPhase
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BadField, PartyGone, WrongState
from esl_bridge.operations import in_order
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import (
    ContactId,
    LegId,
    OriginatingRequest,
    Reply,
    Target,
    relevant_in_taking_back,
    require_number,
)


class TransMode(StrEnum):
    """BLIND: the customer hears music meanwhile; CONSULT: it goes on talking to the agent."""

    BLIND = "1"
    CONSULT = "2"
    CANCEL = "3"


class TransType(StrEnum):
    """The kind of target."""

    AGENT = "1"
    SKILL = "2"
    IVR = "3"
    OUTSIDE = "4"
    SURVEY = "5"


class TransRequest(OriginatingRequest, frozen=True, kw_only=True, tag="trans"):
    """``trans_number``: an id or an outside number, depending on ``trans_type``; a survey needs
    none."""

    uuid: LegId
    type: TransMode
    trans_type: TransType | None = None
    trans_number: Target | None = None

    @classmethod
    def relevant(cls, fields: Mapping[str, object]) -> Mapping[str, object]:
        taken_back = fields.get("type") == TransMode.CANCEL
        return relevant_in_taking_back(fields) if taken_back else fields

    def __post_init__(self) -> None:
        if self.type is TransMode.CANCEL:
            return
        super().__post_init__()
        if self.trans_type is None:
            raise BadField("trans_type", "missing")
        if self.trans_number is None:
            if self.trans_type is not TransType.SURVEY:
                raise BadField("trans_number", "missing")
        elif self.trans_type is TransType.OUTSIDE:
            require_number("trans_number", self.trans_number, "trans_type 1")


class TransReply(Reply, frozen=True, kw_only=True):
    """Empty where a transfer was cancelled."""

    contact_id: ContactId | None = None


_REACHED_BY_A_LEG = frozenset({TransType.AGENT, TransType.OUTSIDE})


@operation(TransRequest, reply=TransReply, upon=in_order.course)
def trans(request: TransRequest, tenant: Tenant, requester: Requester) -> Steps:
    own_leg = tenant.leg_book.own_leg(requester.agent, request.uuid)
    if request.type is TransMode.CANCEL:
        require_allowed("trans 3", requester.agent)
        yield from _cancel(bridging.begun_by(requester.agent, procedures.Transfer))
        return
    require_allowed("trans", requester.agent)
    customer = bridging.partner(own_leg)
    if request.trans_type in _REACHED_BY_A_LEG:
        other, held = _reach(request, tenant, own_leg, customer), own_leg.media.hold is Hold.MUSIC
        begun = _begin(request, tenant, own_leg, customer, other)
        yield TransReply(contact_id=own_leg.call.contact_id)
        before = transferring.prepare(tenant, begun, held=held)
        yield from third_party.ring(tenant, begun, request, before, held=held)
    else:
        tenant.need_switch()
        place, held = _place(request, tenant.company), own_leg.media.hold is Hold.MUSIC
        begun = _begin(request, tenant, own_leg, customer, None)
        yield TransReply(contact_id=own_leg.call.contact_id)
        yield from transferring.to_place(tenant, begun, *place, held=held)


def _cancel(under_way: procedures.Transfer) -> Steps:
    if under_way.other is None:  # the customer has been transferred already
        raise WrongState
    if under_way.own_leg.call.procedure is not under_way or under_way.other.progress.talked:
        raise WrongState  # the target had answered
    yield from ending.call_off(under_way.other)
    yield TransReply()


def _reach(request: TransRequest, tenant: Tenant, own_leg: Leg, customer: Leg) -> Leg:
    assert request.trans_number is not None
    inside, number = request.trans_type is TransType.AGENT, request.trans_number
    other = third_party.set_up(
        tenant, own_leg, "trans_number", number, Purpose.TRANS, request, inside=inside
    )
    other.origin.caller = customer.number
    if customer.agent is None:
        other.origin.callee = routing.called_number(tenant, customer) or other.origin.callee
    return other


def _begin(
    request: TransRequest, tenant: Tenant, own_leg: Leg, customer: Leg, other: Leg | None
) -> procedures.Transfer:
    assert own_leg.agent is not None
    action = Action(ActionKind.TRANS, own_leg.agent.id, request.req_id, own_leg, other)
    if other is not None:
        action.media = other.media.directions
    with_music = request.type is TransMode.BLIND
    phase = TransferPhase.RINGING if other else TransferPhase.LEAVING
    begun = procedures.Transfer(
        own_leg.agent,
        own_leg,
        customer,
        other,
        action,
        with_music,
        request.max_ring_time,
        phase,
    )
    own_leg.media.hold, own_leg.call.procedure = Hold.NO, begun
    if other is not None and with_music and tenant.company.blind_transfer == "release":
        own_leg.ending = PartyGone
    tenant.actions.begin(action)
    tenant.agent_states.mark_all_changed(own_leg.call)
    return begun


def _place(request: TransRequest, company: Company) -> tuple[str, str]:
    """Extension and context of a skill's queue, an IVR or the survey; raises BadField."""
    number = request.trans_number or ""
    if request.trans_type is TransType.SKILL and number in company.skills:
        return queueing.entrance(company.code, number), "esl_bridge"
    if request.trans_type is TransType.SURVEY and not number and company.survey is not None:
        return company.survey.extension, company.survey.context
    ivr = company.ivrs.get(number)
    if ivr is None or request.trans_type is TransType.SKILL:
        raise BadField("trans_number", "no such skill, IVR or survey")
    return ivr.extension, ivr.context
