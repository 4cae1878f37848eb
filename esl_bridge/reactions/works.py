"""What an event means for whatever is under way in a call."""

from __future__ import annotations

from esl_bridge.callflow import (
    consulting,
    ending,
    listening,
    losing,
    meeting,
    substituting,
    transferring,
)
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.work import (
    Between,
    Consult,
    Loss,
    Meeting,
    Reunion,
    Substitution,
    Supervision,
    Transfer,
    Work,
)
from esl_bridge.errors import BridgeError


def parked(desk: Desk, work: Work | Between, leg: Leg) -> Moves | None:
    """A third party that is parked has answered; one that is being ended joins nobody any more."""
    if isinstance(work, Supervision):
        return None
    if isinstance(work, Substitution):
        return substituting.parked(desk, work, leg)
    waits = leg is work.other and leg.answered and not leg.talked and leg.ending is None
    match work:
        case Consult() if waits:
            return consulting.consultant_waits(work)
        case Transfer() if leg is work.own and work.other is None:
            return ending.end_leg(leg)  # its customer has left for its place
        case Transfer() if waits:
            return transferring.target_waits(desk, work)
        case Transfer() if leg is work.customer:
            return transferring.customer_waits(desk, work)
        case Meeting() if waits:
            return meeting.gather(desk, work)
        case Meeting() if meeting.is_put_out(work, leg):
            return meeting.goes_in_again(desk, work, leg)
    return None


def bridged(desk: Desk, work: Work | Between) -> Moves | None:
    match work:
        case Consult():
            return consulting.bridged(desk, work)
        case Transfer():
            return transferring.bridged(desk, work)
        case Substitution():
            return substituting.bridged(desk, work)
    return None


def ended(desk: Desk, work: Work | Between, leg: Leg, why: type[BridgeError] | None) -> Moves:
    match work:
        case Consult():
            return consulting.ended(desk, work, leg, why)
        case Transfer():
            return transferring.ended(desk, work, leg, why)
        case Meeting():
            return meeting.ended(desk, work, leg, why)
        case Reunion():  # who brings them together looks after both
            return ending.nothing()
        case Loss():
            return losing.ended(desk, work, leg)
        case Supervision():
            return listening.ended(desk, work, why)
        case Substitution():
            return substituting.ended(desk, work, leg, why)
