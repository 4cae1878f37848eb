"""Events that were missed, derived from the present state of the switch, as if they happened
now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from esl_bridge.callflow import contacts, recovery
from esl_bridge.callflow.recovery import ChannelsByLeg
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.call import valid_contact_id
from esl_bridge.domain.leg import Leg, LegState
from esl_bridge.domain.procedures import Monitoring
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl import dialstring
from esl_bridge.esl.events import (
    EavesdropStarted,
    LegAnswered,
    LegHeld,
    LegRings,
    LegsBridged,
    LegsUnbridged,
    LegUnheld,
    PlaybackStarted,
    RoomEntered,
    RoomLeft,
    SwitchEvent,
)
from esl_bridge.reactions.registry import REACTIONS


def unreported(seen: ChannelsByLeg) -> list[SwitchEvent]:
    """The missed events: answers, bridges, rooms, holds by phones, and eavesdropping."""
    return [*_leg_states(seen), *_pairs(seen), *_rooms(seen), *_holds(seen), *_listens(seen)]


def catch_up(tenant: Tenant, seen: ChannelsByLeg) -> list[Steps]:
    for leg, channel in seen.items():
        position = leg.position
        position.moving, position.parked = False, channel.parked  # it is where it was sent
        # A leg that has been parked may have the rest of the variables yet.
        position.parks_on_unbridge = channel.parks_on_unbridge or (False if channel.bond else None)
        carried = valid_contact_id(channel.parked_as.contact_id)
        leg.call.contact_id = leg.call.contact_id or carried
    return [*_react(tenant, unreported(seen)), *_unmarked(tenant, seen)]


def _unmarked(tenant: Tenant, seen: ChannelsByLeg) -> list[Steps]:
    """Set the contact on legs that lack it, because the daemon ended before it was set, or because
    an earlier version began their call."""
    for leg in seen:
        leg.call.contact_id = leg.call.contact_id or tenant.open_call().contact_id
    begun = [contacts.mark(leg, seen[leg].parked_as.contact_id) for leg in seen]
    return [steps for steps in begun if steps is not None]


def waiting(tenant: Tenant, seen: ChannelsByLeg) -> list[Steps]:
    """React to legs that wait for the daemon. A leg that is being ended needs nothing more."""
    waits: list[SwitchEvent] = []
    for leg, channel in seen.items():
        if recovery.joined(leg, seen) or leg.ending is not None or leg.ended:
            continue
        if channel.parked:
            waits.append(channel.parked_as)
        elif dialstring.is_behind(channel.plays):
            waits.append(PlaybackStarted(leg.uuid, channel.plays))
    return _react(tenant, waits)


def _react(tenant: Tenant, told: Sequence[SwitchEvent]) -> list[Steps]:
    begun = [REACTIONS[type(event)](event, tenant) for event in told]
    return [steps for steps in begun if steps is not None]


def _leg_states(seen: ChannelsByLeg) -> Iterator[SwitchEvent]:
    for leg, channel in seen.items():
        if leg.state is LegState.SETTING_UP and channel.ringing:
            yield LegRings(leg.uuid, early=channel.early)
        if channel.answered and not leg.answered:
            yield LegAnswered(leg.uuid, at_ms=channel.parked_as.answered_ms)


def _pairs(seen: ChannelsByLeg) -> Iterator[SwitchEvent]:
    apart = [leg for leg in seen if leg.peer is not None and leg.peer.uuid != _peer(leg, seen)]
    for leg in apart:
        assert leg.peer is not None
        yield LegsUnbridged(leg.uuid, leg.peer.uuid)
    for leg in seen:
        peer = _peer(leg, seen)
        if peer > leg.uuid and (leg.peer is None or leg.peer.uuid != peer):
            yield LegsBridged(leg.uuid, peer)


def _peer(leg: Leg, seen: ChannelsByLeg) -> str:
    return seen[leg].bond if recovery.joined(leg, seen) else ""


def _rooms(seen: ChannelsByLeg) -> Iterator[SwitchEvent]:
    for leg, channel in seen.items():
        if leg.position.room and leg.position.room != channel.room:
            yield RoomLeft(leg.uuid, leg.position.room)
        if channel.room and leg.position.room != channel.room:
            yield RoomEntered(leg.uuid, channel.room)


def _holds(seen: ChannelsByLeg) -> Iterator[SwitchEvent]:
    for leg, channel in seen.items():
        if channel.held and not leg.media.phone_holds:
            yield LegHeld(leg.uuid)
        if leg.media.phone_holds and not channel.held:
            yield LegUnheld(leg.uuid)


def _listens(seen: ChannelsByLeg) -> Iterator[SwitchEvent]:
    for leg, channel in seen.items():
        procedure = leg.call.procedure
        if not isinstance(procedure, Monitoring) or procedure.hears:
            continue
        if channel.listens == procedure.operated.uuid:
            yield EavesdropStarted(channel.listens)
