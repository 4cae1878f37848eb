"""Listens to the switch: each event, in order, to the desk whose it is."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent
from gevent import Greenlet

from esl_bridge.domain.desk import Desk
from esl_bridge.domain.floor import Floor
from esl_bridge.domain.leg import Leg
from esl_bridge.errors import BridgeError
from esl_bridge.esl import decoding, events
from esl_bridge.esl.events import (
    DaemonServes,
    LegAnswered,
    LegEnded,
    LegMisnamed,
    LegParked,
    LegRings,
    LegsBridged,
    LegsUnbridged,
    OriginateEnded,
    OriginateFailed,
    PasswordRefused,
    QueueEntered,
    QueueOffered,
    Registered,
    SwitchEvent,
    Unregistered,
)
from esl_bridge.reactions import REACTIONS, strays
from esl_bridge.runtime.gaps import Gaps
from esl_bridge.runtime.guesses import Guesses
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.originates import Originates
from esl_bridge.runtime.readback import Readback
from esl_bridge.runtime.runner import Errand, Runner, log_refusal

log = logging.getLogger(__name__)


class Ear:
    """``unreachable_seconds``: how long a switch may be away before its calls are given up;
    ``on_daemon`` is told what daemons tell of themselves."""

    def __init__(
        self,
        floor: Floor,
        runner: Runner,
        metrics: Metrics,
        readback: Readback,
        originates: Originates,
        unreachable_seconds: float,
        on_daemon: Callable[[DaemonServes], None] = lambda _: None,
    ) -> None:
        self._floor = floor
        self._runner = runner
        self._metrics = metrics
        self._readback = readback
        self._originates = originates
        self._unreachable_seconds = unreachable_seconds
        self._on_daemon = on_daemon
        self._guesses = Guesses(metrics.phone_auth_failures.inc)
        self.gaps = Gaps()
        self._deadline: Greenlet[..., None] | None = None

    def on_event(self, body: bytes) -> None:
        try:
            event = decoding.decode(body)
        except BridgeError:
            log.warning("unreadable event of %d bytes: %.60a", len(body), body)
            return
        if event is None:
            return
        self._metrics.heard(type(event))
        if isinstance(event, DaemonServes):
            self._on_daemon(event)
            return
        if isinstance(event, PasswordRefused):
            self._guesses.refused(event)
            return
        if isinstance(event, OriginateEnded):
            self._originates.ended(event.leg)
        if isinstance(event, SwitchEvent) and event.leg in self._floor.given_up:
            self._end_given_up(event)
            return
        desk = self._desk_of(event)
        react = REACTIONS.get(type(event))
        if desk is None or react is None:
            return
        if isinstance(event, Registered) and event.elsewhere:
            self._note_elsewhere(event, desk)
        about = _leg_of(event, desk)
        self._note_gaps(event, desk, about)
        try:
            steps = react(event, desk)
        except Exception:
            # Whatever nobody foresaw ends this reaction, and not the link that all events come by.
            log.exception("what the switch told: %s", type(event).__name__)
            steps = None
        about = about or _leg_of(event, desk)
        if steps is not None:
            self._runner.start(Errand(desk, steps, log_refusal, about=about))
        else:
            self._runner.settle(desk, about)

    def _note_elsewhere(self, event: Registered, desk: Desk) -> None:
        if not desk.premises.contacts_elsewhere:
            self._guesses.leads_elsewhere(event)

    def _note_gaps(self, event: events.AnyEvent, desk: Desk, leg: Leg | None) -> None:
        company = desk.company.code
        match event:
            case LegParked() if event.nowhere:
                self.gaps.came_nowhere(company, event.nowhere)
            case LegEnded(sip_status=0) | OriginateFailed() if leg is not None:
                # Where no gateway is there, the far leg never was: it is the agent's that tells.
                if any(_calls_out(one) for one in leg.call.legs):
                    self.gaps.call_failed(company, event.cause)
            case LegRings() | LegAnswered() if leg is not None and _calls_out(leg):
                self.gaps.call_went_out(company)

    def _end_given_up(self, event: SwitchEvent) -> None:
        """It has come all the same. Every sign of it may be the first, and the last to be heard."""
        desk = self._floor.given_up.desk_of(event.leg)
        if isinstance(event, LegEnded | OriginateFailed):
            self._floor.given_up.forget(event.leg)
        elif desk is not None:
            leg = event.actual if isinstance(event, LegMisnamed) else event.leg
            self._runner.start(Errand(desk, strays.end(leg), log_refusal))

    def _desk_of(self, event: SwitchEvent | Registered | Unregistered) -> Desk | None:
        owners = self._floor.owners
        match event:
            case Registered() | Unregistered():
                return self._floor.desk_at(event.extension, event.domain)
            case LegsBridged() | LegsUnbridged():
                return owners.get(event.leg) or owners.get(event.other)
            case LegParked() | QueueEntered() | QueueOffered():
                return owners.get(event.leg) or self._floor.desks.get(event.company)
            case _:
                return owners.get(event.leg)

    # -- up and down ----------------------------------------------------------------------------

    def on_up(self, core_uuid: str) -> None:
        """Nothing is told twice: ask for what may have happened while nobody listened."""
        self._readback.take_up(core_uuid)
        self._metrics.esl_connected.set(1)
        if self._deadline is not None:
            self._deadline.kill(block=False)
            self._deadline = None

    def on_down(self) -> None:
        self._metrics.esl_connected.set(0)
        self._originates.forget()
        for desk in self._floor.desks.values():
            desk.switch_up = False
        self.expect_switch()

    def expect_switch(self) -> None:
        """It is away; its calls are given up unless it comes in time."""
        if self._deadline is None:
            # Timers count from when the loop looked at the clock last: at the start that was
            # before thousands of agents were read, and the time would be over at once.
            gevent.get_hub().loop.update_now()
            self._deadline = gevent.spawn_later(self._unreachable_seconds, self._readback.give_up)


def _calls_out(leg: Leg) -> bool:
    return leg.dialled and not leg.inside


def _leg_of(event: events.AnyEvent, desk: Desk) -> Leg | None:
    return desk.legs.get(event.leg) if isinstance(event, events.SwitchEvent) else None
