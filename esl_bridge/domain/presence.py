"""What an agent is shown to be doing, derived from its call and never stored."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING

from esl_bridge.domain.leg import SUPERVISING, THIRDS, Hold, LegState, Purpose
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
    call, procedure = agent.own_leg.call, agent.own_leg.call.procedure
    if _barged_in(call) and (procedure is None or procedure.monitored is None):
        return "FORCE_CALL"
    return procedure.sub_status(agent.own_leg) if procedure is not None else ""


def in_call_numbers(agent: Agent) -> list[str]:
    """The numbers of the other answered parties in the agent's call."""
    if agent.status is not Status.CALLING or agent.own_leg is None:
        return []
    return [leg.number for leg in other_parties(agent.own_leg)]


def other_parties(leg: Leg) -> list[Leg]:
    """The other answered legs of a leg's call; for a supervisor's leg, those of the monitored call.
    A supervisor who only listens is not shown."""
    call = _monitored(leg) or leg.call
    return [one for one in (*call.legs, *_barged_in(call)) if one.answered and one is not leg]


def _monitored(leg: Leg) -> Call | None:
    procedure = leg.call.procedure
    return procedure.monitored if procedure is not None else None


def _barged_in(call: Call) -> list[Leg]:
    return [
        procedure.own_leg
        for leg in call.legs
        for procedure in leg.intrusion.monitorings
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


def announced_leg(agent: Agent) -> Leg | None:
    """The agent's leg, unless the agent has not been told of it yet."""
    own_leg = agent.own_leg
    if own_leg is None or agent.status is Status.OFFLINE:
        return None
    return None if own_leg.origin.offered and own_leg.state is LegState.SETTING_UP else own_leg


def legs_of(agent: Agent) -> list[Leg]:
    """The legs of an agent's call as the agent knows them, its own included, in the order of
    joining; for a supervisor also those of the monitored call. Neither a supervisor who only
    listens nor a call that does not ring yet is shown."""
    own_leg = announced_leg(agent)
    if own_leg is None:
        return []
    legs = dict.fromkeys([*_heard_by(own_leg), *own_leg.call.legs, *_barged_in(own_leg.call)])
    return [leg for leg in legs if not leg.cancelled]


def main_party(agent: Agent) -> Leg | None:
    """Whom the agent's call is about: the customer, else the first of the other parties."""
    others = [leg for leg in legs_of(agent) if leg is not agent.own_leg]
    customers = [leg for leg in others if role(leg) is Role.CUSTOMER]
    return next(iter([*customers, *others]), None)


def _heard_by(own_leg: Leg) -> list[Leg]:
    call = _monitored(own_leg)
    return [*call.legs, *_barged_in(call)] if call is not None else []


def role(leg: Leg) -> Role:
    procedure = leg.call.procedure
    if leg.origin.purpose in SUPERVISING:
        return Role.SUPERVISOR
    if procedure is not None and leg is procedure.third:
        return _third(leg)
    if leg.agent is not None:
        return Role.AGENT
    return _third(leg) if leg.origin.purpose in THIRDS else Role.CUSTOMER


def _third(leg: Leg) -> Role:
    return Role.CONSULTANT if leg.origin.purpose is Purpose.CONSULT else Role.THIRD


def party_state(leg: Leg) -> PartyState:
    if not leg.answered:
        return PartyState.RINGS
    held = leg.media.hold is Hold.OUT_OF_ROOM or _is_held(leg)
    return PartyState.HELD if held else PartyState.TALKS


def _is_held(leg: Leg) -> bool:
    procedure = leg.call.procedure
    if procedure is not None and procedure.keeps_waiting(leg):
        return True
    if leg.position.room:
        return False
    if leg.peer is not None:
        return leg.peer.holds
    return leg.is_customer and not leg.inside  # a customer for whom an agent is still being called
