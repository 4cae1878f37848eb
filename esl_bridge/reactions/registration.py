"""Phones come and go."""

from __future__ import annotations

from esl_bridge.callflow import losing, seating
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.desk import Desk
from esl_bridge.esl import commands
from esl_bridge.esl.events import Registered, Unregistered
from esl_bridge.reactions.registry import reaction


@reaction(Registered)
def registered(event: Registered, desk: Desk) -> Moves | None:
    otherwise, others = [], []
    for agent in desk.agents_at(event.extension):
        if agent.websocket != event.websocket:
            agent.websocket = event.websocket
            otherwise.append(agent)
        if agent.call_id != event.call_id:
            agent.call_id = event.call_id
            others.append(agent)
        agent.registered = True
        agent.registrations += 1
        desk.touch(agent)
    return _another_phone(desk, otherwise, others) if otherwise or others else None


def _another_phone(desk: Desk, otherwise: list[Agent], others: list[Agent]) -> Moves:
    """Agents are reached ``otherwise`` now, or by ``others`` than before: whether the one that is
    in a call is gone only its packets tell."""
    for agent in otherwise:
        yield from seating.phone_changed(desk, agent)
    for agent in others:
        yield from losing.look_after(desk, agent)


@reaction(Unregistered)
def unregistered(event: Unregistered, desk: Desk) -> Moves:
    """One contact is gone; whether it was the last only the switch can tell. What it says is old
    where the phone has registered meanwhile."""
    premises = desk.premises
    agents = [(agent, agent.registrations) for agent in desk.agents_at(event.extension)]
    where = yield commands.sofia_contact(premises.profile, event.extension, premises.domain)
    if where.startswith("error/"):
        for agent, before in agents:
            if agent.registered and agent.registrations == before:
                agent.registered = False
                desk.touch(agent)
                desk.phone_is_gone(agent)
    for agent, _ in agents if event.cut else ():
        yield from losing.look_after(desk, agent)
