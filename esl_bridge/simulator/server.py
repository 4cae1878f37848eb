"""The simulated switch on a real socket."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import gevent
from gevent.event import Event as Wake
from gevent.queue import Queue
from gevent.server import StreamServer
from gevent.socket import socket

from esl_bridge.simulator import commands
from esl_bridge.simulator.clock import ClockTimer, TimerQueue
from esl_bridge.simulator.dialplan import DEFAULT, Dialplan
from esl_bridge.simulator.queues import Queue as CallQueue
from esl_bridge.simulator.session import Accounts, Session
from esl_bridge.simulator.switch import SimulatedSwitch

__all__ = ["PacedClock", "Simulator", "commands"]


class PacedClock:
    """The hub's time, ``pace`` times as fast."""

    def __init__(self, pace: float = 1.0) -> None:
        self._pace = pace
        self._began = time.time(), time.monotonic()
        self._agenda = TimerQueue()
        self._wake = Wake()
        self._greenlet = gevent.spawn(self._keep)

    def now(self) -> float:
        unix, monotonic = self._began
        return unix + (time.monotonic() - monotonic) * self._pace

    def later(self, seconds: float, call: Callable[[], object]) -> ClockTimer:
        appointment = self._agenda.enter(self.now() + seconds, call)
        self._wake.set()
        return appointment

    def stop(self) -> None:
        self._greenlet.kill()

    def _keep(self) -> None:
        while True:
            self._wake.clear()
            due = self._agenda.next_at()
            left = None if due is None else (due - self.now()) / self._pace
            if left is None or left > 0:
                self._wake.wait(left)
            elif (call := self._agenda.take()) is not None:
                # Run by the hub, so that an error in one call does not stop the clock.
                gevent.get_hub().loop.run_callback(call)


class Simulator:
    """A whole simulated FreeSWITCH; ``start`` it in a process that runs gevent.

    ``extensions`` are registered, and ring until told otherwise (see ``control.py``); ``dialplans``
    are XML files like the real switch's; without any a small built-in one is used.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        accounts: Accounts | None = None,
        domain: str = "esl-bridge.local",
        profile: str = "esl_bridge",
        extensions: Iterable[str] = (),
        outside: Iterable[str] = (),
        queues: Iterable[CallQueue] = (),
        dialplans: Iterable[Path | str] = (),
        seed: int | None = None,
        pace: float = 1.0,
    ) -> None:
        self._accounts = accounts or Accounts()
        self._clock = PacedClock(pace)
        dialplan = Dialplan(list(dialplans) or [DEFAULT], {"domain": domain})
        self.switch = SimulatedSwitch(
            self._clock, domain=domain, profile=profile, dialplan=dialplan, seed=seed
        )
        for name in extensions:
            self.switch.registered.append(self.switch.add_extension(name))
        for number in outside:
            self.switch.outside_phone(number)
        for queue in queues:
            self.switch.centre.queues[queue.name] = queue
        self._server = StreamServer((host, port), self._serve)

    @property
    def port(self) -> int:
        """The port it listens on; chosen at ``start`` if it was given as 0."""
        return self._server.server_port or 0

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()
        self._clock.stop()

    def serve_forever(self) -> None:
        self._server.serve_forever()

    def _serve(self, connection: socket, address: object) -> None:
        outbox: Queue[bytes | None] = Queue()
        session = Session(self.switch, self._accounts, outbox.put, lambda: outbox.put(None))
        writer = gevent.spawn(_write, connection, outbox)
        try:
            session.open()
            while data := _read(connection):
                session.receive(data)
        finally:
            session.lost()
            outbox.put(None)
            writer.join(timeout=1)
            connection.close()


def _read(connection: socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:  # reset by the peer, which is one way to end
        return b""


def _write(connection: socket, outbox: Queue[bytes | None]) -> None:
    try:
        while (data := outbox.get()) is not None:
            connection.sendall(data)
        connection.shutdown(2)
    except OSError:  # the reader sees it too, and ends the session
        return
