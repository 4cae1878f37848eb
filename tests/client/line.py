"""The network between clients and the daemon: it can be cut, at any moment and for any time."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Line:
    """Listens on ``port`` and leads to the daemon's."""

    def __init__(self, daemon_port: int) -> None:
        self._daemon_port = daemon_port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._is_up = True
        self._is_silent = False
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every connection ends, in the middle of whatever is said."""
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """There is no network for a while."""
        self._is_up = False
        self.cut()
        try:
            yield
        finally:
            self._is_up = True

    def fall_silent(self) -> None:
        """The connections of now stay open, and nothing gets through them."""
        self._open = set()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_up = False
        self._server.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                if not self._is_up:
                    client.close()
                    continue
                try:
                    daemon = socket.create_connection(("127.0.0.1", self._daemon_port))
                except OSError:  # it is being started anew
                    client.close()
                    continue
                self._open |= {client, daemon}
                for source, target in ((client, daemon), (daemon, client)):
                    threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if source in self._open:
                    target.sendall(data)
        if source in self._open:
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_RDWR)
        self._open.discard(source)
        source.close()
