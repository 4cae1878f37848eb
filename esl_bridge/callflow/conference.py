"""A conference: a third party is rung, then all three meet in a room of mod_conference."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from esl_bridge.callflow import ending, rejoining
from esl_bridge.callflow.converging import converge, leave_it
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.phases import ConferencePhase, ConferenceSees
from esl_bridge.domain.procedures import Conference
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, PartyGone, SwitchError
from esl_bridge.esl import commands
from esl_bridge.layout.places import Destination, InRoom, Layout, Parked
from esl_bridge.protocol.envelope import LONGEST_TALK_SECONDS


def prepare(procedure: Conference) -> Steps:
    """The two talk on while the third party rings; a customer on hold is retrieved."""
    if procedure.own_leg.media.hold is Hold.MUSIC:
        yield commands.uuid_break(procedure.customer.uuid)


def layout(procedure: Conference) -> Layout:
    """Where the phase wants each leg: in the room, or parked outside while its agent holds."""
    if procedure.own_leg.call.procedure is not procedure:
        return Layout()
    if procedure.phase is ConferencePhase.RINGING:
        return Layout()
    legs = (procedure.own_leg, procedure.customer, procedure.other)
    places = {leg.uuid: _place(procedure, leg) for leg in legs if leg.ending is None}
    return Layout(places, tuple(places), wait_seconds=LONGEST_TALK_SECONDS)


def _place(procedure: Conference, leg: Leg) -> Destination:
    outside = procedure.gathered and leg.media.hold in (Hold.ASKED, Hold.OUT_OF_ROOM)
    return Parked() if outside else InRoom(procedure.room)


def _converge(
    tenant: Tenant, procedure: Conference, failed: Callable[[SwitchError], Steps]
) -> Steps:
    yield from converge(tenant, procedure.own_leg.call, lambda: layout(procedure), failed)


def parked(tenant: Tenant, procedure: Conference, leg: Leg) -> Steps | None:
    if leg is procedure.other and leg.waits_to_talk:
        return gather(tenant, procedure)
    # The switch closes a room that has only one member left, as it has while the two others are
    # parked outside. Return that leg to the room: parked it would be hung up as an orphan.
    return _converge(tenant, procedure, leave_it) if procedure.gathered else None


def bridged(tenant: Tenant, procedure: Conference) -> None:
    """They talk once they are in the room."""


def gather(tenant: Tenant, procedure: Conference) -> Steps:
    """The third party has answered."""
    procedure.sees(ConferenceSees.THIRD_ANSWERED)
    return pursue(tenant, procedure)


def pursue(tenant: Tenant, procedure: Conference) -> Steps:
    """Bring the legs where the phase wants them; also after a restart of the service. Where the
    switch refuses, the two talk on without the third party."""
    yield from _converge(tenant, procedure, partial(_failed, tenant, procedure))


def _failed(tenant: Tenant, procedure: Conference, error: SwitchError) -> Steps:
    call, third = procedure.own_leg.call, procedure.other
    if call.procedure is not procedure:
        return  # one of the three has left meanwhile, and the others are bridged already
    tenant.finish(procedure, type(error))
    yield from rejoining.rejoin(tenant, procedure.own_leg, procedure.customer)
    if not third.ended:  # moved out of the call, else its end would also end the two
        tenant.leg_book.move_to_call(third, tenant.open_call(call.contact_id))
    yield from ending.end_all(third)


def entered(tenant: Tenant, call: Call) -> None:
    """A leg is in a room. The three of a conference talk once all are in theirs."""
    procedure = call.procedure
    if not isinstance(procedure, Conference):
        return
    legs = (procedure.own_leg, procedure.customer, procedure.other)
    if all(leg.position.room == procedure.room for leg in legs):
        procedure.sees(ConferenceSees.ALL_IN_ROOM)
        for leg in legs:
            leg.progress.talks(tenant.now_ms())
        tenant.actions.start(procedure.action)
        tenant.agent_states.mark_all_changed(procedure.own_leg.call)


def leave_room(tenant: Tenant, own_leg: Leg, procedure: Conference) -> Steps:
    """Park the agent outside the room; the other two talk on."""
    yield from _change_hold(tenant, own_leg, procedure, Hold.ASKED)
    if isinstance(own_leg.call.procedure, Conference):  # the procedure may be over by now
        leg_changes.set_hold(tenant, own_leg, Hold.OUT_OF_ROOM)


def come_back(tenant: Tenant, own_leg: Leg, procedure: Conference) -> Steps:
    yield from _change_hold(tenant, own_leg, procedure, Hold.ENDING)
    # The phone may hold by its own button meanwhile.
    leg_changes.set_hold(tenant, own_leg, Hold.PHONE if own_leg.media.phone_holds else Hold.NO)


def _change_hold(tenant: Tenant, own_leg: Leg, procedure: Conference, asked: Hold) -> Steps:
    before, own_leg.media.hold = own_leg.media.hold, asked

    def failed(error: SwitchError) -> Steps:
        if own_leg.media.hold is asked:
            own_leg.media.hold = before
        raise error

    yield from _converge(tenant, procedure, failed)


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
        leg_changes.holds_nobody(tenant, one)
    if procedure.gathered or leg is procedure.other:
        return rejoining.rejoin(tenant, *left)
    return ending.end_all(*left)
