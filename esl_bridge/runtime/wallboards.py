"""Pushes changes of their team to supervisors: at once, and then once a second while changes go
on."""

from __future__ import annotations

from collections.abc import Callable

import gevent

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.tenant import Tenant
from esl_bridge.protocol import team
from esl_bridge.protocol.codec import Form, Shared
from esl_bridge.protocol.messages import Push, TeamChange

_PAUSE = 1.0  # seconds between two pushes

Encode = Callable[[Push, Form], bytes]
Send = Callable[[Tenant, Agent, Callable[[dict[str, str | int]], Push], Encode], None]
"""Numbers a push, which is built from its head, and sends it."""


class Wallboards:
    """``sleep`` waits for some seconds."""

    def __init__(self, send: Send, sleep: Callable[[float], object] = gevent.sleep) -> None:
        self._send = send
        self._sleep = sleep
        self._telling: set[Tenant] = set()

    def stirred(self, tenant: Tenant) -> None:
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
        agents, queues = team.changes(tenant)
        if not (agents or queues):
            return False
        shared = Shared(agents=agents, queues=queues)
        for agent in list(tenant.wallboard.watchers.values()):
            if agent.enabled and agent.entry.supervisor:
                self._send(tenant, agent, lambda head: _word(head, agents, queues), shared.encode)
        return True


def _word(head: dict[str, str | int], agents: object, queues: object) -> TeamChange:
    return TeamChange(**head, agents=agents, queues=queues)  # type: ignore[arg-type]
