"""three_way: a third party joins the talk; all hear all from its answer on."""

from __future__ import annotations

from esl_bridge.callflow import meeting, parties
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain import shown, work
from esl_bridge.domain.call import Action, Kind
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg, Why
from esl_bridge.domain.permits import permit
from esl_bridge.errors import NotNow, TooManyParties
from esl_bridge.operations import in_turn
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import LegId, Line, Reply, SetsUpALeg, Target, require_number


class ThreeWay(SetsUpALeg, frozen=True, kw_only=True, tag="three_way"):
    """``three_way_number`` is an agent's id or a number, as ``three_way_type`` says."""

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
    uuid: str
    contact_id: str


@operation(ThreeWay, upon=in_turn.course)
def three_way(request: ThreeWay, desk: Desk, asker: Asker) -> Moves:
    own = desk.own_leg(asker.agent, request.uuid)
    yield from parties.together(own)
    permit("three_way", asker.agent)
    if own.call.work is not None:
        yield from _out_of_a_consult(request, desk, own)
        return
    customer, number = parties.partner(own), request.three_way_number
    inside = request.three_way_type is Line.AGENT
    target = parties.target(desk, own.call, "three_way_number", number, inside=inside)
    other = parties.reach(desk, own, target, number, Why.THREE_WAY, request)
    begun = _begin(request, desk, own, customer, other)
    yield _reply(own, other)
    yield from meeting.begin(desk, begun, request)


def _out_of_a_consult(request: ThreeWay, desk: Desk, own: Leg) -> Moves:
    """The one who is consulted joins; there is no room for anybody else."""
    assert own.agent is not None
    consult = parties.begun_by(own.agent, work.Consult)
    other = consult.other
    if consult.hand_over is not None:
        raise NotNow
    asked = other.agent.id if other.agent is not None else other.number
    if request.three_way_number != asked:
        raise TooManyParties
    desk.need_switch()
    begun = _begin(request, desk, own, consult.customer, other)
    other.why = Why.THREE_WAY
    desk.end(consult.action, reached=True)
    yield _reply(own, other)
    yield from meeting.gather(desk, begun)


def _begin(request: ThreeWay, desk: Desk, own: Leg, customer: Leg, other: Leg) -> work.Meeting:
    assert own.agent is not None
    action = Action(Kind.THREE_WAY, own.agent.id, request.req_id, own, other, other.media)
    own.call.work = work.Meeting(own.agent, own, customer, other, action, room=own.uuid)
    desk.begin(action)
    return own.call.work


def _reply(own: Leg, other: Leg) -> ThreeWayReply:
    assert own.agent is not None
    numbers = tuple(shown.in_call_numbers(own.agent))
    contact_id = own.call.contact_id
    return ThreeWayReply(in_call_numbers=numbers, uuid=other.uuid, contact_id=contact_id)
