"""Holds, music, rooms, and phones that change their media."""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow import listening, media, meeting, recording, waiting
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.work import Meeting
from esl_bridge.errors import SwitchRefused
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
def held(event: LegHeld, desk: Desk) -> Moves | None:
    """A phone's own hold button. It ends music that plays already, and only it can end the hold."""
    leg = desk.legs.get(event.leg)
    if leg is None:
        return None
    leg.phone_holds = True
    if leg.hold is not Hold.ASIDE:
        desk.holds(leg, Hold.PHONE)
    return listening.heard_on_hold(leg)


@reaction(LegUnheld)
def unheld(event: LegUnheld, desk: Desk) -> None:
    leg = desk.legs.get(event.leg)
    if leg is None:
        return
    leg.phone_holds = False
    if leg.hold is Hold.PHONE:
        desk.holds(leg, Hold.NO)


@reaction(LegReinvited)
def reinvited(event: LegReinvited, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    return media.look_again(desk, leg) if leg is not None else None


@reaction(PlaybackStarted)
def music(event: PlaybackStarted, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    if leg is None:
        return None
    if dialstring.is_behind(event.sound) and event.sound != leg.tune:
        return waiting.sound_ended(desk, leg)
    waiting.began(desk, leg)
    if _holds_for_nobody(desk, leg, event.sound):
        return _hush(leg)
    return _plays(desk, leg, event.sound, Hold.MUSIC, [Hold.ASKED, Hold.UNSURE])


def _holds_for_nobody(desk: Desk, leg: Leg, sound: str) -> bool:
    """A hold that was given up, or taken back, meanwhile: what is to end music is lost on a switch
    that is about to begin it (source)."""
    plain = sound == desk.premises.hold_sound and leg.call.work is None and leg.peer is not None
    return plain and all(one.hold in (Hold.NO, Hold.ENDING) for one in leg.call.legs)


def _hush(leg: Leg) -> Moves:
    with suppress(SwitchRefused):
        yield commands.uuid_break(leg.uuid)


@reaction(PlaybackStopped)
def music_over(event: PlaybackStopped, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    if leg is None:
        return None
    if event.sound == desk.premises.hold_sound:
        for own in leg.call.others(leg):
            if waiting.is_held_on(desk, own, leg):
                return waiting.hold_on(desk, own, leg)
    return _plays(desk, leg, event.sound, Hold.NO, [Hold.MUSIC, Hold.ENDING])


def _plays(desk: Desk, leg: Leg, sound: str, now: Hold, before: list[Hold]) -> Moves:
    """Its holders are in another state of ``hold`` by that, if they were in one of these."""
    holders: list[Leg] = []
    if sound == dialstring.SILENCE and (leg.supervised or leg.silence):
        leg.silence = now is Hold.MUSIC
    if sound == desk.premises.hold_sound:
        holders = [one for one in leg.call.others(leg) if one.hold in before]
    for holder in holders:
        desk.holds(holder, now)
    return _heard_on_hold([leg, *holders])


def _heard_on_hold(legs: list[Leg]) -> Moves:
    for leg in legs:
        yield from listening.heard_on_hold(leg)


@reaction(RoomEntered)
def entered(event: RoomEntered, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    if leg is None:
        return None
    desk.entered(leg, event.room)
    if isinstance(leg.call.work, Meeting):
        meeting.entered(desk, leg.call.work)
    return recording.due(desk, leg.call)


@reaction(RoomLeft)
def left(event: RoomLeft, desk: Desk) -> None:
    leg = desk.legs.get(event.leg)
    if leg is not None:
        leg.room = ""
