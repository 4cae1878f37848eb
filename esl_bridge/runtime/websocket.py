"""WebSocket for agents, and the HTTP endpoints, on one port.

``/agent`` is the service's own path. Any path of two segments whose second is base64url of a JSON
object with ``agent_id``, ``company_code`` and ``os`` is accepted too, for clients of the system
that this one replaces; such a connection first receives a ``connect`` message. It grants no rights.

Close codes that a client may see: 1000 its own close, 1002 a violation of RFC 6455, 1007 text that
is not UTF-8, 1008 idle or not checked in, 1009 a message that is too big, 1012 the service
restarts. A client that does not read is cut off without a code, since there is no room for one.
"""

import base64
import binascii
import logging
from collections.abc import Callable, Collection, Iterator
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import msgspec
from gevent.socket import socket
from gevent.ssl import SSLContext
from websockets.datastructures import Headers
from websockets.exceptions import InvalidOrigin
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.protocol import SEND_EOF, Protocol, Side, State
from websockets.server import ServerProtocol
from websockets.typing import Origin

from esl_bridge.config import Limits, Timing
from esl_bridge.protocol.codec import Form
from esl_bridge.runtime.admission import Descriptors
from esl_bridge.runtime.connections import Connection, Peer
from esl_bridge.runtime.http_endpoints import Endpoints
from esl_bridge.runtime.listener import NO_PROXIES, Callbacks, Listener
from esl_bridge.runtime.proxies import BadForwarding, Proxies, comes_in_the_clear
from esl_bridge.runtime.websocket_frames import MessageReader, whole

_AGENT = "/agent"
_CONNECTED = '{"msg_type":"connect","code":"0","msg":"连接成功"}'.encode()
_CHUNK = 4096  # bytes
_END = b"\r\n\r\n"  # of the handshake
_NO_DATA = b""

_log = logging.getLogger(__name__)
_log.setLevel(logging.WARNING)  # the library logs each connection at INFO


class WebSocketListener(Listener):
    """Serves agents and HTTP endpoints.

    :param origins: browsers' origins that may connect; empty: only pages from the same host. A
    client that sends no Origin is no browser, and may connect.
    """

    def __init__(
        self,
        listen: tuple[str, int],
        limits: Limits,
        timing: Timing,
        callbacks: Callbacks,
        tls: SSLContext | None = None,
        *,
        endpoints: Endpoints,
        origins: Collection[str] = (),
        proxies: Proxies = NO_PROXIES,
        descriptors: Descriptors | None = None,
    ) -> None:
        super().__init__(listen, limits, timing, callbacks, tls, proxies, descriptors)
        self._endpoints = endpoints
        self._origins = frozenset(origins)

    def _open(self, sock: socket, peer: Peer) -> "WebSocketConnection | None":
        protocol = _Protocol(self._origins, self._limits.message_bytes)
        request = _read_request(sock, protocol)
        if request:
            peer, response = self._welcome(protocol, request, peer)
            protocol.send_response(response)
        for chunk in protocol.data_to_send():
            sock.sendall(chunk)
        if protocol.state is not State.OPEN or not request:
            return None
        return self._opened(sock, peer, request)

    def _welcome(
        self, protocol: ServerProtocol, request: Request, peer: Peer
    ) -> tuple[Peer, Response]:
        """The client's identity, and the response to it."""
        headers = request.headers
        try:
            address = self._proxies.forwarded(peer.address, headers)
        except BadForwarding as error:
            return peer, protocol.reject(HTTPStatus.BAD_REQUEST, f"{error}\n")
        private = peer.private
        if self._proxies.trusts(peer.address):
            private = private and not comes_in_the_clear(headers)
        language = next(iter(headers.get_all("LANGUAGE")), None) or _language_in(request.path)
        peer = peer._replace(address=address, private=private, language=language)
        return peer, self._respond(protocol, request)

    def _respond(self, protocol: ServerProtocol, request: Request) -> Response:
        path = _path(request)
        if endpoint := self._endpoints.get(path):
            if request.method != "GET":
                return protocol.reject(HTTPStatus.METHOD_NOT_ALLOWED, "only GET\n")
            return _page(*endpoint())
        if path == _AGENT or is_reference_path(path):
            return protocol.accept(request)
        return protocol.reject(HTTPStatus.NOT_FOUND, "no such page\n")

    def _opened(self, sock: socket, peer: Peer, request: Request) -> "WebSocketConnection":
        # That of the handshake would hold the request with all its headers: 2 KiB.
        protocol = Protocol(Side.SERVER, max_size=self._limits.message_bytes, logger=_log)
        connection = WebSocketConnection(
            sock, peer, self._limits, self._timing, self._callbacks.slow, protocol=protocol
        )
        if _path(request) != _AGENT:
            connection.send(_CONNECTED)
        return connection


class WebSocketConnection(Connection):
    """A text frame is a JSON message, a binary frame a msgpack one."""

    __slots__ = ("_closed", "_protocol", "_reader")

    def __init__(
        self,
        sock: socket,
        peer: Peer,
        limits: Limits,
        timing: Timing,
        on_slow: Callable[[], None],
        *,
        protocol: Protocol,
    ) -> None:
        super().__init__(sock, peer, limits, timing, on_slow)
        self._protocol = protocol
        self._reader = MessageReader(protocol, limits.message_bytes)
        self._closed = False

    def send(self, message: bytes) -> None:
        if self._protocol.state is State.OPEN:
            self._send_buffer.send(whole(self.form is Form.JSON, message))

    def close(self, code: int, reason: str = "") -> None:
        self._closed = True
        if self._protocol.state is State.OPEN:
            self._protocol.fail(code, reason)
            self._flush()

    def _take(self, data: bytes) -> Iterator[None]:
        for message in self._reader.feed(data):
            if message is None:
                self._flush()  # a pong
            else:
                self._deliver(*message)
            yield
        self._flush()  # the protocol's own closing frame

    def _probe(self) -> None:
        """Ping: a browser answers that also in a tab whose timers it has slowed down."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(_NO_DATA)
            self._flush()

    def _may_say_more(self) -> bool:
        return self._protocol.state is State.OPEN

    def _deliver(self, is_text: bool, message: bytes) -> None:
        if self._closed:  # closed by us; what came right before the client's own close still counts
            return
        if is_text and not _is_utf8(message):
            self.close(CloseCode.INVALID_DATA, "text that is not UTF-8")
            return
        self.form = Form.JSON if is_text else Form.MSGPACK
        self._on_message(self, message, self.form)

    def _flush(self) -> None:
        chunks = self._protocol.data_to_send()
        if chunks and (data := b"".join(chunks)):
            self._send_buffer.send(data)
        if SEND_EOF in chunks:
            self._send_buffer.finish()


class _Protocol(ServerProtocol):
    """The server side of RFC 6455, without compression: that would let 1 KiB become 1 GiB."""

    def __init__(self, origins: frozenset[str], max_size: int) -> None:
        super().__init__(max_size=max_size, logger=_log)
        self._allowed = origins

    def process_origin(self, headers: Headers) -> Origin | None:
        origin = super().process_origin(headers)
        if origin is not None and not self._may(origin, headers):
            raise InvalidOrigin(origin)
        return origin

    def _may(self, origin: str, headers: Headers) -> bool:
        if self._allowed:
            return origin in self._allowed
        return headers.get_all("Host") == [origin.partition("://")[2]]


class _Reference(msgspec.Struct):
    """What the reference's clients put into the path."""

    agent_id: str | int
    company_code: str | int
    os: str | int


def is_reference_path(path: str) -> bool:
    """Whether ``path`` is ``/anything/`` followed by base64url of the reference's JSON object."""
    root, *segments = path.split("/")
    if root or len(segments) != 2 or not segments[0]:
        return False
    text = segments[1].rstrip("=")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        msgspec.json.decode(data, type=_Reference)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return False
    return True


def _language_in(target: str) -> str | None:
    """The language that an address asks for, as in ``/agent?LANGUAGE=en-US``: a browser cannot set
    the header."""
    return next(iter(parse_qs(urlsplit(target).query).get("LANGUAGE", ())), None)


def _path(request: Request) -> str:
    return request.path.partition("?")[0]


def _page(
    status: HTTPStatus, content_type: str, body: bytes, more: tuple[tuple[str, str], ...] = ()
) -> Response:
    headers = Headers(
        [
            ("Connection", "close"),
            ("Content-Length", str(len(body))),
            ("Content-Type", content_type),
            *more,
        ]
    )
    return Response(status.value, status.phrase, headers, body)


def _read_request(sock: socket, protocol: ServerProtocol) -> Request | None:
    """Read the handshake; None if there is none, or if the client did not wait for the response."""
    head = b""
    while not (events := protocol.events_received()):
        data = b"" if protocol.close_expected() else sock.recv(_CHUNK)
        if not data:
            return None
        protocol.receive_data(data)
        head += data
    waits = head.find(_END) == len(head) - len(_END)
    return events[0] if waits and isinstance(events[0], Request) else None


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
