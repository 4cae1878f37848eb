"""What supervisors do in the calls of others: whose call may be meant, and the leg of their own.

That leg is in a call of its own, so that whoever is supervised has the call it would have had.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from esl_bridge.callflow import dialling, ending, queueing
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Action, Kind
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg, Why
from esl_bridge.domain.work import Substitution, Supervision
from esl_bridge.errors import (
    BadField,
    BridgeError,
    ForeignExtension,
    NotAllowed,
    PhoneNotRegistered,
)
from esl_bridge.esl import dialstring


def operated(desk: Desk, supervisor: Agent, agent_id: str, extension: str | None) -> Agent:
    """The agent that a supervisor's request is about, and whose extension it names.

    Raises NotAllowed before anything else, then UnknownAgent, BadField for the supervisor itself,
    and ForeignExtension.
    """
    if not supervisor.entry.supervisor:
        raise NotAllowed
    agent = desk.agent(agent_id)
    if agent is supervisor:
        raise BadField("operated_agent_id", "oneself")
    if extension not in (None, agent.extension):
        raise ForeignExtension
    return agent


def own_phone_is_ready(desk: Desk, supervisor: Agent) -> None:
    """Raises SwitchUnavailable or PhoneNotRegistered where its phone cannot be called."""
    desk.need_switch()
    if not supervisor.registered:
        raise PhoneNotRegistered


def begin(desk: Desk, operated: Leg, supervisor: Agent, kind: Kind, req_id: str) -> Action:
    """An action whose ``near`` is a leg to the supervisor's phone, about to be called."""
    own = desk.set_up(
        desk.open_call(operated.call.contact_id), supervisor.extension, Why[kind], supervisor
    )
    action = Action(kind, supervisor.id, req_id, own)
    desk.begin(action)
    return action


def call_own_phone(
    desk: Desk,
    own: Leg,
    shows: str,
    then: dialstring.App,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Moves:
    """Ring the supervisor's phone, which shows a number; ``then`` is run once it has answered."""
    try:
        yield from queueing.step_out(own)
        if own.ended:
            return
        if own.ending is not None:  # before anybody was called
            raise own.ending
        phone = dialling.own_phone(desk, own, shows)
        phone.variables.update(variables)
        yield from dialling.dial(own, phone, dialstring.Then(then))
    except BridgeError as error:
        ending.fail(desk, own.call, error)
        _forget_who_never_came(own)


def _forget_who_never_came(own: Leg) -> None:
    """One that may come yet is forgotten when it ends."""
    work = own.call.work
    if not own.ended:
        return
    if isinstance(work, Supervision) and work in work.operated.supervised:
        work.operated.supervised.remove(work)
    elif isinstance(work, Substitution) and work in work.operated.successors:
        work.operated.successors.remove(work)
