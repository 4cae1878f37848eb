"""An agent's whole view, as the protocol describes it: ``desk`` on the wire."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from esl_bridge.domain import presence
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.allowed_operations import call_phase
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.protocol.legs import legs_of
from esl_bridge.protocol.messages import AgentCall, AgentView


def now(agent: Agent, tenant: Tenant) -> AgentView:
    """The whole view, as a client that begins anew gets it."""
    return replace(of(agent), now_ms=tenant.now_ms())


def change(agent: Agent, tenant: Tenant) -> AgentView | None:
    """The view to send to a client that follows; None where nothing has changed. What the client
    was sent of the same call's ``flow_data``, which may be long, is not sent again."""
    view, last = of(agent), tenant.agent_views.sent_to(agent)
    if view == last:
        return None
    tenant.agent_views.follow(agent, view)
    assert isinstance(last, AgentView)
    call = view.call
    if call is not None and last.call is not None and _told(call) == _told(last.call):
        call = replace(call, flow_data=UNSET)
    return replace(view, call=call, now_ms=tenant.now_ms())


def _told(call: AgentCall) -> tuple[object, ...]:
    return call.uuid, call.flow_data


def of(agent: Agent) -> AgentView:
    """The view without the time at which it is sent, so that two can be compared."""
    own_leg, remembered = presence.announced_leg(agent), agent.state.remembered
    return AgentView(
        agent_id=agent.id,
        name=agent.entry.name,
        role="supervisor" if agent.entry.supervisor else "agent",
        status=agent.status,
        sub_status=presence.sub_status(agent) or None,
        reason=agent.reason or None,
        since_ms=agent.since_ms,
        until_ms=agent.until_ms,
        next=remembered.status if remembered is not None else None,
        stage=call_phase(agent),
        registered=agent.registered,
        call=_call(agent, own_leg) if own_leg is not None else None,
        now_ms=0,
    )


def _call(agent: Agent, own_leg: Leg) -> AgentCall:
    call, origin, other = own_leg.call, own_leg.origin, presence.main_party(agent)
    parties = legs_of(agent)
    return AgentCall(
        uuid=own_leg.uuid,
        contact_id=call.contact_id or None,
        direction="inbound" if origin.offered else "outbound",
        number=other.number if other is not None else origin.caller or None,
        name=other.agent.entry.name if other is not None and other.agent is not None else None,
        callee=origin.callee or None if origin.offered else None,
        skill=call.skill or None,
        channel=origin.channel if origin.offered else None,
        flow_data=call.flow_data or None,
        work_order_id=call.work_order_id or None,
        began_ms=own_leg.progress.began_ms,
        talk_ms=own_leg.progress.talked_ms or None,
        hold=own_leg.holds,
        mute=own_leg.media.muted,
        recording=next((leg.recording for leg in parties if leg.recording != "off"), "off"),
        parties=parties,
    )
