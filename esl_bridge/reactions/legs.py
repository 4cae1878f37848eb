"""A leg rings, is answered, is joined to another, or waits."""

from __future__ import annotations

from esl_bridge.callflow import ending, listening, media, recording, thefts
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.call import Call
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Media
from esl_bridge.esl import commands
from esl_bridge.esl.events import (
    EavesdropStarted,
    LegAnswered,
    LegMisnamed,
    LegRings,
    LegsBridged,
    LegSilenced,
    LegsUnbridged,
)
from esl_bridge.reactions import ended, works
from esl_bridge.reactions.registry import reaction


@reaction(LegRings)
def rings(event: LegRings, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    if leg is None:
        return None
    if leg.ending is not None and not leg.answered:
        # The command to end it came before the switch had it: nobody is told that it rings.
        return ending.end_leg(leg, "ORIGINATOR_CANCEL")
    desk.rings(leg, early=event.early)
    return None


@reaction(LegAnswered)
def answered(event: LegAnswered, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    if leg is None:
        return None
    if leg.ending is not None and not leg.talked:
        return ending.end_leg(leg)
    leg.phone_media = Media(video=event.video)
    desk.answered(leg, event.at_ms)
    return _goes_on(desk, leg.call)


@reaction(LegsBridged)
def bridged(event: LegsBridged, desk: Desk) -> Moves | None:
    leg, other = desk.legs.get(event.leg), desk.legs.get(event.other)
    if leg is None and other is not None and event.uninvited:
        return thefts.joined(desk, other, event.leg)
    if leg is None or other is None:
        return None
    desk.bridged(leg, other)
    return _joined(desk, leg.call)


def _joined(desk: Desk, call: Call) -> Moves:
    if call.work is not None:
        yield from works.bridged(desk, call.work) or ()
    yield from _goes_on(desk, call)


def _goes_on(desk: Desk, call: Call) -> Moves:
    """What waited for an answer, or for a talk."""
    yield from recording.due(desk, call)
    yield from media.agreed(desk, call)


@reaction(LegsUnbridged)
def unbridged(event: LegsUnbridged, desk: Desk) -> None:
    """May come after a new partner's bridge: it then says nothing of the present pair."""
    leg, other = desk.legs.get(event.leg), desk.legs.get(event.other)
    if leg is not None and other is not None and leg.peer is other:
        desk.unbridged(leg)


@reaction(EavesdropStarted)
def listened(event: EavesdropStarted, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    return listening.begun(desk, leg) if leg is not None else None


@reaction(LegSilenced)
def silenced(event: LegSilenced, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    return listening.silenced(leg) if leg is not None else None


@reaction(LegMisnamed)
def misnamed(event: LegMisnamed, desk: Desk) -> Moves:
    """The switch knew the uuid already and rings the phone under one that nobody knows."""
    yield commands.uuid_kill(event.actual, "NORMAL_TEMPORARY_FAILURE")
    leg = desk.legs.get(event.leg)
    if leg is not None:
        yield from ended.leg_ended(desk, leg, "NORMAL_TEMPORARY_FAILURE")
