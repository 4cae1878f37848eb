"""The switch is away, or back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from esl_bridge.callflow import notices, recording
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.leg import Leg, LegState, Purpose
from esl_bridge.domain.states import Facts, Status, Trigger
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import SwitchUnavailable
from esl_bridge.reactions.ended import leg_missing


def all_lost(tenant: Tenant) -> None:
    """The tenant's own switch is gone and took its legs with it."""
    for _ in ending_all_calls(tenant, tenant.node):
        pass


def ending_all_calls(tenant: Tenant, node: str) -> Iterator[None]:
    """A switch is gone and took its legs with it: ends one call after the other as the caller goes
    on."""
    for call in dict.fromkeys(leg.call for leg in tenant.legs_on(node)):
        for leg in list(call.legs):
            _lost(tenant, leg)
        yield
    without_legs(tenant, "SWITCH_LOST")
    recording.lost(tenant)
    yield


def _lost(tenant: Tenant, leg: Leg) -> None:
    notices.end_all(tenant, leg)
    for action in [one for one in reversed(leg.call.actions) if one.concerns(leg)]:
        tenant.end(action, SwitchUnavailable)
    tenant.drop(leg, Trigger.SWITCH_LOST, "SWITCH_LOST")


def without_legs(tenant: Tenant, reason: str, agents: Iterable[Agent] | None = None) -> None:
    """Who is in a call of which nobody knows any more, as what was kept of it could not be read;
    ``agents`` as in ``registrations``."""
    for agent in tenant.agents.values() if agents is None else agents:
        if agent.own_leg is None and agent.status in (Status.RINGING, Status.CALLING):
            tenant.change(agent, Trigger.SWITCH_LOST, Facts(reason=reason))


def missing(tenant: Tenant, gone: Set[Leg]) -> list[Steps]:
    """Legs that the switch no longer has, and of whose end nobody heard: what is left of their
    calls goes on, by the steps that come back, as if the end had been told now."""
    ended = [leg for leg in tenant.legs.values() if leg in gone and not is_undialled(leg, gone)]
    return [leg_missing(tenant, leg) for leg in ended if not leg.ended]


def is_undialled(leg: Leg, gone: Set[Leg]) -> bool:
    """The switch calls the far party of a plain call itself, once the near one has answered. A
    third party that is over before it was called is none."""
    call = leg.call
    plain = call.customer is None and call.procedure is None
    lives = any(other not in gone for other in call.others(leg))
    return leg.state is LegState.SETTING_UP and leg.purpose is Purpose.CALLIN and plain and lives


Phones = Mapping[str, Sequence[str]]
"""The addresses of each extension's phones, by its name, ``folded``."""


def found_registered(tenant: Tenant, phones: Phones, agents: Iterable[Agent] | None = None) -> None:
    """Phones that have registered before anybody here was interested in them; ``agents`` as in
    ``registrations``."""
    for agent in tenant.agents.values() if agents is None else agents:
        if not agent.registered and agent.phone in phones:
            registration(tenant, agent, phones[agent.phone])


def registrations(tenant: Tenant, phones: Phones, agents: Iterable[Agent] | None = None) -> None:
    """Whose phones are registered, as the switch says it is now; ``agents``: only theirs."""
    for agent in tenant.agents.values() if agents is None else agents:
        registration(tenant, agent, phones.get(agent.phone, ()))


def registration(tenant: Tenant, agent: Agent, addresses: Sequence[str]) -> None:
    """Where an agent's phones are, as the switch says it is now; none: its last one is gone."""
    was = agent.registered, agent.addresses
    agent.found_at(tenant.node, addresses)
    if was != (agent.registered, agent.addresses):
        tenant.mark_changed(agent)
    if was[0] and not agent.registered:
        tenant.phone_is_gone(agent)
