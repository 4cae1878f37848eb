"""A conference: a third party is rung, then all three meet in a room of mod_conference."""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow import bridging, ending, failsafe_timers
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.procedures import Conference
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, PartyGone, SwitchError
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command
from esl_bridge.protocol.envelope import LONGEST_TALK_SECONDS, SetsUpALeg


def begin(tenant: Tenant, procedure: Conference, request: SetsUpALeg) -> Steps:
    """The two talk on while the third party rings; a customer on hold is retrieved."""
    try:
        if procedure.own_leg.hold is Hold.MUSIC:
            yield commands.uuid_break(procedure.customer.uuid)
        yield from bridging.ring(tenant, procedure.other, request)
    except BridgeError as error:
        under_way = procedure.own_leg.call.procedure is procedure
        ending.give_up(tenant, procedure.other, error)
        if under_way:
            tenant.finish(procedure, type(error))


def gather(tenant: Tenant, procedure: Conference) -> Steps:
    """Move all three into the room; kept on unbridge first, so that moving one does not end
    another."""
    legs = (procedure.own_leg, procedure.customer, procedure.other)
    try:
        yield from bridging.keep_on_unbridge(tenant, *legs)
        for leg in legs:
            yield from bridging.arrived(leg)
            yield from bridging.grown_together(tenant, leg)
            if procedure.own_leg.call.procedure is procedure and leg.room != procedure.room:
                yield from bridging.move(leg, _to_room(tenant, leg, procedure))
    except SwitchError as error:
        tenant.finish(procedure, type(error))
        yield from bridging.rejoin(tenant, procedure.own_leg, procedure.customer)
        yield from ending.end_all(procedure.other)


def _to_room(tenant: Tenant, leg: Leg, procedure: Conference) -> Command:
    limits = dialstring.set_variables(failsafe_timers.kept_on_unbridge(tenant))
    room = dialstring.meeting(procedure.room, tenant.switch_settings.room_profile)
    return commands.uuid_execute(leg.uuid, limits, *room)


def entered(tenant: Tenant, procedure: Conference) -> None:
    """They talk once all three are in the room."""
    if all(
        leg.room == procedure.room
        for leg in (procedure.own_leg, procedure.customer, procedure.other)
    ):
        procedure.gathered = True
        for leg in (procedure.own_leg, procedure.customer, procedure.other):
            leg.talked = True
        tenant.start(procedure.action)
        tenant.mark_all_changed(procedure.own_leg.call)


def leave_room(tenant: Tenant, own_leg: Leg) -> Steps:
    """Park the agent outside the room; the other two talk on."""
    longest = dialstring.set_variable("park_timeout", str(LONGEST_TALK_SECONDS))
    before, own_leg.hold = own_leg.hold, Hold.ASKED
    try:
        yield from bridging.move(
            own_leg, commands.uuid_execute(own_leg.uuid, longest, dialstring.park())
        )
    except SwitchError:
        own_leg.hold = before if own_leg.hold is Hold.ASKED else own_leg.hold
        raise
    if isinstance(own_leg.call.procedure, Conference):  # the procedure may be over by now
        tenant.holds(own_leg, Hold.OUT_OF_ROOM)


def is_put_out(procedure: Conference, leg: Leg) -> bool:
    """Whether a leg that left the room was put out by the switch, which closes a room that has only
    one member left, as it has while the two others are parked outside. They may be back by the time
    that this is reported."""
    stays = leg.hold is not Hold.OUT_OF_ROOM and not leg.hold_changes and leg.ending is None
    return procedure.gathered and stays


def goes_in_again(tenant: Tenant, procedure: Conference, leg: Leg) -> Steps:
    """Return the leg to the room, to wait there: parked it would be hung up as an orphan."""
    with suppress(SwitchError):  # the resync does it
        yield from bridging.move(leg, _to_room(tenant, leg, procedure))


def come_back(tenant: Tenant, own_leg: Leg, procedure: Conference) -> Steps:
    yield from bridging.move(own_leg, _to_room(tenant, own_leg, procedure))
    # The phone may hold by its own button meanwhile.
    tenant.holds(own_leg, Hold.PHONE if own_leg.phone_holds else Hold.NO)


def ended(tenant: Tenant, procedure: Conference, leg: Leg, why: type[BridgeError] | None) -> Steps:
    """Report the actions now, before the leg is dropped; the steps run after that."""
    left = [
        one for one in (procedure.own_leg, procedure.other, procedure.customer) if one is not leg
    ]
    tenant.finish(
        procedure, PartyGone if leg is procedure.customer and not procedure.gathered else why
    )
    if leg is procedure.other and not leg.answered:
        return ending.nothing()  # the two talk on, or one holds the other
    for one in left:
        tenant.holds_nobody(one)
    if procedure.gathered or leg is procedure.other:
        return bridging.rejoin(tenant, *left)
    return ending.end_all(*left)
