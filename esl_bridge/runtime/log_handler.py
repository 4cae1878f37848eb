"""Writes the log.

Thousands of agents may sign in at once, each with a line of its own, and every write wakes whoever
reads the log. So the lines of one iteration of the event loop are written together at its end.
"""

from __future__ import annotations

import logging
from collections import deque
from contextlib import suppress
from typing import TextIO

import gevent


class BatchingHandler(logging.StreamHandler[TextIO]):
    """Made in the main thread, for log lines of all threads. A warning or an error is written at
    once, after the lines that wait; so are all lines when the program ends."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lines: deque[str] = deque()
        self._loop = gevent.get_hub().loop

    def createLock(self) -> None:  # noqa: N802
        """None is needed: threads only append to the queue."""
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001 - as in StreamHandler: a bad line must not fail its writer
            self.handleError(record)
        if record.levelno >= logging.WARNING:
            self.flush()
        elif len(self._lines) == 1:
            self._loop.run_callback_threadsafe(self.flush)

    def flush(self) -> None:
        text = ""
        while self._lines:
            text += self._lines.popleft() + self.terminator
        if text:
            with suppress(OSError):  # nobody reads the log any more, so nobody can be told
                self.stream.write(text)
                self.stream.flush()
