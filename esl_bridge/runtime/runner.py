"""The driver in gevent's event loop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Set
from typing import Any

import gevent
from gevent.event import Event

from esl_bridge.callflow.steps import Verify
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.domain_events import DomainEvent
from esl_bridge.domain.tenant import Tenant
from esl_bridge.engine.driver import Cancel, Driver, Task, Verified
from esl_bridge.errors import BridgeError, SwitchError
from esl_bridge.esl.commands import Command, ReplyHandler
from esl_bridge.protocol.envelope import Reply

log = logging.getLogger(__name__)


class Runner(Driver):
    """``send`` sends a command; ``verify`` checks a password, and may wait; ``deliver`` takes a
    tenant's domain events; ``note`` takes a tenant's agents and calls that may have changed."""

    def __init__(
        self,
        send: Callable[[Command, ReplyHandler], None],
        verify: Callable[[Verify], bool],
        deliver: Callable[[Tenant, list[DomainEvent]], None],
        note: Callable[[Tenant, Set[Agent], Set[Call]], None] = lambda *_: None,
    ) -> None:
        self._nothing_is_under_way = Event()
        super().__init__(
            send=send,
            verify=lambda attempt, then: gevent.spawn(_verified, verify, attempt, then),
            later=_later,
            soon=_soon,
            deliver=deliver,
            note=note,
            refused=log_refusal,
            late=_log_late,
            unforeseen=_log_unforeseen,
            at_rest=self._nothing_is_under_way.set,
        )

    def finish(self, seconds: float) -> None:
        """Let tasks complete, for at most ``seconds``."""
        if self.under_way:
            self._nothing_is_under_way.clear()
            self._nothing_is_under_way.wait(seconds)


def log_refusal(outcome: Reply | BridgeError) -> None:
    """For commands that belong to no request: a failure is only logged."""
    if isinstance(outcome, SwitchError):
        log.warning("a command to the switch failed: %s", outcome)


def _log_late(task: Task, outcome: Reply | BridgeError) -> None:
    log.warning("%s ended with %r after its reply", task, outcome)


def _log_unforeseen(where: str, error: Exception) -> None:
    log.error("unhandled error in %s", where, exc_info=error)


def _verified(verify: Callable[[Verify], bool], attempt: Verify, then: Verified) -> None:
    outcome: bool | Exception
    try:
        outcome = verify(attempt)
    except Exception as error:  # noqa: BLE001  raised where the step was asked for
        outcome = error
    then(outcome)


def _later(seconds: float, call: Callable[[], None]) -> Cancel:
    timer: Any = gevent.get_hub().loop.timer(seconds)
    timer.start(call)
    close: Cancel = timer.close
    return close


def _soon(call: Callable[[], None]) -> None:
    gevent.get_hub().loop.run_callback(call)
