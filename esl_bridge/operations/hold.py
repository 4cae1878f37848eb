"""hold: the far party hears music, and the two do not hear each other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from esl_bridge.callflow import conference, waiting
from esl_bridge.callflow.steps import Effect, Steps, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.leg import Hold as Hold
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Conference
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    NotPlayed,
    PartyGone,
    PhoneDidNotAnswer,
    SwitchError,
    SwitchRefused,
    SwitchTimedOut,
    WrongState,
)
from esl_bridge.esl import commands
from esl_bridge.operations import in_order
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import LegRequest, OnOff, OnOffText, Reply


class HoldRequest(LegRequest, frozen=True, kw_only=True, tag="hold"):
    """``hold``: whether to hold."""

    hold: OnOff


class HoldReply(Reply, frozen=True, kw_only=True):
    """``hold``: the present state, "1" held; a refusal carries it too."""

    hold: OnOffText


def _as_it_is(_fields: Mapping[str, object], agent: Agent) -> HoldReply:
    own_leg = agent.own_leg
    return HoldReply(hold=OnOff.ON if own_leg is not None and own_leg.holds else OnOff.OFF)


@operation(HoldRequest, reply=HoldReply, refused=_as_it_is, durable=True, upon=in_order.course)
def hold(request: HoldRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    own_leg = tenant.leg_book.own_leg(agent, request.uuid)
    yield Until(partial(_is_settled, own_leg), waiting.MUSIC_CHANGE_SECONDS)
    if not require_allowed(f"hold {request.hold}", agent):
        yield HoldReply(hold=OnOff.ON if own_leg.holds else OnOff.OFF)
        return
    yield from _hold(own_leg, tenant) if request.hold is OnOff.ON else _take_back(own_leg, tenant)
    yield HoldReply(hold=OnOff.ON if own_leg.holds else OnOff.OFF)


def _is_settled(own_leg: Leg) -> bool:
    """No music is about to begin or to end."""
    return not own_leg.hold_changes or own_leg.peer is None


def _hold(own_leg: Leg, tenant: Tenant) -> Steps:
    """The hold counts once the switch reports that the music has begun. If the switch does not
    answer the music may play all the same: an event reports it, or the resync stops it."""
    if isinstance(own_leg.call.procedure, Conference):
        yield from conference.leave_room(tenant, own_leg, own_leg.call.procedure)
        return
    if own_leg.peer is None:
        raise WrongState
    own_leg.media.hold = Hold.ASKED
    try:
        play = commands.uuid_play(own_leg.peer.uuid, tenant.switch_settings.hold_sound)
        yield Effect(play, partial(_is_settled, own_leg), waiting.MUSIC_CHANGE_SECONDS)
        if own_leg.media.hold is Hold.ASKED:
            if own_leg.peer is None:
                raise PartyGone
            tenant.need_switch()  # the report of the music may have been lost with the link
            # A link may be lost and not known to be: then this is not answered either.
            own_leg.media.hold = Hold.ENDING
            yield commands.uuid_break(own_leg.peer.uuid)
            raise NotPlayed(tenant.switch_settings.hold_sound)
    except (SwitchRefused, PartyGone):
        if own_leg.hold_changes:
            own_leg.media.hold = Hold.NO
        raise
    except SwitchError:
        if own_leg.hold_changes:
            own_leg.media.hold = Hold.UNSURE
        raise


def _take_back(own_leg: Leg, tenant: Tenant) -> Steps:
    if own_leg.media.hold is Hold.OUT_OF_ROOM and isinstance(own_leg.call.procedure, Conference):
        yield from conference.come_back(tenant, own_leg, own_leg.call.procedure)
        return
    if own_leg.media.hold in (Hold.MUSIC, Hold.ENDING) and own_leg.peer is not None:
        yield from _end_music(own_leg, own_leg.peer)
        return
    obeyed = yield Effect(
        commands.uuid_phone_event(own_leg.uuid, "talk"),
        lambda: not own_leg.holds,
        tenant.switch_settings.answer_seconds,
    )
    if not obeyed:
        raise PhoneDidNotAnswer


def _end_music(own_leg: Leg, far: Leg) -> Steps:
    """The two talk once the switch reports that the music has ended."""
    own_leg.media.hold = Hold.ENDING
    try:
        stop = commands.uuid_break(far.uuid)
        yield Effect(stop, partial(_is_settled, own_leg), waiting.MUSIC_CHANGE_SECONDS)
        if own_leg.media.hold is Hold.ENDING and not own_leg.ended and not far.ended:
            raise SwitchTimedOut
    except SwitchRefused:
        if own_leg.media.hold is Hold.ENDING:
            own_leg.media.hold = Hold.MUSIC
        raise
