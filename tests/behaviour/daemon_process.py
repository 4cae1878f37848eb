"""Daemons that are up in a tenth of the time and of the work: each is forked from a process that
has read the whole program once. It runs what ``python -m esl_bridge serve`` does, but that its
metrics are counted each time that a story asks: a page of a second ago would not know what has just
been done."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module

# As they are before the program has gevent's put in their places.
from os import fork, waitpid
from pathlib import Path
from signal import SIG_DFL, SIG_IGN, SIGCHLD, SIGKILL, signal

_CONFIG = "esl_bridge.yaml"


class Daemon:
    """One that serves with the configuration in ``folder``. ``stderr``: what it logs."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._told, tells = socket.socketpair()
        log, logs = os.pipe()
        with tells, os.fdopen(logs):
            socket.send_fds(
                _daemon_process(*environment.items()), [bytes(folder)], [tells.fileno(), logs]
            )
        self.stderr = os.fdopen(log)
        self.pid = int(self._told.recv(100))
        self._code: int | None = None

    def send_signal(self, number: int) -> None:
        """To one that may have ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(SIGKILL)

    def wait(self, seconds: float) -> int:
        """Its exit code, or less the signal that ended it; raises TimeoutError."""
        if self._code is None:
            self._told.settimeout(seconds)
            with self._told:
                self._code = int(self._told.recv(100))
        return self._code


@cache
def _daemon_process(*environment: tuple[str, str]) -> socket.socket:
    """Where to ask for daemons of that environment; it ends with this process."""
    ours, its = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with its:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", __name__],
            stdin=its.fileno(),
            stdout=subprocess.DEVNULL,
            env=os.environ | dict(environment),
        )
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _main() -> None:
    signal(SIGCHLD, SIG_IGN)
    asked = socket.socket(fileno=sys.stdin.fileno())
    program = import_module("esl_bridge.__main__")
    vars(import_module("esl_bridge.runtime.http_endpoints"))["_METRICS_SECONDS"] = 0.0
    while True:
        folder, given, _, _ = socket.recv_fds(asked, 4096, 2)
        if not folder:
            return
        if fork() == 0:
            asked.detach()
            _watch_over(program.main, os.fsdecode(folder), *given)
        for each in given:
            os.close(each)


def _watch_over(main: Callable[[list[str]], None], folder: str, tells: int, logs: int) -> None:
    """A parent that tells how its child has ended."""
    signal(SIGCHLD, SIG_DFL)
    child = fork()
    if child == 0:
        os.close(tells)
        os.dup2(logs, sys.stderr.fileno())
        os.chdir(folder)
        main(["serve", "--config", _CONFIG])
    os.close(logs)
    os.write(tells, b"%d" % child)
    _, status = waitpid(child, 0)
    os.write(tells, b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


if __name__ == "__main__":
    _main()
