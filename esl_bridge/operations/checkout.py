"""checkout: the agent goes OFFLINE; a call that is up is ended first."""

from __future__ import annotations

from esl_bridge.callflow import ending
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.states import Trigger
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import Reply, Request


class Checkout(Request, frozen=True, kw_only=True, tag="checkout"):
    """Nothing beside the envelope; so is its reply."""


@operation(Checkout, durable=True)
def checkout(_request: Checkout, desk: Desk, asker: Asker) -> Moves:
    rest = ending.leave(desk, asker.agent, Trigger.CHECKOUT)
    yield Reply()
    yield from rest
