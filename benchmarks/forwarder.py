"""The least that a bridge could do: each event of a switch becomes a push to one of its clients,
each message of a client is acknowledged. No sessions, no checks, no logic.

``python -m benchmarks.forwarder SWITCH_PORT`` prints the port for its clients.
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket as plain
import sys

import gevent
import msgspec
from gevent import socket
from gevent.server import StreamServer
from websockets.speedups import apply_mask

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class _Event(msgspec.Struct, gc=False):
    name: str = msgspec.field(name="Event-Name", default="")
    leg: str = msgspec.field(name="Unique-ID", default="")
    other: str = msgspec.field(name="Other-Leg-Unique-ID", default="")
    direction: str = msgspec.field(name="Call-Direction", default="")
    answer_state: str = msgspec.field(name="Answer-State", default="")
    caller: str = msgspec.field(name="Caller-Caller-ID-Number", default="")
    callee: str = msgspec.field(name="Caller-Destination-Number", default="")
    cause: str = msgspec.field(name="Hangup-Cause", default="")
    agent: str = msgspec.field(name="variable_esl_bridge_agent", default="")


class _Push(msgspec.Struct):
    agent_id: str
    action: str
    uuid: str
    other_uuid: str
    direction: str
    answer_state: str
    caller: str
    callee: str
    cause: str
    msg_type: str = "event"


class _Request(msgspec.Struct, gc=False):
    req_id: str
    msg_type: str
    agent_id: str


def _push(event: _Event) -> _Push:
    return _Push(
        event.agent,
        event.name,
        event.leg,
        event.other,
        event.direction,
        event.answer_state,
        event.caller,
        event.callee,
        event.cause,
    )


_event = msgspec.json.Decoder(_Event).decode
_request = msgspec.json.Decoder(_Request).decode
_encode = msgspec.json.Encoder().encode


def _frame(payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    return bytes((0x81, 126, size >> 8, size & 255)) + payload


class Client:
    """Reads without a greenlet, when its socket becomes readable; the server closes the socket."""

    __slots__ = ("_clients", "_sock", "_unread", "_watcher")

    def __init__(self, sock: socket.socket, clients: dict[str, Client]) -> None:
        self._sock = plain.socket(fileno=os.dup(sock.fileno()))
        self._sock.setblocking(False)
        self._clients, self._unread = clients, b""
        self._watcher = gevent.get_hub().loop.io(self._sock.fileno(), 1)
        self._watcher.start(self._readable)

    def send(self, payload: bytes) -> None:
        self._sock.send(_frame(payload))

    def _readable(self) -> None:
        data = self._sock.recv(4096)
        if not data:
            self._watcher.stop()
            return
        self._unread += data
        while (payload := self._next()) is not None:
            asked = _request(payload)
            self._clients[asked.agent_id] = self
            self.send(b'{"code":"0","req_id":"%b"}' % asked.req_id.encode())

    def _next(self) -> bytes | None:
        data = self._unread
        if len(data) < 8:
            return None
        begin, size = 2, data[1] & 127
        if size == 126:
            begin, size = 4, int.from_bytes(data[2:4], "big")
        end = begin + 4 + size
        if len(data) < end:
            return None
        self._unread = data[end:]
        return bytes(apply_mask(data[begin + 4 : end], data[begin : begin + 4]))


class Forwarder:
    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}
        self._kept: list[Client] = []
        self.server = StreamServer(("127.0.0.1", 0), self._greet, backlog=4096)

    def forward(self, port: int) -> None:
        """Subscribe to the switch's events and pass them on, for ever."""
        link = socket.create_connection(("127.0.0.1", port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(b"auth ClueCon\n\nevent json ALL\n\n")
        unread = b""
        while data := link.recv(1 << 18):
            unread = self._take(unread + data)

    def _take(self, data: bytes) -> bytes:
        at = 0
        while (end := data.find(b"\n\n", at)) >= 0:
            head, size = data[at:end], 0
            if head.startswith(b"Content-Length: "):
                size = int(head[16 : head.index(b"\n")])
            if len(data) < end + 2 + size:
                break
            if size:
                self._push(_event(data[end + 2 : end + 2 + size]))
            at = end + 2 + size
        return data[at:]

    def _push(self, event: _Event) -> None:
        client = self._clients.get(event.agent)
        if client is not None:
            client.send(_encode(_push(event)))

    def _greet(self, sock: socket.socket, _address: object) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = sock.recv(4096).partition(b"Sec-WebSocket-Key: ")[2].split(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
        sock.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._kept.append(Client(sock, self._clients))


def main() -> None:
    forwarder = Forwarder()
    forwarder.server.start()
    print(forwarder.server.server_port, flush=True)
    forwarder.forward(int(sys.argv[1]))


if __name__ == "__main__":
    main()
