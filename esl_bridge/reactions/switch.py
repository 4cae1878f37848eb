"""The switch is away, or back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from esl_bridge.callflow import notices, recording
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg, Life, Why
from esl_bridge.domain.states import Facts, Status, Trigger
from esl_bridge.errors import SwitchUnavailable
from esl_bridge.reactions.ended import leg_missing


def all_lost(desk: Desk) -> None:
    """A switch that is gone took its legs with it."""
    for _ in losing_all(desk):
        pass


def losing_all(desk: Desk) -> Iterator[None]:
    """The same, one call after the other as the caller goes on."""
    for call in dict.fromkeys(leg.call for leg in desk.legs.values()):
        for leg in list(call.legs):
            _lost(desk, leg)
        yield
    without_legs(desk, "SWITCH_LOST")
    recording.lost(desk)
    yield


def _lost(desk: Desk, leg: Leg) -> None:
    notices.end_all(desk, leg)
    for action in [one for one in reversed(leg.call.actions) if one.concerns(leg)]:
        desk.end(action, SwitchUnavailable)
    desk.drop(leg, Trigger.SWITCH_LOST, "SWITCH_LOST")


def without_legs(desk: Desk, reason: str, agents: Iterable[Agent] | None = None) -> None:
    """Who is in a call of which nobody knows any more, as what was kept of it could not be read;
    ``agents`` as in ``registrations``."""
    for agent in desk.agents.values() if agents is None else agents:
        if agent.own is None and agent.status in (Status.RINGING, Status.CALLING):
            desk.change(agent, Trigger.SWITCH_LOST, Facts(reason=reason))


def missing(desk: Desk, gone: Set[Leg]) -> list[Moves]:
    """Legs that the switch no longer has, and of whose end nobody heard: what is left of their
    calls goes on, by the steps that come back, as if the end had been told now."""
    ended = [leg for leg in desk.legs.values() if leg in gone and not is_undialled(leg, gone)]
    return [leg_missing(desk, leg) for leg in ended if not leg.ended]


def is_undialled(leg: Leg, gone: Set[Leg]) -> bool:
    """The switch calls the far party of a plain call itself, once the near one has answered. A
    third party that is over before it was called is none."""
    call = leg.call
    plain = call.customer is None and call.work is None
    lives = any(other not in gone for other in call.others(leg))
    return leg.life is Life.SETTING_UP and leg.why is Why.CALLIN and plain and lives


Phones = Mapping[str, Sequence[str]]
"""The addresses of each extension's phones, by its name, ``folded``."""


def found_registered(desk: Desk, phones: Phones, agents: Iterable[Agent] | None = None) -> None:
    """Phones that have registered before anybody here was interested in them; ``agents`` as in
    ``registrations``."""
    for agent in desk.agents.values() if agents is None else agents:
        if not agent.registered and agent.phone in phones:
            registration(desk, agent, phones[agent.phone])


def registrations(desk: Desk, phones: Phones, agents: Iterable[Agent] | None = None) -> None:
    """Whose phones are registered, as the switch says it is now; ``agents``: only theirs."""
    for agent in desk.agents.values() if agents is None else agents:
        registration(desk, agent, phones.get(agent.phone, ()))


def registration(desk: Desk, agent: Agent, addresses: Sequence[str]) -> None:
    """Where an agent's phones are, as the switch says it is now; none: its last one is gone."""
    was = agent.registered, agent.addresses
    agent.found_at(addresses)
    if was != (agent.registered, agent.addresses):
        desk.touch(agent)
    if was[0] and not agent.registered:
        desk.phone_is_gone(agent)
