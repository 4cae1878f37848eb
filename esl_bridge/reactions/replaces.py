"""An INVITE with Replaces takes the place of a leg."""

from __future__ import annotations

from esl_bridge.callflow import replaces
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl.events import LegReplaced
from esl_bridge.reactions.registry import reaction


@reaction(LegReplaced)
def replaced(event: LegReplaced, tenant: Tenant) -> Steps:
    tenant.leg_book.replacement_came(event.leg)
    leg = tenant.legs.get(event.leg)
    who = event.of or event.address
    if event.barges and not (leg is not None and leg.media.phone_holds):
        return replaces.barged_in(tenant, leg, event.leg, event.by, who)
    return replaces.leg_replaced(tenant, leg, event.leg, event.by, who)
