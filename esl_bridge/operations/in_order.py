"""The one place where a request waits: for earlier ones on the same subject, and until its call is
ready.

``hangup``, ``checkout``, FORCE_* and what ends another agent's call have no subject and never wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from esl_bridge.callflow.readiness import ready
from esl_bridge.callflow.steps import OnReply, Steps, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.request_order import Aspect, Subject
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import NotInCall, SwitchTimedOut

SubjectsOf = Callable[[Leg], Iterable[Subject]]
"""The subjects of a request, given the requester's leg."""

# How long a request may wait for earlier ones, each of which may wait for the switch or a phone.
_PATIENCE_SECONDS = 10.0


def course(own_leg: Leg) -> Iterable[Subject]:
    return [(own_leg, Aspect.COURSE)]


def own_sound(own_leg: Leg) -> Iterable[Subject]:
    return [(own_leg, Aspect.SOUND)]


def all_sound(own_leg: Leg) -> Iterable[Subject]:
    """Not while a hold begins or ends: media are changed in a plain talk only."""
    return [*course(own_leg), *((leg, Aspect.SOUND) for leg in own_leg.call.legs)]


def recording(own_leg: Leg) -> Iterable[Subject]:
    return [(own_leg.call, Aspect.RECORDING)]


def tones(own_leg: Leg) -> Iterable[Subject]:
    return [*course(own_leg), *((leg, Aspect.TONES) for leg in own_leg.call.others(own_leg))]


def supervision(own_leg: Leg) -> Iterable[Subject]:
    return [(own_leg, Aspect.SUPERVISION)]


def in_order(upon: SubjectsOf, tenant: Tenant, agent: Agent | None, steps: Steps) -> Steps:
    """Begin with ``steps`` once it is their turn and the call is ready; raises SwitchTimedOut where
    the turn does not come in time, NotInCall where the call ends first. For an agent without a leg
    nothing can be under way."""
    own_leg = agent.own_leg if agent is not None else None
    if own_leg is None:
        yield from steps
        return
    turn = tenant.request_order.take(upon(own_leg))
    try:
        if not turn.is_next():
            come = yield Until(lambda: turn.is_next() or own_leg.ended, _PATIENCE_SECONDS)
            if not come:
                raise SwitchTimedOut("earlier requests on the same subject are still under way")
            if own_leg.ended:
                raise NotInCall
        yield from ready(own_leg)
        yield OnReply(turn.answered)
        yield from steps
    finally:
        turn.over()
