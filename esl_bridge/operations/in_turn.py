"""Requests upon the same thing take effect in the order in which they were sent.

``hangup``, ``checkout``, FORCE_* and what ends the call of another are upon nothing: they wait for
nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

from esl_bridge.callflow.steps import Step, Steps, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.turns import Matter, Thing
from esl_bridge.errors import SwitchTimedOut
from esl_bridge.protocol.envelope import Reply

Upon = Callable[[Leg], Iterable[Thing]]
"""Which things a request is upon, by the leg of the agent that asks."""

# How long a request may wait for those before it, each of which may wait for the switch or a phone.
_PATIENCE_SECONDS = 10.0


def course(own_leg: Leg) -> Iterable[Thing]:
    return [(own_leg, Matter.COURSE)]


def own_sound(own_leg: Leg) -> Iterable[Thing]:
    return [(own_leg, Matter.SOUND)]


def all_sound(own_leg: Leg) -> Iterable[Thing]:
    """Not while a hold begins or ends: media are changed in a plain talk."""
    return [*course(own_leg), *((leg, Matter.SOUND) for leg in own_leg.call.legs)]


def recording(own_leg: Leg) -> Iterable[Thing]:
    return [(own_leg.call, Matter.RECORDING)]


def tones(own_leg: Leg) -> Iterable[Thing]:
    return [*course(own_leg), *((leg, Matter.TONES) for leg in own_leg.call.others(own_leg))]


def supervision(own_leg: Leg) -> Iterable[Thing]:
    return [(own_leg, Matter.SUPERVISION)]


def in_turn(upon: Upon, tenant: Tenant, agent: Agent | None, steps: Steps) -> Steps:
    """Begin with ``steps`` once it is their turn; raises SwitchTimedOut where it does not come in
    time. An agent without a leg asks for nothing that could have been begun."""
    own_leg = agent.own_leg if agent is not None else None
    if own_leg is None:
        yield from steps
        return
    turn = tenant.turns.take(upon(own_leg))
    try:
        if not turn.has_come():
            come = yield Until(own_leg, lambda: turn.has_come() or own_leg.ended, _PATIENCE_SECONDS)
            if not come:
                raise SwitchTimedOut("what was asked for before is not done yet")
        yield from _Answering(steps, turn.answered)
    finally:
        turn.over()


class _Answering(Generator[Step, Any, None]):
    """The same steps; ``answered`` is called at their reply."""

    def __init__(self, steps: Steps, answered: Callable[[], None]) -> None:
        self._steps = steps
        self._answered = answered

    def send(self, outcome: Any) -> Step:
        return self._noticed(self._steps.send(outcome))

    def throw(self, *error: Any) -> Step:
        return self._noticed(self._steps.throw(*error))

    def _noticed(self, step: Step) -> Step:
        if isinstance(step, Reply):
            self._answered()
        return step
