"""The legs of an agent's call, as the protocol describes them."""

from __future__ import annotations

from esl_bridge.domain import presence
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.presence import PartyState
from esl_bridge.protocol.messages import CallLeg


def legs_of(agent: Agent) -> tuple[CallLeg, ...]:
    """All legs of the agent's call, its own included; empty where it has none."""
    return tuple([_leg(leg) for leg in presence.legs_of(agent)])


def contact_of(agent: Agent) -> str | None:
    """The contact id of the agent's call."""
    own_leg = presence.announced_leg(agent)
    return own_leg.call.contact_id or None if own_leg is not None else None


def _leg(leg: Leg) -> CallLeg:
    stand = presence.party_state(leg)
    return CallLeg(
        uuid=leg.uuid,
        agent_id=leg.agent.id if leg.agent is not None else None,
        number=leg.number,
        role=presence.role(leg),
        direction="outbound" if leg.origin.dialled or leg.origin.from_queue else "inbound",
        state=stand,
        began_ms=leg.progress.began_ms,
        answered_ms=leg.progress.answered_ms or None,
        held=stand is PartyState.HELD,
        muted=leg.media.muted,
        recording=leg.media.recording.now if leg.media.recording is not None else "off",
    )
