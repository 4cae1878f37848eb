"""What the agents' connections have in common, whatever they speak."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic, thread_time
from typing import Any, NamedTuple

import gevent
from gevent.socket import socket
from gevent.ssl import SSLSocket, SSLWantReadError
from websockets.frames import CloseCode

from esl_bridge.config import Limits, Timing
from esl_bridge.protocol.codec import Form
from esl_bridge.runtime.outbox import Outbox

_CHUNK = 4096  # bytes; a larger buffer costs each waiting connection its size
_READABLE = 1  # of libev's READ 1 and WRITE 2
_MESSAGES_IN_A_SECOND = 4000  # of work; so no client has more than a fortieth of all time
_BURST_SECONDS = 1.0  # what may be said in that time may be said at once
_REST_SECONDS = 0.01  # between two pieces that nobody reads

_ids = itertools.count(1)


class Peer(NamedTuple):
    """Who is at the other end. ``private``: nobody between it and us can read along."""

    address: str
    tls: bool
    private: bool
    language: str | None = None


class Connection(ABC):
    """One client's connection.

    ``id`` is for logs; ``address`` the peer's IP address; ``language`` its LANGUAGE header, if it
    sent one; ``tls`` whether it is encrypted, ``private`` whether nobody else can read it; ``form``
    how its latest message was written; ``checked_in`` the agents that are at work on it; ``gone``
    whether it has ended, so that nobody is checked in on it any more. Any byte from the client is a
    sign of life. Who sends more than ``messages_per_second`` is read on when that time has come.
    """

    __slots__ = (
        "_clock",
        "_heard_at",
        "_limits",
        "_login_by",
        "_on_checkin",
        "_on_checkout",
        "_on_end",
        "_on_message",
        "_on_slow",
        "_outbox",
        "_pause",
        "_readable",
        "_reads",
        "_sock",
        "_spent",
        "_timing",
        "_waits",
        "_work",
        "address",
        "checked_in",
        "form",
        "gone",
        "id",
        "language",
        "private",
        "tls",
    )
    _on_message: "OnMessage"
    _on_end: Callable[["Connection"], None]
    _on_checkin: Callable[["Connection"], None]
    _on_checkout: Callable[["Connection"], None]

    def __init__(
        self, sock: socket, peer: Peer, limits: Limits, timing: Timing, on_slow: Callable[[], None]
    ) -> None:
        self.id = next(_ids)
        self.address, self.tls, self.private, self.language = peer
        self.form = Form.JSON
        self.checked_in: set[str] = set()
        self.gone = self._reads = False
        self._sock = sock
        self._limits = limits
        self._timing = timing
        self._on_slow = on_slow
        self._heard_at = monotonic()
        self._login_by = self._heard_at + timing.login_seconds
        self._waits = 0
        self._spent = self._heard_at - _BURST_SECONDS
        self._work: Iterator[None] = iter(())
        self._pause: Any = None  # a timer of the event loop, while nothing is read
        self._readable = gevent.get_hub().loop.io(sock.fileno(), _READABLE)
        self._outbox = Outbox(
            sock,
            max_bytes=limits.outbox_bytes,
            max_seconds=limits.outbox_seconds,
            on_stuck=self._stuck,
        )

    @abstractmethod
    def send(self, message: bytes) -> None:
        """Send one message, written in ``form``; never waits, and does nothing once closed."""

    def hold_back(self) -> None:
        """What is sent from now on leaves, in its order, once ``let_go`` was called as often."""
        self._outbox.hold_back()

    def let_go(self) -> None:
        self._outbox.let_go()

    @abstractmethod
    def close(self, code: int, reason: str = "") -> None:
        """Say why, where the protocol can, and close after what is still to be sent."""

    @abstractmethod
    def _take(self, data: bytes) -> Iterator[None]:
        """Deliver the messages that what came makes complete, with a stop after each, and after
        whatever else is work."""

    @abstractmethod
    def _may_say_more(self) -> bool:
        """Whether what it says still counts."""

    def attend(
        self,
        on_message: "OnMessage",
        on_end: Callable[["Connection"], None],
        on_checkin: Callable[["Connection"], None],
        on_checkout: Callable[["Connection"], None],
    ) -> None:
        """Read from now on, each time that something comes: a greenlet that waits for it would
        take twice the memory and the time. ``on_end``: there is no more to be read; ``on_checkin``,
        ``on_checkout``: the first agent has checked in, the last has left."""
        self._on_message, self._on_end = on_message, on_end
        self._on_checkin, self._on_checkout = on_checkin, on_checkout
        self._reads = True
        self._sock.settimeout(0.0)
        self._readable.start(self._receive)
        self._start_clock()
        if self._is_pending():
            self._receive()

    def check_in(self, agent: str) -> None:
        """An agent has checked in on it, unless it is gone: then it takes no place any more."""
        if self.gone:
            return
        if not self.checked_in:
            self._on_checkin(self)
        self.checked_in.add(agent)

    def check_out(self, agent: str) -> None:
        """An agent is at work on it no more, and may come back to it."""
        if self.gone or agent not in self.checked_in:
            return
        self.checked_in.discard(agent)
        if not self.checked_in:
            self._on_checkout(self)

    def part_with(self, agent: str) -> None:
        """An agent has gone to another connection. If nobody is left, this one is like a new one:
        or one agent could leave as many behind as it likes."""
        self.check_out(agent)
        if self._reads and not self.checked_in:
            self._login_by = monotonic() + self._timing.login_seconds
            self._clock.close()
            self._start_clock()

    def stop_reading(self) -> None:
        """Whatever comes from now on counts for nothing."""
        if self._reads:
            self._reads = False
            self._end_pause()
            for watcher in (self._readable, self._clock):
                watcher.stop()
                watcher.close()
            self._on_end(self)

    def end(self) -> None:
        """Give the client time to read what was sent last: closing at once could cancel it. What it
        goes on sending is thrown away, so slowly that it is no work."""
        try:
            self._outbox.finish()
            with suppress(gevent.Timeout, OSError), gevent.Timeout(self._limits.outbox_seconds):
                self._sock.settimeout(None)
                while not self._outbox.was_cut and self._sock.recv(_CHUNK):
                    gevent.sleep(_REST_SECONDS)
        finally:
            self._outbox.close()
            self._sock.close()

    def cut(self) -> None:
        """Close one that nobody has attended to."""
        self._outbox.close()
        self._readable.close()
        self._sock.close()

    def due(self) -> float:
        """When, by the monotonic clock, the connection has used up its time."""
        if self.checked_in:
            self._login_by = float("inf")
        login_by = float("inf") if self._waits else self._login_by
        return min(login_by, self._heard_at + self._timing.idle_seconds)

    @contextmanager
    def being_kept_waiting(self) -> Iterator[None]:
        """For its check-in, by us: that is no delay of the client's."""
        began = monotonic()
        self._waits += 1
        try:
            yield
        finally:
            self._waits -= 1
            self._login_by += monotonic() - began

    def _receive(self) -> None:
        """In the event loop, which lets the others run between two pieces of one that floods."""
        goes_on = False
        try:
            goes_on = self._take_piece()
            while goes_on and self._pause is None and self._is_pending():
                goes_on = self._take_piece()
        finally:  # also after a failure that nobody foresaw
            if not goes_on:
                self.stop_reading()

    def _take_piece(self) -> bool:
        """Whether more may come."""
        if not self._reads or self._pause is not None:
            return self._reads
        try:
            data: bytes = self._sock.recv(_CHUNK)
        except (BlockingIOError, SSLWantReadError):
            return True
        except OSError:
            return False
        if not data:
            return False
        self._heard_at = monotonic()
        self._spent = max(self._spent, self._heard_at - _BURST_SECONDS)
        self._spent += len(data) / 1024 * self._price()
        self._work = self._take(data)
        return self._work_on()

    def _work_on(self) -> bool:
        """Through what was read, as far as the connection's time reaches; whether more may come."""
        # The processor's time: that others keep the machine busy is nobody's doing here.
        price, began = self._price(), thread_time()
        for _ in self._work:
            now = thread_time()
            self._spent += price * (1 + (now - began) * _MESSAGES_IN_A_SECOND)
            began = now
            if not self._reads:
                return False
            if self._spent > self._heard_at:
                self._begin_pause()
                return True
        return self._may_say_more()

    def _price(self) -> float:
        """Seconds of a message; many agents on one connection may say more than one may."""
        return 1 / (self._limits.messages_per_second * (len(self.checked_in) or 1))

    def _begin_pause(self) -> None:
        """What the client sends meanwhile stays with the kernel, which lets it send no more."""
        self._readable.stop()
        self._pause = gevent.get_hub().loop.timer(self._spent - self._heard_at)
        self._pause.start(self._go_on)
        self._heard_at = self._spent  # nobody listens meanwhile

    def _go_on(self) -> None:
        self._end_pause()
        goes_on = False
        try:
            self._heard_at = monotonic()
            goes_on = self._work_on()
        finally:
            if not goes_on:
                self.stop_reading()
        if goes_on and self._pause is None:
            self._readable.start(self._receive)
            if self._is_pending():
                self._receive()

    def _end_pause(self) -> None:
        if self._pause is not None:
            self._pause.close()
            self._pause = None

    def _is_pending(self) -> bool:
        """Whether TLS holds what the event loop does not see any more."""
        return isinstance(self._sock, SSLSocket) and self._sock.pending() > 0

    def _start_clock(self) -> None:
        self._clock = gevent.get_hub().loop.timer(max(0.0, self.due() - monotonic()))
        self._clock.start(self._look_at_clock)

    def _look_at_clock(self) -> None:
        if self.due() <= monotonic():
            self._receive()  # what came while the process stood still: clocks run out first
        if not self._reads:
            return
        if self.due() > monotonic():  # it was heard, or an agent has checked in meanwhile
            self._clock.close()
            self._start_clock()
        else:
            self.close(CloseCode.POLICY_VIOLATION, "idle, or not checked in")
            self.stop_reading()

    def _stuck(self) -> None:
        self._outbox.cut()
        self._on_slow()
        # Or what it has still sent would be read first, and keep it from coming back. Not from in
        # here: who sends to it may be in the middle of telling others.
        gevent.get_hub().loop.run_callback(self.stop_reading)


OnMessage = Callable[[Connection, bytes, Form], None]
