"""Work in a thread that may fail in ways that are foreseen.

What is raised in a thread gevent reports with a traceback, before whoever waits for it has had its
say: where a disk is full, at each attempt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from gevent.event import AsyncResult
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
    done = begin(pool, foreseen, function, *arguments)
    done.wait()
    if (error := failure(done)) is not None:
        raise error
    return cast(Outcome, done.value)


def begin(
    pool: ThreadPool, foreseen: type[Exception], function: Callable[..., object], *arguments: object
) -> AsyncResult[Any]:
    """Does not wait; what it gives is told when the function is through, see ``failure``."""
    begun: AsyncResult[Any] = pool.spawn(wrap_errors((foreseen,), function), *arguments)
    return begun


def failure(done: AsyncResult[Any]) -> Exception | None:
    """What the function of such a one has raised."""
    outcome = done.value if done.exception is None else done.exception
    return outcome if isinstance(outcome, Exception) else None
