"""What an agent is shown to be doing, derived from its call and never stored."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING

from esl_bridge.domain.leg import SUPERVISING, THIRDS, Hold, LegState, Purpose
from esl_bridge.domain.procedures import (
    Conference,
    Consult,
    Monitoring,
    PhoneLoss,
    ThirdPartyProcedure,
    Transfer,
)
from esl_bridge.domain.states import Status

if TYPE_CHECKING:
    from esl_bridge.domain.agent import Agent
    from esl_bridge.domain.call import Call
    from esl_bridge.domain.leg import Leg


def sub_status(agent: Agent) -> str:
    """The first sub-status in the protocol's order that applies; "" if none does."""
    if agent.status is not Status.CALLING or agent.own_leg is None:
        return ""
    if agent.own_leg.ending is not None:
        return agent.last_reported[1]  # its call is ending: only the end is reported
    if agent.own_leg.holds:
        return "HOLD"
    call = agent.own_leg.call
    if isinstance(call.procedure, Monitoring):
        return call.procedure.action.kind
    if _barged_in(call):
        return "FORCE_CALL"
    match call.procedure:
        case Consult() as procedure if agent.own_leg in (procedure.own_leg, procedure.other):
            return "CONSULT"
        case Transfer() as procedure if agent.own_leg is procedure.own_leg:
            return "TRANS"
        case Conference() as procedure if procedure.gathered or agent.own_leg is procedure.other:
            return "THREE_WAY"
    return ""


def in_call_numbers(agent: Agent) -> list[str]:
    """The numbers of the other answered parties in the agent's call."""
    if agent.status is not Status.CALLING or agent.own_leg is None:
        return []
    return [leg.number for leg in other_parties(agent.own_leg)]


def other_parties(leg: Leg) -> list[Leg]:
    """The other answered legs of a leg's call; for a supervisor's leg, those of the monitored call.
    A supervisor who only listens is not shown."""
    procedure = leg.call.procedure
    call = procedure.operated.call if isinstance(procedure, Monitoring) else leg.call
    return [one for one in (*call.legs, *_barged_in(call)) if one.answered and one is not leg]


def _barged_in(call: Call) -> list[Leg]:
    return [
        procedure.own_leg
        for leg in call.legs
        for procedure in leg.supervised
        if procedure.barged_in
    ]


class Role(StrEnum):
    """A party's role in a call."""

    AGENT = auto()
    CUSTOMER = auto()
    CONSULTANT = auto()
    THIRD = auto()
    SUPERVISOR = auto()


class PartyState(StrEnum):
    """A party's condition in a call. HELD: it hears music, or waits, and does not hear the
    others."""

    RINGS = auto()
    TALKS = auto()
    HELD = auto()


def own_of(agent: Agent) -> Leg | None:
    """The agent's leg, unless the agent has not been told of it yet."""
    own_leg = agent.own_leg
    if own_leg is None or agent.status is Status.OFFLINE:
        return None
    return None if own_leg.offered and own_leg.state is LegState.SETTING_UP else own_leg


def legs_of(agent: Agent) -> list[Leg]:
    """The legs of an agent's call as the agent knows them, its own included, in the order of
    joining; for a supervisor also those of the monitored call. Neither a supervisor who only
    listens nor a call that does not ring yet is shown."""
    own_leg = own_of(agent)
    if own_leg is None:
        return []
    legs = dict.fromkeys([*_heard_by(own_leg), *own_leg.call.legs, *_barged_in(own_leg.call)])
    return [leg for leg in legs if not leg.cancelled]


def _heard_by(own_leg: Leg) -> list[Leg]:
    procedure = own_leg.call.procedure
    if not isinstance(procedure, Monitoring):
        return []
    return [*procedure.operated.call.legs, *_barged_in(procedure.operated.call)]


def role(leg: Leg) -> Role:
    procedure = leg.call.procedure
    if leg.purpose in SUPERVISING:
        return Role.SUPERVISOR
    if isinstance(procedure, ThirdPartyProcedure) and leg is procedure.other:
        return _third(leg)
    if leg.agent is not None:
        return Role.AGENT
    return _third(leg) if leg.purpose in THIRDS else Role.CUSTOMER


def _third(leg: Leg) -> Role:
    return Role.CONSULTANT if leg.purpose is Purpose.CONSULT else Role.THIRD


def stand(leg: Leg) -> PartyState:
    if not leg.answered:
        return PartyState.RINGS
    return PartyState.HELD if leg.hold is Hold.OUT_OF_ROOM or _is_held(leg) else PartyState.TALKS


def _is_held(leg: Leg) -> bool:
    match leg.call.procedure:
        case (Consult() | PhoneLoss()) as procedure if leg is procedure.customer:
            return True
        case Transfer() as procedure if (
            leg is procedure.customer and procedure.other is not None and procedure.with_music
        ):
            return True
    if leg.room:
        return False
    if leg.peer is not None:
        return leg.peer.holds
    return leg.is_customer and not leg.inside  # a customer for whom an agent is still being called
