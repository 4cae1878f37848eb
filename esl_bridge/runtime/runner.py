"""Does what operations and reactions want done.

An errand runs without a greenlet of its own until it has to wait for something; each stretch
between two waits happens at once, and what it changed is told before the next one begins.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Set
from typing import Any

from gevent.event import Event
from gevent.pool import Group

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
        return f"request {req_id} of {agent_id}" if agent_id else "what the switch told"


class Runner:
    """``run`` sends a command, ``verify`` looks at a password, ``deliver`` takes a desk's news,
    ``note`` the agents and calls of a desk that may have changed."""

    def __init__(
        self,
        run: Callable[[Command], str],
        verify: Callable[[Verify], bool],
        deliver: Callable[[Desk, list[News]], None],
        note: Callable[[Desk, Set[Agent], Set[Call]], None] = lambda *_: None,
    ) -> None:
        self._run = run
        self._verify = verify
        self._deliver = deliver
        self._note = note
        self._waiting: dict[Desk, list[tuple[Until, Event]]] = {}
        self._under_way = Group()

    def finish(self, seconds: float) -> None:
        """Let what is under way come to its end, for so long at most."""
        self._under_way.join(seconds)

    def start(self, errand: Errand) -> None:
        """Go as far as can be gone without waiting; the rest in a greenlet."""
        step = self._stretch(errand, lambda: next(errand.steps))
        if step is not None:
            self._under_way.spawn(self._go_on, errand, step)

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
            self._note(desk, agents, {leg.call for leg in [*about, *own, *meant] if leg})
        except Exception:
            log.exception("telling what has changed at %s", desk.company.code)
        for agent in desk.take_out_of_step():
            self._under_way.spawn(
                self.start, Errand(desk, queueing.keep_in_step(agent, desk), log_refusal)
            )
        for until, is_so in self._waiting.get(desk, ()):
            if until.is_so():
                is_so.set()

    def _go_on(self, errand: Errand, step: Step | None) -> None:
        while step is not None:
            try:
                outcome = self._do(errand.desk, step)
            except Exception as error:  # noqa: BLE001  raised where the step was asked for
                step = self._stretch(errand, _raiser(errand.steps, error))
            else:
                step = self._stretch(errand, _sender(errand.steps, outcome))

    def _stretch(self, errand: Errand, resume: Callable[[], Step]) -> Step | None:
        """Run to the next step that has to be waited for; None at the end."""
        desk = errand.desk
        desk.asking = errand.asking
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
        self._settle_after(errand)
        desk.asking = ("", "")
        return step

    def _settle_after(self, errand: Errand) -> None:
        if not errand.only_looks:
            self.settle(errand.desk, errand.about)

    def _do(self, desk: Desk, step: Step) -> Any:
        match step:
            case Command():
                return self._run(step)
            case Verify():
                return self._verify(step)
            case Until():
                return self._wait(desk, step)
            case _:
                raise TypeError(step)

    def _wait(self, desk: Desk, until: Until) -> bool:
        if not until.is_so():
            entry = (until, Event())
            self._waiting.setdefault(desk, []).append(entry)
            entry[1].wait(until.seconds)
            self._waiting[desk].remove(entry)
        return until.is_so()


def log_refusal(outcome: Reply | BridgeError) -> None:
    """For what nobody asked for and nobody waits for; what the switch refused is worth a line."""
    if isinstance(outcome, SwitchError):
        log.warning("the switch refused: %s", outcome)


def _raiser(steps: Moves, error: Exception) -> Callable[[], Step]:
    return lambda: steps.throw(error)


def _sender(steps: Moves, outcome: Any) -> Callable[[], Step]:
    return lambda: steps.send(outcome)
