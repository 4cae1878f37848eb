"""Between the daemon and the switch: counts commands, and at one of them cuts the line."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable

# What asks and changes nothing has no part in the count.
_ASKS = re.compile(
    rb"api (?:bgapi )?"
    rb"(?:show|uuid_dump|uuid_exists|global_getvar|sofia_contact|callcenter_config)\b"
)


class Proxy:
    """Listens on ``port``; every connection to it is one to the switch."""

    def __init__(self, switch_port: int) -> None:
        self._switch_port = switch_port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._lock = threading.Lock()
        self._left = 0
        self._passes = True
        self._cut: Callable[[], None] = lambda: None
        self._open: list[socket.socket] = []
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

    def close(self) -> None:
        self._server.close()
        self._hang_up()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                switch = socket.create_connection(("127.0.0.1", self._switch_port))
                self._open += [client, switch]
                threading.Thread(target=self._commands, args=(client, switch), daemon=True).start()
                threading.Thread(target=_copy, args=(switch, client), daemon=True).start()

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


def _copy(source: socket.socket, target: socket.socket) -> None:
    with source, contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
