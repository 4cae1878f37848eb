"""The parties of a call: whom an agent talks to or holds, and what it has begun."""

from __future__ import annotations

from typing import TypeVar

from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain import leg_changes
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.procedures import Conference, Consult, Transfer
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, OutcomeUnknown, WrongState

AnyProcedure = TypeVar("AnyProcedure", Consult, Transfer, Conference)

_IN_DOUBT = (Hold.PHONE, Hold.ASKED, Hold.UNSURE)

# Limit for the switch to bridge two legs; measured: 0.1 s.
_BRIDGE_SECONDS = 2.0


def keep_hold(tenant: Tenant, own_leg: Leg, error: BridgeError) -> None:
    """Keep an agent's hold when another operation failed with an unknown outcome: the music may go
    on until the two legs are bridged or the switch is resynced."""
    if isinstance(error, OutcomeUnknown) and own_leg.media.hold is Hold.NO:
        leg_changes.set_hold(tenant, own_leg, Hold.ENDING)


def joined(leg: Leg) -> Steps:
    """Wait for a leg that has just answered to be bridged: if it ended before, its partner would
    end too."""
    if leg.answered and not leg.progress.talked and leg.call.procedure is not None:
        yield Until(lambda: leg.progress.talked or leg.ended, _BRIDGE_SECONDS)


def partner(own_leg: Leg) -> Leg:
    """The party that an agent talks to or holds. Raises WrongState where there is none, where the
    phone itself holds, or where a procedure is under way."""
    peer = answered_peer(own_leg)
    if peer is None or own_leg.media.hold in _IN_DOUBT or own_leg.call.procedure is not None:
        raise WrongState
    return peer


def answered_peer(leg: Leg) -> Leg | None:
    """The leg's partner, unless that only rings: a phone that sends early media is bridged before
    it answers, and the switch hangs up the leg if such a phone is moved (measured, source)."""
    return leg.peer if leg.peer is not None and leg.peer.answered else None


def begun_by(agent: Agent, kind: type[AnyProcedure]) -> AnyProcedure:
    """The procedure that this agent began; raises WrongState if it is another's, or of another
    kind."""
    under_way = agent.own_leg.call.procedure if agent.own_leg is not None else None
    if not isinstance(under_way, kind) or under_way.agent is not agent:
        raise WrongState
    return under_way
