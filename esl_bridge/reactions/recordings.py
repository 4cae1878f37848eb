"""The start and end of recordings, which the switch may report after the end of the recorded
leg."""

from __future__ import annotations

from esl_bridge.callflow import recording
from esl_bridge.domain.recording import Recording
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl.events import RecordStarted, RecordStopped
from esl_bridge.reactions.registry import reaction


@reaction(RecordStarted)
def started(event: RecordStarted, tenant: Tenant) -> None:
    found = _recording(tenant, event)
    if found is not None:
        recording.is_running(tenant, found)


@reaction(RecordStopped)
def stopped(event: RecordStopped, tenant: Tenant) -> None:
    found = _recording(tenant, event)
    if found is not None:
        recording.has_stopped(tenant, found, event.leg, event.milliseconds, stored=event.stored)


def _recording(tenant: Tenant, event: RecordStarted | RecordStopped) -> Recording | None:
    return tenant.recordings.get(event.path.removeprefix(tenant.switch_settings.recordings + "/"))
