"""A scripted ESL server on a gevent socket: enough of a switch to show a client's faults."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self
from urllib.parse import quote

import gevent
from gevent.event import Event
from gevent.server import StreamServer

LOGIN_ASKED = b"Content-Type: auth/request\n\n"


SILENCE = b""
"""As an answer: none at all."""


def reply(text: str) -> bytes:
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def body(kind: str, text: str | bytes) -> bytes:
    data = text if isinstance(text, bytes) else text.encode()
    return b"Content-Type: %s\nContent-Length: %d\n\n%s" % (kind.encode(), len(data), data)


def api(text: str | bytes) -> bytes:
    return body("api/response", text)


def plain_event(headers: Mapping[str, str], text: str = "") -> bytes:
    """As a switch writes it: each value URL-encoded, a body after the headers."""
    lines = "".join(f"{name}: {quote(value, safe=' /:')}\n" for name, value in headers.items())
    if text:
        lines += f"Content-Length: {len(text)}\n\n{text}"
    else:
        lines += "\n"
    return body("text/event-plain", lines)


def json_event(headers: Mapping[str, str], text: str = "") -> bytes:
    return body("text/event-json", json.dumps({**headers, **({"_body": text} if text else {})}))


class Peer:
    """One client's connection."""

    def __init__(self, sock: Any) -> None:
        self.sock = sock
        self.format = "plain"
        self.lines: list[str] = []
        self.gone = False

    def event(self, headers: Mapping[str, str], text: str = "") -> None:
        make = json_event if self.format == "json" else plain_event
        self.sock.sendall(make(headers, text))

    def close(self) -> None:
        self.sock.shutdown(2)


Answer = bytes | Callable[[Peer, str], bytes]


class FakeSwitch:
    """Answers each line by ``answers``: bytes, SILENCE, or a function of (peer, line) to bytes.

    ``lines`` is what it heard, in order; ``nudges`` counts bare line feeds; ``heard(line)`` waits.
    """

    def __init__(self, greeting: bytes = LOGIN_ASKED) -> None:
        self.greeting = greeting
        self.answers: dict[str, Answer] = {
            "auth ClueCon": reply("+OK accepted"),
            "exit": reply("+OK bye"),
            "api global_getvar core_uuid": api("core-1"),
        }
        self.lines: list[str] = []
        self.nudges = 0
        self.peers: list[Peer] = []
        self.deaf = False
        self._heard: defaultdict[str, Event] = defaultdict(Event)
        self._any = Event()
        self._server = StreamServer(("127.0.0.1", 0), self._serve)

    def __enter__(self) -> Self:
        self._server.start()
        self.host, self.port = self._server.socket.getsockname()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(timeout=0)
        for peer in self.peers:
            peer.sock.close()

    def heard(self, line: str) -> None:
        with gevent.Timeout(10):
            self._heard[line].wait()

    def until(self, is_so: Callable[[], object]) -> None:
        """Wait for a condition that holds once enough commands have arrived."""
        with gevent.Timeout(10):
            while not is_so():
                self._any.clear()
                self._any.wait()

    def shut(self) -> None:
        """Refuse new connections, drop those that are there."""
        self._server.stop(timeout=0)

    def reopen(self) -> None:
        self._server = StreamServer((self.host, self.port), self._serve)
        self._server.start()

    def _serve(self, sock: Any, _address: Any) -> None:
        peer = Peer(sock)
        self.peers.append(peer)
        buffer = b""
        with suppress(OSError):  # the client is gone
            sock.sendall(self.greeting)
            while data := sock.recv(65536):
                buffer = self._take(peer, buffer + data)
        peer.gone = True
        self._any.set()

    def _take(self, peer: Peer, buffer: bytes) -> bytes:
        while buffer:
            if buffer.startswith(b"\n"):
                self.nudges += 1
                buffer = buffer[1:]
                continue
            line, end, rest = buffer.partition(b"\n\n")
            if not end:
                break
            buffer = rest
            self._hear(peer, line.decode())
        return buffer

    def _hear(self, peer: Peer, line: str) -> None:
        self.lines.append(line)
        peer.lines.append(line)
        self._heard[line].set()
        self._any.set()
        if self.deaf:
            return
        if line.startswith("event "):
            peer.format = line.split()[1]
            answer: Answer = reply(f"+OK event listener enabled {peer.format}")
        else:
            answer = self.answers.get(line, api(f"+OK {line}\n"))
        peer.sock.sendall(answer(peer, line) if callable(answer) else answer)
