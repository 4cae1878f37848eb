"""Listens to the switch: each event, in order, to the desk whose it is."""

from __future__ import annotations

import json
import logging

import gevent

from esl_bridge.callflow import queueing, recording
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.floor import Floor
from esl_bridge.errors import BridgeError
from esl_bridge.esl import commands, events
from esl_bridge.esl.events import (
    LegParked,
    LegsBridged,
    LegsUnbridged,
    QueueEntered,
    QueueOffered,
    Registered,
    Unregistered,
)
from esl_bridge.reactions import REACTIONS, switch
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.runner import Errand, Runner, log_refusal
from esl_bridge.runtime.switch import Switch

log = logging.getLogger(__name__)


class Ear:
    """``domain``: the SIP domain of the extensions; ``unreachable_seconds``: how long a switch may
    be away before its calls are given up."""

    def __init__(
        self,
        floor: Floor,
        runner: Runner,
        metrics: Metrics,
        domain: str,
        unreachable_seconds: float,
    ) -> None:
        self._floor = floor
        self._runner = runner
        self._metrics = metrics
        self._domain = domain
        self._unreachable_seconds = unreachable_seconds
        self._core = ""
        self._losses = 0
        self.switch: Switch | None = None

    def on_event(self, body: bytes) -> None:
        try:
            event = events.decode(body)
        except BridgeError:
            log.warning("unreadable event of %d bytes", len(body))
            return
        if event is None:
            return
        self._metrics.esl_events.labels(type(event).__name__).inc()
        desk = self._desk_of(event)
        react = REACTIONS.get(type(event))
        if desk is None or react is None:
            return
        try:
            steps = react(event, desk)
        except Exception:
            # Whatever nobody foresaw ends this reaction, and not the link that all events come by.
            log.exception("what the switch told: %s", type(event).__name__)
            steps = None
        if steps is not None:
            self._runner.start(Errand(desk, steps, log_refusal))
        else:
            self._runner.settle(desk)

    def _desk_of(self, event: events.AnyEvent) -> Desk | None:
        owners = self._floor.owners
        match event:
            case Registered() | Unregistered():
                return self._floor.desk_at(event.extension)
            case LegsBridged() | LegsUnbridged():
                return owners.get(event.leg) or owners.get(event.other)
            case LegParked() | QueueEntered() | QueueOffered():
                return owners.get(event.leg) or self._floor.desks.get(event.company)
            case _:
                return owners.get(event.leg)

    # -- up and down ----------------------------------------------------------------------------

    def on_up(self, core_uuid: str) -> None:
        """Nothing is told twice: ask for what may have happened while nobody listened."""
        registered = self._registered()
        anew = bool(self._core) and core_uuid != self._core
        self._core = core_uuid
        self._losses += 1
        self._metrics.esl_connected.set(1)
        for desk in self._floor.desks.values():
            if anew:
                switch.all_lost(desk)
            self._drop_legs_that_are_gone(desk)
            recording.lost(desk)
            switch.registrations(desk, registered)
            desk.switch_up = True
            self._runner.settle(desk)
        self.enrol()

    def enrol(self) -> None:
        """Have the switch know the agents of every skill as the companies are now."""
        for desk in self._floor.desks.values():
            if desk.switch_up and desk.company.skills:
                self._runner.start(Errand(desk, queueing.enrol(desk), log_refusal))

    def on_down(self) -> None:
        self._losses += 1
        self._metrics.esl_connected.set(0)
        for desk in self._floor.desks.values():
            desk.switch_up = False
        gevent.spawn_later(self._unreachable_seconds, self._give_up, self._losses)

    def _give_up(self, losses: int) -> None:
        if losses == self._losses:
            for desk in self._floor.desks.values():
                switch.all_lost(desk)
                self._runner.settle(desk)

    def _registered(self) -> set[str]:
        rows = json.loads(self._ask(commands.show_registrations())).get("rows", [])
        return {row["reg_user"] for row in rows if row.get("realm") == self._domain}

    def _drop_legs_that_are_gone(self, desk: Desk) -> None:
        """By asking for each: the switch's own list of channels lags behind its events."""
        for leg in list(desk.legs.values()):
            if self._ask(commands.uuid_exists(leg.uuid)) != "true" and not leg.ended:
                switch.lost(desk, leg, "RESYNC")

    def _ask(self, command: commands.Command) -> str:
        assert self.switch is not None
        return self.switch.run(command)
