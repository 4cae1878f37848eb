"""Keeps mod_callcenter's agents and tiers up to date, in the background.

Each round reads the switch's two lists, once for all companies, and corrects what differs, one
agent at a time: at each link-up, after each reload of the companies, and at intervals, in case
something else has changed it. What fails is retried in the next round, which then comes soon.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent
from gevent.event import Event

from esl_bridge.callflow import queue_membership, queueing, routing
from esl_bridge.callflow.queue_membership import QueueTables
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.company import DEFAULT_NODE
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.engine.driver import Driver, Task
from esl_bridge.errors import SwitchError, SwitchRefused
from esl_bridge.esl import commands
from esl_bridge.esl.commands import Command
from esl_bridge.runtime.slices import agents_in_slices, in_slices, run_in_slices

_AGAIN_SECONDS = 5.0  # after a round in which something failed; then twice as long each time

log = logging.getLogger(__name__)


class _Overtaken(Exception):
    """The round has become pointless: the link is down, or everything has to be checked anew."""


class QueueSync:
    """The rounds of one switch, ``node``. ``ask`` sends a question and returns the switch's reply;
    ``driver`` runs the steps that correct what differs; ``count`` is called for each agent that
    another client had changed and that was corrected; ``seconds``: how long that may last."""

    def __init__(
        self,
        tenant_registry: TenantRegistry,
        driver: Driver,
        ask: Callable[[Command], str],
        count: Callable[[str, int], None],
        seconds: float,
        node: str = DEFAULT_NODE,
    ) -> None:
        self._tenant_registry = tenant_registry
        self._driver = driver
        self._ask = ask
        self._count = count
        self._pause = seconds / 2
        self._node = node
        self._wanted = Event()
        self._anew = True
        # The switch may still have the agents of a company without skills.
        self._queues_used = False
        self._failures = 0
        self._complaint = ""
        self._rounds = gevent.Greenlet(self._go_round)

    def start(self) -> None:
        self._rounds.start()

    def stop(self) -> None:
        self._rounds.kill()

    def begin(self) -> None:
        """Check everything anew, at once: the link is up, or the companies were reloaded. A round
        under way is aborted; the next one finds done what it has done."""
        self._anew = True
        self._wanted.set()

    def _go_round(self) -> None:
        while True:
            self._wanted.wait(self._until_next())
            try:
                self.round()
            except Exception:
                # A bug in one round must not prevent later ones.
                log.exception("unhandled error while updating the agents in their queues")

    def _until_next(self) -> float:
        if not self._failures:
            return self._pause
        return float(min(self._pause, _AGAIN_SECONDS * 2 ** (self._failures - 1)))

    def round(self) -> None:
        """Never raises for failures of the switch."""
        self._wanted.clear()
        try:
            failed = self._round()
        except _Overtaken:
            return
        except SwitchError as error:
            failed = [error]
        self._failures = self._failures + 1 if failed else 0
        self._anew = self._anew and bool(failed)
        self._complain(failed)

    def _round(self) -> list[SwitchError]:
        """Returns the failures."""
        failed: list[SwitchError] = []
        everybody = list(self._tenant_registry.tenants.values())
        here = [one for one in everybody if one.node == self._node and one.switch_up]
        moved = [one for one in everybody if one.node != self._node]
        with_legs = self._tenant_registry.with_legs_on(self._node)
        left = [one for one in with_legs if one.node != self._node]
        if self._anew:
            self._sync_waiting_callers([*here, *left], failed)
        for tenant in left:
            self._do(tenant, routing.reroute_waiting(tenant, self._node), failed)
        if (queue_tables := self._lists(here, moved)) is not None:
            if self._anew:
                self._learn(here, queue_tables)
            self._take_away([*here, *moved], queue_tables, failed)
            self._seat(here, queue_tables, failed)
        if self._wanted.is_set():
            raise _Overtaken
        return failed

    def _lists(self, here: list[Tenant], moved: list[Tenant]) -> QueueTables | None:
        """What the switch has; None: nothing that the daemon has set. A company may have moved
        from here before the daemon was started."""
        self._queues_used |= any(queue_membership.uses_queues(one) for one in here)
        moved_uses = self._anew and any(queue_membership.uses_queues(one) for one in moved)
        if not (self._queues_used or moved_uses):
            return None
        queue_tables = QueueTables()
        try:
            run_in_slices(queue_tables.read_agents(self._ask(commands.queue_agents())))
            run_in_slices(queue_tables.read_tiers(self._ask(commands.queue_tiers())))
        except SwitchRefused:  # it has no mod_callcenter
            if self._queues_used:
                raise
            return None
        return queue_tables

    def _learn(self, tenants: list[Tenant], queue_tables: QueueTables) -> None:
        for tenant, agents in agents_in_slices(tenants):
            for agent in agents:
                queue_membership.adopt_listed(tenant, agent, queue_tables)

    def _sync_waiting_callers(self, tenants: list[Tenant], failed: list[SwitchError]) -> None:
        for tenant in tenants:
            for skill in tenant.company.skills:
                steps = queueing.sync_waiting_callers(tenant, skill, self._node)
                self._do(tenant, steps, failed)

    def _take_away(
        self, tenants: list[Tenant], queue_tables: QueueTables, failed: list[SwitchError]
    ) -> None:
        """Also those of companies that have moved to another switch."""
        known = (
            (tenant, name)
            for tenant in tenants
            for name in queue_tables.company(tenant.company.code)
        )
        for tenant, name in in_slices(known):
            if tenant.node != self._node or not queue_membership.serves(tenant, name):
                self._do(tenant, queue_membership.remove_agent(name), failed)

    def _seat(
        self, tenants: list[Tenant], queue_tables: QueueTables, failed: list[SwitchError]
    ) -> None:
        """First the agents that may take callers."""
        seated: set[Agent] = set()
        for is_urgent in (True, False):
            for tenant, agents in agents_in_slices(tenants):
                waiting = [one for one in agents if one not in seated]
                turn = [one for one in waiting if one.belongs_in_queues or not is_urgent]
                seated.update(turn)
                self._do(tenant, self._seating(tenant, turn, queue_tables, failed), failed)

    def _seating(
        self,
        tenant: Tenant,
        agents: list[Agent],
        queue_tables: QueueTables,
        failed: list[SwitchError],
    ) -> Steps:
        for agent in agents:
            if self._is_overtaken(tenant) or tenant.node != self._node:
                return
            if tenant.agents.get(agent.id) is agent:
                if queue_membership.differs(tenant, agent, queue_tables) and not self._anew:
                    yield from _noting(self._recheck(tenant, agent), failed)
                steps = queue_membership.sync_membership(tenant, agent, queue_tables)
                yield from _noting(steps, failed)

    def _recheck(self, tenant: Tenant, agent: Agent) -> Steps:
        believed = agent.in_queues
        yield from queue_membership.recheck(tenant, agent)
        if agent.in_queues != believed:
            known = "available" if agent.in_queues else "not available"
            who = (agent.id, tenant.company.code)
            log.warning("agent %s of company %s was %s at its queues; corrected", *who, known)
            self._count("QueueStatus", 1)

    def _do(self, tenant: Tenant, steps: Steps, failed: list[SwitchError]) -> None:
        """Have the driver run the steps, to their end. A refusal or late reply affects nobody
        else."""
        if self._is_overtaken(tenant):
            raise _Overtaken
        over = Event()
        steps = _announcing(_noting(steps, failed), over.set)
        self._driver.start(Task(tenant, steps, node=self._node))
        over.wait()

    def _is_overtaken(self, tenant: Tenant) -> bool:
        is_down = tenant.node == self._node and not tenant.switch_up
        return self._wanted.is_set() or is_down

    def _complain(self, failed: list[SwitchError]) -> None:
        """Logged once, not in each round that ends like the one before."""
        complaint = f"{len(failed)} times: {failed[0]}" if failed else ""
        if complaint and complaint != self._complaint:
            log.warning("not all agents are at their queues, will retry; failed %s", complaint)
        if self._complaint and not complaint:
            log.warning("all agents are at their queues")
        self._complaint = complaint


def _noting(steps: Steps, failed: list[SwitchError]) -> Steps:
    """The steps; a failure of the switch ends them and is noted."""
    try:
        yield from steps
    except SwitchError as error:
        failed.append(error)


def _announcing(steps: Steps, over: Callable[[], None]) -> Steps:
    """The steps; ``over`` is called when they have ended, in whatever way."""
    try:
        yield from steps
    finally:
        over()
