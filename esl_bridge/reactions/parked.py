"""A leg waits for us: a customer or a phone that came by itself, or one that nobody needs."""

from __future__ import annotations

from esl_bridge.callflow import contacts, dialling, ending, nets, parties, queueing, routing, thefts
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import contact_of
from esl_bridge.domain.company import Route
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg, Why
from esl_bridge.domain.states import Status
from esl_bridge.errors import BridgeError, NumberBarred, SwitchError, TargetNotFree, TooManyCalls
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.events import LegParked
from esl_bridge.reactions import works
from esl_bridge.reactions.registry import reaction

_RING_SECONDS = 60


@reaction(LegParked)
def parked(event: LegParked, desk: Desk) -> Moves | None:
    leg = desk.legs.get(event.leg)
    if leg is not None:
        desk.parked(leg)
        if leg.is_customer:  # an IVR may have added to it
            call = leg.call
            call.flow_data = event.flow_data or call.flow_data
            call.work_order_id = event.work_order_id or call.work_order_id
        return _known(desk, leg)
    if event.role == "customer":
        return _customer_arrived(event, desk)
    if event.role == "phone":
        return _phone_dials(event, desk)
    return None


def _known(desk: Desk, leg: Leg) -> Moves | None:
    call = leg.call
    if call.work is not None:
        return works.parked(desk, call.work, leg)
    customer = call.customer
    if not call.others(leg):
        return _left_alone(desk, leg)
    if leg.answered and not leg.talked and customer is not None and leg is not customer:
        # Not at its answer: one that is not parked yet may be killed by the bridge.
        return routing.join(customer, leg)
    return None


def _left_alone(desk: Desk, leg: Leg) -> Moves:
    """Nothing is under way for it: a customer gets what is left for customers, others end."""
    if leg.back_to:
        return _back_to_its_queue(desk, leg)
    if leg.robbed_of:
        return thefts.back_to_its_agent(desk, leg)
    return parties.send_on(desk, leg) if leg.is_customer else ending.end_leg(leg)


def _back_to_its_queue(desk: Desk, customer: Leg) -> Moves:
    skill, customer.back_to = customer.back_to, ""
    yield from parties.release(customer)
    if skill in desk.company.skills:
        yield from routing.route(desk, customer, Route(skill=skill))
    else:  # gone meanwhile, and its queue's entrance with it
        yield from routing.fall_back(desk, customer)


def _customer_arrived(event: LegParked, desk: Desk) -> Moves:
    call = desk.open_call(
        contact_of(event.contact_id),
        flow_data=event.flow_data,
        work_order_id=event.work_order_id,
    )
    customer = desk.join(call, event.leg, event.caller_number, Why.CALLIN)
    customer.was_found(
        answered=event.answered, began_ms=event.began_ms, answered_ms=event.answered_ms
    )
    customer.caller, customer.callee = event.caller_number, event.number
    call.customer = customer
    if not desk.company.enabled:
        return ending.end_leg(customer, "USER_BUSY")
    return _led_on(desk, customer, event)


def _led_on(desk: Desk, customer: Leg, event: LegParked) -> Moves:
    yield from contacts.mark(customer, event.contact_id) or ()
    target = desk.company.numbers.get(event.number)
    if target is None:
        yield from routing.fall_back(desk, customer)
    elif not customer.ended:
        yield from routing.route(desk, customer, target)


def _phone_dials(event: LegParked, desk: Desk) -> Moves:
    """A phone dials without being asked to: by the same rules as its agent's ``call``."""
    call = desk.open_call(contact_of(event.contact_id))
    agents = desk.agents_at(event.extension)
    agent = agents[0] if agents else None
    near = desk.join(call, event.leg, event.extension, Why.CALL, agent)
    near.was_found(answered=False, began_ms=event.began_ms, answered_ms=0)
    refusal = _refusal(desk, near, agent)
    if refusal is None:
        try:
            far = _dialled(desk, near, event.dialled)
        except (NumberBarred, TooManyCalls, TargetNotFree) as error:
            refusal = error
    if refusal is not None:
        yield from ending.end_leg(near, _CAUSES.get(type(refusal), "CALL_REJECTED"))
        return
    # The phone is off the hook: whatever the far side does, its agent is busy with it.
    desk.off_hook(near)
    phone = dialling.far_phone(desk, far, _RING_SECONDS, dialling.TALK_SECONDS)
    limits = {
        "hangup_after_bridge": "true",
        "ringback": dialstring.RINGBACK,
        **dialstring.KEYS_END_NOTHING,
        **nets.held(),
        **contacts.variables(call),
    }
    try:
        yield from queueing.step_out(far)
        yield commands.uuid_execute(
            near.uuid,
            dialstring.set_variables(limits),
            dialstring.bridge(phone),
        )
    except SwitchError as error:
        ending.give_up(desk, far, error)
        yield from ending.end_leg(near)


_CAUSES: dict[type[BridgeError], str] = {
    NumberBarred: "OUTGOING_CALL_BARRED",
    TooManyCalls: "NORMAL_CIRCUIT_CONGESTION",
    TargetNotFree: "USER_BUSY",
}


def _refusal(desk: Desk, near: Leg, agent: Agent | None) -> BridgeError | None:
    if agent is None or not agent.enabled or agent.status is Status.OFFLINE:
        return NumberBarred()
    if not desk.company.dial_from_phone:
        return NumberBarred()
    if agent.own is not near:
        return TargetNotFree()
    return None


def _dialled(desk: Desk, near: Leg, number: str) -> Leg:
    """The party that a phone dialled: an agent by id or extension, else the outside."""
    target = desk.agents.get(number)
    if target is None and desk.agents_at(number):
        target = desk.agents_at(number)[0]
    asker = near.agent.id if near.agent is not None else ""
    if target is None:
        routing.may_call(desk, number, asker)
    elif not target.takes_calls:
        raise TargetNotFree
    shown = target.extension if target else number
    far = desk.set_up(near.call, shown, Why.CALLIN, target, asker)
    far.offered = target is not None
    far.caller, far.callee = near.number, far.number
    return far
