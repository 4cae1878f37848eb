"""Which agent is on which connection, and what each has been sent.

All pushes are sent from here: numbered, kept for agents that reconnect, in the form and language of
the connection.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from math import inf
from time import monotonic

import gevent
from gevent import Greenlet

from esl_bridge.callflow import ending
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.domain_events import (
    ActionAdvanced,
    AgentResumed,
    AgentStateChanged,
    CallOver,
    CallWrappedUp,
    DirectoryUpdated,
    DomainEvent,
    KickedOff,
    LegHijacked,
    LegOffered,
    TeamUpdated,
    TimerStarted,
)
from esl_bridge.domain.states import Status, Timer, Trigger
from esl_bridge.domain.tenant import Tenant
from esl_bridge.protocol import agent_view, directory, pushes, team
from esl_bridge.protocol.codec import Form, encode
from esl_bridge.protocol.messages import AgentView, AgentViewChange, Callin, Gap, Push
from esl_bridge.protocol.texts import Language, language_of
from esl_bridge.runtime.connections import Connection
from esl_bridge.runtime.subscriptions import Subscriptions


class PushHistory:
    """The pushes of one agent: their number, and the latest of them. ``before``: the epoch and last
    number of the previous process."""

    __slots__ = ("_kept", "before", "seq")

    def __init__(self, length: int) -> None:
        self.seq = 0
        self.before = ("", 0)
        self._kept: deque[tuple[float, int, Push | None]] = deque(maxlen=length)

    def keep(self, push: Push, now: float, seconds: float) -> None:
        """Keep one more, or that its number was used for one that is not sent again, and drop those
        older than ``seconds``."""
        self._kept.append((now, push.seq, push if push.kept else None))
        while self._kept[0][0] < now - seconds:
            self._kept.popleft()

    def forget(self) -> None:
        self._kept.clear()

    def since(self, seq: int) -> list[Push] | None:
        """Those after ``seq`` that are sent again; None: some of them are not kept any more."""
        missed = [push for _, number, push in self._kept if number > seq]
        if len(missed) < self.seq - seq:
            return None
        return [push for push in missed if push is not None]


class Sessions:
    """``publish_changes`` reports a tenant's changes. ``history``: pushes kept for each agent while
    it may reconnect. ``grace``: seconds that an agent may be disconnected; ``idle``: seconds after
    which a silent connection counts as lost; ``token``: seconds after the grace time in which an
    agent may return by its token."""

    def __init__(
        self,
        publish_changes: Callable[[Tenant], None],
        language: Language,
        history: int,
        *,
        grace: float,
        idle: float,
        token: float = inf,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._publish_changes = publish_changes
        self._language = language
        self._history = history
        self._grace = grace
        self._token_seconds = token
        self._keep_seconds = grace + idle
        self._clock = clock
        self._histories: dict[tuple[str, str], PushHistory] = {}
        self._holders: dict[Connection, dict[str, tuple[Tenant, Agent]]] = {}
        self._homes: dict[Agent, Connection] = {}  # each agent's latest connection
        self._absences: dict[Agent, Greenlet[..., None]] = {}
        self._tokens: dict[Agent, Greenlet[..., None]] = {}
        self._wallboards = Subscriptions(self._send, team.update)
        self._directories = Subscriptions(self._send, directory.update)
        self._timers: dict[tuple[Agent, Trigger], Greenlet[..., None]] = {}
        self._due: dict[tuple[Agent, Trigger], float] = {}

    def language(self, connection: Connection) -> Language:
        return language_of(connection.language, self._language)

    def checked_in(self, connection: Connection, tenant: Tenant, agent: Agent) -> None:
        """A check-in has succeeded: from now on the agent's pushes go to this connection."""
        key = _key(tenant, agent)
        left = self._homes.get(agent, connection)
        if left is not connection:
            left.part_with(key)
        self._homes[agent] = connection
        connection.check_in(key)
        self._holders.setdefault(connection, {})[key] = (tenant, agent)
        _cancel(self._absences.pop(agent, None))
        _cancel(self._tokens.pop(agent, None))
        if connection.gone:  # ended while the password was verified
            self.closed(connection)

    def closed(self, connection: Connection) -> None:
        """A connection has ended; its agents have the grace time to reconnect."""
        connection.gone = True
        for tenant, agent in self._holders.pop(connection, {}).values():
            if self._homes.get(agent) is connection:
                del self._homes[agent]
            if agent.connection is connection:
                agent.connection = None
                tenant.wallboard.leave(agent)
                tenant.directory.leave(agent)
                tenant.agent_states.mark_changed(agent)
                self._publish_changes(tenant)
                self._await(tenant, agent)

    def _await(self, tenant: Tenant, agent: Agent) -> None:
        self._absences[agent] = gevent.spawn_later(self._grace, self._not_back, tenant, agent)

    # -- over a restart -------------------------------------------------------------------------

    def memory(
        self, tenant: Tenant, agent: Agent
    ) -> tuple[int, tuple[str, int], dict[Trigger, float]]:
        """What to save of an agent: the number of its last push, epoch and last number of the
        previous process, and the seconds left on each timer."""
        history = self._history_of(tenant, agent)
        running = (agent.state.wrap_up, agent.state.rest)
        triggers = [timer.trigger for timer in running if timer is not None and not timer.over]
        left = {each: self._due.get((agent, each), 0.0) - self._clock() for each in triggers}
        return history.seq, history.before, left

    def remember(
        self, tenant: Tenant, agent: Agent, before: tuple[str, int], left: dict[Trigger, float]
    ) -> None:
        """Restore an agent of the previous process, which has the grace time to reconnect."""
        self._history_of(tenant, agent).before = before
        for timer in (agent.state.wrap_up, agent.state.rest):
            if timer is not None and timer.trigger in left:
                # A wall clock that was set back must not extend a timer.
                seconds = min(left[timer.trigger], timer.seconds)
                tenant.agent_states.runs_for(agent, timer, seconds)
                self._wake_in(seconds, tenant, agent, timer)
        if agent.status is not Status.OFFLINE:
            self._await(tenant, agent)
        elif agent.may_resume:
            self._end_token_in(self._token_seconds - _seconds_since(agent.since), tenant, agent)

    def deliver(self, tenant: Tenant, domain_events: list[DomainEvent]) -> None:
        for item in domain_events:
            match item:
                case TimerStarted():
                    self._wake_later(tenant, item)
                case AgentResumed():
                    self._catch_up(tenant, item)
                case ActionAdvanced(suppressed=True) | LegHijacked() | CallOver() | CallWrappedUp():
                    pass
                case TeamUpdated():
                    self._wallboards.push_changes(tenant)
                case DirectoryUpdated():
                    self._directories.push_changes(tenant)
                case KickedOff():
                    self._kick_off(tenant, item)
                case AgentStateChanged():
                    self._tell(tenant, tenant.agents[item.agent_id], item)
                    self._note_checkout(tenant, tenant.agents[item.agent_id])
                case _:
                    self._tell(tenant, tenant.agents[item.agent_id], item)

    def show(self, tenant: Tenant, agents: Iterable[Agent], calls: Iterable[Call]) -> None:
        """Send the views that have changed with these agents and calls to the clients that follow.
        Called after ``deliver``, so that a view comes after the pushes that tell of its change."""
        for agent in tenant.agent_views.affected(agents, calls):
            view = agent_view.change(agent, tenant)
            if view is not None:
                self._send(tenant, agent, partial(_view_change, view))

    def _note_checkout(self, tenant: Tenant, agent: Agent) -> None:
        """The connection stays, and counts as one on which nobody has checked in."""
        if agent.status is Status.OFFLINE and agent in self._homes:
            self._homes[agent].check_out(_key(tenant, agent))

    # -- pushes ---------------------------------------------------------------------------------

    def _tell(self, tenant: Tenant, agent: Agent, event: pushes.Told) -> None:
        language = self._language
        if isinstance(agent.connection, Connection):
            language = self.language(agent.connection)
        req_id = event.uuid if isinstance(event, LegOffered) else getattr(event, "req_id", "")
        now, now_ms = tenant.now(), tenant.now_ms()
        self._send(
            tenant,
            agent,
            lambda head: pushes.push_of(event, head, language, now, now_ms),
            req_id=req_id,
        )

    def _send(
        self,
        tenant: Tenant,
        agent: Agent,
        word: Callable[[dict[str, str | int]], Push],
        write: Callable[[Push, Form], bytes] = encode,
        req_id: str = "",
    ) -> None:
        history, connection = self._history_of(tenant, agent), agent.connection
        history.seq += 1
        push = word(self._head(tenant, agent, history.seq, req_id))
        history.keep(push, self._clock(), self._keep_seconds)
        if isinstance(connection, Connection):
            connection.send(write(push, connection.form))
        if agent.status is Status.OFFLINE:
            history.forget()

    def _head(
        self, tenant: Tenant, agent: Agent, seq: int, req_id: str = ""
    ) -> dict[str, str | int]:
        return {
            "req_id": req_id or tenant.new_id(),
            "company_code": tenant.company.code,
            "agent_id": agent.id,
            "ext_id": agent.extension,
            "os": agent.os,
            "epoch": tenant.epoch,
            "seq": seq,
        }

    def _kick_off(self, tenant: Tenant, event: KickedOff) -> None:
        """Sent to the old connection, and not kept: it is not addressed to the agent's new one."""
        agent, connection = tenant.agents[event.agent_id], event.connection
        if isinstance(connection, Connection):
            head = self._head(tenant, agent, self._history_of(tenant, agent).seq) | {"os": event.os}
            now, now_ms = tenant.now(), tenant.now_ms()
            push = pushes.push_of(event, head, self.language(connection), now, now_ms)
            connection.send(encode(push, connection.form))
            self._holders.get(connection, {}).pop(_key(tenant, agent), None)

    def _catch_up(self, tenant: Tenant, event: AgentResumed) -> None:
        """Send what an agent missed, or the gap; then a ringing leg that it was not told of
        here."""
        agent = tenant.agents[event.agent_id]
        history, connection = self._history_of(tenant, agent), agent.connection
        if not isinstance(connection, Connection):
            return
        missed: list[Push | Gap] = []
        if event.epoch is not None and event.seq is not None:
            gap = partial(Gap, company_code=tenant.company.code, agent_id=agent.id)
            missed = _since(history, tenant.epoch, event.epoch, event.seq, gap)
        for push in missed:
            connection.send(encode(push, connection.form))
        told = {push.uuid for push in missed if isinstance(push, Callin)}
        if event.offer is not None and event.offer.uuid not in told:
            self._tell(tenant, agent, event.offer)

    def _history_of(self, tenant: Tenant, agent: Agent) -> PushHistory:
        key = (tenant.company.code, agent.id)
        if key not in self._histories:
            self._histories[key] = PushHistory(self._history)
        return self._histories[key]

    # -- time -----------------------------------------------------------------------------------

    def _wake_later(self, tenant: Tenant, event: TimerStarted) -> None:
        self._wake_in(
            event.timer.seconds,
            tenant,
            tenant.agents[event.agent_id],
            event.timer,
        )

    def _wake_in(self, seconds: float, tenant: Tenant, agent: Agent, timer: Timer) -> None:
        key = (agent, timer.trigger)
        _cancel(self._timers.get(key))
        self._timers[key] = gevent.spawn_later(seconds, self._time_is_over, tenant, agent, timer)
        self._due[key] = self._clock() + seconds

    def _time_is_over(self, tenant: Tenant, agent: Agent, timer: Timer) -> None:
        self._timers.pop((agent, timer.trigger), None)
        self._due.pop((agent, timer.trigger), None)
        tenant.agent_states.time_is_over(agent, timer)
        self._publish_changes(tenant)

    def _not_back(self, tenant: Tenant, agent: Agent) -> None:
        self._absences.pop(agent, None)
        ending.lose(tenant, agent)
        self._publish_changes(tenant)
        self._end_token_in(self._token_seconds, tenant, agent)

    def _end_token_in(self, seconds: float, tenant: Tenant, agent: Agent) -> None:
        if seconds < inf:
            self._tokens[agent] = gevent.spawn_later(
                max(0.0, seconds), self._end_token, tenant, agent
            )

    def _end_token(self, tenant: Tenant, agent: Agent) -> None:
        self._tokens.pop(agent, None)
        agent.token = ""
        tenant.agent_states.mark_changed(agent)
        self._publish_changes(tenant)


def _view_change(view: AgentView, head: dict[str, str | int]) -> AgentViewChange:
    return AgentViewChange(**head, view=view)  # type: ignore[arg-type]


def _key(tenant: Tenant, agent: Agent) -> str:
    """The agent's key at its connection."""
    return f"{tenant.company.code}/{agent.id}"


def _cancel(later: Greenlet[..., None] | None) -> None:
    if later is not None:
        later.kill(block=False)


def _since(
    history: PushHistory, epoch: str, seen_epoch: str, seen: int, gap: Callable[..., Gap]
) -> list[Push | Gap]:
    """The pushes after ``seen``, if all of them are kept; else the gap, which ``gap`` makes."""
    lost: list[Push | Gap] = []
    last_epoch, last = history.before
    if seen_epoch == last_epoch:
        if seen < last:
            lost = [gap(epoch=last_epoch, from_seq=seen + 1, to_seq=last)]
        seen_epoch, seen = epoch, 0
    if seen_epoch != epoch or seen > history.seq:
        return [gap(epoch=epoch, from_seq=1, to_seq=history.seq)] if history.seq else []
    missed = history.since(seen)
    if missed is None:
        return [*lost, gap(epoch=epoch, from_seq=seen + 1, to_seq=history.seq)]
    return [*lost, *missed]


def _seconds_since(moment: str) -> float:
    """By the wall clock; 0 for a moment in the future, or an invalid one."""
    try:
        return max(0.0, (datetime.now() - datetime.fromisoformat(moment)).total_seconds())
    except ValueError:
        return 0.0
