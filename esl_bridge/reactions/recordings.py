"""What becomes of recordings: the switch tells, also after the end of the recorded leg."""

from __future__ import annotations

from esl_bridge.callflow import recording
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.recording import Recording
from esl_bridge.esl.events import RecordStarted, RecordStopped
from esl_bridge.reactions.registry import reaction


@reaction(RecordStarted)
def started(event: RecordStarted, desk: Desk) -> None:
    found = _recording(desk, event)
    if found is not None:
        recording.is_running(desk, found)


@reaction(RecordStopped)
def stopped(event: RecordStopped, desk: Desk) -> None:
    found = _recording(desk, event)
    if found is not None:
        recording.has_stopped(desk, found, event.leg, event.milliseconds, stored=event.stored)


def _recording(desk: Desk, event: RecordStarted | RecordStopped) -> Recording | None:
    return desk.recordings.get(event.path.removeprefix(desk.premises.recordings + "/"))
