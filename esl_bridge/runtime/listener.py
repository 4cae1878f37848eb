"""Accepts the agents' connections, whatever their protocol."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from ssl import PROTOCOL_TLS_SERVER, TLSVersion
from typing import NamedTuple, cast

import gevent
from gevent.pool import Pool
from gevent.server import StreamServer
from gevent.socket import IPPROTO_TCP, TCP_NODELAY, socket
from gevent.ssl import SSLContext
from websockets.frames import CloseCode

from esl_bridge.config import Limits, Timing
from esl_bridge.domain.client_network import host, network_of
from esl_bridge.runtime.admission import Admission, Descriptors
from esl_bridge.runtime.connections import Connection, OnMessage, Peer
from esl_bridge.runtime.proxies import BadForwarding, Proxies

_BACKLOG = 4096  # connections waiting to be accepted when all agents reconnect at once
NO_PROXIES = Proxies()


class Callbacks(NamedTuple):
    """What a listener reports.

    ``message``: a connection, a message's bytes and their form, in order. ``closed``: an opened
    connection has ended. ``slow``: a client was cut off because it did not read. All are called
    from the event loop, and must not wait.
    """

    message: OnMessage
    closed: Callable[[Connection], None]
    slow: Callable[[], None]


class Listener(ABC):
    """Accepts connections, and greets each in a greenlet of its own.

    :param listen: host and port; port 0 takes any, see ``address``. :param tls: from
    ``tls_context``; None: no encryption. :param proxies: the proxies that are trusted to name their
    clients.
    """

    def __init__(
        self,
        listen: tuple[str, int],
        limits: Limits,
        timing: Timing,
        callbacks: Callbacks,
        tls: SSLContext | None = None,
        proxies: Proxies = NO_PROXIES,
        descriptors: Descriptors | None = None,
    ) -> None:
        self._pool = Pool()
        self._server = _Server(listen, self._accept, spawn=self._pool, backlog=_BACKLOG)
        self._limits = limits
        self._timing = timing
        self._callbacks = callbacks
        self._tls = tls
        self._proxies = proxies
        self._admission = Admission(limits, descriptors or Descriptors())
        self.connections: set[Connection] = set()

    @property
    def address(self) -> tuple[str, int]:
        return cast(tuple[str, int], tuple(self._server.address)[:2])

    def expect(self, agents: Mapping[str, int]) -> None:
        """How many agents are known to come from each network."""
        self._admission.expect(agents)

    def start(self) -> None:
        """Listen; raises OSError if the address is in use."""
        self._server.start()

    def stop(self, seconds: float) -> None:
        """Close all connections with 1012 (reconnect later); cut those still open after
        ``seconds``.

        :param seconds: how long clients have to read what was sent last.
        """
        self._server.close()
        for connection in tuple(self.connections):
            connection.close(CloseCode.SERVICE_RESTART, "the service restarts")
            connection.stop_reading()
        self._server.stop(timeout=seconds)

    @abstractmethod
    def _open(self, sock: socket, peer: Peer) -> Connection | None:
        """Greet a client; None if it needs no connection, as after an HTTP page."""

    def _accept(self, sock: socket, peer: tuple[str, int]) -> None:
        """Greet the client; the event loop does the rest."""
        address = str(host(peer[0]))
        # A trusted proxy's connections are counted for its clients.
        entered = None if self._proxies.trusts(address) else network_of(address)
        if not self._admission.enter(entered):
            sock.close()
            return
        connection = None
        try:
            connection = self._greet(sock, address)
            if connection is not None and entered is None and not self._is_let_in(connection):
                connection = None
        finally:
            if connection is None:
                self._admission.leave(entered)
        if connection is not None:
            self.connections.add(connection)
            connection.attend(
                self._callbacks.message, self._ended, self._checked_in, self._checked_out
            )

    def _greet(self, sock: socket, address: str) -> Connection | None:
        """The connection, or None, in which case the socket is closed."""
        connection = None
        try:
            with _ends_quietly(), gevent.Timeout(self._limits.handshake_seconds):
                # Raises if the client is gone already; a wrapped socket would not be closed.
                sock.getpeername()
                sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
                peer = self._peer(sock, address)
                if self._tls:
                    sock = self._tls.wrap_socket(
                        sock, server_side=True, do_handshake_on_connect=False
                    )
                    sock.do_handshake()
                connection = self._open(sock, peer)
        finally:
            if connection is None:
                sock.close()
        return connection

    def _peer(self, sock: socket, address: str) -> Peer:
        tls = self._tls is not None
        private = tls or host(address).is_loopback
        return Peer(self._proxies.announced(sock, address), tls, private)

    def _is_let_in(self, connection: Connection) -> bool:
        """Whether a connection through a proxy may stay."""
        if self._admission.network_known(network_of(connection.address)):
            return True
        connection.cut()
        return False

    def _checked_in(self, connection: Connection) -> None:
        self._admission.check_in(network_of(connection.address))

    def _checked_out(self, connection: Connection) -> None:
        self._admission.check_out(network_of(connection.address))

    def _ended(self, connection: Connection) -> None:
        self.connections.discard(connection)
        self._pool.spawn(self._retire, connection)
        self._callbacks.closed(connection)

    def _retire(self, connection: Connection) -> None:
        try:
            connection.end()
        finally:
            came_in = bool(connection.checked_in)
            self._admission.leave(network_of(connection.address), checked_in=came_in)


def _ends_quietly() -> suppress:
    """A client's or proxy's fault during the greeting ends only this connection."""
    return suppress(gevent.Timeout, OSError, BadForwarding)


class _Server(StreamServer):
    """Does not close sockets: the connections do."""

    def do_close(self, *_: object) -> None:
        pass


def tls_context(certificate: str, key: str) -> SSLContext:
    """TLS 1.2 or later with these PEM files; raises OSError or SSLError if they are unusable."""
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.minimum_version = TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context
