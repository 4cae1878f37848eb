"""What an agent is shown to be doing: functions of the call, never variables of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esl_bridge.domain.agent import Status
from esl_bridge.domain.work import Consult, Meeting, Transfer

if TYPE_CHECKING:
    from esl_bridge.domain.leg import Leg
    from esl_bridge.domain.roster import Agent


def sub_status(agent: Agent) -> str:
    """Of the sub-statuses that are true, the first of the protocol's list; "" if none is."""
    if agent.status is not Status.CALLING or agent.own is None:
        return ""
    if agent.own.ending is not None:
        return agent.told[1]  # its call is over already: nothing is told but its end
    if agent.own.holds:
        return "HOLD"
    match agent.own.call.work:
        case Consult() as work if work.of_three and agent.own in (work.own, work.other):
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
    """The other answered legs of a leg's call."""
    return [other for other in leg.call.others(leg) if other.answered]
