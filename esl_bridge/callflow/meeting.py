"""A three-way talk: a third party is rung, then all three meet in a room of their own."""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow import ending, nets, parties
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.work import Meeting
from esl_bridge.errors import BridgeError, PartyGone, SwitchError
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command
from esl_bridge.protocol.envelope import LONGEST_TALK_SECONDS, SetsUpALeg


def begin(desk: Desk, work: Meeting, request: SetsUpALeg) -> Moves:
    """The two talk on while the third rings; a customer that is held hears its agent again."""
    try:
        if work.own.hold is Hold.MUSIC:
            yield commands.uuid_break(work.customer.uuid)
        yield from parties.ring(desk, work.other, request)
    except BridgeError as error:
        under_way = work.own.call.work is work
        ending.give_up(desk, work.other, error)
        if under_way:
            desk.finish(work, type(error))


def gather(desk: Desk, work: Meeting) -> Moves:
    """All three into the room; secured first, so that the move of one does not end another."""
    legs = (work.own, work.customer, work.other)
    try:
        yield from parties.secure(desk, *legs)
        for leg in legs:
            yield from parties.arrived(leg)
            yield from parties.grown_together(desk, leg)
            if work.own.call.work is work and leg.room != work.room:
                yield from parties.move(leg, _to_room(desk, leg, work))
    except SwitchError as error:
        desk.finish(work, type(error))
        yield from parties.rejoin(desk, work.own, work.customer)
        yield from ending.end_all(work.other)


def _to_room(desk: Desk, leg: Leg, work: Meeting) -> Command:
    limits = dialstring.set_variables(nets.secured(desk))
    room = dialstring.meeting(work.room, desk.premises.room_profile)
    return commands.uuid_execute(leg.uuid, limits, *room)


def entered(desk: Desk, work: Meeting) -> None:
    """Once all three are there they talk."""
    if all(leg.room == work.room for leg in (work.own, work.customer, work.other)):
        work.gathered = True
        for leg in (work.own, work.customer, work.other):
            leg.talked = True
        desk.start(work.action)
        desk.touch_all(work.own.call)


def step_aside(desk: Desk, own: Leg) -> Moves:
    """The agent hears nothing, the other two talk on."""
    longest = dialstring.set_variable("park_timeout", str(LONGEST_TALK_SECONDS))
    before, own.hold = own.hold, Hold.ASKED
    try:
        yield from parties.move(own, commands.uuid_execute(own.uuid, longest, dialstring.park()))
    except SwitchError:
        own.hold = before if own.hold is Hold.ASKED else own.hold
        raise
    if isinstance(own.call.work, Meeting):  # still
        desk.holds(own, Hold.ASIDE)


def is_put_out(work: Meeting, leg: Leg) -> bool:
    """A room is over for who is left alone in it, as one is while the two others are aside. Those
    may be back by the time that this is told."""
    stays = leg.hold is not Hold.ASIDE and not leg.hold_changes and leg.ending is None
    return work.gathered and stays


def goes_in_again(desk: Desk, work: Meeting, leg: Leg) -> Moves:
    """To wait for them there: where it was put, it would be ended as nobody's."""
    with suppress(SwitchError):  # it is seen to when the switch is read back
        yield from parties.move(leg, _to_room(desk, leg, work))


def come_back(desk: Desk, own: Leg, work: Meeting) -> Moves:
    yield from parties.move(own, _to_room(desk, own, work))
    # Its phone's own button may have been pressed meanwhile.
    desk.holds(own, Hold.PHONE if own.phone_holds else Hold.NO)


def ended(desk: Desk, work: Meeting, leg: Leg, why: type[BridgeError] | None) -> Moves:
    """Before the leg is dropped: tell of the actions. The steps come after that."""
    left = [one for one in (work.own, work.other, work.customer) if one is not leg]
    desk.finish(work, PartyGone if leg is work.customer and not work.gathered else why)
    if leg is work.other and not leg.answered:
        return ending.nothing()  # the two have talked on, or one has held the other
    for one in left:
        desk.holds_nobody(one)
    if work.gathered or leg is work.other:
        return parties.rejoin(desk, *left)
    return ending.end_all(*left)
