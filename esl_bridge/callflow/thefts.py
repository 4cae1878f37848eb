"""A caller whom nobody has asked for takes the place of a leg.

SIP's ``Replaces`` lets whoever knows a leg's uuid do that, past the dialplan. Who was talked to is
kept, the thief is ended, and a customer goes back.
"""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow import ending, parties, routing
from esl_bridge.callflow.steps import Moves, Until
from esl_bridge.domain.company import Route
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import THIRDS, Leg
from esl_bridge.domain.news import LegStolen
from esl_bridge.domain.work import Between, Consult, Meeting, Work
from esl_bridge.errors import PartyGone, SwitchRefused
from esl_bridge.esl import commands

# How long the switch takes at most to join a thief; measured: 0.04 s.
_JOINED_SECONDS = 1.0


def place_taken(desk: Desk, leg: Leg | None, uuid: str, thief: str, by: str) -> Moves:
    """``leg`` is about to be ended for the thief, who then is joined to whom it talks to, or has
    talked to last; without one it has been ended already. ``by``: who the thief is, as far as the
    switch knows."""
    agent = _note(desk, leg, uuid, by)
    partner = None
    if leg is not None:
        leg.stolen = True
        partner = leg.peer or leg.call.customer or _far(leg)
    if leg is None or partner is None or partner is leg:
        yield from _end(thief)
        return
    customer, partner.thief = leg.call.customer, thief
    _becomes_customer(partner, agent if leads_back(leg, leg.call.work) else "")
    yield from _keep(desk, partner)
    # Ended before the two are joined it would leave the other waiting for it (measured).
    yield Until(partner, lambda: partner.ended, _JOINED_SECONDS)
    yield from _end(thief)
    if not leg.ended and leg.peer is partner:
        yield from _was_refused(leg, partner, customer)


def barged_in(desk: Desk, leg: Leg | None, uuid: str, thief: str, by: str) -> Moves:
    """The thief hears a leg, and is heard, and takes nobody's place: so nobody has to be kept."""
    _note(desk, leg, uuid, by)
    yield from _end(thief)


def _was_refused(leg: Leg, partner: Leg, customer: Leg | None) -> Moves:
    """By the switch: the two talk on, and may end their talk as any other."""
    leg.stolen, partner.thief, partner.robbed_of = False, "", ""
    leg.call.customer = customer
    if leg.call.work is None:
        yield from parties.release(partner)


def joined(desk: Desk, leg: Leg, thief: str) -> Moves:
    """A leg of ours talks to somebody who came from nowhere."""
    if leg.thief != thief:
        leg.thief = thief
        desk.news.append(LegStolen(leg.agent.id if leg.agent else "", leg.uuid, ""))
        _becomes_customer(leg, "")
        yield from _keep(desk, leg)
    yield from _end(thief)


def leads_back(leg: Leg, work: Work | Between | None) -> bool:
    """Whether the customer of a leg that is stolen goes back to that leg's agent. Whatever else is
    under way goes on as if the leg had been hung up: a transfer and a talk of three without its
    agent, and without a third party the two are put together again."""
    if leg.agent is None:
        return False
    match work:
        case None:
            return True
        case Consult() | Meeting(gathered=False):
            return leg is work.own
    return False


def place_lost(desk: Desk, leg: Leg, work: Work | Between | None) -> Moves:
    """An agent's leg was ended for a thief while its customer was not joined to it: as that did not
    leave, nobody is hung up for it. A customer that was joined to it comes by itself, parked."""
    call, agent = leg.call, leg.agent.id if leg.agent is not None else ""
    customer = call.customer or _far(leg)
    if isinstance(work, Consult | Meeting):
        customer = work.customer
        desk.finish(work, PartyGone)
        if not work.other.ended:  # out of the call, or its end would be that of the customer, too
            desk.lead_over(work.other, desk.open_call(call.contact_id))
        yield from ending.end_all(work.other)
    if customer is None or customer is leg or customer.ended or customer.thief:
        return
    _becomes_customer(customer, agent)
    yield from back_to_its_agent(desk, customer)


def back_to_its_agent(desk: Desk, customer: Leg) -> Moves:
    """Whoever had it is rung for it, or it goes to the fallback."""
    agent, customer.robbed_of, customer.thief = customer.robbed_of, "", ""
    yield from parties.release(customer)
    yield from routing.route(desk, customer, Route(agent=agent))


def _note(desk: Desk, leg: Leg | None, uuid: str, by: str) -> str:
    """Gives the id of the agent whose leg it is, "" if it is nobody's."""
    agent = leg.agent.id if leg is not None and leg.agent is not None else ""
    desk.news.append(LegStolen(agent, uuid, by))
    return agent


def _far(leg: Leg) -> Leg | None:
    far = [other for other in leg.call.others(leg) if not other.inside and other.talked]
    return far[0] if far else None


def _becomes_customer(leg: Leg, agent: str) -> None:
    if not leg.inside and leg.why not in THIRDS:
        leg.robbed_of = agent
        leg.call.customer = leg.call.customer or leg


def _keep(desk: Desk, leg: Leg) -> Moves:
    with suppress(SwitchRefused):  # it has just gone
        yield from parties.secure(desk, leg)


def _end(thief: str) -> Moves:
    with suppress(SwitchRefused):
        yield commands.uuid_kill(thief, "CALL_REJECTED")
