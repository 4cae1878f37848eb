"""A consult: the customer hears music while the agent talks to a consultant."""

from __future__ import annotations

from functools import partial

from esl_bridge.callflow import ending, moving, rejoining, transferring
from esl_bridge.callflow.converging import converge
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.call import Action
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.phases import ConsultPhase, ConsultSees, TransferPhase
from esl_bridge.domain.procedures import Consult, Transfer
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, PartyGone, SwitchError, SwitchUnavailable
from esl_bridge.layout.places import BridgedWith, Destination, Layout, Sound, Waiting


def layout(procedure: Consult) -> Layout:
    """Where the phase wants each leg."""
    own_leg, customer, other = procedure.own_leg, procedure.customer, procedure.other
    if own_leg.call.procedure is not procedure:
        return Layout()
    places: dict[str, Destination] = {}
    match procedure.phase:
        case ConsultPhase.RINGING:
            places = {customer.uuid: Waiting(Sound.MUSIC), own_leg.uuid: Waiting(Sound.RINGBACK)}
        case ConsultPhase.TALKING if other.ending is None:
            places = {own_leg.uuid: BridgedWith(other.uuid), customer.uuid: Waiting(Sound.MUSIC)}
        case ConsultPhase.HANDING_OVER:
            places = {other.uuid: BridgedWith(customer.uuid)}
    return Layout(places, (own_leg.uuid, customer.uuid), wait_seconds=procedure.wait_seconds)


def pursue(tenant: Tenant, procedure: Consult) -> Steps:
    """Bring the legs where the phase wants them, whatever has happened so far; also after a restart
    of the service."""
    call, failed = procedure.own_leg.call, partial(_failed, tenant, procedure)
    yield from converge(tenant, call, lambda: layout(procedure), failed)


def _failed(tenant: Tenant, procedure: Consult, error: SwitchError) -> Steps:
    if procedure.phase is ConsultPhase.HANDING_OVER:
        procedure.sees(ConsultSees.HAND_OVER_FAILED)
        tenant.actions.end(procedure.action, type(error))
    elif not isinstance(error, SwitchUnavailable):  # else the resync shows whether they talk
        yield from ending.end_all(procedure.other)


def prepare(tenant: Tenant, procedure: Consult) -> Steps:
    """The customer hears music, and the agent ringback, before the consultant is rung."""
    return converge(tenant, procedure.own_leg.call, lambda: _waiting(procedure))


def _waiting(procedure: Consult) -> Layout:
    """While the consultant is rung; ``consult_to_trans`` may have made it a transfer by now."""
    under_way = procedure.own_leg.call.procedure
    if isinstance(under_way, Transfer) and under_way.other is procedure.other:
        return transferring.layout(under_way)
    return layout(procedure)


def parked(tenant: Tenant, procedure: Consult, leg: Leg) -> Steps | None:
    """The consultant has answered: bridge the agent to it."""
    if leg is not procedure.other or not leg.waits_to_talk:
        return None
    procedure.sees(ConsultSees.CONSULTANT_ANSWERED)
    return pursue(tenant, procedure)


def complete_transfer(tenant: Tenant, procedure: Consult, action: Action) -> Steps:
    """Bridge the customer to the consultant, which parks the agent."""
    procedure.action = action
    procedure.sees(ConsultSees.HAND_OVER_REQUESTED)
    return pursue(tenant, procedure)


def bridged(tenant: Tenant, procedure: Consult) -> Steps | None:
    """Customer and consultant talk."""
    if procedure.other.peer is not procedure.customer:
        return None
    if procedure.phase is ConsultPhase.HANDING_OVER:
        tenant.actions.start(procedure.action)
        tenant.actions.end(procedure.action)
    procedure.sees(ConsultSees.CUSTOMER_BRIDGED)
    tenant.part(procedure)
    return rejoining.release_agent(procedure.own_leg, procedure.customer)


def ended(tenant: Tenant, procedure: Consult, leg: Leg, why: type[BridgeError] | None) -> Steps:
    """Report the actions now, before the leg is dropped; the steps run after that."""
    if procedure.phase is ConsultPhase.HANDED_OVER:
        return ending.nothing()
    if leg is procedure.own_leg and procedure.customer_leaves:
        return transferring.ended(tenant, _goes_on(procedure), leg, why)
    if leg is procedure.other:
        tenant.finish(procedure, why)
        return rejoining.rejoin(tenant, procedure.own_leg, procedure.customer)
    if leg is procedure.customer and procedure.talks:
        return _without_customer(tenant, procedure)
    tenant.finish(procedure, PartyGone if leg is procedure.customer else why)
    return ending.end_all(procedure.own_leg, procedure.customer, procedure.other)


def _goes_on(procedure: Consult) -> Transfer:
    """The agent has left: the hand-over goes on without it."""
    under_way = Transfer(
        procedure.agent,
        procedure.own_leg,
        procedure.customer,
        procedure.other,
        procedure.action,
        with_music=True,
        phase=TransferPhase.HANDING_OVER,
    )
    procedure.own_leg.call.procedure = under_way
    return under_way


def _without_customer(tenant: Tenant, procedure: Consult) -> Steps:
    """The two talk on in a plain call; the consult action ends with that call."""
    if procedure.customer_leaves:
        tenant.actions.end(procedure.action, PartyGone)
    call = procedure.own_leg.call
    call.procedure = None
    tenant.agent_states.note_reason(procedure.agent, "CUSTOMER_GONE")
    if procedure.other.agent is not None:
        tenant.agent_states.note_reason(procedure.other.agent, "CUSTOMER_GONE")
    tenant.agent_states.mark_all_changed(call)
    return moving.end_on_unbridge(procedure.own_leg, procedure.other)
