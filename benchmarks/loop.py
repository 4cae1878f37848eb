"""One loop for everything that a load plays: sockets that are read, and things to do in time."""

from __future__ import annotations

import heapq
import itertools
import select
import socket
from collections.abc import Callable
from time import perf_counter

_CHUNK = 1 << 16


class Loop:
    def __init__(self) -> None:
        self._poll = select.epoll()
        self._readers: dict[int, tuple[socket.socket, Callable[[bytes], None]]] = {}
        self._servers: dict[int, tuple[socket.socket, Callable[[socket.socket], None]]] = {}
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def listen(self, on_client: Callable[[socket.socket], None]) -> int:
        """Accept on a free port, which comes back."""
        server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._servers[server.fileno()] = server, on_client
        self._poll.register(server, select.EPOLLIN)
        port: int = server.getsockname()[1]
        return port

    def read(self, sock: socket.socket, on_data: Callable[[bytes], None]) -> None:
        """``on_data`` gets nothing once the other side has closed."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._readers[sock.fileno()] = sock, on_data
        self._poll.register(sock, select.EPOLLIN)

    def at(self, when: float, do: Callable[[], None]) -> None:
        """``when`` in seconds of ``perf_counter``."""
        heapq.heappush(self._agenda, (when, next(self._order), do))

    def run(self, is_done: Callable[[], bool], seconds: float) -> None:
        """Until it is done; raises TimeoutError when that takes longer."""
        until = perf_counter() + seconds
        while not is_done():
            if perf_counter() > until:
                raise TimeoutError(f"not done in {seconds} s")
            self._turn()

    def _turn(self) -> None:
        while self._agenda and self._agenda[0][0] <= perf_counter():
            heapq.heappop(self._agenda)[2]()
        wait = self._agenda[0][0] - perf_counter() if self._agenda else 0.05
        for number, _ in self._poll.poll(min(max(wait, 0.0), 0.05), 512):
            if number in self._servers:
                server, on_client = self._servers[number]
                on_client(server.accept()[0])
            else:
                self._hear(number)

    def _hear(self, number: int) -> None:
        sock, on_data = self._readers[number]
        data = sock.recv(_CHUNK)
        if not data:
            self._poll.unregister(sock)
            del self._readers[number]
        on_data(data)
