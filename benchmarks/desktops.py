"""Agents' desktops by the thousand, in one process: WebSocket by hand, JSON only where asked."""

from __future__ import annotations

import socket
from collections.abc import Callable

import msgspec

from benchmarks.loop import Loop

_HANDSHAKE = (
    b"GET /agent HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_ACCEPTED, _END = b"HTTP/1.1 101", b"\r\n\r\n"
_UNMASKED = b"\0\0\0\0"  # a mask that changes nothing: the load need not compute
_CLOSE = 8  # the opcode
COMPANY = "90001"


class Message(msgspec.Struct, gc=False):
    """What the load needs to know of a reply or push."""

    msg_type: str = ""
    code: str = ""
    req_id: str = ""
    uuid: str = ""
    action: str = ""
    phase: str = ""
    agent_status: str = ""
    sub_agent_status: str | None = None
    status: str = ""
    token: str = ""


_decode = msgspec.json.Decoder(Message).decode


class Desktop:
    """``on_message`` gets every message, ``None`` where nobody wants to know them."""

    __slots__ = ("_sock", "_unread", "agent_id", "on_message", "token", "uuid")

    def __init__(self, loop: Loop, port: int, agent_id: str) -> None:
        self.agent_id = agent_id
        self.uuid = self.token = ""
        self.on_message: Callable[[Desktop, Message], None] | None = None
        self._unread = b""
        self._sock = socket.create_connection(("127.0.0.1", port))
        self._sock.sendall(_HANDSHAKE)
        self._await_answer()
        loop.read(self._sock, self._hear)

    def _await_answer(self) -> None:
        answer = b""
        while _END not in answer:
            answer += self._sock.recv(4096)
        assert answer.startswith(_ACCEPTED), answer

    def ask(self, msg_type: str, req_id: str, **fields: object) -> None:
        self.send(request(self.agent_id, msg_type, req_id, **fields))

    def send(self, frame: bytes) -> None:
        self._sock.sendall(frame)

    def close(self) -> None:
        self._sock.close()

    def _hear(self, data: bytes) -> None:
        if not data:
            raise ConnectionError(f"{self.agent_id}: the daemon has closed")
        self._unread += data
        while (message := self._next()) is not None:
            if self.on_message is not None:
                self.on_message(self, _decode(message))

    def _next(self) -> bytes | None:
        """One frame of the server's, which are never masked and never in fragments."""
        data = self._unread
        if len(data) < 2:
            return None
        begin, length = 2, data[1]
        if length == 126:
            begin, length = 4, int.from_bytes(data[2:4], "big")
        elif length == 127:
            begin, length = 10, int.from_bytes(data[2:10], "big")
        if len(data) < begin + length:
            return None
        if data[0] & 15 == _CLOSE:
            raise ConnectionError(f"{self.agent_id}: closed, {data[begin + 2 :].decode()}")
        self._unread = data[begin + length :]
        return data[begin : begin + length]


class Returning(Desktop):
    """One of many that come back at once: nobody waits for its handshake, and it says ``first`` as
    soon as that is through."""

    __slots__ = ("_first",)

    def __init__(self, loop: Loop, port: int, agent_id: str, first: bytes) -> None:
        self._first = first
        super().__init__(loop, port, agent_id)

    def _await_answer(self) -> None:
        pass

    def _hear(self, data: bytes) -> None:
        if self._first and data:
            answer, end, data = (self._unread + data).partition(_END)
            self._unread = b"" if end else answer
            if not end:
                return
            assert answer.startswith(_ACCEPTED), answer
            self.send(self._first)
            self._first = b""
        if data:
            super()._hear(data)


def request(agent_id: str, msg_type: str, req_id: str, **fields: object) -> bytes:
    """A request of an agent as a whole masked frame."""
    envelope = {
        "req_id": req_id,
        "msg_type": msg_type,
        "company_code": COMPANY,
        "agent_id": agent_id,
        "os": "Windows",
    }
    payload = msgspec.json.encode(envelope | fields)
    return bytes((0x81, 0xFE)) + len(payload).to_bytes(2, "big") + _UNMASKED + payload
