"""Somebody takes the place of a leg."""

from __future__ import annotations

from esl_bridge.callflow import thefts
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.esl.events import LegReplaced
from esl_bridge.reactions.registry import reaction


@reaction(LegReplaced)
def replaced(event: LegReplaced, desk: Desk) -> Moves:
    desk.thief_came(event.leg)
    leg = desk.legs.get(event.leg)
    who = event.of or event.address
    if event.barges and not (leg is not None and leg.phone_holds):
        return thefts.barged_in(desk, leg, event.leg, event.by, who)
    return thefts.place_taken(desk, leg, event.leg, event.by, who)
