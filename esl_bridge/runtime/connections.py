"""What the agents' connections have in common, whatever they speak."""

import itertools
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from ssl import PROTOCOL_TLS_SERVER, TLSVersion
from time import monotonic
from typing import NamedTuple, cast

import gevent
from gevent.pool import Pool
from gevent.server import StreamServer
from gevent.socket import IPPROTO_TCP, TCP_NODELAY, socket
from gevent.ssl import SSLContext, SSLSocket
from msgspec import Struct
from websockets.frames import CloseCode

from esl_bridge.protocol.codec import Form
from esl_bridge.runtime.outbox import Outbox

_CHUNK = 4096  # bytes; a larger buffer costs each waiting connection its size
_BACKLOG = 4096  # connections not yet accepted, when all agents come back at once
_LINGER = 2.0  # seconds for a client to read the end and to close

_ids = itertools.count(1)


class Limits(Struct, frozen=True, kw_only=True):
    """How much a connection may ask for before it is closed."""

    handshake_seconds: float = 5.0  # TLS and HTTP together
    login_seconds: float = 60.0  # for the first check-in
    idle_seconds: float = 30.0  # without a byte from the client
    connections: int = 20_000  # at once, on one listener
    per_address: int = 1000  # of them
    message_bytes: int = 65_536
    unread_bytes: int = 1_048_576  # that wait for a client to read
    unread_seconds: float = 10.0


class Peer(NamedTuple):
    """Who is at the other end."""

    address: str
    tls: bool
    language: str | None = None


class Connection(ABC):
    """One client's connection.

    ``id`` is for logs; ``address`` the peer's IP address; ``language`` its LANGUAGE header, if it
    sent one; ``tls`` whether it is encrypted; ``form`` how its latest message was written;
    ``checked_in`` the agents that use it, kept by whoever checks them in; ``gone`` whether it has
    ended, so that nobody is checked in on it any more. Any byte from the client is a sign of life.
    """

    def __init__(
        self, sock: socket, peer: Peer, limits: Limits, on_slow: Callable[[], None]
    ) -> None:
        self.id = next(_ids)
        self.address, self.tls, self.language = peer
        self.form = Form.JSON
        self.checked_in: set[str] = set()
        self.gone = False
        self._sock = sock
        self._limits = limits
        self._on_slow = on_slow
        self._heard_at = monotonic()
        self._login_by = self._heard_at + limits.login_seconds
        self._outbox = Outbox(
            sock,
            max_bytes=limits.unread_bytes,
            max_seconds=limits.unread_seconds,
            on_stuck=self._stuck,
        )

    @abstractmethod
    def send(self, message: bytes) -> None:
        """Send one message, written in ``form``; never waits, and does nothing once closed."""

    @abstractmethod
    def close(self, code: int, reason: str = "") -> None:
        """Say why, where the protocol can, and close after what is still to be sent."""

    @abstractmethod
    def attend(self, on_message: "OnMessage") -> None:
        """Read until the connection has ended or was closed."""

    def receive(self) -> bytes:
        """Return what the client sent; nothing at the end, or when it has used up its time."""
        while (left := self.due() - monotonic()) > 0:
            self._sock.settimeout(left)
            try:
                data: bytes = self._sock.recv(_CHUNK)
            except TimeoutError:
                continue  # an agent may have checked in meanwhile
            except OSError:
                return b""
            self._heard_at = monotonic()
            if len(data) == _CHUNK:
                gevent.sleep(0)  # a client that floods lets the others run
            return data
        self.close(CloseCode.POLICY_VIOLATION, "idle, or not checked in")
        return b""

    def end(self) -> None:
        """Give the client a moment to read what was sent last: closing at once could cancel it."""
        self._outbox.finish()
        with suppress(gevent.Timeout, OSError), gevent.Timeout(_LINGER):
            self._sock.settimeout(None)
            while self._sock.recv(_CHUNK):
                pass
        self._outbox.close()

    def due(self) -> float:
        """When, by the monotonic clock, the connection has used up its time."""
        if self.checked_in:
            self._login_by = float("inf")
        return min(self._login_by, self._heard_at + self._limits.idle_seconds)

    def _stuck(self) -> None:
        self._outbox.cut()
        self._on_slow()


OnMessage = Callable[[Connection, bytes, Form], None]


class Callbacks(NamedTuple):
    """What a listener reports.

    ``message``: a connection, a message's bytes and their form, in order, from the connection's
    own greenlet; while it runs that client is not read. ``closed``: a connection that was opened is
    gone. ``slow``: a client was cut off because it did not read.
    """

    message: OnMessage
    closed: Callable[[Connection], None]
    slow: Callable[[], None]


class Listener(ABC):
    """Accepts connections and attends to each in a greenlet of its own.

    :param listen: host and port; port 0 takes any, see ``address``.
    :param tls: from ``tls_context``; None: no encryption.
    """

    def __init__(
        self,
        listen: tuple[str, int],
        limits: Limits,
        callbacks: Callbacks,
        tls: SSLContext | None = None,
    ) -> None:
        self._server = StreamServer(listen, self._accept, spawn=Pool(), backlog=_BACKLOG)
        self._limits = limits
        self._callbacks = callbacks
        self._tls = tls
        self._accepted = 0
        self._per_address: Counter[str] = Counter()
        self.connections: set[Connection] = set()

    @property
    def address(self) -> tuple[str, int]:
        return cast(tuple[str, int], self._server.address)

    def start(self) -> None:
        """Listen; OSError if the address is taken."""
        self._server.start()

    def stop(self, seconds: float) -> None:
        """Close all connections with 1012 (come back later); cut those still there after a while.

        :param seconds: how long clients have to read what was sent last.
        """
        self._server.close()
        for connection in tuple(self.connections):
            connection.close(CloseCode.SERVICE_RESTART, "the service restarts")
        self._server.stop(timeout=seconds)

    @abstractmethod
    def _open(self, sock: socket, address: str) -> Connection | None:
        """Greet a client; None if it has got all that it will."""

    def _accept(self, sock: socket, peer: tuple[str, int]) -> None:
        address = peer[0]
        limits = self._limits
        full = self._accepted >= limits.connections
        if full or self._per_address[address] >= limits.per_address:
            return
        self._accepted += 1
        self._per_address[address] += 1
        try:
            self._serve(sock, address)
        finally:
            self._accepted -= 1
            self._per_address[address] -= 1
            if not self._per_address[address]:
                del self._per_address[address]

    def _serve(self, sock: socket, address: str) -> None:
        sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        if self._tls:
            sock = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        with sock:
            connection = self._greet(sock, address)
            if connection:
                self._attend(connection)

    def _greet(self, sock: socket, address: str) -> Connection | None:
        with suppress(gevent.Timeout, OSError), gevent.Timeout(self._limits.handshake_seconds):
            if isinstance(sock, SSLSocket):
                sock.do_handshake()
            return self._open(sock, address)
        return None

    def _attend(self, connection: Connection) -> None:
        self.connections.add(connection)
        try:
            connection.attend(self._callbacks.message)
        finally:
            self.connections.discard(connection)
            self._callbacks.closed(connection)
            connection.end()


def tls_context(certificate: str, key: str) -> SSLContext:
    """TLS 1.2 or later with the PEM files of that name; OSError or SSLError if they do not do."""
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.minimum_version = TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context
