"""A transfer: the customer goes to somebody else, or comes back."""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow import ending, parties, waiting
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.work import Transfer
from esl_bridge.errors import (
    BridgeError,
    PartyGone,
    SwitchError,
    SwitchRefused,
    SwitchTimedOut,
    SwitchUnavailable,
)
from esl_bridge.esl import commands
from esl_bridge.protocol.envelope import LONGEST_RING_SECONDS, SetsUpALeg


def begin(desk: Desk, work: Transfer, request: SetsUpALeg, *, held: bool) -> Moves:
    """Ring the target before anybody is let go; a customer that was ``held`` hears its agent
    again, or goes on hearing music."""
    assert work.other is not None
    stays = True
    try:
        yield from parties.secure(desk, work.own, work.customer)
        if work.aside:
            yield from waiting.put_aside(desk, work.customer, request.max_ring_time)
            stays = work.own.ending is None
            yield from _agent_waits(desk, work)
        elif held:
            yield commands.uuid_break(work.customer.uuid)
        yield from parties.ring(desk, work.other, request)
    except BridgeError as error:
        if stays and work.own.call.work is work:
            work.own.ending = None
        if held:
            parties.holds_yet(desk, work.own, error)
        yield from fail(desk, work, error)


def fail(desk: Desk, work: Transfer, error: BridgeError) -> Moves:
    """The target could not be called."""
    assert work.other is not None
    under_way = work.own.call.work is work
    if under_way:
        desk.finish(work, type(error))
    ending.give_up(desk, work.other, error)
    if under_way:
        yield from _give_back(desk, work)


def _agent_waits(desk: Desk, work: Transfer) -> Moves:
    """On the line, hearing ringback; or not at all, where the company has it so. One who leaves at
    this very moment is not needed any more."""
    if work.own.ending is not None:
        with suppress(SwitchTimedOut):  # if it lasts it is ended later: the transfer goes on
            yield from ending.end_leg(work.own)
        return
    yield from parties.arrived(work.own)
    over = work.other is None or work.other.ended  # meanwhile; then the two are together again
    if not work.own.ended and not over:
        with suppress(SwitchRefused):
            yield from waiting.ringback(desk, work.own)


def to_place(desk: Desk, work: Transfer, extension: str, context: str, *, held: bool) -> Moves:
    """To an IVR, a queue or the survey: the switch ends the agent's leg once the customer left.

    Where the switch gives no answer the customer may be there all the same: then the end of that
    leg tells, or the switch when it is read back.
    """
    try:
        yield from parties.grown_together(desk, work.customer)
        yield commands.uuid_transfer(work.customer.uuid, extension, context)
    except SwitchRefused as error:
        if work.own.call.work is work:
            desk.finish(work, type(error))
    except SwitchError as error:
        if held and work.own.call.work is work:
            parties.holds_yet(desk, work.own, error)
        raise


def target_waits(desk: Desk, work: Transfer) -> Moves:
    """The target has answered: customer and target are joined."""
    assert work.other is not None
    try:
        yield from parties.arrived(work.customer)
        if work.customer.peer is not None:  # the two have talked on
            yield from parties.part(desk, work.customer)
            yield from parties.secure(desk, work.customer)
        if work.customer.call.work is work and work.other.ending is None:
            yield from parties.join(work.other, work.customer)
    except SwitchUnavailable:  # whether they talk is seen when the switch is read back
        return
    except SwitchError:
        yield from ending.end_all(work.other)


def customer_waits(desk: Desk, work: Transfer) -> Moves | None:
    """A customer that talked on while the target rang, and whose agent has left; not one that the
    target is just being joined to."""
    if work.aside or (work.other is not None and work.other.answered):
        return None
    work.aside = True
    return waiting.put_aside(desk, work.customer, LONGEST_RING_SECONDS)


def bridged(desk: Desk, work: Transfer) -> Moves | None:
    if work.other is None or work.other.peer is not work.customer:
        return None
    desk.start(work.action)
    desk.end(work.action)
    desk.part(work)
    return parties.let_go(work.own, work.customer)


def ended(desk: Desk, work: Transfer, leg: Leg, why: type[BridgeError] | None) -> Moves:
    """Before the leg is dropped: tell of the actions. The steps come after that."""
    if leg is work.own:
        return _agent_left(desk, work)
    if leg is work.customer:
        desk.finish(work, PartyGone)
        return ending.end_all(work.other, work.own)
    desk.finish(work, why)
    return _give_back(desk, work)


def _agent_left(desk: Desk, work: Transfer) -> Moves:
    """By itself: the transfer goes on. From a customer that has reached its place: it is done. A
    customer that has been handed over already has no more to do with it."""
    if work.customer.call is not work.own.call:
        return ending.nothing()
    desk.holds_nobody(work.customer)
    if work.other is None:
        desk.end(work.action, reached=True)
        desk.part(work)
    return ending.nothing()


def _give_back(desk: Desk, work: Transfer) -> Moves:
    """To the agent; where that one has left, to what the company has for such customers."""
    own, customer = work.own, work.customer
    if own.ending is not None and not own.ended:  # it is being let go
        desk.part(work)
        return parties.send_on(desk, customer)
    if own.ended or customer.peer is not own or customer.moving or own.hold_changes:
        return parties.rejoin(desk, own, customer)
    return parties.talk_on(desk, own, customer)
