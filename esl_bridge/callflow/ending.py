"""How legs are ended, and what becomes of those that are left."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from esl_bridge.callflow import media, notices, recording
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call, Kind
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Takeover, ThirdPartyProcedure
from esl_bridge.domain.states import Facts, Trigger
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    BridgeError,
    Cancelled,
    PartyGone,
    Rejected,
    SwitchError,
    SwitchRefused,
    SwitchTimedOut,
    SwitchUnavailable,
)
from esl_bridge.esl import commands

# A transfer that is under way is completed without the agent who began it.
_GO_ON = frozenset({Kind.TRANS, Kind.CONSULT_TO_TRANS})
_NORMAL = "NORMAL_CLEARING"


def end_leg(leg: Leg, cause: str = _NORMAL) -> Steps:
    """Hang a leg up; one that is gone already is as good."""
    try:
        yield commands.uuid_kill(leg.uuid, cause)
    except SwitchRefused:
        return


def end_own_leg(leg: Leg) -> Steps:
    """As if its agent pressed the red button: a rejection, a cancellation, or the end of a talk."""
    if leg.offered and not leg.answered:
        yield from _end_as(leg, Rejected, "CALL_REJECTED")
    else:
        yield from call_off(leg)


def call_off(leg: Leg) -> Steps:
    """By whoever had it set up: a cancellation, or the end of a talk."""
    if leg.talked:
        yield from end_leg(leg)
        return
    yield from _end_as(leg, Cancelled, _NORMAL if leg.answered else "ORIGINATOR_CANCEL")


def _end_as(leg: Leg, why: type[BridgeError], cause: str) -> Steps:
    before, leg.ending = leg.ending, why
    try:
        yield from end_leg(leg, cause)
    except SwitchUnavailable:  # so the request is refused, and nothing has changed
        leg.ending = before
        raise


def end_unanswered(call: Call) -> Steps:
    """The party they rang for is gone: stop all phones that have not been joined to anybody."""
    return end_all(*[leg for leg in call.legs if not leg.talked])


def end_all(*legs: Leg | None) -> Steps:
    """The party they were there for is gone; all of them know before the first is ended."""
    left = [leg for leg in legs if leg is not None and not leg.ended]
    for leg in left:
        leg.ending = leg.ending or PartyGone
    yield from _end_each(left, lambda leg: _NORMAL if leg.answered else "ORIGINATOR_CANCEL")


def _end_each(legs: Iterable[Leg], cause: Callable[[Leg], str]) -> Steps:
    """All of them, whatever becomes of the command for one."""
    failed: SwitchError | None = None
    for leg in legs:
        try:
            yield from end_leg(leg, cause(leg))
        except SwitchError as error:
            failed = error
    if failed is not None:
        raise failed


def interrupt(tenant: Tenant, call: Call, reason: str) -> Steps:
    """End a whole call, for good: nobody talks on, and no customer is sent on. Agents are told this
    ``reason``. A queue's offer is left to end with its customer: ended by us, even right after
    that, it was made to the next agent (measured)."""
    call.fallen_back = True
    for leg in call.legs:
        leg.ending, leg.reason = leg.ending or Cancelled, reason
    tenant.mark_all_changed(
        call
    )  # it is another's: kept before the switch is told, as one's own is
    if isinstance(call.procedure, ThirdPartyProcedure | Takeover):
        tenant.finish(call.procedure, None)
    legs = [leg for leg in call.legs if leg.answered or not leg.from_queue]
    legs.sort(key=lambda leg: not leg.is_customer)
    yield from _end_each(legs, lambda _: "MANAGER_REQUEST")


def fail(tenant: Tenant, call: Call, error: BridgeError) -> None:
    """A call that was not even begun: its actions and legs are over."""
    for action in list(call.actions):
        tenant.end(action, type(error))
    for leg in list(call.legs):
        give_up(tenant, leg, error)


def give_up(tenant: Tenant, leg: Leg, error: BridgeError) -> None:
    """A leg that was asked for in vain. Where nobody knows whether the switch has understood, its
    phone may ring yet; then it is ended at once."""
    if isinstance(error, SwitchTimedOut | SwitchUnavailable):
        tenant.abandon(leg)
    else:
        tenant.forget(leg)


def end_actions_of(tenant: Tenant, agent: Agent) -> None:
    """Tell an agent that leaves how its actions end, the innermost first, before it is told that
    it has left."""
    recording.leave(tenant, agent)
    media.leave(tenant, agent)
    if agent.own_leg is not None:
        notices.end_all(tenant, agent.own_leg)
    for action in reversed(agent.actions[:]):
        goes_on = action.kind in _GO_ON
        tenant.end(action, None if action.started or goes_on else Cancelled, reached=goes_on)


def leave(tenant: Tenant, agent: Agent, trigger: Trigger, facts: Facts | None = None) -> Steps:
    """The agent's state no longer hangs on its call: change it now, and end its leg by the steps
    that come back. Raises what the agent's table refuses with, and then changes nothing."""
    leg = agent.own_leg
    tenant.change(agent, trigger, facts)
    end_actions_of(tenant, agent)
    tenant.let_go(agent)
    return _end_left(leg) if leg is not None else nothing()


def _end_left(leg: Leg) -> Steps:
    """If it cannot be ended now, it is when the switch is read back."""
    try:
        yield from end_own_leg(leg)
    except (SwitchUnavailable, SwitchTimedOut):
        leg.ending = leg.ending or Cancelled
        raise


def lose(tenant: Tenant, agent: Agent) -> None:
    """An agent did not come back in time: its legs are left to end by themselves."""
    tenant.let_go(agent)
    tenant.change(agent, Trigger.GRACE_OVER, Facts(reason="CONNECTION_LOST"))


def nothing() -> Steps:
    yield from ()
