"""Events that were missed, derived from the present state of the switch, as if they happened
now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from esl_bridge.callflow import contacts
from esl_bridge.callflow.recovery import ChannelsByLeg
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.call import valid_contact_id
from esl_bridge.domain.leg import Leg, LegState
from esl_bridge.domain.procedures import Monitoring
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl import channels, dialstring
from esl_bridge.esl.channels import Channel
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
from esl_bridge.layout.places import ObservedLeg, Parked
from esl_bridge.reactions.registry import REACTIONS


def sort_out(
    legs: Iterable[Leg], dumps: Mapping[str, Channel]
) -> tuple[dict[Leg, Channel], set[Leg]]:
    """Those of these legs that the switch has, with what it shows of them, and those that it does
    not have."""
    there = channels.bridged({leg: dumps[leg.uuid] for leg in legs if leg.uuid in dumps})
    return there, {leg for leg in legs if leg not in there}


def unreported(shown: Mapping[Leg, ObservedLeg]) -> list[SwitchEvent]:
    """The events by which these legs would have come to what the switch shows: answers, bridges,
    rooms, holds by phones, and eavesdropping."""

    def all_of(kind: Callable[[Leg, ObservedLeg], Iterator[SwitchEvent]]) -> list[SwitchEvent]:
        return [event for leg, one in shown.items() for event in kind(leg, one)]

    bridges = dict.fromkeys(all_of(_bridge))  # both legs of a pair show it
    return [
        *all_of(_state),
        *all_of(_unbridge),
        *bridges,
        *all_of(_room),
        *all_of(_hold),
        *all_of(_listening),
    ]


def catch_up(tenant: Tenant, seen: ChannelsByLeg) -> list[Steps]:
    for leg, channel in seen.items():
        leg_changes.is_found(leg, channel)
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
        if leg.ending is not None or leg.ended:
            continue
        if channel.place == Parked():
            waits.append(channel.parked_as)
        elif not channel.partner and dialstring.is_behind(channel.plays):
            waits.append(PlaybackStarted(leg.uuid, channel.plays))
    return _react(tenant, waits)


def _react(tenant: Tenant, told: Sequence[SwitchEvent]) -> list[Steps]:
    begun = [REACTIONS[type(event)](event, tenant) for event in told]
    return [steps for steps in begun if steps is not None]


def _state(leg: Leg, shown: ObservedLeg) -> Iterator[SwitchEvent]:
    if shown.rings and leg.state is LegState.SETTING_UP:
        yield LegRings(leg.uuid, early=shown.early)
    if shown.answered and not leg.answered:
        yield LegAnswered(leg.uuid, shown.video, shown.answered_ms)


def _unbridge(leg: Leg, shown: ObservedLeg) -> Iterator[SwitchEvent]:
    if leg.peer is not None and leg.peer.uuid != shown.partner:
        yield LegsUnbridged(leg.uuid, leg.peer.uuid)


def _bridge(leg: Leg, shown: ObservedLeg) -> Iterator[SwitchEvent]:
    if shown.partner and (leg.peer is None or leg.peer.uuid != shown.partner):
        first, second = sorted((leg.uuid, shown.partner))
        yield LegsBridged(first, second)


def _room(leg: Leg, shown: ObservedLeg) -> Iterator[SwitchEvent]:
    if leg.position.room and leg.position.room != shown.room:
        yield RoomLeft(leg.uuid, leg.position.room)
    if shown.room and leg.position.room != shown.room:
        yield RoomEntered(leg.uuid, shown.room)


def _hold(leg: Leg, shown: ObservedLeg) -> Iterator[SwitchEvent]:
    if shown.held and not leg.media.phone_holds:
        yield LegHeld(leg.uuid)
    if leg.media.phone_holds and not shown.held:
        yield LegUnheld(leg.uuid)


def _listening(leg: Leg, shown: ObservedLeg) -> Iterator[SwitchEvent]:
    procedure = leg.call.procedure
    if not isinstance(procedure, Monitoring) or procedure.hears:
        return
    if shown.listens_to == procedure.operated.uuid:
        yield EavesdropStarted(shown.listens_to)
