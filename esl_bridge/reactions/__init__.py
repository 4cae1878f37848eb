"""How a tenant reacts to events of the switch: one file for each kind of event."""

from esl_bridge.reactions import (
    ended,
    legs,
    media,
    parked,
    queues,
    recordings,
    registration,
    replaces,
    switch_state,
)
from esl_bridge.reactions.registry import REACTIONS

__all__ = [
    "REACTIONS",
    "ended",
    "legs",
    "media",
    "parked",
    "queues",
    "recordings",
    "registration",
    "replaces",
    "switch_state",
]
