"""The one loop that runs the steps of operations and reactions.

It knows no clock, no greenlet and no socket. Its owner sends commands, checks passwords and keeps
time: the daemon in gevent's event loop, the tests with a virtual clock.

A task needs no greenlet: each stretch between two waits runs at once, its changes are published
before the next one begins, and the end of a wait begins that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from functools import partial
from typing import Any

from esl_bridge.callflow import queueing
from esl_bridge.callflow.steps import Attempt, Effect, OnReply, Step, Steps, Until, Verify
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.agent_states import NO_REQUEST
from esl_bridge.domain.call import Call
from esl_bridge.domain.domain_events import DomainEvent
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, Internal, OutcomeUnknown, SwitchError, SwitchRefused
from esl_bridge.esl.commands import Command, ReplyHandler
from esl_bridge.protocol.envelope import Reply

OutcomeHandler = Callable[[Reply | BridgeError], None]
Verified = Callable[[bool | Exception], None]
Cancel = Callable[[], object]


def _ignore(_outcome: Reply | BridgeError) -> None:
    """For tasks whose outcome nobody waits for."""


class Task:
    """Steps on a tenant, and where their reply goes. ``current_request``: the agent and id of the
    request; ``about``: the leg of the event; ``node``: the switch that reported it, or "", the one
    that the company is homed on; ``only_looks``: the steps change nothing."""

    __slots__ = (
        "about",
        "answer",
        "answered",
        "current_request",
        "node",
        "on_reply",
        "only_looks",
        "steps",
        "tenant",
    )

    def __init__(
        self,
        tenant: Tenant,
        steps: Steps,
        answer: OutcomeHandler = _ignore,
        current_request: tuple[str, str] = NO_REQUEST,
        about: Leg | None = None,
        *,
        node: str = "",
        only_looks: bool = False,
    ) -> None:
        self.tenant = tenant
        self.steps = steps
        self.answer = answer
        self.answered = False
        self.on_reply: Callable[[], object] = lambda: None
        self.current_request = current_request
        self.about = about
        self.node = node
        self.only_looks = only_looks

    def __str__(self) -> str:
        agent_id, req_id = self.current_request
        # Quoted and escaped: a client may send anything, such as text that imitates a log line.
        company = self.tenant.company.code
        if agent_id:
            return f"request {req_id!a} of agent {agent_id} (company {company})"
        leg = self.about.uuid if self.about is not None else "-"
        return f"reaction to an event (leg {leg}, company {company})"


class _Wait:
    """What a task waits for, and what cancels its deadline."""

    __slots__ = ("cancel", "is_so", "task")

    def __init__(self, task: Task, is_so: Callable[[], bool]) -> None:
        self.task = task
        self.is_so = is_so
        self.cancel: Cancel = lambda: None


class Driver:
    """Runs tasks, each as far as it can go.

    :param send: sends a command; ``then`` receives the switch's reply or a SwitchError, once, and
    never before ``send`` has returned. :param verify: checks a password; ``then`` likewise receives
    whether it matches. :param later: calls once, after some seconds; returns a function that
    cancels that. :param soon: calls once, after the current stretch has returned. :param deliver:
    takes a tenant's domain events. :param note: takes a tenant's agents and calls that may have
    changed. :param refused: takes the failure of steps that belong to no request. :param late:
    takes a task's outcome after its reply. :param unforeseen: takes an unexpected exception, and
    where it was raised. :param at_rest: called whenever no task is under way any more.
    """

    def __init__(
        self,
        *,
        send: Callable[[Command, ReplyHandler], None],
        verify: Callable[[Verify, Verified], object],
        later: Callable[[float, Callable[[], None]], Cancel],
        soon: Callable[[Callable[[], None]], object],
        deliver: Callable[[Tenant, list[DomainEvent]], None],
        note: Callable[[Tenant, Set[Agent], Set[Call]], None] = lambda *_: None,
        refused: OutcomeHandler = _ignore,
        late: Callable[[Task, Reply | BridgeError], None],
        unforeseen: Callable[[str, Exception], None],
        at_rest: Callable[[], None] = lambda: None,
    ) -> None:
        self._send = send
        self._verify = verify
        self._later = later
        self._soon = soon
        self._deliver = deliver
        self._note = note
        self._refused = refused
        self._late = late
        self._unforeseen = unforeseen
        self._at_rest = at_rest
        self._waits: dict[Tenant, list[_Wait]] = {}
        self.under_way: set[Task] = set()

    def start(self, task: Task) -> None:
        """Run a task up to its first wait; the end of the wait continues it."""
        self._advance(task, _sender(task.steps, None))

    def forget(self) -> None:
        """Drop all tasks; what they wait for may still come, but continues nothing."""
        for waits in self._waits.values():
            for wait in waits:
                wait.cancel()
        self._waits.clear()
        self.under_way.clear()

    def publish_changes(
        self,
        tenant: Tenant,
        about: Leg | None = None,
        current_request: tuple[str, str] = NO_REQUEST,
    ) -> None:
        """Publish what has changed at a tenant, or about a leg, and wake the tasks that waited for
        it. ``current_request``: the agent and id of the request that made the changes. Never
        raises: the code that made the change must not suffer from a failure to publish it."""
        try:
            changed = tenant.publish_changes(current_request)
            if domain_events := tenant.take_domain_events():
                self._deliver(tenant, domain_events)
            if (requester := tenant.agents.get(current_request[0])) is not None:
                changed.append(requester)
            self._note_changed(tenant, changed, domain_events, about)
        except Exception as error:  # noqa: BLE001  nothing that fails here is the caller's fault
            self._unforeseen(f"publishing the changes of company {tenant.company.code}", error)
        for agent in tenant.agent_states.take_agents_to_sync():
            task = Task(tenant, queueing.sync_agent(agent, tenant), self._refused)
            self.under_way.add(task)
            self._soon(partial(self.start, task))
        if waits := self._waits.get(tenant):
            for wait in [one for one in waits if one.is_so()]:
                self._end_wait(wait)

    def _note_changed(
        self,
        tenant: Tenant,
        changed: Iterable[Agent],
        domain_events: Iterable[DomainEvent],
        about: Leg | None,
    ) -> None:
        """The agents that changed, are notified or made the request, and the calls of all of
        these."""
        agents, legs = set(changed), [about]
        for each in domain_events:
            if (agent := tenant.agents.get(getattr(each, "agent_id", ""))) is not None:
                agents.add(agent)
            # A leg that its agent no longer has, and that may still appear.
            legs.append(tenant.legs.get(getattr(each, "uuid", "")))
        for agent in agents:
            legs += (agent.own_leg, agent.detached_leg)
        calls = {leg.call for leg in legs if leg is not None}
        self._note(tenant, agents, calls.union(tenant.leg_book.take_calls_over()))

    def _advance(self, task: Task, resume: Callable[[], Step]) -> None:
        """Run a stretch, publish its changes, then start what it waits for. A command that changes
        no call is sent before publishing, so that the switch works meanwhile."""
        step = self._stretch(task, resume)
        command = step.command if isinstance(step, Attempt) else step
        ahead = isinstance(command, Command) and command.leaves_calls_alone
        if ahead:
            self._go_on(task, step)
        self._publish_after(task)
        if not ahead:
            self._go_on(task, step)

    def _go_on(self, task: Task, step: Step | None) -> None:
        """Carry out the step; its outcome begins the next stretch."""
        if step is None:
            self.under_way.discard(task)
            if not self.under_way:
                self._at_rest()
            return
        self.under_way.add(task)
        try:
            self._do(task, step)
        except Exception as error:  # noqa: BLE001  raised where the step was asked for
            self._resume(task, error)

    def _resume(self, task: Task, outcome: Any) -> None:
        """Never raises: it is called by the readers of the switch's replies and events."""
        steps = task.steps
        failed = isinstance(outcome, Exception)
        try:
            resume = _raiser(steps, outcome) if failed else _sender(steps, outcome)
            self._advance(task, resume)
        except Exception as error:  # noqa: BLE001  it ends this task and no other
            self._unforeseen(str(task), error)
            self._go_on(task, None)

    def _stretch(self, task: Task, resume: Callable[[], Step]) -> Step | None:
        """Run to the next step that has to be waited for; None at the end."""
        try:
            step = resume()
            while isinstance(step, Reply | OnReply):
                if isinstance(step, OnReply):
                    task.on_reply = step.call
                else:
                    task.on_reply()
                    self._answer(task, step)
                    self._publish_after(task)
                step = task.steps.send(None)
        except StopIteration:
            return None
        except BridgeError as error:
            self._answer(task, error)
            return None
        except Exception as error:  # noqa: BLE001  whatever nobody foresaw ends this task alone
            self._unforeseen(str(task), error)
            self._answer(task, Internal())
            return None
        return step

    def _answer(self, task: Task, outcome: Reply | BridgeError) -> None:
        """Once: a failure after the reply is not a second reply."""
        if task.answered:
            self._late(task, outcome)
            return
        task.answer(outcome)
        task.answered = True  # not before: a reply that cannot be sent is none

    def _publish_after(self, task: Task) -> None:
        if not task.only_looks:
            self.publish_changes(task.tenant, task.about, task.current_request)

    def _do(self, task: Task, step: Step) -> None:
        match step:
            case Command():
                self._send_to_node(task, step, partial(self._resume, task))
            case Attempt():
                self._send_to_node(task, step.command, partial(self._attempted, task, step))
            case Verify():
                self._verify(step, partial(self._resume, task))
            case Effect():
                self._send_to_node(task, step.command, partial(self._replied, task, step))
            case Until():
                self._wait(task, step.is_so, step.seconds)
            case _:
                raise TypeError(step)

    def _send_to_node(self, task: Task, command: Command, then: ReplyHandler) -> None:
        """A command goes to its leg's switch; one about no leg that is known, to the task's."""
        self._send(command.at(task.tenant.leg_book.node_of(command.leg, task.node)), then)

    def _attempted(self, task: Task, attempt: Attempt, outcome: str | SwitchError) -> None:
        """A refusal is no error."""
        if isinstance(outcome, OutcomeUnknown):
            attempt.failed(outcome)
        self._resume(task, "" if isinstance(outcome, SwitchRefused) else outcome)

    def _replied(self, task: Task, effect: Effect, outcome: str | SwitchError) -> None:
        """A refusal is final; if the outcome is unknown, what is observed counts."""
        if not isinstance(outcome, SwitchError):
            self._wait(task, effect.shown_by, effect.seconds)
        elif isinstance(outcome, OutcomeUnknown) and effect.shown_by():
            self._resume(task, True)
        else:
            effect.failed(outcome)
            self._resume(task, outcome)

    def _wait(self, task: Task, is_so: Callable[[], bool], seconds: float) -> None:
        if (so := is_so()) or not seconds:
            self._resume(task, so)
            return
        wait = _Wait(task, is_so)
        self._waits.setdefault(task.tenant, []).append(wait)
        wait.cancel = self._later(seconds, partial(self._end_wait, wait))

    def _end_wait(self, wait: _Wait) -> None:
        """The task continues after the code that ended the wait has returned."""
        wait.cancel()
        waits = self._waits[wait.task.tenant]
        waits.remove(wait)
        if not waits:  # its company may be removed
            del self._waits[wait.task.tenant]
        self._soon(lambda: self._resume(wait.task, wait.is_so()))


def _raiser(steps: Steps, error: Exception) -> Callable[[], Step]:
    return lambda: steps.throw(error)


def _sender(steps: Steps, outcome: Any) -> Callable[[], Step]:
    return lambda: steps.send(outcome)
