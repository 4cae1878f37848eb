"""The link to the switch is lost or restored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from esl_bridge.callflow import notices, recording
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.leg import Leg, LegState, Purpose
from esl_bridge.domain.states import Status, Trigger, TriggerDetails
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import SwitchUnavailable
from esl_bridge.reactions.ended import leg_missing


def all_lost(tenant: Tenant) -> None:
    """The tenant's own switch was restarted: all its legs have ended."""
    for _ in ending_all_calls(tenant, tenant.node):
        pass


def ending_all_calls(tenant: Tenant, node: str) -> Iterator[None]:
    """A switch was restarted: all legs on it have ended. In steps, one call at a time."""
    for call in dict.fromkeys(leg.call for leg in tenant.leg_book.on_node(node)):
        for leg in list(call.legs):
            _lost(tenant, leg)
        yield
    without_legs(tenant, "SWITCH_LOST")
    recording.lost(tenant, node)
    yield


def _lost(tenant: Tenant, leg: Leg) -> None:
    notices.end_all(tenant, leg)
    for action in [one for one in reversed(leg.call.actions) if one.concerns(leg)]:
        tenant.actions.end(action, SwitchUnavailable)
    leg_changes.drop(tenant, leg, Trigger.SWITCH_LOST, "SWITCH_LOST")


def without_legs(tenant: Tenant, reason: str, agents: Iterable[Agent] | None = None) -> None:
    """Free agents whose state says that they are in a call that could not be restored; ``agents``
    as in ``registrations``."""
    for agent in tenant.agents.values() if agents is None else agents:
        if agent.own_leg is None and agent.status in (Status.RINGING, Status.CALLING):
            tenant.agent_states.change(agent, Trigger.SWITCH_LOST, TriggerDetails(reason=reason))


def missing(tenant: Tenant, gone: Set[Leg]) -> list[Steps]:
    """Legs that the switch no longer has, without having reported their end. Returns the steps by
    which the rest of their calls continues, as if the end were reported now."""
    ended = [leg for leg in tenant.legs.values() if leg in gone and not is_undialled(leg, gone)]
    return [leg_missing(tenant, leg) for leg in ended if not leg.ended]


def is_undialled(leg: Leg, gone: Set[Leg]) -> bool:
    """Whether the leg is the far party of a plain call, which the switch calls only once the near
    party has answered. A third party that ended before it was called does not count."""
    call = leg.call
    plain = call.customer is None and call.procedure is None
    lives = any(other not in gone for other in call.others(leg))
    return (
        leg.state is LegState.SETTING_UP
        and leg.origin.purpose is Purpose.CALLIN
        and plain
        and lives
    )


Phones = Mapping[str, Sequence[str]]
"""The addresses of each extension's phones, by its ``folded`` name."""


def found_registered(tenant: Tenant, phones: Phones, agents: Iterable[Agent] | None = None) -> None:
    """Phones that registered before the daemon knew of their agents; ``agents`` as in
    ``registrations``."""
    for agent in tenant.agents.values() if agents is None else agents:
        if not agent.registered and agent.phone in phones:
            registration(tenant, agent, phones[agent.phone])


def registrations(tenant: Tenant, phones: Phones, agents: Iterable[Agent] | None = None) -> None:
    """Which phones are registered, as the switch reports now; ``agents``: update only these."""
    for agent in tenant.agents.values() if agents is None else agents:
        registration(tenant, agent, phones.get(agent.phone, ()))


def registration(tenant: Tenant, agent: Agent, addresses: Sequence[str]) -> None:
    """The addresses of an agent's phones, as the switch reports now; empty: its last phone is
    gone."""
    was = agent.registered, agent.addresses
    agent.set_phones(tenant.node, addresses)
    if was != (agent.registered, agent.addresses):
        tenant.agent_states.mark_changed(agent)
    if was[0] and not agent.registered:
        tenant.actions.phone_is_gone(agent)
