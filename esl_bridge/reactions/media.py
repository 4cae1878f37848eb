"""Holds, music, rooms, and phones that change their media."""

from __future__ import annotations

from esl_bridge.callflow import media, meeting, recording
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Hold
from esl_bridge.domain.work import Meeting
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
def held(event: LegHeld, desk: Desk) -> None:
    """A phone's own hold button. It ends music that plays already, and only it can end the hold."""
    leg = desk.legs.get(event.leg)
    if leg is None:
        return
    leg.phone_holds = True
    if leg.hold is not Hold.ASIDE:
        desk.holds(leg, Hold.PHONE)


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
def music(event: PlaybackStarted, desk: Desk) -> None:
    leg = desk.legs.get(event.leg)
    if leg is not None:
        leg.moving = False
    _change(event, desk, Hold.ASKED, Hold.MUSIC)


@reaction(PlaybackStopped)
def music_over(event: PlaybackStopped, desk: Desk) -> None:
    _change(event, desk, Hold.MUSIC, Hold.NO)
    _change(event, desk, Hold.ENDING, Hold.NO)


def _change(event: PlaybackStarted | PlaybackStopped, desk: Desk, old: Hold, new: Hold) -> None:
    leg = desk.legs.get(event.leg)
    if leg is None or event.sound != desk.premises.hold_sound:
        return
    for holder in leg.call.others(leg):
        if holder.hold is old:
            desk.holds(holder, new)


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
