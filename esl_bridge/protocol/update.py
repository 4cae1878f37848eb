"""A push to all who follow something: the same for each, but for its head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.subscription import Subscription
from esl_bridge.protocol.messages import Push


@dataclass(frozen=True)
class Update:
    """``parts``: the fields that are the same for each; ``to``: who is sent it, as long as it
    follows the ``subscription``."""

    kind: type[Push]
    parts: Mapping[str, object]
    subscription: Subscription
    to: Sequence[Agent]
