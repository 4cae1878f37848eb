"""What an agent is shown to be doing: functions of the call, never variables of their own."""

from __future__ import annotations

from enum import StrEnum, auto
from typing import TYPE_CHECKING

from esl_bridge.domain.leg import SUPERVISING, THIRDS, Hold, Life, Why
from esl_bridge.domain.states import Status
from esl_bridge.domain.work import Consult, Loss, Meeting, Supervision, Transfer, Works

if TYPE_CHECKING:
    from esl_bridge.domain.agent import Agent
    from esl_bridge.domain.call import Call
    from esl_bridge.domain.leg import Leg


def sub_status(agent: Agent) -> str:
    """Of the sub-statuses that are true, the first of the protocol's list; "" if none is."""
    if agent.status is not Status.CALLING or agent.own is None:
        return ""
    if agent.own.ending is not None:
        return agent.told[1]  # its call is over already: nothing is told but its end
    if agent.own.holds:
        return "HOLD"
    call = agent.own.call
    if isinstance(call.work, Supervision):
        return call.work.action.kind
    if _barged_in(call):
        return "FORCE_CALL"
    match call.work:
        case Consult() as work if agent.own in (work.own, work.other):
            return "CONSULT"
        case Transfer() as work if agent.own is work.own:
            return "TRANS"
        case Meeting() as work if work.gathered or agent.own is work.other:
            return "THREE_WAY"
    return ""


def in_call_numbers(agent: Agent) -> list[str]:
    """The numbers of those who have answered and are in the agent's call, without itself."""
    if agent.status is not Status.CALLING or agent.own is None:
        return []
    return [leg.number for leg in company_of(agent.own)]


def company_of(leg: Leg) -> list[Leg]:
    """The other answered legs of a leg's call, of which a supervisor's is that which it hears.
    Nobody is shown who only listens."""
    work = leg.call.work
    call = work.operated.call if isinstance(work, Supervision) else leg.call
    return [one for one in (*call.legs, *_barged_in(call)) if one.answered and one is not leg]


def _barged_in(call: Call) -> list[Leg]:
    return [work.own for leg in call.legs for work in leg.supervised if work.barged_in]


class Role(StrEnum):
    """What somebody is in a call."""

    AGENT = auto()
    CUSTOMER = auto()
    CONSULTANT = auto()
    THIRD = auto()
    SUPERVISOR = auto()


class Stand(StrEnum):
    """How somebody is in a call: HELD is who hears music, or waits, and not the others."""

    RINGS = auto()
    TALKS = auto()
    HELD = auto()


def own_of(agent: Agent) -> Leg | None:
    """The agent's leg, where it knows of its call."""
    own = agent.own
    if own is None or agent.status is Status.OFFLINE:
        return None
    return None if own.offered and own.life is Life.SETTING_UP else own


def legs_of(agent: Agent) -> list[Leg]:
    """The legs of an agent's call as it knows of them, its own among them, in the order of joining;
    to a supervisor also those of the call that it hears. Nobody is shown who only listens, and
    nobody is told of a call that does not ring yet."""
    own = own_of(agent)
    if own is None:
        return []
    legs = dict.fromkeys([*_heard_by(own), *own.call.legs, *_barged_in(own.call)])
    return [leg for leg in legs if not leg.given_up]


def _heard_by(own: Leg) -> list[Leg]:
    work = own.call.work
    if not isinstance(work, Supervision):
        return []
    return [*work.operated.call.legs, *_barged_in(work.operated.call)]


def role(leg: Leg) -> Role:
    work = leg.call.work
    if leg.why in SUPERVISING:
        return Role.SUPERVISOR
    if isinstance(work, Works) and leg is work.other:
        return _third(leg)
    if leg.agent is not None:
        return Role.AGENT
    return _third(leg) if leg.why in THIRDS else Role.CUSTOMER


def _third(leg: Leg) -> Role:
    return Role.CONSULTANT if leg.why is Why.CONSULT else Role.THIRD


def stand(leg: Leg) -> Stand:
    if not leg.answered:
        return Stand.RINGS
    return Stand.HELD if leg.hold is Hold.ASIDE or _is_held(leg) else Stand.TALKS


def _is_held(leg: Leg) -> bool:
    match leg.call.work:
        case (Consult() | Loss()) as work if leg is work.customer:
            return True
        case Transfer() as work if leg is work.customer and work.other is not None and work.aside:
            return True
    if leg.room:
        return False
    if leg.peer is not None:
        return leg.peer.holds
    return leg.is_customer and not leg.inside  # for whom somebody is called yet
