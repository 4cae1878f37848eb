"""The end of a procedure: two parties are brought together again, or who is left is led on."""

from __future__ import annotations

from esl_bridge.callflow import ending, moving
from esl_bridge.callflow.converging import converge, leave_it
from esl_bridge.callflow.routing import fall_back
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.leg import THIRDS, Leg
from esl_bridge.domain.procedures import Rejoining
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, PartyGone
from esl_bridge.layout.places import BridgedWith, Layout


def rejoin(tenant: Tenant, own_leg: Leg, customer: Leg) -> Steps:
    """Return to a plain call of two. Until they talk the customer is parked where its agent leaves;
    an agent who has left, or leaves now, has its customer rerouted."""
    call = customer.call
    call.procedure = rejoining = Rejoining(own_leg, customer)
    yield from converge(tenant, call, lambda: layout(rejoining), leave_it, persistent=True)
    if own_leg.ended:
        yield from moving.arrived(customer)
    call.procedure = None
    tenant.agent_states.mark_all_changed(call)
    if customer.ended:
        yield from ending.end_all(own_leg)
    elif own_leg.ended:
        yield from _without_agent(tenant, customer)


def pursue(tenant: Tenant, procedure: Rejoining) -> Steps:
    """The steps that bring the two together are under way; after a restart there is no procedure,
    and the two are seen to as any other plain call."""
    return ending.nothing()


def parked(tenant: Tenant, procedure: Rejoining, leg: Leg) -> None:
    """On its way into the bridge."""


def bridged(tenant: Tenant, procedure: Rejoining) -> None:
    """The plan sees it."""


def ended(tenant: Tenant, procedure: Rejoining, leg: Leg, why: type[BridgeError] | None) -> Steps:
    """The plan sees it, and so does ``rejoin``."""
    return ending.nothing()


def layout(rejoining: Rejoining) -> Layout:
    """Both end with each other, but not before they talk."""
    own_leg, customer = rejoining.own_leg, rejoining.customer
    if customer.call.procedure is not rejoining:
        return Layout()
    together = {own_leg.uuid: BridgedWith(customer.uuid)}
    return Layout(together, park_on_unbridge=(customer.uuid,), ends_together=True)


def _without_agent(tenant: Tenant, customer: Leg) -> Steps:
    leg_changes.holds_nobody(tenant, customer)
    if customer.origin.purpose in THIRDS:
        yield from ending.end_leg(customer)
    else:
        customer.call.customer = customer
        yield from reroute(tenant, customer)


def reroute(tenant: Tenant, customer: Leg) -> Steps:
    """Route a customer whose agent has left. After a talk it may be parked on unbridge, which would
    leave it parked after its next talk; so that is undone first."""
    if customer.progress.talked:
        yield from moving.end_on_unbridge(customer)
    yield from fall_back(tenant, customer)


def release_agent(own_leg: Leg, customer: Leg) -> Steps:
    """Release an agent that has handed its customer over. If its leg cannot be ended now, the
    resync ends it."""
    own_leg.ending = own_leg.ending or PartyGone
    yield from moving.end_on_unbridge(customer)
    if not own_leg.ended:
        yield from ending.end_leg(own_leg)
