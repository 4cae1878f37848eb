"""An agent's last call, which it may still wrap up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from esl_bridge.domain.leg import Leg
from esl_bridge.errors import UnknownLeg

if TYPE_CHECKING:
    from esl_bridge.domain.agent import Agent


class LastCall(msgspec.Struct, frozen=True):
    """``own_leg``: the agent's leg; ``legs``: the uuids of all that were in its call meanwhile."""

    own_leg: str
    contact_id: str
    legs: tuple[str, ...]


def note(leg: Leg) -> None:
    """A leg is about to leave its call, or has just left; one that was never answered was in
    none."""
    if leg.agent is not None and leg.progress.answered_ms:
        leg.agent.last_call = _of(leg, leg.agent.last_call)


def call_to_wrap_up(agent: Agent, uuid: str) -> LastCall:
    """The agent's present or last call, by the uuid of any leg that is or was in it; raises
    UnknownLeg for any other."""
    if agent.own_leg is not None and agent.own_leg.answered:
        present = _of(agent.own_leg, agent.last_call)
        if uuid in present.legs:
            return present
    if agent.last_call is None or uuid not in agent.last_call.legs:
        raise UnknownLeg
    return agent.last_call


def _of(leg: Leg, before: LastCall | None) -> LastCall:
    """``before``: where the leg has been in other calls, their legs count too."""
    known = before.legs if before is not None and before.own_leg == leg.uuid else ()
    gone = [party.uuid for party in leg.call.gone]
    there = [one.uuid for one in leg.call.legs]
    legs = dict.fromkeys((*known, *gone, *there, leg.uuid))
    return LastCall(leg.uuid, leg.call.contact_id, tuple(legs))
