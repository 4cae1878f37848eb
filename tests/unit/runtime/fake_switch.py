"""A scripted ESL server on a gevent socket: enough of a switch to show what a client does wrong."""

import json
from collections import defaultdict
from contextlib import suppress
from urllib.parse import quote

import gevent
from gevent.event import Event
from gevent.server import StreamServer

LOGIN_ASKED = b"Content-Type: auth/request\n\n"


class Silence:
    """As an answer: none at all."""


def reply(text):
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


def body(kind, text):
    data = text if isinstance(text, bytes) else text.encode()
    return b"Content-Type: %s\nContent-Length: %d\n\n%s" % (kind.encode(), len(data), data)


def api(text):
    return body("api/response", text)


def plain_event(headers, text=""):
    """As a switch writes it: each value URL-encoded, a body after the headers."""
    lines = "".join(f"{name}: {quote(value, safe=' /:')}\n" for name, value in headers.items())
    if text:
        lines += f"Content-Length: {len(text)}\n\n{text}"
    else:
        lines += "\n"
    return body("text/event-plain", lines)


def json_event(headers, text=""):
    return body("text/event-json", json.dumps(headers | ({"_body": text} if text else {})))


class Peer:
    """One client's connection."""

    def __init__(self, sock):
        self.sock = sock
        self.format = "plain"
        self.lines = []
        self.gone = False

    def event(self, headers, text=""):
        make = json_event if self.format == "json" else plain_event
        self.sock.sendall(make(headers, text))

    def close(self):
        self.sock.shutdown(2)


class FakeSwitch:
    """Answers each line by ``answers``: bytes, Silence, or a function of (peer, line) to bytes.

    ``lines`` is what it heard, in order; ``nudges`` counts bare line feeds; ``heard(line)`` waits.
    """

    def __init__(self, greeting=LOGIN_ASKED):
        self.greeting = greeting
        self.answers = {
            "auth ClueCon": reply("+OK accepted"),
            "exit": reply("+OK bye"),
            "api global_getvar core_uuid": api("core-1"),
        }
        self.lines = []
        self.nudges = 0
        self.peers = []
        self.deaf = False
        self._heard = defaultdict(Event)
        self._any = Event()
        self._server = StreamServer(("127.0.0.1", 0), self._serve)

    def __enter__(self):
        self._server.start()
        self.host, self.port = self._server.address
        return self

    def __exit__(self, *_):
        self._server.stop(timeout=0)
        for peer in self.peers:
            peer.sock.close()

    def heard(self, line):
        with gevent.Timeout(10):
            self._heard[line].wait()

    def until(self, is_so):
        """Wait for something that is so once enough was heard."""
        with gevent.Timeout(10):
            while not is_so():
                self._any.clear()
                self._any.wait()

    def shut(self):
        """Refuse new connections, drop those that are there."""
        self._server.stop(timeout=0)

    def reopen(self):
        self._server = StreamServer((self.host, self.port), self._serve)
        self._server.start()

    def _serve(self, sock, _address):
        peer = Peer(sock)
        self.peers.append(peer)
        buffer = b""
        with suppress(OSError):  # the client is gone
            sock.sendall(self.greeting)
            while data := sock.recv(65536):
                buffer = self._take(peer, buffer + data)
        peer.gone = True
        self._any.set()

    def _take(self, peer, buffer):
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

    def _hear(self, peer, line):
        self.lines.append(line)
        peer.lines.append(line)
        self._heard[line].set()
        self._any.set()
        if self.deaf:
            return
        if line.startswith("event "):
            peer.format = line.split()[1]
            answer = reply(f"+OK event listener enabled {peer.format}")
        else:
            answer = self.answers.get(line, api(f"+OK {line}\n"))
        if callable(answer) and answer is not Silence:
            answer = answer(peer, line)
        if answer is not Silence:
            peer.sock.sendall(answer)
