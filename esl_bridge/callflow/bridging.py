"""The parties of a call: whom an agent talks to, and how a third party is set up."""

from __future__ import annotations

from typing import TypeVar

from esl_bridge.callflow import dialling, queueing, recording
from esl_bridge.callflow.routing import admit_outbound_call
from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain import leg_changes
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import Hold, Leg, Media, Purpose
from esl_bridge.domain.procedures import Conference, Consult, Transfer
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BadField, BridgeError, OutcomeUnknown, TargetNotFree, WrongState
from esl_bridge.esl import dialstring
from esl_bridge.protocol.envelope import OriginatingRequest

AnyProcedure = TypeVar("AnyProcedure", Consult, Transfer, Conference)

_IN_DOUBT = (Hold.PHONE, Hold.ASKED, Hold.UNSURE)

# Limit for the switch to bridge two legs; measured: 0.1 s.
_BRIDGE_SECONDS = 2.0


def keep_hold(tenant: Tenant, own_leg: Leg, error: BridgeError) -> None:
    """Keep an agent's hold when another operation failed with an unknown outcome: the music may go
    on until the two legs are bridged or the switch is resynced."""
    if isinstance(error, OutcomeUnknown) and own_leg.media.hold is Hold.NO:
        leg_changes.set_hold(tenant, own_leg, Hold.ENDING)


def joined(leg: Leg) -> Steps:
    """Wait for a leg that has just answered to be bridged: if it ended before, its partner would
    end too."""
    if leg.answered and not leg.progress.talked and leg.call.procedure is not None:
        yield Until(lambda: leg.progress.talked or leg.ended, _BRIDGE_SECONDS)


def partner(own_leg: Leg) -> Leg:
    """The party that an agent talks to or holds. Raises WrongState where there is none, where the
    phone itself holds, or where a procedure is under way."""
    peer = answered_peer(own_leg)
    if peer is None or own_leg.media.hold in _IN_DOUBT or own_leg.call.procedure is not None:
        raise WrongState
    return peer


def answered_peer(leg: Leg) -> Leg | None:
    """The leg's partner, unless that only rings: a phone that sends early media is bridged before
    it answers, and the switch hangs up the leg if such a phone is moved (measured, source)."""
    return leg.peer if leg.peer is not None and leg.peer.answered else None


def begun_by(agent: Agent, kind: type[AnyProcedure]) -> AnyProcedure:
    """The procedure that this agent began; raises WrongState if it is another's, or of another
    kind."""
    under_way = agent.own_leg.call.procedure if agent.own_leg is not None else None
    if not isinstance(under_way, kind) or under_way.agent is not agent:
        raise WrongState
    return under_way


def third_party(
    tenant: Tenant, call: Call, field: str, number: str, *, inside: bool
) -> Agent | None:
    """The agent to call, None for an outside number. Raises what forbids the call:
    SwitchUnavailable, BadField, UnknownAgent or TargetNotFree."""
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


def set_up_third_party(
    tenant: Tenant,
    own_leg: Leg,
    agent: Agent | None,
    number: str,
    purpose: Purpose,
    request: OriginatingRequest,
) -> Leg:
    """Set up a leg to a third party, which reserves its agent. ``number`` is used where ``agent``
    is None. Raises NumberBarred or TooManyCalls."""
    assert own_leg.agent is not None
    if agent is None:
        admit_outbound_call(tenant, number, own_leg.agent.id)
    shown = agent.extension if agent else number
    leg = tenant.leg_book.set_up(own_leg.call, shown, purpose, agent, own_leg.agent.id)
    leg.origin.offered = agent is not None
    leg.origin.caller, leg.origin.callee = own_leg.number, leg.number
    leg.media.directions = Media(request.audio, request.video, request.pixels)
    return leg


def ring_third_party(tenant: Tenant, leg: Leg, request: OriginatingRequest) -> Steps:
    """Originate a third party's leg; when it answers it is parked, and the procedure continues.

    Raises the leg's ``ending`` if it was ended before the switch was told to call.
    """
    if not leg.ended and leg.ending is None:
        yield from queueing.wait_until_out_of_queues(leg)
    if leg.ending is not None:
        raise leg.ending
    if leg.ended:
        return
    yield from recording.third(tenant, leg, request)
    phone = dialling.offered_phone(tenant, leg, request.max_ring_time, request.max_call_time)
    yield from dialling.dial(leg, phone, dialstring.AfterAnswer(dialstring.park()))
