"""hangup: ends the agent's own leg, or one that it set up."""

from __future__ import annotations

from esl_bridge.callflow import ending, parties
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.errors import NotAllowed
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import OnALeg, Reply


class Hangup(OnALeg, frozen=True, kw_only=True, tag="hangup"):
    """The leg to end. Its reply has no fields of its own."""


@operation(Hangup)
def hangup(request: Hangup, desk: Desk, asker: Asker) -> Moves:
    agent = asker.agent
    leg = desk.leg_of(agent, request.uuid)
    if leg is agent.own:
        yield from ending.end_own_leg(leg)
    elif leg.begun_by == agent.id:
        yield from parties.joined(leg)
        yield from ending.call_off(desk.leg_of(agent, request.uuid))
    else:
        raise NotAllowed
    yield Reply()
