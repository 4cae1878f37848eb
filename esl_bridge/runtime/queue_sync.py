"""Keeps mod_callcenter's agents and tiers up to date, in the background.

Each round reads the switch's two lists, once for all companies, and corrects what differs, one
agent at a time: at each link-up, after each reload of the companies, and at intervals, whoever has
changed it meanwhile. What fails is retried in the next round, which then comes soon.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import gevent
from gevent.event import Event

from esl_bridge.callflow import queue_membership, queueing
from esl_bridge.callflow.queue_membership import QueueTables
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.company import DEFAULT_NODE
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.errors import SwitchError
from esl_bridge.esl import commands
from esl_bridge.esl.commands import Command
from esl_bridge.runtime.runner import Runner
from esl_bridge.runtime.slices import in_slices, run_in_slices

_AGAIN_SECONDS = 5.0  # after a round in which something failed; then twice as long each time

log = logging.getLogger(__name__)


class _Overtaken(Exception):
    """The round has become pointless: the link is down, or everything has to be checked anew."""


class QueueSync:
    """``ask`` sends a command and returns the switch's reply; ``count`` is called for each agent
    that another client had changed and that was corrected; ``seconds``: how long that may last."""

    def __init__(
        self,
        tenant_registry: TenantRegistry,
        runner: Runner,
        ask: Callable[[Command], str],
        count: Callable[[str, int], None],
        seconds: float,
        node: str = DEFAULT_NODE,
    ) -> None:
        self._tenant_registry = tenant_registry
        self._runner = runner
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
        tenants = self._tenants()
        self._queues_used |= any(queue_membership.uses_queues(tenant) for tenant in tenants)
        if not self._queues_used:
            return
        try:
            failed = self._round(tenants)
        except _Overtaken:
            return
        except SwitchError as error:
            failed = [error]
        self._failures = self._failures + 1 if failed else 0
        self._anew = self._anew and bool(failed)
        self._complain(failed)

    def _tenants(self) -> list[Tenant]:
        return [one for one in self._tenant_registry.homed_on(self._node) if one.switch_up]

    def _round(self, tenants: list[Tenant]) -> list[SwitchError]:
        """Returns the failures."""
        failed: list[SwitchError] = []
        if self._anew:
            self._sync_waiting_callers(tenants, failed)
        queue_tables = self._lists()
        if self._anew:
            self._learn(tenants, queue_tables)
        self._take_away(tenants, queue_tables, failed)
        self._seat(tenants, queue_tables, failed)
        return failed

    def _lists(self) -> QueueTables:
        queue_tables = QueueTables()
        run_in_slices(queue_tables.read_agents(self._ask(commands.queue_agents())))
        run_in_slices(queue_tables.read_tiers(self._ask(commands.queue_tiers())))
        return queue_tables

    def _learn(self, tenants: list[Tenant], queue_tables: QueueTables) -> None:
        for tenant, agent in in_slices(_agents(tenants)):
            queue_membership.adopt_listed(tenant, agent, queue_tables)

    def _sync_waiting_callers(self, tenants: list[Tenant], failed: list[SwitchError]) -> None:
        for tenant in tenants:
            for skill in tenant.company.skills:
                self._do(tenant, queueing.sync_waiting_callers(tenant, skill), failed)

    def _take_away(
        self, tenants: list[Tenant], queue_tables: QueueTables, failed: list[SwitchError]
    ) -> None:
        """Also those of companies that have moved to another switch."""
        everybody = self._tenant_registry.tenants.values()
        moved = [one for one in everybody if one.node != self._node]
        known = (
            (tenant, name)
            for tenant in [*tenants, *moved]
            for name in queue_tables.company(tenant.company.code)
        )
        for tenant, name in in_slices(known):
            if tenant.node != self._node or not queue_membership.serves(tenant, name):
                self._do(tenant, queue_membership.remove_agent(name), failed)

    def _seat(
        self, tenants: list[Tenant], queue_tables: QueueTables, failed: list[SwitchError]
    ) -> None:
        for tenant, agent in in_slices(_agents(tenants)):
            if tenant.agents.get(agent.id) is agent:
                if queue_membership.differs(tenant, agent, queue_tables) and not self._anew:
                    self._recover(tenant, agent, failed)
                steps = queue_membership.sync_membership(tenant, agent, queue_tables)
                self._do(tenant, steps, failed)

    def _recover(self, tenant: Tenant, agent: Agent, failed: list[SwitchError]) -> None:
        believed = agent.in_queues
        self._do(tenant, queue_membership.recheck(tenant, agent), failed)
        if agent.in_queues != believed:
            known = "available" if agent.in_queues else "not available"
            who = (agent.id, tenant.company.code)
            log.warning("agent %s of company %s was %s at its queues; corrected", *who, known)
            self._count("QueueStatus", 1)

    def _do(self, tenant: Tenant, steps: Steps, failed: list[SwitchError]) -> None:
        """A refusal or late reply affects no other agent."""
        try:
            if self._run(tenant, steps):
                self._runner.publish_changes(tenant)
        except SwitchError as error:
            failed.append(error)

    def _run(self, tenant: Tenant, steps: Steps) -> bool:
        """Whether any command was sent."""
        step = next(steps, None)
        if step is None:
            return False
        with closing(steps), suppress(StopIteration):
            while True:
                assert isinstance(step, Command)
                try:
                    answer = self._tell(tenant, step)
                except SwitchError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        return True

    def _tell(self, tenant: Tenant, command: Command) -> str:
        is_down = tenant.node == self._node and not tenant.switch_up
        if self._wanted.is_set() or is_down:
            raise _Overtaken
        return self._ask(command)

    def _complain(self, failed: list[SwitchError]) -> None:
        """Logged once, not in each round that ends like the one before."""
        complaint = f"{len(failed)} times: {failed[0]}" if failed else ""
        if complaint and complaint != self._complaint:
            log.warning("not all agents are at their queues, will retry; failed %s", complaint)
        if self._complaint and not complaint:
            log.warning("all agents are at their queues")
        self._complaint = complaint


def _agents(tenants: list[Tenant]) -> Iterator[tuple[Tenant, Agent]]:
    """For each tenant first the agents that may take callers."""
    for tenant in tenants:
        later = []
        for agent in in_slices(list(tenant.agents.values())):
            if agent.belongs_in_queues:
                yield tenant, agent
            else:
                later.append(agent)
        yield from ((tenant, agent) for agent in later)
