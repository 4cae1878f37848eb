"""trans: hands the customer to somebody else, or takes that back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from esl_bridge.callflow import ending, parties, queueing, routing, transferring
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain import work
from esl_bridge.domain.call import Action, Kind
from esl_bridge.domain.company import Company
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Hold, Leg, Why
from esl_bridge.domain.permits import permit
from esl_bridge.errors import BadField, NotNow, PartyGone
from esl_bridge.operations import in_turn
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import (
    LegId,
    Reply,
    SetsUpALeg,
    Target,
    heeded_in_taking_back,
    require_number,
)


class TransMode(StrEnum):
    """BLIND: the customer hears music meanwhile; CONSULT: agent and customer talk on."""

    BLIND = "1"
    CONSULT = "2"
    CANCEL = "3"


class TransType(StrEnum):
    """To whom."""

    AGENT = "1"
    SKILL = "2"
    IVR = "3"
    OUTSIDE = "4"
    SURVEY = "5"


class Trans(SetsUpALeg, frozen=True, kw_only=True, tag="trans"):
    """``trans_number`` is an id or a number, as ``trans_type`` says; a survey needs none."""

    uuid: LegId
    type: TransMode
    trans_type: TransType | None = None
    trans_number: Target | None = None

    @classmethod
    def heeded(cls, fields: Mapping[str, object]) -> Mapping[str, object]:
        taken_back = fields.get("type") == TransMode.CANCEL
        return heeded_in_taking_back(fields) if taken_back else fields

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
    """Nothing where a transfer was taken back."""

    contact_id: str | None = None


_REACHED_BY_A_LEG = frozenset({TransType.AGENT, TransType.OUTSIDE})


@operation(Trans, upon=in_turn.course)
def trans(request: Trans, desk: Desk, asker: Asker) -> Moves:
    own = desk.own_leg(asker.agent, request.uuid)
    if request.type is TransMode.CANCEL:
        permit("trans 3", asker.agent)
        yield from _cancel(parties.begun_by(asker.agent, work.Transfer))
        return
    yield from parties.together(own)
    permit("trans", asker.agent)
    customer = parties.partner(own)
    if request.trans_type in _REACHED_BY_A_LEG:
        other, held = _reach(request, desk, own, customer), own.hold is Hold.MUSIC
        begun = _begin(request, desk, own, customer, other)
        yield TransReply(contact_id=own.call.contact_id)
        yield from transferring.begin(desk, begun, request, held=held)
    else:
        desk.need_switch()
        place, held = _place(request, desk.company), own.hold is Hold.MUSIC
        begun = _begin(request, desk, own, customer, None)
        yield TransReply(contact_id=own.call.contact_id)
        yield from transferring.to_place(desk, begun, *place, held=held)


def _cancel(under_way: work.Transfer) -> Moves:
    if under_way.other is None:  # the customer has been sent on already
        raise NotNow
    yield from parties.joined(under_way.other)
    if under_way.own.call.work is not under_way or under_way.other.talked:
        raise NotNow  # the target had answered
    yield from ending.call_off(under_way.other)
    yield TransReply()


def _reach(request: Trans, desk: Desk, own: Leg, customer: Leg) -> Leg:
    assert request.trans_number is not None
    inside, number = request.trans_type is TransType.AGENT, request.trans_number
    target = parties.target(desk, own.call, "trans_number", number, inside=inside)
    other = parties.reach(desk, own, target, number, Why.TRANS, request)
    other.caller = customer.number
    if customer.agent is None:
        other.callee = routing.called_number(desk, customer) or other.callee
    return other


def _begin(request: Trans, desk: Desk, own: Leg, customer: Leg, other: Leg | None) -> work.Transfer:
    assert own.agent is not None
    action = Action(Kind.TRANS, own.agent.id, request.req_id, own, other)
    if other is not None:
        action.media = other.media
    aside = request.type is TransMode.BLIND
    begun = work.Transfer(own.agent, own, customer, other, action, aside)
    own.hold, own.call.work = Hold.NO, begun
    if other is not None and aside and desk.company.blind_transfer == "release":
        own.ending = PartyGone
    desk.begin(action)
    desk.touch_all(own.call)
    return begun


def _place(request: Trans, company: Company) -> tuple[str, str]:
    """Extension and context of a skill's queue, an IVR or the survey."""
    number = request.trans_number or ""
    if request.trans_type is TransType.SKILL and number in company.skills:
        return queueing.entrance(company.code, number), "esl_bridge"
    if request.trans_type is TransType.SURVEY and not number and company.survey is not None:
        return company.survey.extension, company.survey.context
    ivr = company.ivrs.get(number)
    if ivr is None or request.trans_type is TransType.SKILL:
        raise BadField("trans_number", "no such place")
    return ivr.extension, ivr.context
