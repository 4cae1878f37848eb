"""mute: the others do not hear the agent; the agent hears them."""

from __future__ import annotations

from collections.abc import Mapping

from esl_bridge.callflow.media import SEND
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl import commands
from esl_bridge.operations import in_order
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import LegRequest, OnOff, OnOffText, Reply


class MuteRequest(LegRequest, frozen=True, kw_only=True, tag="mute"):
    """``mute``: whether to mute."""

    mute: OnOff


class MuteReply(Reply, frozen=True, kw_only=True):
    """``mute``: the present state, "1" muted; a refusal carries it too."""

    mute: OnOffText


def _as_it_is(_fields: Mapping[str, object], agent: Agent) -> MuteReply:
    own_leg = agent.own_leg
    return MuteReply(mute=OnOff.ON if own_leg is not None and own_leg.media.muted else OnOff.OFF)


@operation(MuteRequest, reply=MuteReply, refused=_as_it_is, upon=in_order.own_sound)
def mute(request: MuteRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    own_leg, on = tenant.leg_book.own_leg(agent, request.uuid), request.mute is OnOff.ON
    require_allowed("mute", agent)
    if own_leg.media.flows & SEND:
        # Even if the state seems right: a daemon that was killed right after its reply may have
        # left another, and the switch does not show who is muted.
        yield commands.uuid_mute(own_leg.uuid, on=on)
    own_leg.media.muted = on
    yield MuteReply(mute=request.mute)
