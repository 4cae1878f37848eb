"""A substitution: a supervisor takes an agent's place beside the agent's far party."""

from __future__ import annotations

from esl_bridge.callflow import dialling, ending, nets, parties, routing, supervising
from esl_bridge.callflow.steps import Moves, Until
from esl_bridge.domain.call import TALKS
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.work import Reunion, Substitution
from esl_bridge.errors import BridgeError, NotNow, PartyGone, SwitchError, SwitchRefused
from esl_bridge.esl import commands, dialstring

# How long the switch takes to join two legs, or to begin music; measured: 0.2 s.
_SETTLE_SECONDS = 2.0


def far_party(operated: Leg) -> Leg | None:
    """Whom a leg rings for, talks to or holds; None where it is not with just one, or is a customer
    for whom somebody else is rung."""
    others = operated.call.others(operated)
    if operated.ended or operated.call.work is not None or len(others) != 1:
        return None
    rings = not operated.answered and not operated.is_customer
    return others[0] if others[0].answered or rings else None


def begin(desk: Desk, work: Substitution, shows: str) -> Moves:
    """Ring the supervisor, whose phone shows a number."""
    limits = {
        **nets.parked(desk),
        "execute_on_answer": dialling.talk_limit(dialling.TALK_SECONDS),
    }
    yield from supervising.call_own_phone(desk, work.own, shows, dialstring.park(), limits)


def parked(desk: Desk, work: Substitution, leg: Leg) -> Moves | None:
    if leg is work.operated:
        work.waits = not leg.talked
    has_answered = leg is work.own and leg.answered and leg.ending is None
    return supervisor_waits(desk, work) if has_answered and work.customer is None else None


def supervisor_waits(desk: Desk, work: Substitution) -> Moves:
    """The supervisor has answered. Nothing has been touched till now."""
    operated = work.operated
    yield from parties.together(operated)
    if not _is_settled(operated):
        yield Until(operated, lambda: _is_settled(operated), _SETTLE_SECONDS)
    customer = far_party(operated)
    if work.own.ended or work.own.ending is not None or work.customer is not None:
        return
    if customer is None:  # the agent has begun something of its own
        work.own.ending = NotNow
        yield from ending.end_leg(work.own)
        return
    _step_in(desk, work, customer)
    yield from _join(desk, work, customer)


def mend(desk: Desk, work: Substitution) -> Moves:
    """Stepping in has begun, and the two do not talk: once more."""
    if work.customer is not None and work.customer.call.work is work:
        yield from _join(desk, work, work.customer)


def is_to_stay(leg: Leg) -> bool:
    """Whether an agent who is to leave its call keeps its customer until a supervisor has it."""
    work = leg.call.work
    return isinstance(work, Substitution) and leg is work.operated


def _is_settled(leg: Leg) -> bool:
    """No music is about to begin or to end, and nobody is just being joined to it."""
    joined = leg.peer is not None or leg.call.work is not None or not leg.answered
    return leg.ended or (joined and not leg.hold_changes)


def _step_in(desk: Desk, work: Substitution, customer: Leg) -> None:
    call, own, operated = work.operated.call, work.own, work.operated
    operated.successors.remove(work)
    desk.lead_over(own, call)
    call.work = work
    work.customer = work.action.far = customer
    work.action.work_order_id = call.work_order_id
    _is_called_instead_of(own, operated)
    own.wish, operated.wish = operated.wish, None
    operated.reason = f"SUBSTITUTED:{work.agent.id}"
    operated.ending = PartyGone if operated.talked else None


def _is_called_instead_of(leg: Leg, other: Leg) -> None:
    for action in leg.call.actions:
        if action.far is other:
            action.far = leg


def _join(desk: Desk, work: Substitution, customer: Leg) -> Moves:
    """The operated agent's leg is ended once the others talk: should the supervisor leave at this
    very moment, the customer is not alone."""
    operated = work.operated
    try:
        if operated.from_queue and not operated.talked:
            yield from _leave_the_queue(desk, work, customer)
        if parties.answered_peer(customer) is operated:
            yield from parties.part(desk, customer)
            work.moved = True
        yield from parties.secure(desk, customer)
        # One who hears a phone that rings by 183 is taken right out of that.
        yield from parties.grown_together(desk, customer)
        if not customer.answered:
            yield commands.uuid_answer(customer.uuid)
        if customer.call.work is not work:
            return  # the whole call has been interrupted
        yield from parties.join(work.own, customer)
        work.moved = True
        if work.own.ended:
            yield from _give_back(desk, work, customer)
    except SwitchError as error:
        yield from _in_vain(desk, work, customer, error)


def _leave_the_queue(desk: Desk, work: Substitution, customer: Leg) -> Moves:
    """The queue ends its agent's leg by that, or has joined the two at this very moment. Bridged
    right out of the queue a customer could come to be joined to both, and be offered again
    (measured)."""
    operated = work.operated
    yield from parties.move(customer, routing.ringback(desk, customer))
    work.moved = True
    yield Until(operated, lambda: operated.ended or operated.talked, _SETTLE_SECONDS)


def bridged(desk: Desk, work: Substitution) -> Moves | None:
    customer, operated = work.customer, work.operated
    if customer is None or work.own.peer is not customer:
        return None
    call = customer.call
    for action in [one for one in call.actions if one.near is operated]:
        if action.kind in TALKS:
            desk.end(action)
    call.work, call.customer = None, customer
    _let_go(desk, operated)
    desk.holds_nobody(customer)
    desk.touch_all(call)
    return _release(desk, work, customer)


def _release(desk: Desk, work: Substitution, customer: Leg) -> Moves:
    yield from parties.talk_on(desk, work.own, customer)
    yield from ending.end_all(work.operated)


def _let_go(desk: Desk, operated: Leg) -> None:
    """Out of the call, so that its end concerns its own agent alone."""
    if not operated.ended:
        desk.touch_all(operated.call)  # also the call that it is in from now on is to be kept
        desk.lead_over(operated, desk.open_call(operated.call.contact_id))


def operated_ended(leg: Leg) -> Moves:
    """Nobody is left whose place could be taken: phones that ring for that are called off."""
    return ending.end_all(*[work.own for work in leg.successors])


def ended(desk: Desk, work: Substitution, leg: Leg, why: type[BridgeError] | None) -> Moves:
    """Before the leg is dropped: tell of the action. The steps come after that."""
    customer, operated = work.customer, work.operated
    if customer is None:
        operated.successors.remove(work)
        desk.end(work.action, why)
    elif leg is customer:
        operated.reason = ""
        desk.finish(work, PartyGone)
        return ending.end_all(work.own, operated)
    elif leg is work.own:
        desk.end(work.action, why)
        _is_called_instead_of(operated, leg)
        if work.moved:
            return _give_back(desk, work, customer)
    return ending.nothing()


def _in_vain(desk: Desk, work: Substitution, customer: Leg, error: SwitchError) -> Moves:
    """One of the three has left, of which an event tells, too; or nobody knows what was done."""
    if customer.call.work is work:
        refused = isinstance(error, SwitchRefused)
        work.moved = work.moved or not refused
        desk.end(work.action, PartyGone if refused else type(error))
        yield from ending.end_all(work.own)
        yield from _give_back(desk, work, customer)


def _give_back(desk: Desk, work: Substitution, customer: Leg) -> Moves:
    """The supervisor's leg is over. The customer stays with its agent, or comes back to it, whose
    phone rings on where it was not answered; else it is sent on."""
    call, operated = customer.call, work.operated
    if call.work is not work:
        return
    call.work, operated.reason, operated.ending = None, "", None
    if work.moved:
        customer.moving = False  # it hangs in the air, of which nothing is told
        desk.holds_nobody(operated)
    desk.touch_all(call)
    rings_for_it = call.customer is customer and not operated.answered and not operated.from_queue
    if not work.moved and operated.peer is customer:
        yield from parties.talk_on(desk, operated, customer)
    elif not work.moved and not operated.ended:
        yield from parties.release(operated, customer)
        if work.waits:
            yield from routing.join(customer, operated)
    elif operated.answered:
        yield from parties.rejoin(desk, operated, customer)
    elif rings_for_it and not operated.ended:
        yield from parties.move(customer, routing.ringback(desk, customer))
        yield from parties.release(customer)
    elif work.moved or operated.talked or rings_for_it:
        yield from _send_on(desk, work, customer)


def _send_on(desk: Desk, work: Substitution, customer: Leg) -> Moves:
    """Both have left it; the switch may be ending its agent's leg just now."""
    call, operated = customer.call, work.operated
    _let_go(desk, operated)
    call.work = Reunion(operated, customer)
    yield from ending.end_all(operated)
    yield from parties.arrived(customer)
    call.work, call.customer = None, customer
    yield from parties.release(customer)
    yield from routing.fall_back(desk, customer)
