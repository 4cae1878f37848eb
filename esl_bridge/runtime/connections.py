"""What the agents' connections have in common, whatever their protocol."""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from time import monotonic, thread_time
from typing import Any, NamedTuple

import gevent
from gevent.socket import socket
from gevent.ssl import SSLSocket, SSLWantReadError
from websockets.frames import CloseCode

from esl_bridge.config import Limits, Timing
from esl_bridge.protocol.codec import Form
from esl_bridge.runtime.send_buffer import SendBuffer

_CHUNK = 4096  # bytes; each waiting connection costs one buffer
_READABLE = 1  # of libev's READ 1 and WRITE 2
# Of processing time; so no client gets more than a fortieth of all time.
_MESSAGES_IN_A_SECOND = 4000
_BURST_SECONDS = 1.0  # the messages allowed in this time may come at once
_REST_SECONDS = 0.01  # between two reads whose data are discarded
_PROBES = 3  # a silent client is probed after this part of its idle time

_ids = itertools.count(1)


class Peer(NamedTuple):
    """The client. ``private``: nobody between the client and us can read along."""

    address: str
    tls: bool
    private: bool
    language: str | None = None


class Connection(ABC):
    """One client's connection.

    ``id`` is for logs; ``address``: the peer's IP address; ``language``: its LANGUAGE header, if it
    sent one; ``tls``: whether it is encrypted; ``private``: whether nobody else can read it;
    ``form``: the encoding of its latest message; ``checked_in``: the agents at work on it;
    ``gone``: it has ended, and nobody can check in on it any more. Any byte from the client is a
    sign of life; a client that is silent is probed before it counts as idle. A client that exceeds
    ``messages_per_second`` is read again only when the excess time is over.
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
        "_pause",
        "_probed_at",
        "_readable",
        "_reads",
        "_send_buffer",
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
        self._probed_at = -inf
        self._waits = 0
        self._spent = self._heard_at - _BURST_SECONDS
        self._work: Iterator[None] = iter(())
        self._pause: Any = None  # a timer of the event loop, while reading is paused
        self._readable = gevent.get_hub().loop.io(sock.fileno(), _READABLE)
        self._send_buffer = SendBuffer(
            sock,
            max_bytes=limits.outbox_bytes,
            max_seconds=limits.outbox_seconds,
            on_stuck=self._stuck,
        )

    @abstractmethod
    def send(self, message: bytes) -> None:
        """Send one message, encoded in ``form``; never waits, and does nothing once closed."""

    def hold_back(self) -> None:
        """Queue what is sent from now on, until ``release`` was called as often as this."""
        self._send_buffer.hold_back()

    def release(self) -> None:
        self._send_buffer.release()

    @abstractmethod
    def close(self, code: int, reason: str = "") -> None:
        """Send the reason, if the protocol can, and close after everything queued was sent."""

    @abstractmethod
    def _take(self, data: bytes) -> Iterator[None]:
        """Deliver the messages that the data complete; yields after each, and after any other
        work."""

    @abstractmethod
    def _probe(self) -> None:
        """Make a living client show that it lives, where the protocol has a way to."""

    @abstractmethod
    def _may_say_more(self) -> bool:
        """Whether further messages are accepted."""

    def attend(
        self,
        on_message: "OnMessage",
        on_end: Callable[["Connection"], None],
        on_checkin: Callable[["Connection"], None],
        on_checkout: Callable[["Connection"], None],
    ) -> None:
        """Read from now on, from the event loop: a greenlet that waits for data would cost twice
        the memory and time. ``on_end``: there is nothing more to read; ``on_checkin``,
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
        """An agent has checked in on this connection, unless it has ended."""
        if self.gone:
            return
        if not self.checked_in:
            self._on_checkin(self)
        self.checked_in.add(agent)

    def check_out(self, agent: str) -> None:
        """An agent is no longer at work on it, but may check in again."""
        if self.gone or agent not in self.checked_in:
            return
        self.checked_in.discard(agent)
        if not self.checked_in:
            self._on_checkout(self)

    def part_with(self, agent: str) -> None:
        """An agent has moved to another connection. If no agent is left, this one counts as new:
        else one agent could leave any number of connections behind."""
        self.check_out(agent)
        if self._reads and not self.checked_in:
            self._login_by = monotonic() + self._timing.login_seconds
            self._clock.close()
            self._start_clock()

    def stop_reading(self) -> None:
        """Ignore whatever comes from now on."""
        if self._reads:
            self._reads = False
            self._end_pause()
            for watcher in (self._readable, self._clock):
                watcher.stop()
                watcher.close()
            self._on_end(self)

    def end(self) -> None:
        """Give the client time to read what was sent last, which closing at once could discard.
        What it sends meanwhile is discarded, slowly enough to cost nothing."""
        try:
            self._send_buffer.finish()
            with suppress(gevent.Timeout, OSError), gevent.Timeout(self._limits.outbox_seconds):
                self._sock.settimeout(None)
                while not self._send_buffer.was_cut and self._sock.recv(_CHUNK):
                    gevent.sleep(_REST_SECONDS)
        finally:
            self._send_buffer.close()
            self._sock.close()

    def cut(self) -> None:
        """Close a connection that was never attended."""
        self._send_buffer.close()
        self._readable.close()
        self._sock.close()

    def due(self) -> float:
        """When, by the monotonic clock, the connection's time is up."""
        if self.checked_in:
            self._login_by = inf
        login_by = inf if self._waits else self._login_by
        return min(login_by, self._heard_at + self._timing.idle_seconds)

    @contextmanager
    def being_kept_waiting(self) -> Iterator[None]:
        """While we delay its check-in: that time does not count against the client."""
        began = monotonic()
        self._waits += 1
        try:
            yield
        finally:
            self._waits -= 1
            self._login_by += monotonic() - began

    def _receive(self) -> None:
        """Runs in the event loop, which serves others between two pieces of a client that
        floods."""
        goes_on = False
        try:
            goes_on = self._take_piece()
            while goes_on and self._pause is None and self._is_pending():
                goes_on = self._take_piece()
        finally:  # also after an unexpected error
            if not goes_on:
                self.stop_reading()

    def _take_piece(self) -> bool:
        """Read once; returns whether more may come."""
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
        """Process what was read, as far as the connection's time allows; returns whether more may
        come."""
        # Processor time: the load of other processes does not count.
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
        """Seconds per message; a connection with several agents may send more."""
        return 1 / (self._limits.messages_per_second * (len(self.checked_in) or 1))

    def _begin_pause(self) -> None:
        """What the client sends meanwhile stays in the kernel, whose buffers make it stop."""
        self._readable.stop()
        self._pause = gevent.get_hub().loop.timer(self._spent - self._heard_at)
        self._pause.start(self._go_on)
        self._heard_at = self._spent  # the pause does not count as idle time

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
        """Whether TLS has buffered data, which the event loop does not see."""
        return isinstance(self._sock, SSLSocket) and self._sock.pending() > 0

    def _start_clock(self) -> None:
        wake_at = min(self.due(), self._probe_due())
        self._clock = gevent.get_hub().loop.timer(max(0.0, wake_at - monotonic()))
        self._clock.start(self._look_at_clock)

    def _probe_due(self) -> float:
        """When to probe the client: once in each silence."""
        if self._probed_at >= self._heard_at:
            return inf
        return self._heard_at + self._timing.idle_seconds / _PROBES

    def _look_at_clock(self) -> None:
        if min(self.due(), self._probe_due()) <= monotonic():
            self._receive()  # read what came while the process was blocked: timers fire first
        if not self._reads:
            return
        if self.due() <= monotonic():
            self.close(CloseCode.POLICY_VIOLATION, "idle, or not checked in")
            self.stop_reading()
            return
        if self._probe_due() <= monotonic():
            self._probed_at = monotonic()
            self._probe()
        if self._reads:
            self._clock.close()
            self._start_clock()

    def _stuck(self) -> None:
        self._send_buffer.cut()
        self._on_slow()
        # Else data that it has sent would still be processed, and keep it from reconnecting. Not
        # called directly: the sender may be in the middle of notifying others.
        gevent.get_hub().loop.run_callback(self.stop_reading)


OnMessage = Callable[[Connection, bytes, Form], None]
