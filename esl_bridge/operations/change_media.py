"""change_media: renegotiates a leg's audio and video, and the other one's if asked."""

from esl_bridge.errors import BadField
from esl_bridge.protocol.envelope import Media, OnALeg, Pixels, Reply


class ChangeMedia(OnALeg, frozen=True, kw_only=True, tag="change_media"):
    """A medium that is None stays as it is."""

    audio: Media | None = None
    video: Media | None = None
    pixels: Pixels | None = None
    reneg_other: bool = True

    def __post_init__(self) -> None:
        if self.audio is Media.NONE and self.video is Media.NONE:
            raise BadField("audio", "neither audio nor video")


class ChangeMediaReply(Reply, frozen=True, kw_only=True):
    """What was asked of the leg, in full."""

    uuid: str
    audio: int
    video: int
    pixels: str
