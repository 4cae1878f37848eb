"""Directions of audio and video. The switch itself stops audio; video is stopped only by the phones
that send it, and the switch can only report whether they do."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import msgspec

from esl_bridge.callflow.steps import Step, Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import CALLS, ActionKind, ActionPhase, Call
from esl_bridge.domain.domain_events import ActionAdvanced
from esl_bridge.domain.leg import Leg, Media, MediaChange
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, Cancelled
from esl_bridge.esl import channels, commands
from esl_bridge.esl.channels import PhoneMedia

SEND, RECEIVE = 1, 2

# Whose change a callback reports.
ASKED, ANSWERED, BY_ITSELF = 0, 1, 2


def mirrored(media: Media) -> Media:
    """The same directions, seen from the other end."""
    return msgspec.structs.replace(media, audio=_turned(media.audio), video=_turned(media.video))


def _turned(way: int) -> int:
    return (way & SEND) << 1 | (way & RECEIVE) >> 1


def video_directions(leg: Leg, other: Leg) -> Generator[Step, Any, tuple[int, int]]:
    """The directions of video at each of two bridged legs, as the switch reports it: a phone sends
    video whether or not the other shows it, and receives the other's if it accepts any."""
    near, far = (yield from _media_of(leg)).video, (yield from _media_of(other)).video
    return near & (SEND | _turned(far)), far & (SEND | _turned(near))


def _media_of(leg: Leg) -> Generator[Step, Any, PhoneMedia]:
    return channels.read_media((yield commands.uuid_dump(leg.uuid)))


def report_changes(tenant: Tenant, leg: Leg) -> Steps:
    """A phone may have changed its media by itself: report that to the agents that it talks to."""
    found = yield from _media_of(leg)
    audio, video = found.audio, found.video
    if not audio & RECEIVE:  # a hold, which has events of its own
        audio, video = leg.media.of_phone.audio, leg.media.of_phone.video
    last, now = leg.media.of_phone, Media(audio, video)
    if leg.ended or now == last:
        return
    leg.media.of_phone = now
    room = leg.position.room
    for other in leg.call.others(leg):
        talks = other is leg.peer or (room and other.position.room == room)
        if other.agent is not None and talks:
            tell(tenant, other.agent, other, _seen(other, last), _seen(other, now), flag=BY_ITSELF)


def _seen(leg: Leg, far: Media) -> Media:
    """The media at a leg, given those in which the far phone takes part."""
    there = mirrored(far)
    return msgspec.structs.replace(
        leg.media.directions, audio=leg.media.directions.audio & there.audio, video=there.video
    )


def limit_audio(leg: Leg, media: Media) -> Steps:
    """Let audio flow in these directions only, seen from the leg's phone; a mute stays."""
    changed = leg.media.flows ^ media.audio
    if changed & SEND and not leg.media.muted:
        yield commands.uuid_mute(leg.uuid, on=not media.audio & SEND)
    if changed & RECEIVE:
        yield commands.uuid_deafen(leg.uuid, on=not media.audio & RECEIVE)
    leg.media.directions = msgspec.structs.replace(media, video=leg.media.directions.video)
    leg.media.flows = media.audio


def agreed(tenant: Tenant, call: Call) -> Steps:
    """A video call has been answered: report to its caller which directions of video were
    agreed."""
    for action in list(call.actions):
        if action.kind not in CALLS or not action.started or action.video_told:
            continue
        action.video_told = True
        near, far, agent = action.near, action.far, tenant.agents.get(action.agent_id)
        if not near.media.directions.video or far is None or agent is None:
            continue
        asked = near.media.directions
        yield from update_video(near, far)
        tell(
            tenant, agent, near, asked, near.media.directions, flag=BY_ITSELF, req_id=action.req_id
        )


def update_video(leg: Leg, other: Leg) -> Steps:
    """Update the directions of video of two bridged legs."""
    near, far = yield from video_directions(leg, other)
    leg.media.directions = msgspec.structs.replace(leg.media.directions, video=near)
    other.media.directions = msgspec.structs.replace(other.media.directions, video=far)


def begin(tenant: Tenant, change: MediaChange, asked: Media) -> None:
    change.open = True
    _tell_of(tenant, change, asked, flag=ASKED, phase=ActionPhase.INITIATE)


def end(tenant: Tenant, change: MediaChange, cause: type[BridgeError] | None) -> None:
    if change.open:
        change.open = False
        _tell_of(tenant, change, change.leg.media.directions, flag=change.flag, cause=cause)


def leave(tenant: Tenant, agent: Agent) -> None:
    """The agent leaves while a change of media that it requested is under way."""
    for leg in agent.own_leg.call.legs if agent.own_leg is not None else ():
        if leg.media.change is not None and leg.media.change.agent_id == agent.id:
            end(tenant, leg.media.change, Cancelled)


def _tell_of(tenant: Tenant, change: MediaChange, now: Media, **how: Any) -> None:
    agent = tenant.agents.get(change.agent_id)
    if agent is not None:
        tell(tenant, agent, change.leg, change.last, now, req_id=change.req_id, **how)


def tell(
    tenant: Tenant,
    agent: Agent,
    leg: Leg,
    last: Media,
    now: Media,
    *,
    flag: int,
    req_id: str = "",
    phase: ActionPhase = ActionPhase.END_CALL,
    cause: type[BridgeError] | None = None,
) -> None:
    """Send a CHANGE_MEDIA callback, from ``last`` to ``now``."""
    if agent.last_reported[0] == Status.OFFLINE:
        return  # an OFFLINE agent receives no pushes
    tenant.domain_events.append(
        ActionAdvanced(
            agent_id=agent.id,
            req_id=req_id,
            kind=ActionKind.CHANGE_MEDIA,
            phase=phase,
            success=cause is None,
            code=cause.code if cause else "0",
            uuid=leg.uuid,
            media=now,
            last_media=last,
            change_media_flag=flag,
            work_order_id=leg.call.work_order_id,
            contact_id=leg.call.contact_id,
        )
    )
