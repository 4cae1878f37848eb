"""The state that survives a restart: noted at each change, and written a moment later by a thread.

Before a command that changes a call is sent, all earlier changes are written, so the file never
knows less than the switch was told. The same holds for a reply about something that the switch
would not show to the next process. Pushes are delayed only behind such a reply; those of the last
moment before a crash may be sent again.
"""

from __future__ import annotations

import itertools
import logging
import sqlite3
from collections.abc import Callable, Hashable, Iterable, Set
from itertools import islice
from time import time
from typing import Any, Protocol

import gevent
import msgspec
from gevent.event import AsyncResult
from gevent.threadpool import ThreadPool

from esl_bridge.domain import snapshot
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.domain_events import CallWrappedUp, DomainEvent
from esl_bridge.domain.snapshot import Unreadable
from esl_bridge.domain.states import Status, Trigger
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.runtime import threads
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.state_file import AgentRow, CallRow, ForeignFile, Rows, StateFile, WrapUpRow

_COALESCE_SECONDS = 0.01
_PATIENCE_SECONDS = 1.0  # that a command waits for a disk that hangs; then it is sent anyway
_AGAIN_SECONDS = 5.0  # after a failure

AT_ONCE = 100
"""Agents' rows made before other greenlets run."""

log = logging.getLogger(__name__)


class _Batch:
    """Changes since the last write; ``anew``: they replace the whole file. ``drawn_up``: rows made
    ahead; an agent that has changed since gets a later row."""

    def __init__(self, *, anew: bool = False) -> None:
        self.agents: dict[Agent, Tenant] = {}
        self.calls: dict[Call, Tenant] = {}
        self.drawn_up: dict[Agent, AgentRow] = {}
        self.cores: dict[str, str] = {}
        self.wrap_ups: dict[tuple[str, str], WrapUpRow] = {}
        self.anew = anew
        self._waiting: list[Callable[[], None]] = []
        self._patience: Any = None  # a timer of the event loop

    def wait(self, then: Callable[[], None], on_too_long: Callable[[_Batch], None]) -> None:
        """Wait until it is written, or until that takes too long."""
        self._waiting.append(then)
        if self._patience is None:
            self._patience = gevent.get_hub().loop.timer(_PATIENCE_SECONDS)
            self._patience.start(on_too_long, self)

    def let_go(self) -> None:
        """Release everybody who waits. An error in one affects neither the writer nor the
        others."""
        if self._patience is not None:
            self._patience.close()
            self._patience = None
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            gevent.get_hub().loop.run_callback(then)

    def note(self, tenant: Tenant, agents: Iterable[Agent], calls: Iterable[Call]) -> None:
        for agent in agents:
            self.agents[agent] = tenant
        self.calls.update(dict.fromkeys(calls, tenant))

    @property
    def empty(self) -> bool:
        some = self.agents or self.drawn_up or self.calls or self.cores or self.wrap_ups
        return not (some or self.anew)

    def take_agents(self, number: int) -> list[tuple[Agent, Tenant]]:
        """Take up to ``number`` agents whose rows are still to be made."""
        some = list(islice(self.agents.items(), number))
        for agent, _ in some:
            del self.agents[agent]
        return some

    @property
    def waited_for(self) -> bool:
        return bool(self._waiting)


class Memories(Protocol):
    """Facts about agents besides their state: the numbers of their pushes, as epoch and last number
    of the service before this one, and the seconds that each of their timers has left."""

    def memory(
        self, tenant: Tenant, agent: Agent
    ) -> tuple[int, tuple[str, int], dict[Trigger, float]]: ...

    def remember(
        self, tenant: Tenant, agent: Agent, before: tuple[str, int], left: dict[Trigger, float]
    ) -> None: ...


class StateStore:
    """``cores``: which run of each switch the calls are on, as far as known. ``wall_clock``: the
    time of day in seconds, by which a timer's end is kept; while the service runs nobody looks at
    it."""

    def __init__(
        self,
        file: StateFile,
        tenant_registry: TenantRegistry,
        memories: Memories,
        metrics: Metrics,
        wall_clock: Callable[[], float] = time,
    ) -> None:
        self._file = file
        self._tenant_registry = tenant_registry
        self._memories = memories
        self._wall_clock = wall_clock
        self._kept = metrics.state_kept
        self._ids = itertools.count(1)
        self._known: dict[Call, int] = {}
        self._filed: dict[Hashable, bytes] = {}  # what the file has, by the rows' keys
        self._gathering = _Batch()
        self._writing: _Batch | None = None
        self._next: Any = None  # a timer that begins a writing; none while one is under way
        self._under_way: AsyncResult[object] | None = None
        self._failing = self._hanging = self._stopped = False
        self._pool = ThreadPool(1)
        self.cores: dict[str, str] = {}

    def start(self) -> None:
        """Restore the tenants from the file, and write changes from now on."""
        found = self._read()
        self.cores = dict(found.cores)
        for call_row in found.calls:
            self._restore_call(call_row)
        for tenant in self._tenant_registry.tenants.values():
            snapshot.relink_supervisors(tenant)
        for agent_row in found.agents:
            self._restore_agent(agent_row)
        for tenant in self._tenant_registry.tenants.values():
            tenant.roster.remove_stand_ins()
        self._note_all()

    def stop(self) -> None:
        """Write what is pending, and close the file."""
        while True:
            self._begin()
            if self._under_way is not None:
                self._under_way.wait()
            gevent.sleep(0)  # waiting tasks continue, and may change more
            if self._failing or (self._writing is None and self._gathering.empty):
                break
        self._stopped = True
        self._forget_next()
        self._pool.kill()
        self._file.close()

    # -- noting ---------------------------------------------------------------------------------

    def note(self, tenant: Tenant, agents: Set[Agent], calls: Set[Call]) -> None:
        """These agents and calls may have changed."""
        if agents or calls:
            self._gathering.note(tenant, agents, calls)
            self._begin_soon()

    def follow(self, tenant: Tenant, domain_events: list[DomainEvent]) -> None:
        """Keep what agents say of their calls."""
        for item in domain_events:
            if isinstance(item, CallWrappedUp):
                key = (tenant.company.code, item.own_leg)
                row = WrapUpRow(*key, item.noted_ms, msgspec.json.encode(item))
                self._gathering.wrap_ups[key] = row
                self._begin_soon()

    def note_core(self, node: str, core: str) -> None:
        """The calls are on this run of the switch."""
        self.cores[node] = self._gathering.cores[node] = core
        self._begin_soon()

    def when_settled(self, then: Callable[[], None]) -> None:
        """Call ``then`` once everything noted is written, or cannot be written soon; it must
        neither wait nor raise."""
        batch = self._writing if self._gathering.empty else self._gathering
        if batch is None or self._failing or self._hanging:
            then()
            return
        batch.wait(then, self._hangs)
        self._begin()

    def _hangs(self, batch: _Batch) -> None:
        """The disk hangs; nobody waits for it until it responds again."""
        self._hanging = True
        batch.let_go()

    def _note_all(self) -> None:
        self._gathering.let_go()
        wrap_ups = self._gathering.wrap_ups  # nobody else has them
        self._gathering = _Batch(anew=True)
        self._gathering.wrap_ups = wrap_ups
        self._filed.clear()
        self._gathering.cores = dict(self.cores)
        for tenant in self._tenant_registry.tenants.values():
            agents = [one for one in tenant.agents.values() if _is_worth_keeping(one)]
            self._gathering.note(tenant, agents, [leg.call for leg in tenant.legs.values()])
        self._begin_soon()

    # -- writing --------------------------------------------------------------------------------

    def _begin_soon(self) -> None:
        """Further changes may come until then."""
        if self._next is None and self._writing is None:
            self._begin_in(_COALESCE_SECONDS)

    def _begin_in(self, seconds: float) -> None:
        self._next = gevent.get_hub().loop.timer(seconds)
        self._next.start(self._begin)

    def _forget_next(self) -> None:
        if self._next is not None:
            self._next.close()
            self._next = None

    def _begin(self) -> None:
        """Have a thread write what was gathered; if it is busy, afterwards."""
        if self._writing is not None or self._stopped:
            return
        self._forget_next()
        if len(self._gathering.agents) > AT_ONCE:
            self._draw_up()
            self._begin_in(0)
            return
        batch, self._gathering = self._gathering, _Batch()
        self._writing = batch
        try:
            rows = self._rows(batch)
            if any(rows):
                self._under_way = threads.begin(self._pool, sqlite3.Error, self._file.write, rows)
        except Exception as error:  # noqa: BLE001  nothing that fails here is a caller's fault
            self._ended(batch, Rows(), error)
            return
        if self._under_way is None:
            self._ended(batch, rows, None)
        else:
            self._under_way.rawlink(lambda done: self._ended(batch, rows, threads.failure(done)))

    def _draw_up(self) -> None:
        """Make some rows ahead, where making all at once would delay others."""
        batch = self._gathering
        for agent, tenant in batch.take_agents(AT_ONCE):
            try:
                row = self._agent_row(tenant, agent)
            except Exception:
                log.exception("cannot save agent %s of company %s", agent.id, tenant.company.code)
                continue
            if self._filed.get(row.key) != row.body:
                batch.drawn_up[agent] = row
                self._filed[row.key] = row.body  # as good as written: all is, where that fails

    def _ended(self, batch: _Batch, rows: Rows, error: Exception | None) -> None:
        self._writing, self._under_way, self._hanging = None, None, False
        batch.let_go()
        if error is not None:
            self._failed(error)
            self._begin_in(_AGAIN_SECONDS)
            self._gathering.wrap_ups = batch.wrap_ups | self._gathering.wrap_ups
            self._note_all()
            if isinstance(error, sqlite3.Error):  # closing, too, may wait for the disk
                threads.begin(self._pool, sqlite3.Error, self._file.close)
            return
        self._note_filed(rows)
        self._succeeded()
        if self._gathering.waited_for:
            self._begin()
        elif not self._gathering.empty:
            self._begin_soon()

    def _rows(self, batch: _Batch) -> Rows:
        """The rows that the file lacks: a quarter of the agents and calls noted have not
        changed."""
        over = [call for call in batch.calls if not call.legs and call in self._known]
        agents = [self._agent_row(tenant, agent) for agent, tenant in batch.agents.items()]
        calls = [self._call_row(tenant, call) for call, tenant in batch.calls.items() if call.legs]
        changed = [row for row in agents if self._filed.get(row.key) != row.body]
        self._filed |= {row.key: row.body for row in changed}
        return Rows(
            [*batch.drawn_up.values(), *changed],
            [row for row in calls if self._filed.get(row.key) != row.body],
            [self._known.pop(call) for call in over],
            batch.cores,
            list(batch.wrap_ups.values()),
            batch.anew,
        )

    def _note_filed(self, rows: Rows) -> None:
        """Of calls; agents' rows count as filed once they are made."""
        self._filed |= {row.key: row.body for row in rows.calls}
        for over in rows.over:
            self._filed.pop(over, None)

    def _agent_row(self, tenant: Tenant, agent: Agent) -> AgentRow:
        seq, before, left = self._memories.memory(tenant, agent)
        ends_at = {trigger: self._wall_clock() + seconds for trigger, seconds in left.items()}
        body = snapshot.dump_agent(agent, tenant.epoch, seq, before, ends_at)
        return AgentRow(tenant.company.code, agent.id, body)

    def _call_row(self, tenant: Tenant, call: Call) -> CallRow:
        if call not in self._known:
            self._known[call] = next(self._ids)
        return CallRow(self._known[call], tenant.company.code, snapshot.dump_call(call))

    def _failed(self, error: Exception) -> None:
        if not self._failing:
            foreseen = isinstance(error, sqlite3.Error | OSError)
            log.error(
                "cannot save the state, the service continues without: %s",
                error,
                exc_info=None if foreseen else error,
            )
        self._failing = True
        self._kept.set(0)

    def _succeeded(self) -> None:
        if self._failing:
            log.warning("the state is being saved again")
        self._failing = False
        self._kept.set(1)

    # -- reading --------------------------------------------------------------------------------

    def _read(self) -> Rows:
        try:
            return self._file.read()
        except sqlite3.OperationalError as error:
            self._failed(error)  # the file may be sound, or another's that runs
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
        return Rows()

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        try:
            aside = self._file.set_aside()
        except OSError as why:
            self._failed(why)
        else:
            log.log(
                logging.WARNING if isinstance(error, ForeignFile) else logging.ERROR,
                "cannot read the state (%s), starting without it; the file was moved to %s",
                error,
                aside,
            )

    def _restore_call(self, row: CallRow) -> None:
        tenant = self._tenant_registry.reopen(row.company)
        try:
            call = snapshot.load_call(row.body, tenant.roster.agent_or_stand_in)
        except Unreadable as error:
            log.warning("cannot restore a call of company %s: %s", row.company, error)
        else:
            for leg in call.legs:
                if leg.position.node not in self._tenant_registry.nodes:
                    leg.position.node = tenant.node  # its switch was renamed or removed
            snapshot.restore_call(call, tenant)

    def _restore_agent(self, row: AgentRow) -> None:
        tenant = self._tenant_registry.tenants.get(row.company)
        agent = tenant.agents.get(row.agent) if tenant is not None else None
        if tenant is None or agent is None:
            return
        try:
            found = snapshot.load_agent(row.body)
        except Unreadable as error:
            log.warning("cannot restore agent %s of company %s: %s", row.agent, row.company, error)
            return
        snapshot.restore_agent(agent, found, tenant)
        before = (found.epoch, found.seq) if found.seq else found.before
        left = {trigger: max(0.0, at - self._wall_clock()) for trigger, at in found.ends_at.items()}
        self._memories.remember(tenant, agent, before, left)


def _is_worth_keeping(agent: Agent) -> bool:
    return bool(agent.token or agent.networks) or agent.status is not Status.OFFLINE
