"""The phase of an agent's call, as requests are judged by it."""

from __future__ import annotations

from enum import auto

from esl_bridge.domain.name_enum import NameEnum


class CallPhase(NameEnum):
    """The columns of the second table of docs/protocol/STATES.md."""

    MANUAL = auto()
    RINGING_OWN = auto()
    RINGING_OFFERED = auto()
    FAR_RINGS = auto()
    TALK = auto()
    HOLD = auto()
    CONSULT_RINGS = auto()
    CONSULT_TALKS = auto()
    TRANS = auto()
    THIRD_RINGS = auto()
    THREE_WAY = auto()
    SUPERVISING = auto()
    PHONE_LOST = auto()
