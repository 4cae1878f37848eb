"""How legs are ended, and what happens to the remaining ones."""

from __future__ import annotations

from esl_bridge.callflow import media, notices, recording
from esl_bridge.callflow.steps import Attempt, Steps, all_of
from esl_bridge.domain import leg_changes
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import ActionKind, Call
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import Takeover, ThirdPartyProcedure
from esl_bridge.domain.states import Trigger, TriggerDetails
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    BridgeError,
    Cancelled,
    OutcomeUnknown,
    PartyGone,
    Rejected,
    SwitchError,
    SwitchUnavailable,
)
from esl_bridge.esl import commands

# A transfer under way is completed without the agent who began it.
_GO_ON = frozenset({ActionKind.TRANS, ActionKind.CONSULT_TO_TRANS})
_NORMAL = "NORMAL_CLEARING"


def end_leg(leg: Leg, cause: str = _NORMAL) -> Steps:
    """Hang up a leg; a leg that has ended already is no error."""
    yield Attempt(commands.uuid_kill(leg.uuid, cause))


def end_own_leg(leg: Leg) -> Steps:
    """As if its agent hung up the phone: a rejection, a cancellation, or the end of a talk."""
    if leg.origin.offered and not leg.answered:
        yield from _end_as(leg, Rejected, "CALL_REJECTED")
    else:
        yield from call_off(leg)


def call_off(leg: Leg) -> Steps:
    """As the party that had it set up ends it: a cancellation, or the end of a talk."""
    if leg.progress.talked:
        yield from end_leg(leg)
        return
    yield from _end_as(leg, Cancelled, _NORMAL if leg.answered else "ORIGINATOR_CANCEL")


def _end_as(leg: Leg, why: type[BridgeError], cause: str) -> Steps:
    before, leg.ending = leg.ending, why

    def failed(error: SwitchError) -> None:
        """Without a link the request is refused, and has changed nothing; another may have."""
        if isinstance(error, SwitchUnavailable) and leg.ending is why:
            leg.ending = before

    yield Attempt(commands.uuid_kill(leg.uuid, cause), failed)


def end_unanswered(call: Call) -> Steps:
    """The party that they rang for has left: hang up all legs that have not talked."""
    return end_all(*[leg for leg in call.legs if not leg.progress.talked])


def end_all(*legs: Leg | None) -> Steps:
    """The party that they were there for has left; all are marked before the first is hung up."""
    left = [leg for leg in legs if leg is not None and not leg.ended]
    for leg in left:
        leg.ending = leg.ending or PartyGone
    yield from all_of(*map(_end_unneeded, left))


def _end_unneeded(leg: Leg) -> Steps:
    yield from end_leg(leg, _NORMAL if leg.answered else "ORIGINATOR_CANCEL")


def interrupt(tenant: Tenant, call: Call, reason: str) -> Steps:
    """End a whole call for good: nobody talks on, and no customer is rerouted. Agents are given
    ``reason``. A queue's offer is left to end with its customer: when ended by us, even right after
    the customer, the customer was offered to the next agent (measured)."""
    call.fallen_back = True
    for leg in call.legs:
        leg.ending, leg.progress.end_reason = leg.ending or Cancelled, reason
    tenant.agent_states.mark_all_changed(
        call
    )  # saved before the switch is told, as a change of the requester's own call is
    if isinstance(call.procedure, ThirdPartyProcedure | Takeover):
        tenant.finish(call.procedure, None)
    legs = [leg for leg in call.legs if leg.answered or not leg.origin.from_queue]
    legs.sort(key=lambda leg: not leg.is_customer)
    yield from all_of(*[end_leg(leg, "MANAGER_REQUEST") for leg in legs])


def fail(tenant: Tenant, call: Call, error: BridgeError) -> None:
    """A call that could not be begun: end its actions and legs."""
    for action in list(call.actions):
        tenant.actions.end(action, type(error))
    for leg in list(call.legs):
        discard_leg(tenant, leg, error)


def discard_leg(tenant: Tenant, leg: Leg, error: BridgeError) -> None:
    """Discard a leg that was not set up. Where the outcome is unknown its phone may still ring; the
    leg is ended as soon as it is reported."""
    if isinstance(error, OutcomeUnknown):
        leg_changes.abandon(tenant, leg)
    else:
        leg_changes.forget(tenant, leg)


def end_actions_of(tenant: Tenant, agent: Agent) -> None:
    """Report to an agent that leaves how its actions end, the innermost first, before its
    ``agent_change``."""
    recording.leave(tenant, agent)
    media.leave(tenant, agent)
    if agent.own_leg is not None:
        notices.end_all(tenant, agent.own_leg)
    for action in reversed(agent.actions[:]):
        goes_on = action.kind in _GO_ON
        tenant.actions.end(
            action, None if action.started or goes_on else Cancelled, reached=goes_on
        )


def leave(
    tenant: Tenant, agent: Agent, trigger: Trigger, details: TriggerDetails | None = None
) -> Steps:
    """Change an agent's state regardless of its call, and return the steps that end its leg. Raises
    what the state table refuses with, and then changes nothing."""
    leg = agent.own_leg
    tenant.agent_states.change(agent, trigger, details)
    end_actions_of(tenant, agent)
    leg_changes.let_go(tenant, agent)
    return _end_left(leg) if leg is not None else nothing()


def _end_left(leg: Leg) -> Steps:
    """If it cannot be ended now, the resync ends it."""
    try:
        yield from end_own_leg(leg)
    except OutcomeUnknown:
        leg.ending = leg.ending or Cancelled
        raise


def lose(tenant: Tenant, agent: Agent) -> None:
    """An agent did not reconnect in time: its legs are left to end by themselves."""
    leg_changes.let_go(tenant, agent)
    tenant.agent_states.change(agent, Trigger.GRACE_OVER, TriggerDetails(reason="CONNECTION_LOST"))


def nothing() -> Steps:
    yield from ()
