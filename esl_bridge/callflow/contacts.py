"""Which contact a leg belongs to: on the switch a channel variable says so, too.

A leg that the service calls is called with it. One that called in, or that a queue has called, is
told it, unless it brings it along.
"""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import Leg
from esl_bridge.errors import SwitchError
from esl_bridge.esl import commands


def variables(call: Call) -> dict[str, str]:
    """What a leg of this call has to carry."""
    return {"esl_bridge_contact_id": call.contact_id} if call.contact_id else {}


def mark(leg: Leg, carried: str) -> Steps | None:
    """Have a leg carry its contact; None where it does. ``carried``: what the switch has of it."""
    return None if carried == leg.call.contact_id else _set(leg)


def _set(leg: Leg) -> Steps:
    named = variables(leg.call)
    if named and not leg.ended:
        with suppress(SwitchError):  # it has gone; or it is told when the switch is read back
            yield commands.uuid_setvar(leg.uuid, **named)
