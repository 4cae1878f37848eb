"""hold: the far party hears music and neither hears the other."""

from __future__ import annotations

from collections.abc import Mapping

from esl_bridge.callflow import meeting, parties, waiting
from esl_bridge.callflow.steps import Moves, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Hold as Held
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.permits import permit
from esl_bridge.domain.work import Meeting
from esl_bridge.errors import (
    NotNow,
    NotPlayed,
    PartyGone,
    PhoneDidNotAnswer,
    SwitchError,
    SwitchRefused,
    SwitchTimedOut,
)
from esl_bridge.esl import commands
from esl_bridge.operations import in_turn
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import OnALeg, OnOff, Reply


class Hold(OnALeg, frozen=True, kw_only=True, tag="hold"):
    """Whether the leg shall be held."""

    hold: OnOff


class HoldReply(Reply, frozen=True, kw_only=True):
    """``hold``: as it now is, "1" held; a refusal carries it too."""

    hold: str


def _as_it_is(_fields: Mapping[str, object], agent: Agent) -> HoldReply:
    own = agent.own
    return HoldReply(hold=OnOff.ON if own is not None and own.holds else OnOff.OFF)


@operation(Hold, refused=_as_it_is, durable=True, upon=in_turn.course)
def hold(request: Hold, desk: Desk, asker: Asker) -> Moves:
    agent = asker.agent
    own = desk.own_leg(agent, request.uuid)
    yield from parties.together(own)
    yield from _settled(own)
    if not permit(f"hold {request.hold}", agent):
        yield HoldReply(hold=OnOff.ON if own.holds else OnOff.OFF)
        return
    yield from _hold(own, desk) if request.hold is OnOff.ON else _take_back(own, desk)
    yield HoldReply(hold=OnOff.ON if own.holds else OnOff.OFF)


def _settled(own: Leg) -> Moves:
    """Wait for music to begin or end."""
    if own.hold_changes:
        yield Until(own, lambda: not own.hold_changes or own.peer is None, waiting.MUSIC_SECONDS)


def _hold(own: Leg, desk: Desk) -> Moves:
    """It is held once the switch tells that the music has begun. Where the switch gives no answer
    the music may be heard all the same: an event tells, or it is ended when the switch is read
    back."""
    if isinstance(own.call.work, Meeting):
        yield from meeting.step_aside(desk, own)
        return
    if own.peer is None:
        raise NotNow
    own.hold = Held.ASKED
    try:
        yield commands.uuid_play(own.peer.uuid, desk.premises.hold_sound)
        yield from _settled(own)
        if own.hold is Held.ASKED:
            raise NotPlayed(desk.premises.hold_sound) if own.peer is not None else PartyGone
    except (SwitchRefused, PartyGone):
        own.hold = Held.NO if own.hold is Held.ASKED else own.hold
        raise
    except SwitchError:
        own.hold = Held.UNSURE if own.hold is Held.ASKED else own.hold
        raise


def _take_back(own: Leg, desk: Desk) -> Moves:
    if own.hold is Held.ASIDE and isinstance(own.call.work, Meeting):
        yield from meeting.come_back(desk, own, own.call.work)
        return
    if own.hold in (Held.MUSIC, Held.ENDING) and own.peer is not None:
        yield from _end_music(own, own.peer)
        return
    yield commands.uuid_phone_event(own.uuid, "talk")
    obeyed = yield Until(own, lambda: not own.holds, desk.premises.answer_seconds)
    if not obeyed:
        raise PhoneDidNotAnswer


def _end_music(own: Leg, far: Leg) -> Moves:
    """The two talk once the switch tells that the music has ended."""
    own.hold = Held.ENDING
    try:
        yield commands.uuid_break(far.uuid)
        yield from _settled(own)
        if own.hold is Held.ENDING and not own.ended and not far.ended:
            raise SwitchTimedOut
    except SwitchRefused:
        own.hold = Held.MUSIC if own.hold is Held.ENDING else own.hold
        raise
