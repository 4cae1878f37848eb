"""answer, pickup: asks the phone of a ringing leg to answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from esl_bridge.callflow.steps import Moves, Until
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.permits import permit
from esl_bridge.errors import PartyGone, PhoneDidNotAnswer
from esl_bridge.esl import commands
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import CallinChannel, LegId, Reply, WithMedia


class Answer(WithMedia, frozen=True, kw_only=True, tag="answer"):
    """``callin_channel`` as the ``callin`` had it. Its reply has no fields of its own."""

    req_id: Annotated[str, Meta(max_length=128)] = ""
    uuid: LegId
    callin_channel: CallinChannel | None = None


@operation(Answer)
def answer(request: Answer, desk: Desk, asker: Asker) -> Moves:
    agent = asker.agent
    leg = desk.own_leg(agent, request.uuid)
    if not permit("answer", agent) or leg.answered:
        yield Reply()
        return
    # A switch cannot pick up somebody's phone, only ask it to.
    yield commands.uuid_phone_event(leg.uuid, "talk")
    yield Until(leg, lambda: leg.answered or leg.ended, desk.premises.answer_seconds)
    if leg.ended:
        raise PartyGone
    if not leg.answered:
        raise PhoneDidNotAnswer
    yield Reply()
