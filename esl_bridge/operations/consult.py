"""consult: asks a third party while the customer hears music, or ends that."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from esl_bridge.callflow import consulting, ending, parties
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain import work
from esl_bridge.domain.call import Action, Kind
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Hold, Leg, Why
from esl_bridge.domain.permits import permit
from esl_bridge.errors import BadField, NotNow
from esl_bridge.operations import in_turn
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import (
    LegId,
    Line,
    Reply,
    SetsUpALeg,
    Target,
    heeded_in_taking_back,
    require_number,
)


class ConsultMode(StrEnum):
    """Begin or end."""

    START = "1"
    CANCEL = "2"


class Consult(SetsUpALeg, frozen=True, kw_only=True, tag="consult"):
    """``consult_number`` is an agent's id or a number; ending a consult needs neither."""

    uuid: LegId
    type: ConsultMode
    consult_type: Line | None = None
    consult_number: Target | None = None

    @classmethod
    def heeded(cls, fields: Mapping[str, object]) -> Mapping[str, object]:
        taken_back = fields.get("type") == ConsultMode.CANCEL
        return heeded_in_taking_back(fields) if taken_back else fields

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
    """``consult_uuid``: the consultant's leg; both are absent when a consult was ended."""

    consult_uuid: str | None = None
    contact_id: str | None = None


@operation(Consult, upon=in_turn.course)
def consult(request: Consult, desk: Desk, asker: Asker) -> Moves:
    own = desk.own_leg(asker.agent, request.uuid)
    yield from parties.together(own)
    permit(f"consult {request.type}", asker.agent)
    if request.type is ConsultMode.CANCEL:
        yield from _break_off(parties.begun_by(asker.agent, work.Consult))
        return
    held = own.hold is Hold.MUSIC
    begun = _begin(request, desk, own)
    yield ConsultReply(consult_uuid=begun.other.uuid, contact_id=own.call.contact_id)
    yield from consulting.begin(desk, begun, request, held=held)


def _break_off(consult: work.Consult) -> Moves:
    yield from parties.joined(consult.other)
    # It may be over by now; or the customer is the consultant's, or about to be.
    if consult.own.call.work is not consult or consult.hand_over is not None:
        raise NotNow
    yield from ending.call_off(consult.other)
    yield ConsultReply()


def _begin(request: Consult, desk: Desk, own: Leg) -> work.Consult:
    assert own.agent is not None and request.consult_number is not None
    customer, number = parties.partner(own), request.consult_number
    inside = request.consult_type is Line.AGENT
    target = parties.target(desk, own.call, "consult_number", number, inside=inside)
    other = parties.reach(desk, own, target, number, Why.CONSULT, request)
    action = Action(Kind.CONSULT, own.agent.id, request.req_id, own, other, other.media)
    begun = work.Consult(own.agent, own, customer, other, action)
    own.hold, own.call.work = Hold.NO, begun
    desk.begin(action)
    desk.touch_all(own.call)
    return begun
