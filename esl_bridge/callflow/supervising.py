"""What supervisors' requests have in common: checking the operated agent, and the supervisor's leg.

That leg is in a call of its own, so that the operated agent's call stays as it is.
"""

from __future__ import annotations

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Action, ActionKind
from esl_bridge.domain.leg import Leg, Purpose
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    BadField,
    ForeignExtension,
    NotAllowed,
    PhoneNotRegistered,
)


def operated(tenant: Tenant, supervisor: Agent, agent_id: str, extension: str | None) -> Agent:
    """The agent that a supervisor's request names, by id and extension.

    Raises NotAllowed before anything else, then UnknownAgent, BadField for the supervisor itself,
    and ForeignExtension.
    """
    if not supervisor.entry.supervisor:
        raise NotAllowed
    agent = tenant.roster.agent(agent_id)
    if agent is supervisor:
        raise BadField("operated_agent_id", "oneself")
    if extension not in (None, agent.extension):
        raise ForeignExtension
    return agent


def own_phone_is_ready(tenant: Tenant, supervisor: Agent) -> None:
    """Raises SwitchUnavailable or PhoneNotRegistered where the supervisor's phone cannot be
    called."""
    tenant.need_switch()
    if not supervisor.registered:
        raise PhoneNotRegistered


def begin(
    tenant: Tenant, operated: Leg, supervisor: Agent, kind: ActionKind, req_id: str
) -> Action:
    """Begin an action whose ``near`` is a leg to the supervisor's phone, about to be originated."""
    own_leg = tenant.leg_book.set_up(
        tenant.open_call(operated.call.contact_id), supervisor.extension, Purpose[kind], supervisor
    )
    action = Action(kind, supervisor.id, req_id, own_leg)
    tenant.actions.begin(action)
    return action
