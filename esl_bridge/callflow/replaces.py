"""A caller that takes the place of a leg by an unrequested INVITE with ``Replaces``.

SIP allows that to anybody who knows the leg's uuid, past the dialplan. The party that the leg
talked to is kept, the intruder is hung up, and a customer goes back to its agent.
"""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow import ending, moving, routing
from esl_bridge.callflow.steps import Attempt, Steps, Until
from esl_bridge.domain.company import Route
from esl_bridge.domain.domain_events import LegHijacked
from esl_bridge.domain.leg import THIRDS, Leg
from esl_bridge.domain.procedures import AutomaticProcedure, Conference, Consult, Procedure
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import PartyGone, SwitchRefused
from esl_bridge.esl import commands

# Limit for the switch to bridge the intruder; measured: 0.04 s.
_JOINED_SECONDS = 1.0


def leg_replaced(tenant: Tenant, leg: Leg | None, uuid: str, replacing_leg: str, by: str) -> Steps:
    """``leg`` is about to be ended for the intruder, which is then bridged to the leg's present or
    last partner; None: it has ended already. ``by``: the intruder's identity, as far as the switch
    knows it."""
    agent = _note(tenant, leg, uuid, by)
    partner = None
    if leg is not None:
        leg.intrusion.hijacked = True
        partner = leg.peer or leg.call.customer or _far(leg)
    if leg is None or partner is None or partner is leg:
        yield from _end(replacing_leg)
        return
    customer, partner.intrusion.replacing_leg = leg.call.customer, replacing_leg
    _becomes_customer(partner, agent if returns_to_agent(leg, leg.call.procedure) else "")
    yield from _keep(tenant, partner)
    # If the intruder ended before the bridge, the partner would go on waiting for it (measured).
    yield Until(lambda: partner.ended, _JOINED_SECONDS)
    yield from _end(replacing_leg)
    if not leg.ended and leg.peer is partner:
        yield from _was_refused(leg, partner, customer)


def barged_in(tenant: Tenant, leg: Leg | None, uuid: str, replacing_leg: str, by: str) -> Steps:
    """The intruder hears a leg and is heard, but replaces nobody, so no party has to be kept."""
    _note(tenant, leg, uuid, by)
    yield from _end(replacing_leg)


def _was_refused(leg: Leg, partner: Leg, customer: Leg | None) -> Steps:
    """The switch refused the replacement: the two talk on, and may end their talk as any other."""
    leg.intrusion.hijacked = False
    partner.intrusion.replacing_leg = partner.intrusion.hijacked_from = ""
    leg.call.customer = customer
    if leg.call.procedure is None:
        yield from moving.end_on_unbridge(partner)


def joined(tenant: Tenant, leg: Leg, replacing_leg: str) -> Steps:
    """One of our legs is bridged to an unknown leg."""
    if leg.intrusion.replacing_leg != replacing_leg:
        leg.intrusion.replacing_leg = replacing_leg
        tenant.domain_events.append(LegHijacked(leg.agent.id if leg.agent else "", leg.uuid, ""))
        _becomes_customer(leg, "")
        yield from _keep(tenant, leg)
    yield from _end(replacing_leg)


def returns_to_agent(leg: Leg, procedure: Procedure | AutomaticProcedure | None) -> bool:
    """Whether the customer of a replaced leg goes back to that leg's agent. Any other procedure
    continues as if the leg had hung up: a transfer or a conference without its agent; without a
    third party the two are bridged again."""
    if leg.agent is None:
        return False
    match procedure:
        case None:
            return True
        case Consult() | Conference(gathered=False):
            return leg is procedure.own_leg
    return False


def replaced_leg_ended(
    tenant: Tenant, leg: Leg, procedure: Procedure | AutomaticProcedure | None
) -> Steps:
    """An agent's leg was ended for an intruder while its customer was not bridged to it: the
    customer did not hang up, so nobody is hung up for it. A customer that was bridged is parked,
    and reported as such."""
    call, agent = leg.call, leg.agent.id if leg.agent is not None else ""
    customer = call.customer or _far(leg)
    if isinstance(procedure, Consult | Conference):
        customer = procedure.customer
        tenant.finish(procedure, PartyGone)
        if (
            not procedure.other.ended
        ):  # moved out of the call, else its end would also end the customer
            tenant.leg_book.move_to_call(procedure.other, tenant.open_call(call.contact_id))
        yield from ending.end_all(procedure.other)
    if customer is None or customer is leg or customer.ended or customer.intrusion.replacing_leg:
        return
    _becomes_customer(customer, agent)
    yield from return_to_agent(tenant, customer)


def return_to_agent(tenant: Tenant, customer: Leg) -> Steps:
    """Ring the agent that had the customer, or use the fallback."""
    agent = customer.intrusion.hijacked_from
    customer.intrusion.hijacked_from = customer.intrusion.replacing_leg = ""
    yield from moving.end_on_unbridge(customer)
    yield from routing.route(tenant, customer, Route(agent=agent))


def _note(tenant: Tenant, leg: Leg | None, uuid: str, by: str) -> str:
    """Report the intrusion, and return the id of the agent whose leg it is, "" if it is no
    agent's."""
    agent = leg.agent.id if leg is not None and leg.agent is not None else ""
    tenant.domain_events.append(LegHijacked(agent, uuid, by))
    return agent


def _far(leg: Leg) -> Leg | None:
    far = [other for other in leg.call.others(leg) if not other.inside and other.progress.talked]
    return far[0] if far else None


def _becomes_customer(leg: Leg, agent: str) -> None:
    if not leg.inside and leg.origin.purpose not in THIRDS:
        leg.intrusion.hijacked_from = agent
        leg.call.customer = leg.call.customer or leg


def _keep(tenant: Tenant, leg: Leg) -> Steps:
    with suppress(SwitchRefused):  # the leg has just ended
        yield from moving.park_on_unbridge(tenant, leg)


def _end(replacing_leg: str) -> Steps:
    yield Attempt(commands.uuid_kill(replacing_leg, "CALL_REJECTED"))
