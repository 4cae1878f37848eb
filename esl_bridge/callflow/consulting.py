"""A consult: the customer hears music while the agent asks somebody else."""

from __future__ import annotations

from esl_bridge.callflow import ending, parties, transferring, waiting
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.call import Action
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.work import Consult, Transfer
from esl_bridge.errors import BridgeError, PartyGone, SwitchError, SwitchUnavailable
from esl_bridge.protocol.envelope import SetsUpALeg


def begin(desk: Desk, work: Consult, request: SetsUpALeg, *, held: bool) -> Moves:
    """``held``: the customer hears music already."""
    try:
        yield from parties.secure(desk, work.own, work.customer)
        longest = request.max_ring_time + request.max_call_time
        yield from waiting.put_aside(desk, work.customer, longest)
        yield from parties.arrived(work.own)
        if not work.other.ended:  # meanwhile; then they are together again
            yield from waiting.ringback(desk, work.own)
        yield from parties.ring(desk, work.other, request)
    except BridgeError as error:
        if held:
            parties.holds_yet(desk, work.own, error)
        under_way = work.own.call.work
        if isinstance(under_way, Transfer) and under_way.other is work.other:
            yield from transferring.fail(desk, under_way, error)
            return
        ending.give_up(desk, work.other, error)
        if under_way is work:
            desk.finish(work, type(error))
            yield from parties.rejoin(desk, work.own, work.customer)


def consultant_waits(work: Consult) -> Moves:
    """The consultant has answered: the two talk."""
    try:
        yield from parties.arrived(work.own)
        if work.own.call.work is work and work.other.ending is None:
            yield from parties.join(work.own, work.other)
    except SwitchUnavailable:  # whether they talk is seen when the switch is read back
        return
    except SwitchError:
        yield from ending.end_all(work.other)


def hand_over(desk: Desk, work: Consult, action: Action) -> Moves:
    """The customer to a consultant who talks already; the agent is parked by it."""
    work.hand_over = action
    try:
        yield from parties.join(work.other, work.customer)
    except SwitchError as error:
        work.hand_over = None
        desk.end(action, type(error))


def bridged(desk: Desk, work: Consult) -> Moves | None:
    if work.hand_over is None or work.other.peer is not work.customer:
        return None
    desk.start(work.hand_over)
    desk.end(work.hand_over)
    desk.part(work)
    return parties.let_go(work.own, work.customer)


def _hand_over_in_vain(desk: Desk, work: Consult) -> None:
    if work.hand_over is not None:
        desk.end(work.hand_over, PartyGone)
        work.hand_over = None


def ended(desk: Desk, work: Consult, leg: Leg, why: type[BridgeError] | None) -> Moves:
    """Before the leg is dropped: tell of the actions. The steps come after that."""
    if work.handed_over:
        return ending.nothing()
    if leg is work.own and work.hand_over is not None:
        goes_on = Transfer(work.agent, leg, work.customer, work.other, work.hand_over, aside=True)
        leg.call.work = goes_on
        return transferring.ended(desk, goes_on, leg, why)
    if leg is work.other:
        desk.finish(work, why)
        return parties.rejoin(desk, work.own, work.customer)
    if leg is work.customer and work.talks:
        _hand_over_in_vain(desk, work)
        leg.call.work = None  # the two talk on as in any call; the consult ends with that
        desk.because(work.agent, "CUSTOMER_GONE")
        if work.other.agent is not None:
            desk.because(work.other.agent, "CUSTOMER_GONE")
        desk.touch_all(leg.call)
        return parties.release(work.own, work.other)
    desk.finish(work, PartyGone if leg is work.customer else why)
    return ending.end_all(work.own, work.customer, work.other)
