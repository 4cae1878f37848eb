"""The meaning of an event for the procedure under way in a call."""

from __future__ import annotations

from esl_bridge.callflow import (
    conference,
    consulting,
    ending,
    monitoring,
    phone_loss,
    takeover,
    transferring,
)
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import (
    AutomaticProcedure,
    Conference,
    Consult,
    Monitoring,
    PhoneLoss,
    Procedure,
    Rejoining,
    Takeover,
    Transfer,
)
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError


def parked(tenant: Tenant, procedure: Procedure | AutomaticProcedure, leg: Leg) -> Steps | None:
    """A parked third party has answered; if it is being ended, it is bridged to nobody."""
    if isinstance(procedure, Monitoring):
        return None
    if isinstance(procedure, Takeover):
        return takeover.parked(tenant, procedure, leg)
    waits = leg is procedure.other and leg.answered and not leg.talked and leg.ending is None
    match procedure:
        case Consult() if waits:
            return consulting.consultant_waits(tenant, procedure)
        case Transfer() if leg is procedure.own_leg and procedure.other is None:
            return ending.end_leg(leg)  # its customer has left for its destination
        case Transfer() if waits:
            return transferring.target_waits(tenant, procedure)
        case Transfer() if leg is procedure.customer:
            return transferring.customer_waits(tenant, procedure)
        case Conference() if waits:
            return conference.gather(tenant, procedure)
        case Conference() if procedure.gathered:
            return conference.parked(tenant, procedure)
    return None


def bridged(tenant: Tenant, procedure: Procedure | AutomaticProcedure) -> Steps | None:
    match procedure:
        case Consult():
            return consulting.bridged(tenant, procedure)
        case Transfer():
            return transferring.bridged(tenant, procedure)
        case Takeover():
            return takeover.bridged(tenant, procedure)
    return None


def ended(
    tenant: Tenant,
    procedure: Procedure | AutomaticProcedure,
    leg: Leg,
    why: type[BridgeError] | None,
) -> Steps:
    match procedure:
        case Consult():
            return consulting.ended(tenant, procedure, leg, why)
        case Transfer():
            return transferring.ended(tenant, procedure, leg, why)
        case Conference():
            return conference.ended(tenant, procedure, leg, why)
        case Rejoining():  # the steps that bridge the two handle this
            return ending.nothing()
        case PhoneLoss():
            return phone_loss.ended(tenant, procedure, leg)
        case Monitoring():
            return monitoring.ended(tenant, procedure, why)
        case Takeover():
            return takeover.ended(tenant, procedure, leg, why)
