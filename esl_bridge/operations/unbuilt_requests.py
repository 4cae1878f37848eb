"""Requests of the later edition: parsed and validated, then refused as not built yet."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from esl_bridge.protocol.envelope import (
    LegId,
    LegRequest,
    MediaRequest,
    Reply,
)

# Never absolute and without "..": the pattern allows no path out of the company's folder.
RecordPath = Annotated[str, Meta(pattern=r"\A(?!/)(?!.*\.\.)[0-9A-Za-z_./-]{1,256}\Z")]


class PlayRecord(MediaRequest, frozen=True, kw_only=True, tag="play_record"):
    """``file_path``: below the company's own recordings. Without ``uuid`` the agent's phone is
    called."""

    file_path: RecordPath
    uuid: LegId | None = None


class PlayRecordReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the leg that hears the file."""

    uuid: LegId


class PlayAction(StrEnum):
    """What to do with a playback."""

    PAUSE = "pause"
    RESUME = "resume"
    REPLAY = "replay"
    SEEK = "seek"
    SPEED = "speed"
    STOP = "stop"
    VOLUME = "volume"


PlaybackLevel = Annotated[int, Meta(ge=-10, le=10)]


class PlayRecordControl(LegRequest, frozen=True, kw_only=True, tag="play_record_control"):
    """``speed_value`` below 0 is slower; ``seek_value`` in milliseconds.

    The reply has no fields of its own.
    """

    action: PlayAction
    speed_value: PlaybackLevel | None = None
    volume_value: PlaybackLevel | None = None
    seek_value: Annotated[int, Meta(ge=0, le=86_400_000)] | None = None
