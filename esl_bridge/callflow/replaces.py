"""A caller whom nobody has asked for takes the place of a leg.

SIP's ``Replaces`` lets whoever knows a leg's uuid do that, past the dialplan. Who was talked to is
kept, the thief is ended, and a customer goes back.
"""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow import bridging, ending, routing
from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain.company import Route
from esl_bridge.domain.domain_events import LegTaken
from esl_bridge.domain.leg import THIRDS, Leg
from esl_bridge.domain.procedures import Conference, Consult, Procedure, Unrequested
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import PartyGone, SwitchRefused
from esl_bridge.esl import commands

# How long the switch takes at most to join a thief; measured: 0.04 s.
_JOINED_SECONDS = 1.0


def place_taken(tenant: Tenant, leg: Leg | None, uuid: str, replacing_leg: str, by: str) -> Steps:
    """``leg`` is about to be ended for the thief, who then is joined to whom it talks to, or has
    talked to last; without one it has been ended already. ``by``: who the thief is, as far as the
    switch knows."""
    agent = _note(tenant, leg, uuid, by)
    partner = None
    if leg is not None:
        leg.taken = True
        partner = leg.peer or leg.call.customer or _far(leg)
    if leg is None or partner is None or partner is leg:
        yield from _end(replacing_leg)
        return
    customer, partner.replacing_leg = leg.call.customer, replacing_leg
    _becomes_customer(partner, agent if leads_back(leg, leg.call.procedure) else "")
    yield from _keep(tenant, partner)
    # Ended before the two are joined it would leave the other waiting for it (measured).
    yield Until(partner, lambda: partner.ended, _JOINED_SECONDS)
    yield from _end(replacing_leg)
    if not leg.ended and leg.peer is partner:
        yield from _was_refused(leg, partner, customer)


def barged_in(tenant: Tenant, leg: Leg | None, uuid: str, replacing_leg: str, by: str) -> Steps:
    """The thief hears a leg, and is heard, and takes nobody's place: so nobody has to be kept."""
    _note(tenant, leg, uuid, by)
    yield from _end(replacing_leg)


def _was_refused(leg: Leg, partner: Leg, customer: Leg | None) -> Steps:
    """By the switch: the two talk on, and may end their talk as any other."""
    leg.taken, partner.replacing_leg, partner.taken_from = False, "", ""
    leg.call.customer = customer
    if leg.call.procedure is None:
        yield from bridging.end_on_unbridge(partner)


def joined(tenant: Tenant, leg: Leg, replacing_leg: str) -> Steps:
    """A leg of ours talks to somebody who came from nowhere."""
    if leg.replacing_leg != replacing_leg:
        leg.replacing_leg = replacing_leg
        tenant.domain_events.append(LegTaken(leg.agent.id if leg.agent else "", leg.uuid, ""))
        _becomes_customer(leg, "")
        yield from _keep(tenant, leg)
    yield from _end(replacing_leg)


def leads_back(leg: Leg, procedure: Procedure | Unrequested | None) -> bool:
    """Whether the customer of a leg that is stolen goes back to that leg's agent. Whatever else is
    under way goes on as if the leg had been hung up: a transfer and a talk of three without its
    agent, and without a third party the two are put together again."""
    if leg.agent is None:
        return False
    match procedure:
        case None:
            return True
        case Consult() | Conference(gathered=False):
            return leg is procedure.own_leg
    return False


def place_lost(tenant: Tenant, leg: Leg, procedure: Procedure | Unrequested | None) -> Steps:
    """An agent's leg was ended for a thief while its customer was not joined to it: as that did not
    leave, nobody is hung up for it. A customer that was joined to it comes by itself, parked."""
    call, agent = leg.call, leg.agent.id if leg.agent is not None else ""
    customer = call.customer or _far(leg)
    if isinstance(procedure, Consult | Conference):
        customer = procedure.customer
        tenant.finish(procedure, PartyGone)
        if (
            not procedure.other.ended
        ):  # out of the call, or its end would be that of the customer, too
            tenant.lead_over(procedure.other, tenant.open_call(call.contact_id))
        yield from ending.end_all(procedure.other)
    if customer is None or customer is leg or customer.ended or customer.replacing_leg:
        return
    _becomes_customer(customer, agent)
    yield from back_to_its_agent(tenant, customer)


def back_to_its_agent(tenant: Tenant, customer: Leg) -> Steps:
    """Whoever had it is rung for it, or it goes to the fallback."""
    agent, customer.taken_from, customer.replacing_leg = customer.taken_from, "", ""
    yield from bridging.end_on_unbridge(customer)
    yield from routing.route(tenant, customer, Route(agent=agent))


def _note(tenant: Tenant, leg: Leg | None, uuid: str, by: str) -> str:
    """Gives the id of the agent whose leg it is, "" if it is nobody's."""
    agent = leg.agent.id if leg is not None and leg.agent is not None else ""
    tenant.domain_events.append(LegTaken(agent, uuid, by))
    return agent


def _far(leg: Leg) -> Leg | None:
    far = [other for other in leg.call.others(leg) if not other.inside and other.talked]
    return far[0] if far else None


def _becomes_customer(leg: Leg, agent: str) -> None:
    if not leg.inside and leg.purpose not in THIRDS:
        leg.taken_from = agent
        leg.call.customer = leg.call.customer or leg


def _keep(tenant: Tenant, leg: Leg) -> Steps:
    with suppress(SwitchRefused):  # it has just gone
        yield from bridging.keep_on_unbridge(tenant, leg)


def _end(replacing_leg: str) -> Steps:
    with suppress(SwitchRefused):
        yield commands.uuid_kill(replacing_leg, "CALL_REJECTED")
