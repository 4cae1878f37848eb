"""A leg rings, is answered, bridged or unbridged."""

from __future__ import annotations

from esl_bridge.callflow import ending, media, monitoring, recording, replaces, ringing
from esl_bridge.callflow.procedure_registry import module_of
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl import commands
from esl_bridge.esl.events import (
    EavesdropStarted,
    LegAnswered,
    LegRings,
    LegsBridged,
    LegSilenced,
    LegsUnbridged,
    LegUuidChanged,
)
from esl_bridge.reactions import ended
from esl_bridge.reactions.registry import reaction


@reaction(LegRings)
def rings(event: LegRings, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    if leg is None:
        return None
    if leg.ending is not None and not leg.answered:
        # The command to end it arrived before the leg existed; the ringing is not reported.
        return ending.end_leg(leg, "ORIGINATOR_CANCEL")
    leg_changes.rings(tenant, leg, early=event.early)
    return None


@reaction(LegAnswered)
def answered(event: LegAnswered, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    if leg is None:
        return None
    if leg.ending is not None and not leg.progress.talked:
        return ending.end_leg(leg)
    leg_changes.answered(tenant, leg, event.at_ms, event.video)
    return _goes_on(tenant, leg.call)


@reaction(LegsBridged)
def bridged(event: LegsBridged, tenant: Tenant) -> Steps | None:
    leg, other = tenant.legs.get(event.leg), tenant.legs.get(event.other)
    if leg is None and other is not None and event.uninvited:
        return replaces.joined(tenant, other, event.leg)
    if leg is None or other is None:
        return None
    leg_changes.bridged(tenant, leg, other)
    return _joined(tenant, leg)


def _joined(tenant: Tenant, leg: Leg) -> Steps:
    call = leg.call
    if call.procedure is not None:
        yield from module_of(call.procedure).bridged(tenant, call.procedure) or ()
    yield from _goes_on(tenant, call)
    yield from ringing.ring(leg)


def _goes_on(tenant: Tenant, call: Call) -> Steps:
    """Begin what waited for an answer, or for a talk."""
    yield from recording.due(tenant, call)
    yield from media.agreed(tenant, call)


@reaction(LegsUnbridged)
def unbridged(event: LegsUnbridged, tenant: Tenant) -> None:
    """May arrive after the bridge to a new partner: then it does not concern the present pair."""
    leg, other = tenant.legs.get(event.leg), tenant.legs.get(event.other)
    if leg is not None and other is not None and leg.peer is other:
        leg_changes.unbridged(leg)


@reaction(EavesdropStarted)
def listened(event: EavesdropStarted, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    return monitoring.begun(tenant, leg) if leg is not None else None


@reaction(LegSilenced)
def silenced(event: LegSilenced, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    return monitoring.silenced(leg) if leg is not None else None


@reaction(LegUuidChanged)
def uuid_changed(event: LegUuidChanged, tenant: Tenant) -> Steps:
    """The uuid was in use at the switch, which rings the phone under another that nobody knows:
    hang up."""
    yield commands.uuid_kill(event.actual, "NORMAL_TEMPORARY_FAILURE")
    leg = tenant.legs.get(event.leg)
    if leg is not None:
        yield from ended.leg_ended(tenant, leg, "NORMAL_TEMPORARY_FAILURE")
