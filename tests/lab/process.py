"""Ports for programs that open them some time after they were started."""

from __future__ import annotations

import itertools
import random
import socket
import subprocess
import threading

_START_SECONDS = 60.0  # many start at once on a small machine
_AGAIN_SECONDS = 0.05
END_SECONDS = 10.0
_claims: list[socket.socket] = []


def connect(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    """Connect as soon as the program listens; fails at once if it has ended, and kills it on a
    time-out.
    """
    clock = threading.Event()
    for _ in range(int(_START_SECONDS / _AGAIN_SECONDS)):
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if process.poll() is not None:
                break
            clock.wait(_AGAIN_SECONDS)
    _end(process)
    raise AssertionError(f"{process.args!r} does not open port {port}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Terminate it before killing it: a program that waits for one elsewhere, as a container's
    client does, passes that on, but could not pass on that it is killed.
    """
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now, neither by TCP nor by UDP, each with a free next one.

    They are ours alone among laboratories for as long as this process lives. Below those that the
    kernel gives to whoever connects: one of those could be taken again before the program that it
    is for has opened it.
    """
    even = range(2_000, 10_000, 2)
    claimed = filter(_claim, random.sample(even, len(even)))
    return list(itertools.islice(filter(_is_free, claimed), count))


def _claim(port: int) -> bool:
    """An abstract name exists once in a network namespace, as a port does, and ends with this
    process.
    """
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0esl_bridge laboratory, port {port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def _is_free(port: int) -> bool:
    with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        try:
            udp.bind(("127.0.0.1", port))
            tcp.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


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
