"""Tables of phases: what a procedure goes on to when it sees something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Phase = TypeVar("Phase")
Observation = TypeVar("Observation")

Phases = Mapping[tuple[Phase, Observation], Phase]
"""``(phase, observation) -> phase``."""
