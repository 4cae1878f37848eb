"""What is kept of a talk: how somebody wants it recorded, and the file that comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from esl_bridge.domain.leg import Leg


class RecordingOptions(msgspec.Struct, frozen=True):
    """How an agent's request wants a talk recorded.

    ``from_ring``: from the agent's answer on, while the far side rings. ``both``: both directions,
    not the agents' side alone. ``stereo``: left the customer, right the agents.
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

    ``on`` is the leg that the switch records now: ``leg``, or its caller while it rings. ``file``
    is relative to the recordings folder; ``milliseconds`` of it were there before. ``running``:
    the switch has said so of ``on``. ``started`` and ``reported``: its agent knows of the
    beginning, and of the end. ``stopping``: the switch was asked to; ``over``: there is no more to
    come.
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
    def now(self) -> str:
        """As the protocol says it: ``on``, ``paused`` or ``off``."""
        if self.stopping or self.over:
            return "off"
        return "paused" if self.paused else "on"

    @property
    def changes(self) -> bool:
        """It is about to begin, or to end."""
        return not self.over and (self.stopping or not self.running)

    @property
    def on_the_agents_leg(self) -> bool:
        """Whether what the recorded phone says is the agent's side, and not what it hears."""
        return self.on.agent is not None and self.on.agent.id == self.recording_options.agent_id
