"""Phones come and go."""

from __future__ import annotations

from esl_bridge.callflow import seating
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.desk import Desk
from esl_bridge.esl import commands
from esl_bridge.esl.events import Registered, Unregistered
from esl_bridge.reactions.registry import reaction


@reaction(Registered)
def registered(event: Registered, desk: Desk) -> Moves | None:
    changed = []
    for agent in desk.agents_at(event.extension):
        if agent.websocket != event.websocket:
            agent.websocket = event.websocket
            changed.append(agent)
        agent.registered = True
        agent.registrations += 1
        desk.touch(agent)
    return _reached_otherwise(desk, changed) if changed else None


def _reached_otherwise(desk: Desk, agents: list[Agent]) -> Moves:
    for agent in agents:
        yield from seating.phone_changed(desk, agent)


@reaction(Unregistered)
def unregistered(event: Unregistered, desk: Desk) -> Moves:
    """One contact is gone; whether it was the last only the switch can tell. What it says is old
    where the phone has registered meanwhile."""
    premises = desk.premises
    agents = [(agent, agent.registrations) for agent in desk.agents_at(event.extension)]
    where = yield commands.sofia_contact(premises.profile, event.extension, premises.domain)
    if not where.startswith("error/"):
        return
    for agent, before in agents:
        if agent.registered and agent.registrations == before:
            agent.registered = False
            desk.touch(agent)
            desk.phone_is_gone(agent)
