"""Maps events of the switch to their reactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.tenant import Tenant

Reaction = Callable[[Any, Tenant], Steps | None]
AnyReaction = TypeVar("AnyReaction", bound=Reaction)

REACTIONS: dict[type, Reaction] = {}


def reaction(*events: type) -> Callable[[AnyReaction], AnyReaction]:
    """Register a function as the reaction to these events; it returns the steps to carry out, or
    None."""

    def register(react: AnyReaction) -> AnyReaction:
        for event in events:
            REACTIONS[event] = react
        return react

    return register
