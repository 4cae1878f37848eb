"""Clients that send commands to a real FreeSWITCH; prints the median seconds and the rate.

``python -m benchmarks.commanders CLIENT PORT PASSWORD TIMES``. ``raw``: a mute by ``api`` on a
gevent socket, one after the other. ``daemon`` and ``bgapi``: one link of the daemon's with 32
commands on their way that run in the background, as the daemon writes them or by the socket's own
``bgapi``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

import gevent
from gevent import socket
from gevent.pool import Pool

from esl_bridge.esl.commands import Command, uuid_mute
from esl_bridge.runtime.switch_link import SwitchLink

LEG = "00000000-0000-4000-8000-000000000001"
_AT_ONCE = 32
_SECONDS = 30.0


def raw(port: int, password: str, times: int) -> list[float]:
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _frame(sock)
        sock.sendall(f"auth {password}\n\n".encode())
        _frame(sock)
        taken = []
        for number in range(times):
            line = uuid_mute(LEG, on=number % 2 == 0).line()
            began = perf_counter()
            sock.sendall(f"{line}\n\n".encode())
            _frame(sock)
            taken.append(perf_counter() - began)
        return taken


def _frame(sock: socket.socket) -> None:
    """One frame, which is all that comes."""
    data = b""
    while (end := data.find(b"\n\n")) < 0:
        data += sock.recv(4096)
    _, _, rest = data[:end].partition(b"Content-Length: ")
    missing = int(rest.split(b"\n")[0]) - (len(data) - end - 2) if rest else 0
    while missing > 0:
        missing -= len(sock.recv(4096))


def daemon(port: int, password: str, times: int) -> list[float]:
    command = Command(("uuid_exists", LEG), background=True)
    with SwitchLink("127.0.0.1", port, password) as link:
        return _many(times, lambda: link.run(command, _SECONDS))


def bgapi(port: int, password: str, times: int) -> list[float]:
    with SwitchLink("127.0.0.1", port, password) as link:
        return _many(times, lambda: link.send(f"bgapi uuid_exists {LEG}", _SECONDS))


def _many(times: int, one: Callable[[], object]) -> list[float]:
    def timed(_number: int) -> float:
        began = perf_counter()
        one()
        return perf_counter() - began

    taken: list[float] = Pool(_AT_ONCE).map(timed, range(times))
    return taken


_CLIENTS = {"raw": raw, "daemon": daemon, "bgapi": bgapi}


def main() -> None:
    client, port, password, times = sys.argv[1:]
    began = perf_counter()
    taken = gevent.spawn(_CLIENTS[client], int(port), password, int(times)).get()
    seconds = perf_counter() - began
    print(json.dumps({"median": median(taken), "rate": len(taken) / seconds}), flush=True)


if __name__ == "__main__":
    main()
