"""What events of the switch do to a desk: one file a kind of event."""

from esl_bridge.reactions import (
    ended,
    legs,
    media,
    parked,
    queues,
    recordings,
    registration,
    switch,
    thefts,
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
    "switch",
    "thefts",
]
