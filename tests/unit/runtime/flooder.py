"""A process of clients that only send: ``python flooder.py KIND ADDRESS PORT NUMBER``.

It prints a line once all have connected.
"""

from __future__ import annotations

import itertools
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator

LETTERS = 60_000


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """One of a client's, masked with nothing."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((first, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


def request(msg_type: str, **fields: str) -> bytes:
    head = {"req_id": "1", "msg_type": msg_type, "company_code": "90001", "agent_id": "nobody"}
    return frame(json.dumps(head | fields).encode())


def invented() -> Iterator[bytes]:
    for number in itertools.count():
        yield request("get_status", agent_id=f"nobody{number}")


def fragments() -> Iterator[bytes]:
    yield frame(b"{", first=0x01)
    while True:
        yield frame(b"", first=0x00) * 500


KINDS: dict[str, Callable[[], Iterable[bytes]]] = {
    "closed with 1009": lambda: itertools.chain(
        [frame(b"x" * 70_000)], itertools.repeat(b"x" * 65_536)
    ),
    "pings": lambda: itertools.repeat(frame(b"", first=0x89) * 500),
    "ping": lambda: itertools.repeat(request("ping") * 50),
    "malformed": lambda: itertools.repeat(frame(b"x") * 500),
    "unknown": lambda: itertools.repeat(request("nonsense") * 50),
    "invented agents": invented,
    "wrong tokens": lambda: itertools.repeat(request("checkin", token="x") * 50),
    "fragments": fragments,
    "large": lambda: itertools.repeat(frame(b'{"a":[' + b"[]," * (LETTERS // 3) + b"[]]}")),
    "large msgpack": lambda: itertools.repeat(
        frame(b"\x81\xa1a\xdc" + LETTERS.to_bytes(2, "big") + b"\x90" * LETTERS, first=0x82)
    ),
}


UPGRADE = (
    b"GET /agent HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)


def connected(address: str, port: int) -> socket.socket:
    sock = socket.create_connection((address, port))
    sock.sendall(UPGRADE)
    assert b"101" in sock.recv(4096)
    return sock


def read(sock: socket.socket) -> None:
    try:
        while sock.recv(65_536):
            pass
    except OSError:
        pass


def send(sock: socket.socket, pieces: Iterable[bytes]) -> None:
    try:
        for piece in pieces:
            sock.sendall(piece)
    except OSError:
        pass


def main() -> None:
    kind, address, port, number = sys.argv[1:]
    socks = [connected(address, int(port)) for _ in range(int(number))]
    for sock in socks:
        threading.Thread(target=read, args=(sock,), daemon=True).start()
        threading.Thread(target=send, args=(sock, KINDS[kind]()), daemon=True).start()
    sys.stdout.write("flooding\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
