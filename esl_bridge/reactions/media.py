"""Holds, music, rooms, and changes of media by phones."""

from __future__ import annotations

from esl_bridge.callflow import conference, media, monitoring, recording, ringing, waiting
from esl_bridge.callflow.steps import Attempt, Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.events import (
    LegHeld,
    LegReinvited,
    LegUnheld,
    PlaybackStarted,
    PlaybackStopped,
    RoomEntered,
    RoomLeft,
)
from esl_bridge.reactions.registry import reaction


@reaction(LegHeld)
def held(event: LegHeld, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    if leg is None:
        return None
    leg_changes.phone_holds(tenant, leg)
    return monitoring.heard_on_hold(leg)


@reaction(LegUnheld)
def unheld(event: LegUnheld, tenant: Tenant) -> None:
    leg = tenant.legs.get(event.leg)
    if leg is not None:
        leg_changes.phone_retrieves(tenant, leg)


@reaction(LegReinvited)
def reinvited(event: LegReinvited, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    return media.report_changes(tenant, leg) if leg is not None else None


@reaction(PlaybackStarted)
def music(event: PlaybackStarted, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    if leg is None:
        return None
    if dialstring.is_behind(event.sound) and event.sound != leg.position.waiting_sound:
        return waiting.sound_ended(tenant, leg)
    leg_changes.plays(tenant, leg)
    late = event.sound == dialstring.RING and not ringing.is_wanted(leg)
    if late or _hold_was_cancelled(tenant, leg, event.sound):
        return _stop_music(leg)
    return _plays(tenant, leg, event.sound, Hold.MUSIC, [Hold.ASKED, Hold.UNSURE])


def _hold_was_cancelled(tenant: Tenant, leg: Leg, sound: str) -> bool:
    """Whether hold music begins after its hold was given up or ended: a command to stop music is
    lost if the switch is only about to begin it (source)."""
    plain = (
        sound == tenant.switch_settings.hold_sound
        and leg.call.procedure is None
        and leg.peer is not None
    )
    return plain and all(one.media.hold in (Hold.NO, Hold.ENDING) for one in leg.call.legs)


def _stop_music(leg: Leg) -> Steps:
    yield Attempt(commands.uuid_break(leg.uuid))


@reaction(PlaybackStopped)
def music_over(event: PlaybackStopped, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    if leg is None:
        return None
    if event.sound == tenant.switch_settings.hold_sound:
        for own_leg in leg.call.others(leg):
            if waiting.is_held_on(tenant, own_leg, leg):
                return waiting.hold_on(tenant, own_leg, leg)
    return _plays(tenant, leg, event.sound, Hold.NO, [Hold.MUSIC, Hold.ENDING])


def _plays(tenant: Tenant, leg: Leg, sound: str, now: Hold, before: list[Hold]) -> Steps:
    """Set ``hold`` to ``now`` for the legs that hold this one, if it was one of ``before``."""
    holders: list[Leg] = []
    if sound == dialstring.SILENCE and (leg.intrusion.monitorings or leg.position.silence):
        leg.position.silence = now is Hold.MUSIC
    if sound == tenant.switch_settings.hold_sound:
        holders = [one for one in leg.call.others(leg) if one.media.hold in before]
    for holder in holders:
        leg_changes.set_hold(tenant, holder, now)
    return _heard_on_hold([leg, *holders])


def _heard_on_hold(legs: list[Leg]) -> Steps:
    for leg in legs:
        yield from monitoring.heard_on_hold(leg)


@reaction(RoomEntered)
def entered(event: RoomEntered, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    if leg is None:
        return None
    leg_changes.entered(tenant, leg, event.room)
    conference.entered(tenant, leg.call)
    return recording.due(tenant, leg.call)


@reaction(RoomLeft)
def left(event: RoomLeft, tenant: Tenant) -> None:
    leg = tenant.legs.get(event.leg)
    if leg is not None:
        leg_changes.left_room(leg)
