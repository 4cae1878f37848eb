"""Routing a customer: to an agent, an IVR, a skill, an outside number, or the fallback."""

from __future__ import annotations

import math
from functools import partial

from esl_bridge.callflow import dialling, originating, queueing
from esl_bridge.callflow.converging import converge
from esl_bridge.callflow.ending import discard_leg, end_leg
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.company import Route
from esl_bridge.domain.leg import Leg, Purpose
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    BridgeError,
    PartyGone,
    SwitchError,
    SwitchUnavailable,
    TargetNotFree,
)
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command
from esl_bridge.layout.places import BridgedWith, Layout


def route(tenant: Tenant, customer: Leg, target: Route) -> Steps:
    """Route a customer; if the target cannot take it, it goes to the company's fallback. Agents
    and queues are on the company's switch, and take nobody who is on another."""
    if customer.position.node != tenant.node and (target.agent, target.skill) != (None, None):
        yield from fall_back(tenant, customer)
    elif target.agent is not None or target.number is not None:
        yield from _ring(tenant, customer, target)
    elif target.ivr is not None:
        ivr = tenant.company.ivrs[target.ivr]
        yield commands.uuid_transfer(customer.uuid, ivr.extension, ivr.context)
    elif target.skill is not None:
        entrance = queueing.entrance(tenant.company.code, target.skill)
        yield commands.uuid_transfer(customer.uuid, entrance, tenant.switch_settings.context)


def fall_back(tenant: Tenant, customer: Leg) -> Steps:
    """Use the company's ``fallback``, once; without one the call is rejected as busy, or hung
    up."""
    call = customer.call
    if customer.ended:
        return
    if tenant.company.fallback is None or call.fallen_back:
        cause = "NORMAL_CLEARING" if customer.answered else "USER_BUSY"
        yield commands.uuid_kill(customer.uuid, cause)
        return
    call.fallen_back = True
    yield from route(tenant, customer, tenant.company.fallback)


def reroute_waiting(tenant: Tenant, node: str) -> Steps:
    """Route the callers who wait at a switch that their company has left: no agent will come to its
    queues. One for whom a phone rings there is left to that."""
    for uuid in list(tenant.wallboard.line):
        customer = tenant.legs.get(uuid)
        if (
            customer is not None
            and customer.position.node == node
            and customer.call.legs == [customer]
        ):
            yield from fall_back(tenant, customer)


def called_number(tenant: Tenant, customer: Leg) -> str:
    """The company's number in a customer's call: the one that it dialled, or that its phone
    displays."""
    external = tenant.company.external
    if customer.origin.dialled and customer.agent is None and external is not None:
        return external.caller_id
    return customer.origin.callee


def _ring(tenant: Tenant, customer: Leg, target: Route) -> Steps:
    """Ring a phone for a customer, who hears ringback without being answered."""
    leg = None
    try:
        leg = _phone(tenant, customer, target)
        yield ringback(tenant, customer)
        due = yield from originating.is_due(leg)
        if customer.ended:  # meanwhile: nobody to ring for
            raise PartyGone
        if due:
            seconds = tenant.company.ring_seconds
            phone = dialling.offered_phone(tenant, leg, seconds, dialling.TALK_SECONDS)
            yield from dialling.dial(leg, phone, dialstring.AfterAnswer(dialstring.park()))
    except BridgeError as error:
        if leg is not None and leg.ended:
            return  # its end was reported, and the customer rerouted, already
        if leg is not None:
            discard_leg(tenant, leg, error)
        yield from fall_back(tenant, customer)


def _phone(tenant: Tenant, customer: Leg, target: Route) -> Leg:
    """Set up a leg to an agent or to the outside. Raises what forbids the call: TargetNotFree,
    NumberBarred or TooManyCalls."""
    if target.agent is None:
        assert target.number is not None
        admit_outbound_call(tenant, target.number, "")
        return tenant.leg_book.set_up(customer.call, target.number, Purpose.CALLIN)
    agent = tenant.agents.get(target.agent)
    if agent is None or not agent.takes_calls:
        raise TargetNotFree
    leg = tenant.leg_book.set_up(customer.call, agent.extension, Purpose.CALLIN, agent)
    leg.origin.offered = True
    leg.origin.caller, leg.origin.callee = customer.number, called_number(tenant, customer)
    return leg


def ringback(tenant: Tenant, customer: Leg) -> Command:
    """Send the caller to the dialplan's ringback extension."""
    customer.position.waiting_sound = dialstring.RINGBACK_SOUND
    customer.position.waiting_sound_began = math.inf
    return commands.uuid_transfer(customer.uuid, "ringback", tenant.switch_settings.context)


def join(tenant: Tenant, customer: Leg, leg: Leg) -> Steps:
    """The phone that rang for a customer has answered: bridge the two."""
    talk = Layout({leg.uuid: BridgedWith(customer.uuid)})
    yield from converge(tenant, customer.call, lambda: talk, partial(_not_joined, leg))


def _not_joined(leg: Leg, error: SwitchError) -> Steps:
    if not isinstance(error, SwitchUnavailable):  # else the resync shows whether they talk
        leg.ending = PartyGone
        yield from end_leg(leg)


def admit_outbound_call(tenant: Tenant, number: str, begun_by: str) -> None:
    """Check an outbound call against the company's policy, and count it.

    Raises NumberBarred or TooManyCalls.
    """
    external = tenant.policy.judge(number)
    tenant.policy.count(external, tenant.leg_book.outbound, begun_by, tenant.clock())
