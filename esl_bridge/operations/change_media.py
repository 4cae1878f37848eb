"""change_media: changes the directions of a leg's audio, and of its partner's if asked. Video
begins and ends at the phones: of that it only reports the present state."""

from collections.abc import Generator
from typing import Any

from esl_bridge.callflow import media
from esl_bridge.callflow.steps import Step, Steps
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.leg import Leg, MediaChange
from esl_bridge.domain.leg import Media as Directions
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BadField, BridgeError, PartyGone, Rejected, SwitchError, WrongState
from esl_bridge.operations import in_order
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import (
    Direction,
    LegId,
    LegRequest,
    PictureHeight,
    Pixels,
    Reply,
    RequestedMedia,
)


class ChangeMediaRequest(LegRequest, frozen=True, kw_only=True, tag="change_media"):
    """A medium that is None stays unchanged."""

    audio: RequestedMedia | None = None
    video: RequestedMedia | None = None
    pixels: Pixels | None = None
    reneg_other: bool = True

    def __post_init__(self) -> None:
        if self.audio is RequestedMedia.NONE and self.video is RequestedMedia.NONE:
            raise BadField("audio", "neither audio nor video")


class ChangeMediaReply(Reply, frozen=True, kw_only=True):
    """The leg's media in full: as requested, or unchanged where the phones do not comply."""

    uuid: LegId
    audio: Direction
    video: Direction
    pixels: PictureHeight


@operation(ChangeMediaRequest, reply=ChangeMediaReply, upon=in_order.all_sound)
def change_media(request: ChangeMediaRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    leg = tenant.leg_book.leg_of(agent, request.uuid)
    require_allowed("change_media", agent)
    other = leg.peer
    if other is None:
        raise WrongState
    tenant.need_switch()
    legs = [leg, other] if request.reneg_other else [leg]
    flag = media.ANSWERED if request.reneg_other else media.ASKED
    change = MediaChange(agent.id, request.req_id, leg, leg.media.directions, flag)
    leg.media.change = other.media.change = change
    try:
        if request.video is not None or leg.media.directions.video or other.media.directions.video:
            yield from media.update_video(leg, other)
        if leg.peer is not other:
            raise PartyGone
        change.last = leg.media.directions
        asked = _asked(request, leg.media.directions)
        able = request.video is None or _flow_so(asked, legs)
        yield _reply(leg, asked if able else change.last)
        media.begin(tenant, change, asked)
        cause = (yield from _change(tenant, requester, legs, asked)) if able else Rejected
        media.end(tenant, change, cause)
    finally:
        leg.media.change = other.media.change = None


def _asked(request: ChangeMediaRequest, now: Directions) -> Directions:
    return Directions(
        now.audio if request.audio is None else int(request.audio),
        now.video if request.video is None else int(request.video),
        request.pixels or now.pixels,
    )


def _reply(leg: Leg, directions: Directions) -> ChangeMediaReply:
    return ChangeMediaReply(
        uuid=leg.uuid,
        audio=directions.audio,
        video=directions.video,
        pixels=directions.pixels,
    )


def _flow_so(asked: Directions, legs: list[Leg]) -> bool:
    """Whether the video is as requested: a camera that is on is never reported as off, even if the
    other side does not show it."""
    leg, *others = legs
    unseen = any(other.media.directions.video & media.SEND for other in others)
    agreed = leg.media.directions.video == asked.video
    return agreed and (bool(asked.video & media.RECEIVE) or not unseen)


def _change(
    tenant: Tenant, requester: Requester, legs: list[Leg], asked: Directions
) -> Generator[Step, Any, type[BridgeError] | None]:
    """Returns the class of the switch's refusal, None on success."""
    wanted = [asked, media.mirrored(asked)]
    try:
        for leg, directions in zip(legs, wanted, strict=False):
            last = leg.media.directions
            yield from media.limit_audio(leg, directions)
            if leg.agent is not None and leg.agent is not requester.agent:
                media.tell(tenant, leg.agent, leg, last, leg.media.directions, flag=media.BY_ITSELF)
    except SwitchError as error:
        return type(error)
    return None
