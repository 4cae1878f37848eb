"""How many audio packets a phone has sent, also silent ones, by the switch's count."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

from esl_bridge.callflow.steps import Step
from esl_bridge.domain.leg import Leg
from esl_bridge.errors import SwitchRefused
from esl_bridge.esl import commands

STEADY = 10
"""A phone that sends audio sends 50 packets a second. Fewer than these may be strays."""


def count(leg: Leg) -> Generator[Step, Any, int | None]:
    """The number of packets received so far; None where the switch does not report it."""
    if leg.ended:
        return None
    try:
        yield commands.uuid_set_media_stats(leg.uuid)
    # The leg has just ended, or the rendered ESL account predates this command.
    except SwitchRefused:
        return None
    found = (yield from variables(leg)).get("variable_rtp_audio_in_packet_count", "")
    return int(found) if found.isdecimal() else None


def variables(leg: Leg) -> Generator[Step, Any, dict[str, str]]:
    """The channel's headers and variables, as the switch has them now; empty where it is gone."""
    try:
        found: dict[str, str] = json.loads((yield commands.uuid_dump(leg.uuid)))
    except (SwitchRefused, ValueError):
        return {}
    return found
