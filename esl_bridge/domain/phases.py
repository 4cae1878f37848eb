"""Tables of phases: what a procedure goes on to when it sees something.

What is not listed changes nothing. The end of a leg ends a procedure in every phase, but for what
its page in ``esl_bridge/callflow`` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Phase = TypeVar("Phase")
Observation = TypeVar("Observation")

Phases = Mapping[tuple[Phase, Observation], Phase]
"""``(phase, observation) -> phase``."""
