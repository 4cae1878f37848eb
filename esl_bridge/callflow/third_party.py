"""The third party of a consult, a transfer or a conference: how it is set up, and rung."""

from __future__ import annotations

from esl_bridge.callflow import bridging, dialling, ending, originating, recording
from esl_bridge.callflow.procedure_registry import module_of
from esl_bridge.callflow.routing import admit_outbound_call
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import Leg, Media, Purpose
from esl_bridge.domain.procedures import ThirdPartyProcedure
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BadField, BridgeError, TargetNotFree
from esl_bridge.esl import dialstring
from esl_bridge.protocol.envelope import OriginatingRequest


def set_up(
    tenant: Tenant,
    own_leg: Leg,
    field: str,
    number: str,
    purpose: Purpose,
    request: OriginatingRequest,
    *,
    inside: bool,
) -> Leg:
    """Set up a leg to an agent, which it reserves, or to an outside number; the request's ``field``
    names the party. Raises what forbids the call: SwitchUnavailable, BadField, UnknownAgent,
    TargetNotFree, NumberBarred or TooManyCalls."""
    assert own_leg.agent is not None
    agent = _agent(tenant, own_leg.call, field, number, inside=inside)
    if agent is None:
        admit_outbound_call(tenant, number, own_leg.agent.id)
    shown = agent.extension if agent else number
    leg = tenant.leg_book.set_up(own_leg.call, shown, purpose, agent, own_leg.agent.id)
    leg.origin.offered = agent is not None
    leg.origin.caller, leg.origin.callee = own_leg.number, leg.number
    leg.media.directions = Media(request.audio, request.video, request.pixels)
    return leg


def _agent(tenant: Tenant, call: Call, field: str, number: str, *, inside: bool) -> Agent | None:
    """The agent to call, None for an outside number."""
    tenant.need_switch()
    there = [leg for leg in call.legs if leg.ending is None]
    if any(leg.number == number or (leg.agent and leg.agent.id == number) for leg in there):
        raise BadField(field, "already in the call")
    if not inside:
        return None
    agent = tenant.roster.agent(number)
    if not agent.takes_calls:
        raise TargetNotFree
    return agent


def ring(
    tenant: Tenant,
    procedure: ThirdPartyProcedure,
    request: OriginatingRequest,
    before: Steps,
    *,
    held: bool = False,
) -> Steps:
    """Ring the third party after ``before``, which prepares the others; when it answers it is
    parked, and the procedure continues. Where that fails, the procedure goes on as at the end of
    that leg. ``held``: the customer heard hold music."""
    own_leg, leg = procedure.own_leg, procedure.other
    assert leg is not None
    try:
        yield from before
        if (yield from originating.is_due(leg)):
            yield from recording.third(tenant, leg, request)
            ring_seconds, talk_seconds = request.max_ring_time, request.max_call_time
            phone = dialling.offered_phone(tenant, leg, ring_seconds, talk_seconds)
            yield from dialling.dial(leg, phone, dialstring.AfterAnswer(dialstring.park()))
    except BridgeError as error:
        if held:
            bridging.keep_hold(tenant, own_leg, error)
        yield from _go_on_without(tenant, own_leg.call, leg, error)


def _go_on_without(tenant: Tenant, call: Call, leg: Leg, error: BridgeError) -> Steps:
    rest, under_way = ending.nothing(), call.procedure
    # Another one by now, perhaps: a consult becomes a transfer while the consultant is rung.
    if under_way is not None and under_way.third is leg:
        rest = module_of(under_way).ended(tenant, under_way, leg, type(error))
    ending.discard_leg(tenant, leg, error)
    yield from rest
