"""The life of an agent's action: INITIATE, perhaps START_CALL, exactly one END_CALL."""

from __future__ import annotations

from collections.abc import Callable

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Action, ActionKind, ActionPhase
from esl_bridge.domain.domain_events import ActionAdvanced, DomainEvent
from esl_bridge.domain.leg import Leg, Media
from esl_bridge.domain.states import Status
from esl_bridge.errors import BridgeError


class Actions:
    """The actions of a tenant's ``agents``; their progress is appended to ``domain_events``, as
    ``callback``. ``number_shown_at`` returns the number that a called party is shown."""

    def __init__(
        self,
        agents: dict[str, Agent],
        domain_events: list[DomainEvent],
        number_shown_at: Callable[[Leg], str],
    ) -> None:
        self._agents = agents
        self._number_shown_at = number_shown_at
        self._domain_events = domain_events

    def begin(self, action: Action) -> None:
        action.phase = ActionPhase.INITIATE
        action.near.call.actions.append(action)
        self._agents[action.agent_id].actions.append(action)
        self._tell_of(action, success=True)

    def start(self, action: Action) -> None:
        if action.phase is ActionPhase.INITIATE:
            action.phase = ActionPhase.START_CALL
            self._tell_of(action, success=True)

    def end(
        self,
        action: Action,
        cause: type[BridgeError] | None = None,
        *,
        reached: bool = False,
    ) -> None:
        """End an action, once. ``reached``: it has no talk of its own but reached its goal, or
        continues as another action."""
        if action.open:
            success = action.started or reached
            action.phase = ActionPhase.END_CALL
            action.near.call.actions.remove(action)
            if action.agent_id in self._agents:
                self._agents[action.agent_id].actions.remove(action)
            self._tell_of(action, success=success, cause=cause)

    def _tell_of(
        self, action: Action, *, success: bool, cause: type[BridgeError] | None = None
    ) -> None:
        assert action.phase is not None
        agent = self._agents.get(action.agent_id)
        begun = action.phase is ActionPhase.START_CALL
        peer, called = action.peer, action.called
        self._domain_events.append(
            ActionAdvanced(
                agent_id=action.agent_id,
                req_id=action.req_id,
                kind=action.kind,
                phase=action.phase,
                success=success,
                code=cause.code if cause else "0",
                uuid=action.leg.uuid,
                media=action.media if begun else None,
                last_media=Media(audio=0, video=0) if begun else None,
                work_order_id=action.work_order_id,
                contact_id=action.near.call.contact_id,
                peer_uuid=peer.uuid if peer is not None else "",
                display_number=self._number_shown_at(called) if called is not None else "",
                task=action.task,
                suppressed=agent is None or agent.last_reported[0] == Status.OFFLINE,
            )
        )

    def phone_is_gone(self, agent: Agent) -> None:
        """Report EXT_UN_REG: a single message that belongs to no action."""
        if agent.status is not Status.OFFLINE:
            self._domain_events.append(
                ActionAdvanced(
                    agent_id=agent.id,
                    req_id="",
                    kind=ActionKind.EXT_UN_REG,
                    phase=ActionPhase.END_CALL,
                    success=True,
                    code="0",
                    uuid="",
                )
            )
