"""A customer waits in a skill's queue; the queue offers it to an agent."""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow import contacts, moving, queueing, routing
from esl_bridge.callflow.steps import Attempt, Steps, Until
from esl_bridge.domain import leg_changes
from esl_bridge.domain.call import valid_contact_id
from esl_bridge.domain.leg import Leg, Purpose
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.wallboard import Caller
from esl_bridge.errors import SwitchError
from esl_bridge.esl import channels, commands
from esl_bridge.esl.events import QueueEntered, QueueLeft, QueueOffered
from esl_bridge.esl.headers import UnreadableEvent
from esl_bridge.reactions import ended
from esl_bridge.reactions.registry import reaction

# How long after an offer was withdrawn its customer may still be parked as a result; measured: 0.1
# s.
_CROSSING_SECONDS = 2.0


@reaction(QueueEntered)
def entered(event: QueueEntered, tenant: Tenant) -> Steps | None:
    """Directly by the number dialled, or after an IVR, a transfer or a fallback."""
    customer = tenant.legs.get(event.leg)
    if customer is None:
        customer = _customer(tenant, event.leg, event.caller_number, event.contact_id)
        customer.was_found(answered=True, began_ms=event.began_ms, answered_ms=event.answered_ms)
    customer.origin.callee = customer.origin.callee or event.number
    call = customer.call
    call.customer = customer
    call.flow_data = event.flow_data or call.flow_data
    call.work_order_id = event.work_order_id or call.work_order_id
    skill = queueing.skill_of(tenant.company, event.queue)
    if skill:
        call.skill = skill
        caller = Caller(skill, event.wait, customer.number, tenant.now(), tenant.now_ms())
        tenant.wallboard.waits(event.leg, caller)
    return contacts.mark(customer, event.contact_id)


@reaction(QueueLeft)
def left(event: QueueLeft, tenant: Tenant) -> None:
    tenant.wallboard.waits_no_more(event.leg, event.wait)


@reaction(QueueOffered)
def offered(event: QueueOffered, tenant: Tenant) -> Steps | None:
    leg, told = tenant.legs.get(event.leg), event.customer in tenant.legs
    new = leg is None
    if leg is None:
        leg = _offer(event, tenant)
    if leg is None:
        return _withdraw(event.leg, tenant, tenant.legs.get(event.customer))
    if event.answered:
        leg_changes.answered(tenant, leg)
    else:
        leg_changes.rings(tenant, leg, early=event.early)
    if new and not told:
        return _check_customer(tenant, leg, tenant.legs[event.customer])
    return contacts.mark(leg, "") if new else None  # the queue sets no contact id


def _check_customer(tenant: Tenant, leg: Leg, customer: Leg) -> Steps:
    """Check a customer that is unknown, or no longer known: it may have ended while it was offered.
    Else it may carry a contact id that was set by an earlier daemon."""
    dump = yield Attempt(commands.uuid_dump(customer.uuid))
    if not dump:
        if not customer.ended:
            yield from ended.leg_missing(tenant, customer)
        return
    try:
        carried = channels.read(dump).parked_as.contact_id
    except UnreadableEvent:
        return
    customer.call.contact_id = valid_contact_id(carried) or customer.call.contact_id
    yield from contacts.mark(customer, carried) or ()
    yield from contacts.mark(leg, "") or ()


def _offer(event: QueueOffered, tenant: Tenant) -> Leg | None:
    """None where the agent has become unavailable before the queue was told."""
    agent = tenant.agents.get(event.agent)
    if agent is None or not agent.takes_queue_calls:
        return None
    customer = tenant.legs.get(event.customer)
    if customer is None:
        customer = _customer(tenant, event.customer, event.caller_number)
        customer.call.customer = customer
    leg = tenant.leg_book.join(customer.call, event.leg, agent.extension, Purpose.CALLIN, agent)
    leg.origin.offered = leg.origin.from_queue = True
    leg.origin.caller, leg.origin.callee = customer.number, routing.called_number(tenant, customer)
    return leg


def _withdraw(uuid: str, tenant: Tenant, customer: Leg | None) -> Steps:
    """As busy, so that the queue does not offer to the agent for a while. A phone that has answered
    at this moment would take its customer with it (measured), so the customer parks on unbridge
    meanwhile."""
    waits = tenant.wallboard.line.get(customer.uuid) if customer is not None else None
    with suppress(SwitchError):  # in any case, end park_on_unbridge below
        if customer is not None and waits is not None:
            customer.position.back_to = waits.skill
            yield from moving.park_on_unbridge(tenant, customer)
        yield commands.uuid_kill(uuid, "USER_BUSY")
    if customer is not None and waits is not None:
        yield Until(lambda: not customer.position.back_to or customer.ended, _CROSSING_SECONDS)
        if customer.position.back_to:
            customer.position.back_to = ""
            yield from moving.end_on_unbridge(customer)


def _customer(tenant: Tenant, uuid: str, number: str, carried: str = "") -> Leg:
    """A customer that the switch put in the queue by itself."""
    customer = tenant.leg_book.join(
        tenant.open_call(valid_contact_id(carried)), uuid, number, Purpose.CALLIN
    )
    customer.was_found(answered=True, began_ms=0, answered_ms=0)
    customer.origin.caller = number
    return customer
