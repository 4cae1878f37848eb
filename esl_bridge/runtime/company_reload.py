"""Reloads the companies' files while the service runs.

A child process reads and checks them: in a thread of this process that would hold the interpreter
for seconds, and the collector of cycles would examine everything (measured). The child sends its
result line by line.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

import gevent
import gevent.os
from gevent.event import Event
from gevent.fileobject import FileObject

from esl_bridge.config import ConfigError
from esl_bridge.config.pieces import Assembly, CutShort
from esl_bridge.domain.company import Companies
from esl_bridge.runtime.slices import in_slices

_COMMAND = (sys.executable, "-m", "esl_bridge.config")
_LINES_AT_A_TIME = 1  # each has up to a hundred agents

log = logging.getLogger(__name__)


def read_companies(config: Path) -> Companies:
    """Read the companies' files in a process of their own. Raises ConfigError, also where no
    company is left; OSError or CutShort where the files could not even be read. Doubtful settings
    are logged."""
    assembly = Assembly()
    with _output_of(*_COMMAND, str(config)) as lines:
        for line in in_slices(lines, _LINES_AT_A_TIME):
            assembly.add(line)
    companies = assembly.finish()
    for warning in assembly.warnings:
        log.warning(warning)
    return companies


@contextmanager
def _output_of(*command: str) -> Iterator[Iterable[bytes]]:
    """The output of a process, which is killed on leaving. ``posix_spawn``, since a fork as of
    ``subprocess`` would block the service while the pages of ten thousand agents are copied: 20 ms
    (measured)."""
    read, write = os.pipe()
    with FileObject(read, "rb") as output:
        try:
            to_stdout = (os.POSIX_SPAWN_DUP2, write, 1)
            pid = gevent.os.posix_spawn(command[0], command, os.environ, file_actions=[to_stdout])
        finally:
            os.close(write)
        try:
            yield output
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            gevent.os.waitpid(pid, 0)


class CompanyReload:
    """``reconfigure`` applies the companies that were read; ``while_reading`` is entered around
    reading and applying."""

    def __init__(
        self,
        config: Path,
        reconfigure: Callable[[Companies], None],
        while_reading: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._config = config
        self._reconfigure = reconfigure
        self._while_reading = while_reading
        self._asked = Event()
        self._greenlet = gevent.Greenlet(self._work)

    def start(self) -> None:
        self._greenlet.start()

    def ask(self) -> None:
        """Request a reload. Reloads run one after another; requests that come during one cause a
        single further reload."""
        self._asked.set()

    def _work(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            try:
                with self._while_reading():
                    self._reconfigure(read_companies(self._config))
                log.info("companies reloaded")
            except ConfigError as error:
                for mistake in error.mistakes:
                    log.error("companies not reloaded: %s", mistake)
            except (OSError, CutShort) as error:
                log.error("companies not reloaded: the files could not be read: %s", error)
            except Exception:
                # A bug in one reload must not prevent later ones.
                log.exception("companies not reloaded: unhandled error")
