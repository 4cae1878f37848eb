"""Where a customer is sent: to an agent, an IVR, a skill, an outside number, or the fallback."""

from __future__ import annotations

import math

from esl_bridge.callflow import dialling, queueing
from esl_bridge.callflow.ending import end_leg, give_up
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.company import Route
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg, Why
from esl_bridge.errors import (
    BridgeError,
    NumberBarred,
    PartyGone,
    SwitchError,
    SwitchUnavailable,
    TooManyCalls,
)
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command


def route(desk: Desk, customer: Leg, target: Route) -> Moves:
    """Send a customer on; one whose target cannot take it goes to the company's fallback."""
    if target.agent is not None:
        yield from _to_agent(desk, customer, target.agent)
    elif target.number is not None:
        yield from _to_outside(desk, customer, target.number)
    elif target.ivr is not None:
        ivr = desk.company.ivrs[target.ivr]
        yield commands.uuid_transfer(customer.uuid, ivr.extension, ivr.context)
    elif target.skill is not None:
        entrance = queueing.entrance(desk.company.code, target.skill)
        yield commands.uuid_transfer(customer.uuid, entrance, desk.premises.context)


def fall_back(desk: Desk, customer: Leg) -> Moves:
    """The company's ``fallback``, once; without one the call is refused, or hung up."""
    call = customer.call
    if customer.ended:
        return
    if desk.company.fallback is None or call.fallen_back:
        cause = "NORMAL_CLEARING" if customer.answered else "USER_BUSY"
        yield commands.uuid_kill(customer.uuid, cause)
        return
    call.fallen_back = True
    yield from route(desk, customer, desk.company.fallback)


def called_number(desk: Desk, customer: Leg) -> str:
    """The company's number in its call: the one that it dialled, or that its phone has shown."""
    external = desk.company.external
    if customer.dialled and customer.agent is None and external is not None:
        return external.caller_id
    return customer.callee


def _to_agent(desk: Desk, customer: Leg, agent_id: str) -> Moves:
    agent = desk.agents.get(agent_id)
    if agent is None or not agent.takes_calls:
        yield from fall_back(desk, customer)
        return
    leg = desk.set_up(customer.call, agent.extension, Why.CALLIN, agent)
    leg.offered = True
    leg.caller, leg.callee = customer.number, called_number(desk, customer)
    yield from _ring(desk, customer, leg)


def _to_outside(desk: Desk, customer: Leg, number: str) -> Moves:
    try:
        may_call(desk, number, "")
    except (NumberBarred, TooManyCalls):
        yield from fall_back(desk, customer)
        return
    leg = desk.set_up(customer.call, number, Why.CALLIN)
    yield from _ring(desk, customer, leg)


def _ring(desk: Desk, customer: Leg, leg: Leg) -> Moves:
    """Ring a phone for a customer, who hears ringback and is not answered by that."""
    try:
        yield ringback(desk, customer)
        yield from queueing.step_out(leg)
        if customer.ended:  # meanwhile; then there is nobody to ring for
            desk.forget(leg)
            return
        phone = dialling.offered_phone(desk, leg, desk.company.ring_seconds, dialling.TALK_SECONDS)
        yield from dialling.dial(leg, phone, dialstring.Then(dialstring.park()))
    except BridgeError as error:
        if not leg.ended:  # else its end has been seen, and the customer sent on, already
            give_up(desk, leg, error)
            yield from fall_back(desk, customer)


def ringback(desk: Desk, customer: Leg) -> Command:
    """To the place of the dialplan where a caller hears that a phone rings for it."""
    customer.tune, customer.tune_began = dialstring.RINGBACK_SOUND, math.inf
    return commands.uuid_transfer(customer.uuid, "ringback", desk.premises.context)


def join(customer: Leg, leg: Leg) -> Moves:
    """The phone that rang for a customer has answered: put the two together."""
    try:
        if not customer.answered:
            # A leg that is bridged before it has media is killed, and its partner with it; this
            # command is the one that is done before it is answered.
            yield commands.uuid_answer(customer.uuid)
        # The customer second: music played to the first of a pair goes on when its partner is gone.
        yield commands.uuid_bridge(leg.uuid, customer.uuid)
    except SwitchUnavailable:  # whether they talk is seen when the switch is read back
        return
    except SwitchError:
        if leg.talked:  # the switch has told of it, which is as good as an answer
            return
        leg.ending = PartyGone
        yield from end_leg(leg)


def may_call(desk: Desk, number: str, begun_by: str) -> None:
    """Hold an outside number and the number of calls against the company's policy.

    Raises NumberBarred or TooManyCalls; a call that may be made is counted.
    """
    external = desk.policy.judge(number)
    desk.policy.count(external, desk.dialled, begun_by, desk.clock())
