"""Connections with the service: messages in, messages out.

Whatever goes wrong is an OSError, and the connection is then of no more use.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from contextlib import ExitStack, suppress
from ssl import SSLContext, create_default_context
from typing import Any, Protocol, TypeAlias
from urllib.parse import urlsplit

import msgspec
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from esl_bridge.protocol import framing

Message: TypeAlias = dict[str, Any]

OPEN_SECONDS = 10.0
LOOK_SECONDS = 5.0
"""How long to wait for a message before looking after the connection."""
_GOODBYE_SECONDS = 1.0
_LONGEST_BYTES = 1 << 26  # a directory of 100,000 agents

_decode = msgspec.json.Decoder(Message).decode
_encode = msgspec.json.Encoder().encode


class Transport(Protocol):
    """One connection. One thread receives; any may send."""

    def send(self, message: Message) -> None: ...

    def receive(self) -> Message | None:
        """The next message; None if none has come in LOOK_SECONDS."""

    def cut(self) -> None:
        """Give the connection up; who receives is told at once."""

    def close(self) -> None: ...


def open_transport(url: str, ssl: SSLContext | None, proxy: str | None) -> Transport:
    """Connect; raises OSError, or ValueError for a URL of another scheme."""
    parts = urlsplit(url)
    match parts.scheme:
        case "ws" | "wss":
            return WebSocket(url, ssl, proxy)
        case "tcp" | "tls":
            if parts.hostname is None or parts.port is None:
                raise ValueError(f"{url}: neither host nor port")
            secure = ssl or create_default_context() if parts.scheme == "tls" else None
            return FramedTcp(parts.hostname, parts.port, secure)
        case other:
            raise ValueError(f"{other}: not one of ws, wss, tcp, tls")


class WebSocket:
    """JSON messages in text frames."""

    def __init__(self, url: str, ssl: SSLContext | None, proxy: str | None) -> None:
        self._open = ExitStack()
        try:
            self._connection = self._open.enter_context(
                connect(
                    url,
                    ssl=ssl,
                    proxy=proxy,
                    open_timeout=OPEN_SECONDS,
                    close_timeout=_GOODBYE_SECONDS,
                    ping_interval=None,  # the link looks after its connection, of either kind
                    max_size=_LONGEST_BYTES,
                )
            )
        except WebSocketException as error:
            raise ConnectionError(str(error)) from error

    def send(self, message: Message) -> None:
        try:
            self._connection.send(_encode(message).decode())
        except WebSocketException as error:
            raise ConnectionError(str(error)) from error

    def receive(self) -> Message | None:
        try:
            return _read(self._connection.recv(LOOK_SECONDS, decode=False))
        except TimeoutError:
            return None
        except WebSocketException as error:
            raise ConnectionError(str(error)) from error

    def cut(self) -> None:
        _shut(self._connection.socket)

    def close(self) -> None:
        with suppress(WebSocketException, OSError):  # of one that has broken already
            self._open.close()


class FramedTcp:
    """JSON messages behind their lengths, as gateways send them."""

    def __init__(self, host: str, port: int, ssl: SSLContext | None) -> None:
        self._socket = socket.create_connection((host, port), OPEN_SECONDS)
        if ssl is not None:
            self._socket = ssl.wrap_socket(self._socket, server_hostname=host)
        self._socket.settimeout(LOOK_SECONDS)
        self._reader = framing.FrameReader(_LONGEST_BYTES)
        self._frames: deque[framing.Frame] = deque()
        self._sending = threading.Lock()

    def send(self, message: Message) -> None:
        with self._sending:
            self._socket.sendall(framing.write(_encode(message), is_line=False))

    def receive(self) -> Message | None:
        while not self._frames:
            try:
                data = self._socket.recv(65_536)
            except TimeoutError:
                return None
            if not data:
                raise ConnectionError("closed by the service")
            try:
                self._frames.extend(self._reader.feed(data))
            except framing.BadFrame as error:
                raise ConnectionError(str(error)) from error
        return _read(self._frames.popleft().data)

    def cut(self) -> None:
        _shut(self._socket)

    def close(self) -> None:
        _shut(self._socket)
        self._socket.close()


def _read(data: bytes | str) -> Message:
    try:
        return _decode(data)
    except msgspec.MsgspecError as error:
        raise ConnectionError(f"not a message: {error}") from error


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
