"""A company's legs by uuid, and which company the switch's events about a leg concern."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from typing import TYPE_CHECKING

from esl_bridge.domain import numbers
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call, Party
from esl_bridge.domain.cancelled_legs import CancelledLegs
from esl_bridge.domain.domain_events import CallOver
from esl_bridge.domain.leg import Leg, LegState, Origin, Purpose
from esl_bridge.domain.procedures import last_talk_of
from esl_bridge.errors import UnknownLeg

if TYPE_CHECKING:
    from esl_bridge.domain.tenant import Tenant

Owners = defaultdict[str, dict[str, "Tenant"]]


class LegBook:
    """The legs of ``tenant``. ``owners`` maps for each switch the uuids of the legs on it to their
    tenants, and ``cancelled`` holds legs that were given up; all tenants share both. ``outbound``
    counts the legs to the outside."""

    def __init__(self, tenant: Tenant, owners: Owners, cancelled: CancelledLegs) -> None:
        self._tenant = tenant
        self._legs = tenant.legs
        self._owners = owners
        self._cancelled = cancelled
        self.outbound = numbers.OutboundCounter()
        self._calls_over: list[Call] = []
        self._releasing: dict[str, Leg] = {}

    # -- which there are -------------------------------------------------------------------------

    def on_node(self, node: str) -> list[Leg]:
        return [leg for leg in self._legs.values() if leg.position.node == node]

    def node_of(self, uuid: str, otherwise: str = "") -> str:
        """The switch that a leg is on; of one that is not known: ``otherwise``, or the company's
        own."""
        leg = self._legs.get(uuid)
        return leg.position.node if leg is not None else otherwise or self._tenant.node

    def leg_of(self, agent: Agent, uuid: str) -> Leg:
        """A leg of the agent's own call; raises UnknownLeg for any other."""
        leg = self._legs.get(uuid)
        if leg is None or agent.own_leg is None or leg.call is not agent.own_leg.call:
            raise UnknownLeg
        return leg

    def own_leg(self, agent: Agent, uuid: str) -> Leg:
        """The agent's own leg, by the uuid of any leg of its call."""
        self.leg_of(agent, uuid)
        assert agent.own_leg is not None
        return agent.own_leg

    # -- how they come ---------------------------------------------------------------------------

    def set_up(
        self,
        call: Call,
        number: str,
        purpose: Purpose,
        agent: Agent | None = None,
        begun_by: str = "",
    ) -> Leg:
        """A leg that the service is about to originate; it reserves its agent from now on."""
        leg = self.join(call, "call-" + self._tenant.new_id(), number, purpose, agent)
        leg.origin.dialled, leg.origin.begun_by = True, begun_by
        self._count_outbound(leg)
        return leg

    def take_in(self, leg: Leg) -> None:
        """A leg from before the service was restarted."""
        self._legs[leg.uuid] = leg
        self._owns(leg)
        self._count_outbound(leg)

    def _count_outbound(self, leg: Leg) -> None:
        if leg.origin.dialled and leg.agent is None:
            self.outbound.comes_up(leg.uuid, leg.origin.begun_by)

    def join(
        self,
        call: Call,
        uuid: str,
        number: str,
        purpose: Purpose,
        agent: Agent | None = None,
        node: str = "",
    ) -> Leg:
        """A leg, on the switch that its call is on; the first one on ``node``, or on the company's
        own."""
        leg = Leg(uuid, call, number, Origin(purpose), agent)
        leg.position.node = call.legs[0].position.node if call.legs else node or self._tenant.node
        leg.progress.began_ms = self._tenant.now_ms()
        call.legs.append(leg)
        self._legs[uuid] = leg
        self._owns(leg)
        if agent is not None and agent.own_leg is None:
            agent.own_leg = leg
            self._tenant.agent_states.mark_changed(agent)
        return leg

    # -- how they leave --------------------------------------------------------------------------

    def move_to_call(self, leg: Leg, call: Call) -> None:
        """Move a leg to another call; the call that it leaves may be over by that."""
        left = leg.call
        call.take(leg)
        self._note_if_over(left)

    def remove(self, leg: Leg, reason: str) -> None:
        """The leg has ended. ``reason``: noted as its cause where the switch gave none."""
        leg.state = LegState.ENDED
        last_talk_of(leg).gone.append(Party.of(leg, self._tenant.now_ms(), reason))
        leg.call.legs.remove(leg)
        self._note_if_over(leg.call)
        del self._legs[leg.uuid]
        self.outbound.is_over(leg.uuid)
        if leg.media.recording is None or leg.media.recording.over:
            self.disown(leg)

    def _note_if_over(self, call: Call) -> None:
        if not call.legs:
            self._calls_over.append(call)
            if call.gone:
                self._tenant.domain_events.append(
                    CallOver(call.contact_id, call.work_order_id, tuple(call.gone))
                )

    def take_calls_over(self) -> list[Call]:
        """Calls that nobody is in any more."""
        calls, self._calls_over = self._calls_over, []
        return calls

    # -- what is still to come of them -----------------------------------------------------------

    def may_come_yet(self, leg: Leg) -> None:
        """The leg is given up, but the switch may yet set it up."""
        self._cancelled.note(leg.uuid, self._tenant)

    def disown(self, leg: Leg) -> None:
        """The switch reports nothing more of a leg, except that its phone has been told of its
        end."""
        if leg.uuid not in self._releasing:
            self._owners[leg.position.node].pop(leg.uuid, None)

    def expect_release(self, leg: Leg) -> None:
        """The switch is ending the leg, and has yet to tell its phone."""
        if leg.agent is not None:
            leg.agent.releasing = (*leg.agent.releasing, leg.uuid)
            self._releasing[leg.uuid] = leg
            self._owns(leg)

    def released(self, uuid: str) -> None:
        """The leg's phone has been told, or no report of that will come."""
        leg = self._releasing.pop(uuid, None)
        if leg is None or leg.agent is None:
            return
        agent = leg.agent
        agent.releasing = tuple(one for one in agent.releasing if one != uuid)
        if agent.entry.skills:  # its queues may offer it callers again
            self._tenant.agent_states.mark_changed(agent)
        if not any(uuid == recording.on.uuid for recording in self._tenant.recordings.values()):
            self._owners[leg.position.node].pop(uuid, None)

    def release_all_but(self, there: Container[str], node: str) -> int:
        """Release the phones of legs that a switch no longer has; returns their number."""
        legs = self._releasing.values()
        gone = [leg.uuid for leg in legs if leg.position.node == node and leg.uuid not in there]
        for uuid in gone:
            self.released(uuid)
        return len(gone)

    def expect_replacement(self, leg: Leg) -> None:
        """Keep the owner of an ended leg until the leg that replaces it is reported."""
        self._owns(leg)

    def replacement_came(self, uuid: str) -> None:
        if uuid not in self._legs:
            for legs in self._owners.values():
                legs.pop(uuid, None)

    def _owns(self, leg: Leg) -> None:
        self._owners[leg.position.node][leg.uuid] = self._tenant
