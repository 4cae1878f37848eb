"""Ringback for a caller whose called party has announced early media (183) and sends none.

The switch stops its own ringback as soon as the called leg has media, for good. So the daemon
checks whether packets arrive, and as long as they do not it plays single rings to the caller. In
the pauses the audio path is open: early media that start late are heard, and the answer has at most
one ring to stop.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from esl_bridge.callflow import packets
from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain.leg import Leg
from esl_bridge.errors import SwitchError
from esl_bridge.esl import commands

_SILENT_SECONDS = 1.0
_RING_SECONDS, _PAUSE_SECONDS = 1.0, 4.0  # the cadence of the switch's own ringback


def is_wanted(near: Leg) -> bool:
    """Whether the caller waits in an early bridge for the answer, and nothing else is under way.

    Not for a caller whose own leg is unanswered, as of a phone that has dialled by itself: in a
    bridge the switch delays a broadcast until the phone has acknowledged the answer (measured,
    source).
    """
    far = near.peer
    if (
        far is None
        or far.answered
        or not far.progress.early
        or not far.origin.dialled
        or not near.answered
    ):
        return False
    return near.ending is None and far.ending is None and near.call.procedure is None


def ring(near: Leg) -> Steps:
    """Play rings while the caller waits and no packets arrive. Ends with the first early media,
    and at once where the switch does not report packets."""
    if near.peer is not None:
        yield from _ring_for(near, near.peer, partial(_waits_for, near, near.peer))


def _waits_for(near: Leg, far: Leg) -> bool:
    return near.peer is far and is_wanted(near)


def _ring_for(near: Leg, far: Leg, waits: Callable[[], bool]) -> Steps:
    before, pause = 0, _SILENT_SECONDS
    while waits():
        yield Until(lambda: not waits(), pause)
        if not waits():
            return
        now = yield from packets.count(far)
        if now is None or now - before >= packets.STEADY:
            return
        rings = now == before and waits() and not near.holds
        if rings:
            yield from _one_ring(near, waits)
        before, pause = now, _PAUSE_SECONDS if rings else _SILENT_SECONDS


def _one_ring(near: Leg, waits: Callable[[], bool]) -> Steps:
    with suppress(SwitchError):
        yield commands.uuid_ring(near.uuid)
        yield Until(lambda: not waits(), _RING_SECONDS)
        if not waits() and not near.ended:
            yield commands.uuid_break(near.uuid)
