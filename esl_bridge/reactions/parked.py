"""A leg is parked: a customer or a phone that called in, or a leg that is waiting, or no longer
needed."""

from __future__ import annotations

from esl_bridge.callflow import (
    contacts,
    dialling,
    ending,
    failsafe_timers,
    moving,
    queueing,
    rejoining,
    replaces,
    routing,
)
from esl_bridge.callflow.procedure_registry import module_of
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import valid_contact_id
from esl_bridge.domain.company import Route
from esl_bridge.domain.leg import Leg, Purpose
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, NumberBarred, SwitchError, TargetNotFree, TooManyCalls
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.events import LegParked
from esl_bridge.protocol.envelope import USUAL_RING_SECONDS
from esl_bridge.reactions.registry import reaction


@reaction(LegParked)
def parked(event: LegParked, tenant: Tenant) -> Steps | None:
    leg = tenant.legs.get(event.leg)
    if leg is not None:
        leg_changes.parked(tenant, leg)
        if leg.is_customer:  # an IVR may have set them
            call = leg.call
            call.flow_data = event.flow_data or call.flow_data
            call.work_order_id = event.work_order_id or call.work_order_id
        return _known(tenant, leg)
    if event.role == "customer":
        return _customer_arrived(event, tenant)
    if event.role == "phone":
        return _phone_dials(event, tenant)
    return None


def _known(tenant: Tenant, leg: Leg) -> Steps | None:
    call = leg.call
    if call.procedure is not None:
        return module_of(call.procedure).parked(tenant, call.procedure, leg)
    customer = call.customer
    if not call.others(leg):
        return _left_alone(tenant, leg)
    if leg.answered and not leg.progress.talked and customer is not None and leg is not customer:
        # Not already at its answer: a leg that is not parked yet may be killed by the bridge.
        return routing.join(tenant, customer, leg)
    return None


def _left_alone(tenant: Tenant, leg: Leg) -> Steps:
    """The leg is alone and has no procedure: reroute a customer, hang up any other."""
    if leg.position.back_to:
        return _back_to_its_queue(tenant, leg)
    if leg.intrusion.hijacked_from:
        return replaces.return_to_agent(tenant, leg)
    return rejoining.reroute(tenant, leg) if leg.is_customer else ending.end_leg(leg)


def _back_to_its_queue(tenant: Tenant, customer: Leg) -> Steps:
    skill, customer.position.back_to = customer.position.back_to, ""
    yield from moving.end_on_unbridge(customer)
    if skill in tenant.company.skills:
        yield from routing.route(tenant, customer, Route(skill=skill))
    else:  # removed meanwhile, and its queue's extension with it
        yield from routing.fall_back(tenant, customer)


def _customer_arrived(event: LegParked, tenant: Tenant) -> Steps:
    call = tenant.open_call(
        valid_contact_id(event.contact_id),
        flow_data=event.flow_data,
        work_order_id=event.work_order_id,
    )
    customer = tenant.leg_book.join(call, event.leg, event.caller_number, Purpose.CALLIN)
    customer.was_found(
        answered=event.answered, began_ms=event.began_ms, answered_ms=event.answered_ms
    )
    customer.origin.caller, customer.origin.callee = event.caller_number, event.number
    call.customer = customer
    if not tenant.company.enabled:
        return ending.end_leg(customer, "USER_BUSY")
    return _led_on(tenant, customer, event)


def _led_on(tenant: Tenant, customer: Leg, event: LegParked) -> Steps:
    yield from contacts.mark(customer, event.contact_id) or ()
    target = tenant.company.numbers.get(event.number)
    if target is None:
        yield from routing.fall_back(tenant, customer)
    elif not customer.ended:
        yield from routing.route(tenant, customer, target)


def _phone_dials(event: LegParked, tenant: Tenant) -> Steps:
    """A phone dials by itself: the rules are those of its agent's ``call``."""
    call = tenant.open_call(valid_contact_id(event.contact_id))
    agents = tenant.roster.agents_at(event.extension)
    agent = agents[0] if agents else None
    near = tenant.leg_book.join(call, event.leg, event.extension, Purpose.CALL, agent)
    near.was_found(answered=False, began_ms=event.began_ms, answered_ms=0)
    try:
        _require_may_dial(tenant, near, agent)
        far = _dialled(tenant, near, event.dialled)
    except (NumberBarred, TooManyCalls, TargetNotFree) as refusal:
        yield from ending.end_leg(near, _CAUSES[type(refusal)])
        return
    # The phone is off the hook: its agent is busy, whatever the far side does.
    leg_changes.off_hook(tenant, near)
    phone = dialling.far_phone(tenant, far, USUAL_RING_SECONDS, dialling.TALK_SECONDS)
    limits = {
        "hangup_after_bridge": "true",
        "ringback": dialstring.RINGBACK,
        **dialstring.KEYS_END_NOTHING,
        **failsafe_timers.hold_music_limit(),
        **contacts.variables(call),
    }
    try:
        yield from queueing.wait_until_out_of_queues(far)
        yield commands.uuid_execute(
            near.uuid,
            dialstring.set_variables(limits),
            dialstring.bridge(phone),
        )
    except SwitchError as error:
        ending.discard_leg(tenant, far, error)
        yield from ending.end_leg(near)


_CAUSES: dict[type[BridgeError], str] = {
    NumberBarred: "OUTGOING_CALL_BARRED",
    TooManyCalls: "NORMAL_CIRCUIT_CONGESTION",
    TargetNotFree: "USER_BUSY",
}


def _require_may_dial(tenant: Tenant, near: Leg, agent: Agent | None) -> None:
    if agent is None or not agent.enabled or agent.status is Status.OFFLINE:
        raise NumberBarred
    if not tenant.company.dial_from_phone:
        raise NumberBarred
    if agent.own_leg is not near:
        raise TargetNotFree


def _dialled(tenant: Tenant, near: Leg, number: str) -> Leg:
    """The leg of the party that a phone dialled: an agent by id or extension, else an outside
    number."""
    target = tenant.agents.get(number)
    if target is None and tenant.roster.agents_at(number):
        target = tenant.roster.agents_at(number)[0]
    requester = near.agent.id if near.agent is not None else ""
    if target is None:
        routing.admit_outbound_call(tenant, number, requester)
    elif not target.takes_calls:
        raise TargetNotFree
    shown = target.extension if target else number
    far = tenant.leg_book.set_up(near.call, shown, Purpose.CALLIN, target, requester)
    far.origin.offered = target is not None
    far.origin.caller, far.origin.callee = near.number, far.number
    return far
