"""Work in a thread that may fail in ways that are foreseen.

What is raised in a thread gevent reports with a traceback, before whoever waits for it has had its
say: where a disk is full, at each attempt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gevent.threadpool import ThreadPool
from gevent.util import wrap_errors

Outcome = TypeVar("Outcome")


def apply(
    pool: ThreadPool,
    foreseen: type[Exception],
    function: Callable[..., Outcome],
    *arguments: object,
) -> Outcome:
    """What the function gives, or raises; other greenlets run meanwhile."""
    outcome: Outcome | Exception = pool.apply(wrap_errors((foreseen,), function), arguments)
    if isinstance(outcome, foreseen):
        raise outcome
    return outcome  # type: ignore[return-value]
