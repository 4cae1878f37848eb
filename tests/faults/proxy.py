"""A proxy between the daemon and the switch: it counts commands, and cuts the link at one; loses
events on the way, doubles them or brings them late; or falls silent.
"""

from __future__ import annotations

import contextlib
import random
import re
import socket
import threading
from collections.abc import Callable, Iterator

# What asks and changes nothing has no part in the count.
_ASKS = re.compile(
    rb"api (?:bgapi )?"
    rb"(?:show|uuid_dump|uuid_exists|global_getvar|sofia_contact|callcenter_config)\b"
)


class Proxy:
    """Listens on ``port``, and connects each client to the switch."""

    def __init__(self, switch_port: int) -> None:
        self._switch_port = switch_port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._lock = threading.Lock()
        self._left = 0
        self._passes = True
        self._cut: Callable[[], None] = lambda: None
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.weather: Weather | None = None
        self.passed: list[str] = []
        self.has_cut = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_at(self, number: int, cut: Callable[[], None], *, passes: bool) -> None:
        """At the ``number``-th command from now on call ``cut``, after the switch has got it or
        instead; nothing more goes through on the connections that are open then."""
        with self._lock:
            self._left, self._passes, self._cut = number, passes, cut
            self.passed.clear()
            self.has_cut.clear()

    def cut_no_more(self) -> bool:
        """Whether it has happened."""
        with self._lock:
            self._left = 0
            return self.has_cut.is_set()

    def fall_silent(self) -> None:
        """Pass nothing more on the open connections, and close none of them."""
        with self._lock:
            self._open = []

    def cut_listener(self) -> None:
        """Have the switch close the connection that carries its events."""
        assert self._listener is not None
        self._listener.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._hang_up()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                switch = socket.create_connection(("127.0.0.1", self._switch_port))
                self._open += [client, switch]
                threading.Thread(target=self._commands, args=(client, switch), daemon=True).start()
                threading.Thread(target=self._answers, args=(switch, client), daemon=True).start()

    def _commands(self, client: socket.socket, switch: socket.socket) -> None:
        rest = b""
        with client, contextlib.suppress(OSError):
            while data := client.recv(65_536):
                *whole, rest = (rest + data).split(b"\n\n")
                for command in whole:
                    self._pass(command + b"\n\n", client, switch)
                if not rest.strip():  # a bare line feed wakes the switch
                    switch.sendall(rest)
                    rest = b""
            switch.shutdown(socket.SHUT_RDWR)

    def _pass(self, command: bytes, client: socket.socket, switch: socket.socket) -> None:
        with self._lock:
            if client not in self._open:
                return
            if command.startswith(b"event "):
                self._listener = client
            is_the_one = self._count(command.strip())
            if self._passes or not is_the_one:
                switch.sendall(command)
            if is_the_one:
                self._cut()
                self._hang_up()
                self.has_cut.set()

    def _count(self, command: bytes) -> bool:
        if not command.startswith(b"api ") or _ASKS.match(command):
            return False
        self.passed.append(command.decode())
        self._left -= 1
        return self._left == 0

    def _hang_up(self) -> None:
        gone, self._open = self._open, []
        for each in gone:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _answers(self, switch: socket.socket, client: socket.socket) -> None:
        with switch, contextlib.suppress(OSError):
            for frame in _frames(switch):
                if client in self._open:
                    client.sendall(self._weathered(frame))
            if client in self._open:
                client.shutdown(socket.SHUT_RDWR)

    def _weathered(self, frame: bytes) -> bytes:
        is_event = b"text/event-json" in frame[:200]
        return self.weather.on(frame) if self.weather is not None and is_event else frame


def _frames(source: socket.socket) -> Iterator[bytes]:
    """Read headers, and a body of the length that they state."""
    rest = b""
    while data := source.recv(65_536):
        rest += data
        while (end := rest.find(b"\n\n") + 2) > 1:
            length = re.search(rb"Content-Length: *(\d+)", rest[:end])
            end += int(length[1]) if length else 0
            if len(rest) < end:
                break
            yield rest[:end]
            rest = rest[end:]


class Weather:
    """Of a hundred events 5 are lost, 3 come twice, and 5 come up to 30 events late."""

    LOST, TWICE, LATE, BY = 0.05, 0.03, 0.05, 30

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._late: list[tuple[int, bytes]] = []
        self._heard = 0

    def on(self, event: bytes) -> bytes:
        """What arrives now in place of the event."""
        self._heard += 1
        due = [late for at, late in self._late if at <= self._heard]
        self._late = [each for each in self._late if each[0] > self._heard]
        return b"".join([*self._now(event), *due])

    def _now(self, event: bytes) -> list[bytes]:
        chance = self._chance.random()
        if chance < self.LOST:
            return []
        if chance < self.LOST + self.TWICE:
            return [event, event]
        if chance < self.LOST + self.TWICE + self.LATE:
            self._late.append((self._heard + self._chance.randint(1, self.BY), event))
            return []
        return [event]
