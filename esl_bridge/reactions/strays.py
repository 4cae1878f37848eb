"""Legs at the switch that carry a company's marks and that nobody knows of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from esl_bridge.callflow import contacts, mending, routing
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.call import Call, contact_of
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg, Why
from esl_bridge.domain.states import Status
from esl_bridge.errors import SwitchRefused
from esl_bridge.esl import commands
from esl_bridge.esl.channels import Channel
from esl_bridge.reactions.parked import parked

_CUSTOMER = "customer"


def take_in(desk: Desk, strays: Iterable[Channel]) -> list[Moves]:
    """A talk goes on as a call that nobody has begun; a customer who waits is led on; one that is
    in a queue is known from now on, as is the phone that a queue has called for it; one that is in
    an IVR will be heard of; and whatever else there is has nobody left to join."""
    strays = list(strays)
    known = {channel.uuid: channel for channel in strays}
    begun = []
    for member in {one.member for one in known.values() if not one.answered} & known.keys():
        _alone(desk, known.pop(member), answered=True)
    while known:
        channel = known.pop(next(iter(known)))
        partner = known.get(channel.bond)
        if partner is not None and partner.bond == channel.uuid:
            del known[partner.uuid]
            _talk(desk, channel, partner)
        else:
            begun.append(_single(desk, channel))
    return [steps for steps in [*begun, *_unmarked(desk, strays)] if steps is not None]


def _unmarked(desk: Desk, strays: Iterable[Channel]) -> Iterator[Moves | None]:
    """Of those who do not wait for us: whoever does is told of its contact before it is led on."""
    for channel in strays:
        leg = desk.legs.get(channel.uuid)
        if leg is not None and not channel.parked:
            yield contacts.mark(leg, channel.parked_as.contact_id)


def _talk(desk: Desk, *channels: Channel) -> None:
    carried = [contact_of(channel.parked_as.contact_id) for channel in channels]
    call = desk.open_call(max(carried))
    legs = [_join(desk, call, channel, answered=True) for channel in channels]
    desk.bridged(*legs)
    for leg in legs:
        if leg.agent is not None and leg.agent.own is leg:
            _seat(desk, leg)


def _seat(desk: Desk, leg: Leg) -> None:
    """Its agent is in the call, or will be when it checks in."""
    assert leg.agent is not None
    if leg.agent.status is Status.OFFLINE:
        desk.let_go(leg.agent)
    else:
        desk.take_back(leg.agent, leg)


def _alone(desk: Desk, channel: Channel, *, answered: bool) -> Leg:
    call = desk.open_call(contact_of(channel.parked_as.contact_id))
    return _join(desk, call, channel, answered=answered)


def _join(desk: Desk, call: Call, channel: Channel, *, answered: bool) -> Leg:
    agent = desk.agents.get(channel.agent)
    marks = channel.parked_as
    customer = channel.role == _CUSTOMER
    outside = marks.caller_number if customer else marks.dialled
    leg = desk.join(call, channel.uuid, agent.extension if agent else outside, Why.CALLIN, agent)
    leg.was_found(answered=answered, began_ms=marks.began_ms, answered_ms=marks.answered_ms)
    if customer:
        call.customer, leg.caller, leg.callee = leg, marks.caller_number, marks.number
        call.flow_data, call.work_order_id = marks.flow_data, marks.work_order_id
    return leg


def _offered(desk: Desk, channel: Channel) -> None:
    """By a queue, to an agent who rings, or talks already, for a customer that is known."""
    customer, agent = desk.legs.get(channel.member), desk.agents.get(channel.agent)
    if customer is None or agent is None:
        return
    leg = desk.join(customer.call, channel.uuid, agent.extension, Why.CALLIN, agent)
    leg.offered = leg.from_queue = True
    leg.caller, leg.callee = customer.number, routing.called_number(desk, customer)
    customer.call.customer = customer
    if agent.status is Status.OFFLINE:
        desk.let_go(agent)
    if channel.answered:
        desk.answered(leg, channel.parked_as.answered_ms)
    else:
        desk.rings(leg, early=channel.early)
    if channel.bond == customer.uuid and channel.answered:
        desk.bridged(leg, customer)


def _single(desk: Desk, channel: Channel) -> Moves | None:
    if channel.member:
        _offered(desk, channel)
        return None
    if channel.role != _CUSTOMER:
        return end(channel.uuid)
    if channel.parked:
        return parked(channel.parked_as, desk)
    if channel.queued:
        _alone(desk, channel, answered=channel.answered)
    elif mending.hears_us(desk, channel):
        leg = _alone(desk, channel, answered=channel.answered)
        return routing.fall_back(desk, leg)
    return None


def end(uuid: str) -> Moves:
    """One that is nobody's; it may have gone by itself."""
    with suppress(SwitchRefused):
        yield commands.uuid_kill(uuid, "NORMAL_CLEARING")
