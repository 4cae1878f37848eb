"""Handlers of what happens to an agent, called one after another in a thread of their own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Literal, TypeAlias

log = logging.getLogger("esl_bridge.client")

Event: TypeAlias = Literal[
    "change",
    "offered",
    "ended",
    "link",
    "resumed",
    "gap",
    "kicked",
    "signed_out",
    "directory",
    "team",
    "push",
]
Handler: TypeAlias = Callable[[Any], object]


class Handlers:
    """The handlers of one agent. The thread begins with the first of them: an agent that is only
    told what to do has none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, tuple[Handler, ...]] = {}
        self._queue: SimpleQueue[tuple[tuple[Handler, ...], Any] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def add(self, event: Event, handler: Handler) -> Callable[[], None]:
        """Gives what takes the handler off again."""
        with self._lock:
            self._of[event] = (*self._of.get(event, ()), handler)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        return lambda: self._remove(event, handler)

    def wants(self, event: Event) -> bool:
        return bool(self._of.get(event))

    def emit(self, event: Event, value: Any) -> None:
        """The handlers are called later, with ``value``."""
        if handlers := self._of.get(event):
            self._queue.put((handlers, value))

    def close(self) -> None:
        """No more comes; what was emitted is still handled."""
        self._queue.put(None)
        self._thread = None

    def _remove(self, event: Event, handler: Handler) -> None:
        with self._lock:
            self._of[event] = tuple(one for one in self._of[event] if one is not handler)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            handlers, value = item
            for handler in handlers:
                try:
                    handler(value)
                except Exception:
                    log.exception("a handler has failed")
