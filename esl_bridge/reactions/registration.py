"""Phones register and unregister."""

from __future__ import annotations

from esl_bridge.callflow import ending, phone_loss
from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.switch_settings import SwitchSettings
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl import commands, registrations
from esl_bridge.esl.events import Registered, Unregistered
from esl_bridge.reactions import switch_state
from esl_bridge.reactions.registry import reaction

_BEHIND_SECONDS = 0.6
"""The switch reports a phone whose socket was lost or whose registration expired up to 0.3 s before
it removes it (measured); the loss must be known within a second."""


@reaction(Registered)
def registered(event: Registered, tenant: Tenant) -> Steps | None:
    if event.elsewhere and not tenant.switch_settings.contacts_elsewhere:
        return _turned_away(event, tenant)
    others = []
    for agent in tenant.roster.agents_at(event.extension):
        if _is_another(event, agent):
            others.append(agent)
        agent.call_id = event.call_id
        agent.registers(tenant.node, event.address)
        agent.registrations += 1
        tenant.agent_states.mark_changed(agent)
    return _look_after(tenant, others) if others else None


def _turned_away(event: Registered, tenant: Tenant) -> Steps:
    """A call to such a contact could go anywhere, past the number policy and at our expense. Legs
    that are on their way there are ended before anybody can answer."""
    switch_settings, begun = tenant.switch_settings, []
    for agent in tenant.roster.agents_at(event.extension):
        agent.registrations += 1
        switch_state.registration(tenant, agent, ())
        if agent.own_leg is not None and not agent.own_leg.answered:
            begun.append(agent.own_leg)
    yield from ending.end_all(*begun)
    yield commands.unregister(switch_settings.profile, event.extension, switch_settings.domain)


def _is_another(event: Registered, agent: Agent) -> bool:
    """Whether this phone may have replaced the agent's; of several known phones each just
    re-registers."""
    one_of_several = event.address in agent.addresses and len(agent.addresses) > 1
    return agent.call_id != event.call_id and not one_of_several


def _look_after(tenant: Tenant, agents: list[Agent]) -> Steps:
    """Check whether the phone in a call is gone, which only its packets show."""
    for agent in agents:
        yield from phone_loss.look_after(tenant, agent)


@reaction(Unregistered)
def unregistered(event: Unregistered, tenant: Tenant) -> Steps:
    """The event does not always say which phone it was, and only the switch knows whether it was
    the last."""
    switch_settings = tenant.switch_settings
    agents = tenant.roster.agents_at(event.extension)
    before = [agent.registrations for agent in agents]
    yield from _look(tenant, switch_settings, event.extension, event.address)
    if any(agent.registered for agent in agents):
        known = [agent.registered for agent in agents]
        told = lambda: known != [agent.registered for agent in agents]  # noqa: E731
        if not (yield Until(told, _BEHIND_SECONDS)):
            back = before != [agent.registrations for agent in agents]
            gone = "" if back else event.address
            yield from _look(tenant, switch_settings, event.extension, gone)
    if event.cut:
        yield from _look_after(tenant, agents)


def _look(tenant: Tenant, switch_settings: SwitchSettings, extension: str, gone: str) -> Steps:
    """Ask the switch for the phones. Its answer is ignored where a phone has registered meanwhile,
    or the company has moved to another switch. A phone that unregistered from ``gone`` is not
    called again, although the switch may still have it."""
    agents = [(agent, agent.registrations) for agent in tenant.roster.agents_at(extension)]
    answer = yield commands.sofia_contact(
        switch_settings.profile, extension, switch_settings.domain
    )
    known = registrations.addresses(answer, switch_settings.profile)
    there = [one for one in known if one != gone]
    for agent, before in agents:
        if tenant.node == switch_settings.node and agent.registrations == before:
            switch_state.registration(tenant, agent, there)
