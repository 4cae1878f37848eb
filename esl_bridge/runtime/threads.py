"""Work in a thread that may fail in expected ways.

gevent reports any exception in a thread with a traceback, before the caller can handle it: on a
full disk, at every attempt.
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
    """Return what the function returns, or raise what it raises; other greenlets run meanwhile."""
    done = begin(pool, foreseen, function, *arguments)
    done.wait()
    if (error := failure(done)) is not None:
        raise error
    return cast(Outcome, done.value)


def begin(
    pool: ThreadPool, foreseen: type[Exception], function: Callable[..., object], *arguments: object
) -> AsyncResult[Any]:
    """Does not wait; the result is set when the function returns, see ``failure``."""
    begun: AsyncResult[Any] = pool.spawn(wrap_errors((foreseen,), function), *arguments)
    return begun


def failure(done: AsyncResult[Any]) -> Exception | None:
    """The exception that a function started by ``begin`` has raised."""
    outcome = done.value if done.exception is None else done.exception
    return outcome if isinstance(outcome, Exception) else None
