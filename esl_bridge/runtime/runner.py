"""Does what operations and reactions want done.

An errand needs no greenlet of its own: each stretch between two waits happens at once, what it
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
from esl_bridge.callflow.steps import Moves, Step, Until, Verify
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.news import News
from esl_bridge.errors import BridgeError, Internal, SwitchError
from esl_bridge.esl.commands import Command
from esl_bridge.protocol.envelope import Reply
from esl_bridge.runtime.switch_link import Then

log = logging.getLogger(__name__)

Answer = Callable[[Reply | BridgeError], None]


class Errand:
    """Steps on a desk, and where their reply goes; ``asking``: whose request of what id it is,
    ``about``: the leg that the switch told of; ``only_looks``: they change nothing."""

    __slots__ = ("_answer", "_answered", "about", "asking", "desk", "only_looks", "steps")

    def __init__(
        self,
        desk: Desk,
        steps: Moves,
        answer: Answer,
        asking: tuple[str, str] = ("", ""),
        about: Leg | None = None,
        *,
        only_looks: bool = False,
    ) -> None:
        self.desk = desk
        self.steps = steps
        self.asking = asking
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
        agent_id, req_id = self.asking
        # Quoted and escaped: a client writes what it likes, a line of the log among it.
        return f"request {req_id!a} of {agent_id}" if agent_id else "what the switch told"


class _Wait:
    """Until something is so, or its time is up."""

    __slots__ = ("errand", "timer", "until")

    def __init__(self, errand: Errand, until: Until) -> None:
        self.errand = errand
        self.until = until
        self.timer = gevent.get_hub().loop.timer(until.seconds)


class Runner:
    """``send`` sends a command, ``verify`` looks at a password and may wait for that, ``deliver``
    takes a desk's news, ``note`` the agents and calls of a desk that may have changed."""

    def __init__(
        self,
        send: Callable[[Command, Then], None],
        verify: Callable[[Verify], bool],
        deliver: Callable[[Desk, list[News]], None],
        note: Callable[[Desk, Set[Agent], Set[Call]], None] = lambda *_: None,
    ) -> None:
        self._send = send
        self._verify = verify
        self._deliver = deliver
        self._note = note
        self._waits: dict[Desk, list[_Wait]] = {}
        self._under_way: set[Errand] = set()
        self._nothing_is = Event()

    def finish(self, seconds: float) -> None:
        """Let what is under way come to its end, for so long at most."""
        if self._under_way:
            self._nothing_is.clear()
            self._nothing_is.wait(seconds)

    def start(self, errand: Errand) -> None:
        """Go as far as can be gone without waiting; what is waited for begins the rest."""
        self._advance(errand, lambda: next(errand.steps))

    def settle(self, desk: Desk, *about: Leg | None) -> None:
        """Tell what has changed at a desk, or about a leg, and wake whoever waited for it. Never
        raises: who has brought the change about is not to suffer from how it is told."""
        try:
            agents = set(desk.settle())
            if news := desk.take_news():
                self._deliver(desk, news)
            told = {desk.asking[0], *(getattr(each, "agent_id", "") for each in news)}
            agents |= {desk.agents[one] for one in told & desk.agents.keys()}
            own = [leg for agent in agents for leg in (agent.own, agent.left)]
            # One that its agent has been freed of, and that may come yet.
            meant = [desk.legs.get(getattr(each, "uuid", "")) for each in news]
            calls = {leg.call for leg in [*about, *own, *meant] if leg is not None}
            self._note(desk, agents, calls.union(desk.take_calls_over()))
        except Exception:
            log.exception("telling what has changed at %s", desk.company.code)
        for agent in desk.take_out_of_step():
            errand = Errand(desk, queueing.keep_in_step(agent, desk), log_refusal)
            self._under_way.add(errand)
            _soon(self.start, errand)
        for wait in [one for one in self._waits.get(desk, ()) if one.until.is_so()]:
            self._end_wait(wait)

    def _advance(self, errand: Errand, resume: Callable[[], Step]) -> None:
        """A stretch, what it changed is told, and then what it waits for; a command that leaves
        calls alone goes ahead of the telling, so that the switch is at work meanwhile."""
        step = self._stretch(errand, resume)
        ahead = isinstance(step, Command) and step.leaves_calls_alone
        if ahead:
            self._go_on(errand, step)
        self._settle_after(errand)
        if not ahead:
            self._go_on(errand, step)

    def _go_on(self, errand: Errand, step: Step | None) -> None:
        """Have done what was asked for; what comes of it begins the next stretch."""
        if step is None:
            self._under_way.discard(errand)
            if not self._under_way:
                self._nothing_is.set()
            return
        self._under_way.add(errand)
        try:
            self._do(errand, step)
        except Exception as error:  # noqa: BLE001  raised where the step was asked for
            self._resume(errand, error)

    def _resume(self, errand: Errand, outcome: Any) -> None:
        """Never raises: it is called by those who read what comes from the switch."""
        steps = errand.steps
        failed = isinstance(outcome, Exception)
        try:
            resume = _raiser(steps, outcome) if failed else _sender(steps, outcome)
            self._advance(errand, resume)
        except Exception:
            log.exception("%s", errand)
            self._go_on(errand, None)

    def _stretch(self, errand: Errand, resume: Callable[[], Step]) -> Step | None:
        """Run to the next step that has to be waited for; None at the end."""
        try:
            step = resume()
            while isinstance(step, Reply):
                errand.answer(step)
                self._settle_after(errand)
                step = next(errand.steps)
        except StopIteration:
            step = None
        except BridgeError as error:
            step = None
            errand.answer(error)
        except Exception:
            # Whatever nobody foresaw ends this errand and no other.
            step = None
            log.exception("%s", errand)
            errand.answer(Internal())
        return step

    def _settle_after(self, errand: Errand) -> None:
        desk = errand.desk
        desk.asking = errand.asking
        if not errand.only_looks:
            self.settle(desk, errand.about)
        desk.asking = ("", "")

    def _do(self, errand: Errand, step: Step) -> None:
        match step:
            case Command():
                self._send(step, partial(self._resume, errand))
            case Verify():
                gevent.spawn(self._look, errand, step)
            case Until():
                self._wait(errand, step)
            case _:
                raise TypeError(step)

    def _look(self, errand: Errand, attempt: Verify) -> None:
        outcome: bool | Exception
        try:
            outcome = self._verify(attempt)
        except Exception as error:  # noqa: BLE001  raised where the step was asked for
            outcome = error
        self._resume(errand, outcome)

    def _wait(self, errand: Errand, until: Until) -> None:
        if until.is_so():
            self._resume(errand, True)
            return
        wait = _Wait(errand, until)
        self._waits.setdefault(errand.desk, []).append(wait)
        wait.timer.start(self._end_wait, wait)

    def _end_wait(self, wait: _Wait) -> None:
        """The errand goes on when whoever has brought this about is through."""
        wait.timer.close()
        self._waits[wait.errand.desk].remove(wait)
        _soon(lambda: self._resume(wait.errand, wait.until.is_so()))


def log_refusal(outcome: Reply | BridgeError) -> None:
    """For what nobody asked for and nobody waits for; what the switch refused is worth a line."""
    if isinstance(outcome, SwitchError):
        log.warning("the switch refused: %s", outcome)


def _soon(do: Callable[..., None], *about: Any) -> None:
    gevent.get_hub().loop.run_callback(do, *about)


def _raiser(steps: Moves, error: Exception) -> Callable[[], Step]:
    return lambda: steps.throw(error)


def _sender(steps: Moves, outcome: Any) -> Callable[[], Step]:
    return lambda: steps.send(outcome)
