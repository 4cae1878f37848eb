"""When a leg may be originated; and the agent's own phone, which is called first."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType
from typing import Any

from esl_bridge.callflow import dialling, ending, queueing
from esl_bridge.callflow.steps import Step, Steps
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Supervision
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError
from esl_bridge.esl import dialstring


def is_due(leg: Leg, far: Leg | None = None) -> Generator[Step, Any, bool]:
    """Wait until the phones of a leg, and of ``far``, are free of queues and of their last calls.
    False where the leg has ended meanwhile; raises its ``ending`` if it was ended before the switch
    was told to call."""
    if not leg.ended and leg.ending is None:
        yield from queueing.wait_until_out_of_queues(leg, far)
    if not leg.ended and leg.ending is not None:
        raise leg.ending
    return not leg.ended


def ring_own_phone(
    tenant: Tenant,
    own_leg: Leg,
    shows: str,
    then: Callable[[], dialstring.AfterAnswer],
    variables: Mapping[str, str] = MappingProxyType({}),
    far: Leg | None = None,
) -> Steps:
    """Ring the phone of the agent that begins a call; it displays ``shows``, and executes what
    ``then`` gives once it has answered. ``far``: the leg that it calls after that. Where the phone
    cannot be rung, the call is over."""
    try:
        if (yield from is_due(own_leg, far)):
            phone = dialling.own_phone(tenant, own_leg, shows)
            phone.variables.update(variables)
            yield from dialling.dial(own_leg, phone, then())
    except BridgeError as error:
        ending.fail(tenant, own_leg.call, error)
        procedure = own_leg.call.procedure
        # A leg that may still come up detaches it when it ends.
        if own_leg.ended and isinstance(procedure, Supervision):
            procedure.detach()
