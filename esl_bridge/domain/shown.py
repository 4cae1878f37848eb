"""What an agent is shown to be doing: functions of the call, never variables of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esl_bridge.domain.states import Status
from esl_bridge.domain.work import Consult, Meeting, Supervision, Transfer

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
