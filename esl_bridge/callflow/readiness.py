"""Whether a call is ready for a request, or in the middle of something that ends by itself.

An agent that is told CALLING may act at once, before the switch has bridged it. A request then is
judged by what is about to be, and not refused for what is not so yet.
"""

from __future__ import annotations

from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain.leg import Leg, Purpose
from esl_bridge.errors import NotInCall

# How long the switch takes at most to bridge two legs, or to begin to play; measured: 0.2 s.
_READY_SECONDS = 2.0


def ready(own_leg: Leg) -> Steps:
    """Wait until nothing is in flight in an agent's call. Raises NotInCall where the call ends
    first."""
    if not is_in_flight(own_leg):
        return
    yield Until(lambda: own_leg.ended or not is_in_flight(own_leg), _READY_SECONDS)
    if own_leg.ended:
        raise NotInCall


def is_in_flight(own_leg: Leg) -> bool:
    """Whether the switch is about to report a bridge, or that a supervisor hears: what the agent
    was told of already."""
    procedure = own_leg.call.procedure
    for_somebody = own_leg.origin.offered or own_leg.origin.purpose is Purpose.SUBSTITUTE
    is_unbridged = for_somebody and own_leg.answered and not own_leg.progress.talked
    return is_unbridged or (procedure is not None and procedure.awaits_switch)
