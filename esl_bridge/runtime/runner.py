"""Does what operations and reactions want done.

A task needs no greenlet of its own: each stretch between two waits happens at once, what it
changed is told before the next one begins, and what is waited for begins that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Set
from functools import partial
from typing import Any

import gevent
from gevent.event import Event

from esl_bridge.callflow import queueing
from esl_bridge.callflow.steps import Step, Steps, Until, Verify
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.domain_events import DomainEvent
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, Internal, SwitchError
from esl_bridge.esl.commands import Command
from esl_bridge.protocol.envelope import Reply
from esl_bridge.runtime.switch_link import Then

log = logging.getLogger(__name__)

Answer = Callable[[Reply | BridgeError], None]


class Task:
    """Steps on a tenant, and where their reply goes; ``current_request``: whose request of what id
    it is, ``about``: the leg that the switch told of; ``only_looks``: they change nothing."""

    __slots__ = (
        "_answer",
        "_answered",
        "about",
        "current_request",
        "only_looks",
        "steps",
        "tenant",
    )

    def __init__(
        self,
        tenant: Tenant,
        steps: Steps,
        answer: Answer,
        current_request: tuple[str, str] = ("", ""),
        about: Leg | None = None,
        *,
        only_looks: bool = False,
    ) -> None:
        self.tenant = tenant
        self.steps = steps
        self.current_request = current_request
        self.about = about
        self.only_looks = only_looks
        self._answer = answer
        self._answered = False

    def answer(self, outcome: Reply | BridgeError) -> None:
        """Once: what fails after the reply is for the log, and no second reply."""
        if self._answered:
            log.warning("%s, after its reply: %r", self, outcome)
            return
        self._answer(outcome)
        self._answered = True  # not before: one that cannot be sent is no reply

    def __str__(self) -> str:
        agent_id, req_id = self.current_request
        # Quoted and escaped: a client writes what it likes, a line of the log among it.
        return f"request {req_id!a} of {agent_id}" if agent_id else "what the switch told"


class _Wait:
    """Until something is so, or its time is up."""

    __slots__ = ("task", "timer", "until")

    def __init__(self, task: Task, until: Until) -> None:
        self.task = task
        self.until = until
        self.timer = gevent.get_hub().loop.timer(until.seconds)


class Runner:
    """``send`` sends a command, ``verify`` looks at a password and may wait for that, ``deliver``
    takes a tenant's news, ``note`` the agents and calls of a tenant that may have changed."""

    def __init__(
        self,
        send: Callable[[Command, Then], None],
        verify: Callable[[Verify], bool],
        deliver: Callable[[Tenant, list[DomainEvent]], None],
        note: Callable[[Tenant, Set[Agent], Set[Call]], None] = lambda *_: None,
    ) -> None:
        self._send = send
        self._verify = verify
        self._deliver = deliver
        self._note = note
        self._waits: dict[Tenant, list[_Wait]] = {}
        self._under_way: set[Task] = set()
        self._nothing_is = Event()

    def finish(self, seconds: float) -> None:
        """Let what is under way come to its end, for so long at most."""
        if self._under_way:
            self._nothing_is.clear()
            self._nothing_is.wait(seconds)

    def start(self, task: Task) -> None:
        """Go as far as can be gone without waiting; what is waited for begins the rest."""
        self._advance(task, lambda: next(task.steps))

    def publish_changes(self, tenant: Tenant, *about: Leg | None) -> None:
        """Tell what has changed at a tenant, or about a leg, and wake whoever waited for it. Never
        raises: who has brought the change about is not to suffer from how it is told."""
        try:
            agents = set(tenant.publish_changes())
            if domain_events := tenant.take_domain_events():
                self._deliver(tenant, domain_events)
            told = {
                tenant.current_request[0],
                *(getattr(each, "agent_id", "") for each in domain_events),
            }
            agents |= {tenant.agents[one] for one in told & tenant.agents.keys()}
            own_leg = [leg for agent in agents for leg in (agent.own_leg, agent.orphaned_leg)]
            # One that its agent has been freed of, and that may come yet.
            meant = [tenant.legs.get(getattr(each, "uuid", "")) for each in domain_events]
            calls = {leg.call for leg in [*about, *own_leg, *meant] if leg is not None}
            self._note(tenant, agents, calls.union(tenant.take_calls_over()))
        except Exception:
            log.exception("telling what has changed at %s", tenant.company.code)
        for agent in tenant.take_out_of_step():
            task = Task(tenant, queueing.keep_in_step(agent, tenant), log_refusal)
            self._under_way.add(task)
            _soon(self.start, task)
        for wait in [one for one in self._waits.get(tenant, ()) if one.until.is_so()]:
            self._end_wait(wait)

    def _advance(self, task: Task, resume: Callable[[], Step]) -> None:
        """A stretch, what it changed is told, and then what it waits for; a command that leaves
        calls alone goes ahead of the telling, so that the switch is at work meanwhile."""
        step = self._stretch(task, resume)
        ahead = isinstance(step, Command) and step.leaves_calls_alone
        if ahead:
            self._go_on(task, step)
        self._publish_after(task)
        if not ahead:
            self._go_on(task, step)

    def _go_on(self, task: Task, step: Step | None) -> None:
        """Have done what was asked for; what comes of it begins the next stretch."""
        if step is None:
            self._under_way.discard(task)
            if not self._under_way:
                self._nothing_is.set()
            return
        self._under_way.add(task)
        try:
            self._do(task, step)
        except Exception as error:  # noqa: BLE001  raised where the step was asked for
            self._resume(task, error)

    def _resume(self, task: Task, outcome: Any) -> None:
        """Never raises: it is called by those who read what comes from the switch."""
        steps = task.steps
        failed = isinstance(outcome, Exception)
        try:
            resume = _raiser(steps, outcome) if failed else _sender(steps, outcome)
            self._advance(task, resume)
        except Exception:
            log.exception("%s", task)
            self._go_on(task, None)

    def _stretch(self, task: Task, resume: Callable[[], Step]) -> Step | None:
        """Run to the next step that has to be waited for; None at the end."""
        try:
            step = resume()
            while isinstance(step, Reply):
                task.answer(step)
                self._publish_after(task)
                step = next(task.steps)
        except StopIteration:
            step = None
        except BridgeError as error:
            step = None
            task.answer(error)
        except Exception:
            # Whatever nobody foresaw ends this task and no other.
            step = None
            log.exception("%s", task)
            task.answer(Internal())
        return step

    def _publish_after(self, task: Task) -> None:
        tenant = task.tenant
        tenant.current_request = task.current_request
        if not task.only_looks:
            self.publish_changes(tenant, task.about)
        tenant.current_request = ("", "")

    def _do(self, task: Task, step: Step) -> None:
        match step:
            case Command():
                self._send(step, partial(self._resume, task))
            case Verify():
                gevent.spawn(self._look, task, step)
            case Until():
                self._wait(task, step)
            case _:
                raise TypeError(step)

    def _look(self, task: Task, attempt: Verify) -> None:
        outcome: bool | Exception
        try:
            outcome = self._verify(attempt)
        except Exception as error:  # noqa: BLE001  raised where the step was asked for
            outcome = error
        self._resume(task, outcome)

    def _wait(self, task: Task, until: Until) -> None:
        if until.is_so():
            self._resume(task, True)
            return
        wait = _Wait(task, until)
        self._waits.setdefault(task.tenant, []).append(wait)
        wait.timer.start(self._end_wait, wait)

    def _end_wait(self, wait: _Wait) -> None:
        """The task goes on when whoever has brought this about is through."""
        wait.timer.close()
        self._waits[wait.task.tenant].remove(wait)
        _soon(lambda: self._resume(wait.task, wait.until.is_so()))


def log_refusal(outcome: Reply | BridgeError) -> None:
    """For what nobody asked for and nobody waits for; what the switch refused is worth a line."""
    if isinstance(outcome, SwitchError):
        log.warning("the switch refused: %s", outcome)


def _soon(do: Callable[..., None], *about: Any) -> None:
    gevent.get_hub().loop.run_callback(do, *about)


def _raiser(steps: Steps, error: Exception) -> Callable[[], Step]:
    return lambda: steps.throw(error)


def _sender(steps: Steps, outcome: Any) -> Callable[[], Step]:
    return lambda: steps.send(outcome)
