"""Ports for programs that open them some time after they were started."""

from __future__ import annotations

import socket
import subprocess
import threading

_START_SECONDS = 15.0
_AGAIN_SECONDS = 0.05


def connect(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    """Connect as soon as it lets us; fails at once if the program has ended."""
    clock = threading.Event()
    for _ in range(int(_START_SECONDS / _AGAIN_SECONDS)):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if process.poll() is not None:
                break
            clock.wait(_AGAIN_SECONDS)
    raise AssertionError(f"{process.args!r} does not open port {port}")


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now, neither by TCP nor by UDP, each with a free next one."""
    found: list[int] = []
    held: list[socket.socket] = []
    while len(found) < count:
        held += (pair := [socket.socket(type=socket.SOCK_DGRAM), socket.socket()])
        pair[0].bind(("127.0.0.1", 0))
        port = pair[0].getsockname()[1]
        try:
            pair[1].bind(("127.0.0.1", port))
        except OSError:
            continue
        found.append(port)
    for one in held:
        one.close()
    return found


def claimed_ports(count: int) -> tuple[socket.socket, range]:
    """A block of ports for sound, ours alone among laboratories while the socket is open."""
    for first in range(10_000, 32_000 - count, count):  # the kernel gives out those above
        claim = socket.socket(type=socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", first))
        except OSError:
            claim.close()
            continue
        return claim, range(first + 2, first + count)
    raise AssertionError("every block of ports is in use")
