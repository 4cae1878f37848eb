"""The contact that a leg belongs to, which a channel variable carries on the switch.

Legs that the service originates are created with it. It is set on legs that called in, or that a
queue called, unless they carry it already.
"""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import Leg
from esl_bridge.errors import SwitchError
from esl_bridge.esl import commands


def variables(call: Call) -> dict[str, str]:
    """The variables that a leg of this call has to carry."""
    return {"esl_bridge_contact_id": call.contact_id} if call.contact_id else {}


def mark(leg: Leg, carried: str) -> Steps | None:
    """Have a leg carry its contact; None where it does. ``carried``: the contact id that the switch
    reports for it."""
    return None if carried == leg.call.contact_id else _set(leg)


def _set(leg: Leg) -> Steps:
    named = variables(leg.call)
    if named and not leg.ended:
        with suppress(SwitchError):  # the leg has ended; or the resync sets it
            yield commands.uuid_setvar(leg.uuid, **named)
