"""Pushes what has changed to those who follow it: at once, and then once a second while changes go
on."""

from __future__ import annotations

from collections.abc import Callable

import gevent

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.tenant import Tenant
from esl_bridge.protocol.codec import Form, Shared
from esl_bridge.protocol.messages import Push
from esl_bridge.protocol.update import Update
from esl_bridge.runtime.slices import in_slices

_PAUSE = 1.0  # seconds between two pushes

Encode = Callable[[Push, Form], bytes]
Send = Callable[[Tenant, Agent, Callable[[dict[str, str | int]], Push], Encode], None]
"""Numbers a push, which is built from its head, and sends it."""


class Subscriptions:
    """``update``: what differs from what a tenant's subscribers were last sent. ``sleep`` waits for
    some seconds."""

    def __init__(
        self,
        send: Send,
        update: Callable[[Tenant], Update | None],
        sleep: Callable[[float], object] = gevent.sleep,
    ) -> None:
        self._send = send
        self._update = update
        self._sleep = sleep
        self._telling: set[Tenant] = set()

    def push_changes(self, tenant: Tenant) -> None:
        """There are changes to push; further changes of the same moment are included."""
        if tenant not in self._telling:
            self._telling.add(tenant)
            gevent.spawn(self._tell_until_quiet, tenant)

    def _tell_until_quiet(self, tenant: Tenant) -> None:
        try:
            while self._tell(tenant):
                self._sleep(_PAUSE)
        finally:
            self._telling.remove(tenant)

    def _tell(self, tenant: Tenant) -> bool:
        """Push the changes; returns whether there were any."""
        update = self._update(tenant)
        if update is None:
            return False
        shared = Shared(**update.parts)
        for agent in in_slices(update.to):
            if update.subscription.watchers.get(agent.id) is agent:
                self._send(tenant, agent, lambda head: _push(update, head), shared.encode)
        return True


def _push(update: Update, head: dict[str, str | int]) -> Push:
    return update.kind(**head, **update.parts)  # type: ignore[arg-type]
