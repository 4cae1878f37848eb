"""Which reaction an event of the switch has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.tenant import Tenant

Reaction = Callable[[Any, Tenant], Steps | None]
AnyReaction = TypeVar("AnyReaction", bound=Reaction)

REACTIONS: dict[type, Reaction] = {}


def reaction(*events: type) -> Callable[[AnyReaction], AnyReaction]:
    """Make a function the reaction to these events; what it wants done it gives back as steps."""

    def register(react: AnyReaction) -> AnyReaction:
        for event in events:
            REACTIONS[event] = react
        return react

    return register
