"""Clients for the listeners' tests, on gevent sockets and the sans-IO client protocol."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gevent import socket
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri


class WebSocket:
    """``response`` is the handshake's; ``frames`` come by ``frame``; sends by ``protocol``."""

    def __init__(
        self,
        address: tuple[str, int],
        path: str = "/agent",
        sock: Any = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.sock = sock or socket.create_connection(address)
        self.protocol = ClientProtocol(parse_uri(f"ws://{address[0]}:{address[1]}{path}"))
        request = self.protocol.connect()
        for name, value in headers:
            request.headers[name] = value
        self.protocol.send_request(request)
        self.flush()
        self._events: list[Any] = []
        self.response: Any = self._next()

    def flush(self) -> None:
        for chunk in self.protocol.data_to_send():
            if chunk:
                self.sock.sendall(chunk)
            else:
                self.sock.shutdown(socket.SHUT_WR)

    def text(self, message: bytes, **how: bool) -> None:
        self.protocol.send_text(message, **how)
        self.flush()

    def binary(self, message: bytes) -> None:
        self.protocol.send_binary(message)
        self.flush()

    def frame(self) -> Frame:
        frame = self._next()
        assert isinstance(frame, Frame), frame
        return frame

    def message(self) -> bytes:
        return bytes(self.frame().data)

    def until_closed(self) -> int | None:
        """Return the close code that the server gave, or 1006 for none."""
        while self._next() is not None:
            pass
        assert self.protocol.state is State.CLOSED
        return self.protocol.close_code

    def _next(self) -> Any:
        while not self._events:
            data = self.sock.recv(65536)
            if data:
                self.protocol.receive_data(data)
            else:
                self.protocol.receive_eof()
            self.flush()
            self._events = self.protocol.events_received()
            if not data and not self._events:
                return None
        event = self._events.pop(0)
        if isinstance(event, Response) and self.protocol.handshake_exc is None:
            assert self.protocol.state is State.OPEN
        return event


def get(
    address: tuple[str, int], path: str, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    """One plain HTTP exchange: status, headers, body."""
    with socket.create_connection(address) as sock:
        sock.sendall(f"{method} {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        text = b""
        while data := sock.recv(65536):
            text += data
    head, _, body = text.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split()[1]), dict(_header(line) for line in lines), body


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name, value
