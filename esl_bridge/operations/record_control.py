"""record_control: starts, pauses, resumes and stops the recording of a leg."""

from enum import StrEnum

from esl_bridge.protocol.envelope import OnALeg, Reply


class RecordAction(StrEnum):
    """What to do with the recording."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


class RecordControl(OnALeg, frozen=True, kw_only=True, tag="record_control"):
    """The recorded leg, and what to do."""

    action: RecordAction


class RecordControlReply(Reply, frozen=True, kw_only=True):
    """``recording``: as it now is, "on", "paused" or "off"."""

    recording: str
