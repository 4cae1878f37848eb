"""The switch is away, or back."""

from __future__ import annotations

from esl_bridge.callflow import recording
from esl_bridge.domain.agent import Trigger
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.errors import SwitchUnavailable


def lost(desk: Desk, leg: Leg, reason: str) -> None:
    """A leg that the switch no longer has, and of whose end it told nothing."""
    for action in [action for action in leg.call.actions if action.concerns(leg)]:
        # A talk that was over before the switch was read back has ended as talks do.
        ordinary = reason == "RESYNC" and action.started
        desk.end(action, None if ordinary else SwitchUnavailable)
    desk.drop(leg, Trigger.SWITCH_LOST, reason)


def all_lost(desk: Desk) -> None:
    """A switch that is gone took its legs with it."""
    for leg in list(desk.legs.values()):
        lost(desk, leg, "SWITCH_LOST")
    recording.lost(desk)


def registrations(desk: Desk, extensions: set[str]) -> None:
    """Whose phones are registered, as the switch says it is now."""
    for agent in desk.agents.values():
        was, agent.registered = agent.registered, agent.extension in extensions
        desk.touch(agent)
        if was and not agent.registered:
            desk.phone_is_gone(agent)
