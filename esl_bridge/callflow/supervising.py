"""What supervisors do in the calls of others: whose call may be meant, and the leg of their own.

That leg is in a call of its own, so that whoever is supervised has the call it would have had.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from esl_bridge.callflow import dialling, ending, queueing
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Action, Kind
from esl_bridge.domain.leg import Leg, Purpose
from esl_bridge.domain.procedures import Monitoring, Takeover
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    BadField,
    BridgeError,
    ForeignExtension,
    NotAllowed,
    PhoneNotRegistered,
)
from esl_bridge.esl import dialstring


def operated(tenant: Tenant, supervisor: Agent, agent_id: str, extension: str | None) -> Agent:
    """The agent that a supervisor's request is about, and whose extension it names.

    Raises NotAllowed before anything else, then UnknownAgent, BadField for the supervisor itself,
    and ForeignExtension.
    """
    if not supervisor.entry.supervisor:
        raise NotAllowed
    agent = tenant.agent(agent_id)
    if agent is supervisor:
        raise BadField("operated_agent_id", "oneself")
    if extension not in (None, agent.extension):
        raise ForeignExtension
    return agent


def own_phone_is_ready(tenant: Tenant, supervisor: Agent) -> None:
    """Raises SwitchUnavailable or PhoneNotRegistered where its phone cannot be called."""
    tenant.need_switch()
    if not supervisor.registered:
        raise PhoneNotRegistered


def begin(tenant: Tenant, operated: Leg, supervisor: Agent, kind: Kind, req_id: str) -> Action:
    """An action whose ``near`` is a leg to the supervisor's phone, about to be called."""
    own_leg = tenant.set_up(
        tenant.open_call(operated.call.contact_id), supervisor.extension, Purpose[kind], supervisor
    )
    action = Action(kind, supervisor.id, req_id, own_leg)
    tenant.begin(action)
    return action


def call_own_phone(
    tenant: Tenant,
    own_leg: Leg,
    shows: str,
    then: dialstring.Application,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Steps:
    """Ring the supervisor's phone, which shows a number; ``then`` is run once it has answered."""
    try:
        yield from queueing.step_out(own_leg)
        if own_leg.ended:
            return
        if own_leg.ending is not None:  # before anybody was called
            raise own_leg.ending
        phone = dialling.own_phone(tenant, own_leg, shows)
        phone.variables.update(variables)
        yield from dialling.dial(own_leg, phone, dialstring.Then(then))
    except BridgeError as error:
        ending.fail(tenant, own_leg.call, error)
        _forget_who_never_came(own_leg)


def _forget_who_never_came(own_leg: Leg) -> None:
    """One that may come yet is forgotten when it ends."""
    procedure = own_leg.call.procedure
    if not own_leg.ended:
        return
    if isinstance(procedure, Monitoring) and procedure in procedure.operated.supervised:
        procedure.operated.supervised.remove(procedure)
    elif isinstance(procedure, Takeover) and procedure in procedure.operated.pending_takeovers:
        procedure.operated.pending_takeovers.remove(procedure)
