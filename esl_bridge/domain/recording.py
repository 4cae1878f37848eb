"""Recordings: how an agent wants one made, and the resulting file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from esl_bridge.domain.leg import Leg


class RecordingOptions(msgspec.Struct, frozen=True):
    """How an agent's request wants a talk recorded.

    ``from_ring``: from the agent's answer on, while the far side rings. ``both``: both directions,
    not the agent's side alone. ``stereo``: the customer left, the agents right.
    """

    agent_id: str
    req_id: str
    from_ring: bool = False
    both: bool = False
    stereo: bool = False
    suffix: str = "mp3"


@dataclass(slots=True, eq=False)
class Recording:
    """One file: what ``leg`` says and hears.

    ``on``: the leg that the switch records now: ``leg``, or its caller while it rings. ``file`` is
    relative to the recordings folder, and held ``milliseconds`` before the present part.
    ``running``: the switch has confirmed it on ``on``. ``started`` and ``reported``: the agent was
    told of the start and of the end. ``stopping``: the switch was told to stop; ``over``: no more
    will follow.
    """

    recording_options: RecordingOptions
    leg: Leg
    on: Leg
    file: str
    milliseconds: int = 0
    running: bool = False
    started: bool = False
    paused: bool = False
    stopping: bool = False
    over: bool = False
    reported: bool = False

    @property
    def now(self) -> Literal["on", "paused", "off"]:
        """As the protocol puts it: ``on``, ``paused`` or ``off``."""
        if self.stopping or self.over:
            return "off"
        return "paused" if self.paused else "on"

    @property
    def changes(self) -> bool:
        """It is about to begin or to end."""
        return not self.over and (self.stopping or not self.running)

    @property
    def on_the_agents_leg(self) -> bool:
        """Whether the agent's side is what the recorded phone says, rather than what it hears."""
        return self.on.agent is not None and self.on.agent.id == self.recording_options.agent_id
