"""Phones come and go."""

from __future__ import annotations

from esl_bridge.callflow import ending, phone_loss
from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl import commands, registrations
from esl_bridge.esl.events import Registered, Unregistered
from esl_bridge.reactions import switch_state
from esl_bridge.reactions.registry import reaction

_BEHIND_SECONDS = 0.6
"""The switch tells of a phone whose socket was lost or whose time is over up to 0.3 s before it
forgets it (measured); within a second of its going it is to be known."""


@reaction(Registered)
def registered(event: Registered, tenant: Tenant) -> Steps | None:
    if event.elsewhere and not tenant.switch_settings.contacts_elsewhere:
        return _turned_away(event, tenant)
    others = []
    for agent in tenant.agents_at(event.extension):
        if _is_another(event, agent):
            others.append(agent)
        agent.call_id = event.call_id
        agent.registers(tenant.node, event.address)
        agent.registrations += 1
        tenant.mark_changed(agent)
    return _look_after(tenant, others) if others else None


def _turned_away(event: Registered, tenant: Tenant) -> Steps:
    """Called there it would be a call to anybody, past the number policy and at our expense. What
    is on its way there already is ended before anybody can answer it."""
    switch_settings, begun = tenant.switch_settings, []
    for agent in tenant.agents_at(event.extension):
        agent.registrations += 1
        switch_state.registration(tenant, agent, ())
        if agent.own_leg is not None and not agent.own_leg.answered:
            begun.append(agent.own_leg)
    yield from ending.end_all(*begun)
    yield commands.unregister(switch_settings.profile, event.extension, switch_settings.domain)


def _is_another(event: Registered, agent: Agent) -> bool:
    """Whether the phone that the agent had may be gone for this one; of several that are known each
    only says that it is there still."""
    one_of_several = event.address in agent.addresses and len(agent.addresses) > 1
    return agent.call_id != event.call_id and not one_of_several


def _look_after(tenant: Tenant, agents: list[Agent]) -> Steps:
    """Whether the phone that is in a call is gone only its packets tell."""
    for agent in agents:
        yield from phone_loss.look_after(tenant, agent)


@reaction(Unregistered)
def unregistered(event: Unregistered, tenant: Tenant) -> Steps:
    """Which phone it was is not always told, and whether it was the last only the switch knows."""
    agents = tenant.agents_at(event.extension)
    before = [agent.registrations for agent in agents]
    yield from _look(tenant, event.extension, event.address)
    if any(agent.registered for agent in agents):
        known = [agent.registered for agent in agents]
        told = lambda: known != [agent.registered for agent in agents]  # noqa: E731
        if not (yield Until(None, told, _BEHIND_SECONDS)):
            back = before != [agent.registrations for agent in agents]
            yield from _look(tenant, event.extension, "" if back else event.address)
    if event.cut:
        yield from _look_after(tenant, agents)


def _look(tenant: Tenant, extension: str, gone: str) -> Steps:
    """What the switch answers is old where a phone has registered meanwhile. One that has said that
    it goes, from ``gone``, is not called again, though the switch may have it still."""
    switch_settings = tenant.switch_settings
    agents = [(agent, agent.registrations) for agent in tenant.agents_at(extension)]
    answer = yield commands.sofia_contact(
        switch_settings.profile, extension, switch_settings.domain
    )
    known = registrations.addresses(answer, switch_settings.profile)
    there = [one for one in known if one != gone]
    for agent, before in agents:
        if agent.registrations == before:
            switch_state.registration(tenant, agent, there)
