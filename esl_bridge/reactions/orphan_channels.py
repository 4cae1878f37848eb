"""Channels that carry a company's variables, but belong to no known leg."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from esl_bridge.callflow import contacts, moving, recovery, routing
from esl_bridge.callflow.steps import Attempt, Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.call import Call, valid_contact_id
from esl_bridge.domain.leg import Leg, Purpose
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl import channels, commands
from esl_bridge.esl.channels import Channel
from esl_bridge.layout.places import Parked
from esl_bridge.reactions.parked import parked

_CUSTOMER = "customer"


def take_in(tenant: Tenant, orphans: Iterable[Channel], node: str) -> list[Steps]:
    """Adopt orphan channels of a switch. A pair that talks becomes a call without actions; a
    waiting customer is routed; a customer in a queue is known from now on, as is the phone that the
    queue rings for it; a customer in an IVR will be reported later; any other channel has nobody to
    talk to, and is hung up. At a switch that is not the company's own, no customer is routed but to
    the fallback."""
    orphans = list(orphans)
    known = channels.bridged({channel.uuid: channel for channel in orphans})
    begun = []
    for member in {one.member for one in known.values() if not one.answered} & known.keys():
        _alone(tenant, known.pop(member), node, answered=True)
    while known:
        channel = known.pop(next(iter(known)))
        partner = known.pop(channel.partner, None)
        if partner is not None:
            _talk(tenant, node, channel, partner)
        else:
            begun.append(_single(tenant, channel, node))
    return [steps for steps in [*begun, *_unmarked(tenant, orphans)] if steps is not None]


def _unmarked(tenant: Tenant, orphans: Iterable[Channel]) -> Iterator[Steps | None]:
    """For legs that do not wait for the daemon: the others get their contact before they are
    routed."""
    for channel in orphans:
        leg = tenant.legs.get(channel.uuid)
        if leg is not None and channel.place != Parked():
            yield contacts.mark(leg, channel.parked_as.contact_id)


def _talk(tenant: Tenant, node: str, *pair: Channel) -> None:
    carried = [valid_contact_id(channel.parked_as.contact_id) for channel in pair]
    call = tenant.open_call(max(carried))
    legs = [_join(tenant, call, channel, node, answered=True) for channel in pair]
    leg_changes.bridged(tenant, *legs)
    for leg in legs:
        if leg.agent is not None and leg.agent.own_leg is leg:
            _seat(tenant, leg)


def _seat(tenant: Tenant, leg: Leg) -> None:
    """Its agent is in the call, or will be when it checks in."""
    assert leg.agent is not None
    if leg.agent.status is Status.OFFLINE:
        leg_changes.let_go(tenant, leg.agent)
    else:
        leg_changes.take_back(tenant, leg.agent, leg)


def _alone(tenant: Tenant, channel: Channel, node: str, *, answered: bool) -> Leg:
    call = tenant.open_call(valid_contact_id(channel.parked_as.contact_id))
    return _join(tenant, call, channel, node, answered=answered)


def _join(tenant: Tenant, call: Call, channel: Channel, node: str, *, answered: bool) -> Leg:
    agent = tenant.agents.get(channel.agent)
    marks = channel.parked_as
    customer = channel.role == _CUSTOMER
    outside = marks.caller_number if customer else marks.dialled
    leg = tenant.leg_book.join(
        call, channel.uuid, agent.extension if agent else outside, Purpose.CALLIN, agent, node
    )
    leg.was_found(answered=answered, began_ms=marks.began_ms, answered_ms=marks.answered_ms)
    if customer:
        call.customer, leg.origin.caller, leg.origin.callee = leg, marks.caller_number, marks.number
        call.flow_data, call.work_order_id = marks.flow_data, marks.work_order_id
    return leg


def _offered(tenant: Tenant, channel: Channel) -> Steps | None:
    """A queue's offer to an agent, ringing or talking already, for a known customer. The offer may
    have been about to be withdrawn, and its customer kept for that."""
    customer, agent = tenant.legs.get(channel.member), tenant.agents.get(channel.agent)
    if customer is None or agent is None:
        return None
    leg = tenant.leg_book.join(customer.call, channel.uuid, agent.extension, Purpose.CALLIN, agent)
    leg.origin.offered = leg.origin.from_queue = True
    leg.origin.caller, leg.origin.callee = customer.number, routing.called_number(tenant, customer)
    customer.call.customer = customer
    if agent.status is Status.OFFLINE:
        leg_changes.let_go(tenant, agent)
    if channel.answered:
        leg_changes.answered(tenant, leg, channel.parked_as.answered_ms)
    else:
        leg_changes.rings(tenant, leg, early=channel.early)
    if channel.bond != customer.uuid or not channel.answered:
        return None
    leg_changes.bridged(tenant, leg, customer)
    return moving.end_on_unbridge(customer) if customer.position.parks_on_unbridge else None


def _single(tenant: Tenant, channel: Channel, node: str) -> Steps | None:
    if channel.member:
        return _offered(tenant, channel)
    if channel.role != _CUSTOMER:
        return end(channel.uuid)
    if channel.place == Parked() and node == tenant.node:
        return parked(channel.parked_as, tenant)
    if channel.queued:
        _alone(tenant, channel, node, answered=channel.answered)
    elif channel.place == Parked() or recovery.hears_us(tenant, channel):
        leg = _alone(tenant, channel, node, answered=channel.answered)
        return routing.fall_back(tenant, leg)
    return None


def end(uuid: str) -> Steps:
    """Hang up a channel that belongs to nobody; it may have ended by itself."""
    yield Attempt(commands.uuid_kill(uuid, "NORMAL_CLEARING"))
