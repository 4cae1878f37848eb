"""What events of the switch do to a tenant: one file a kind of event."""

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
