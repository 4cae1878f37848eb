"""How many audio packets a phone has sent, also silent ones, by the switch's count."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from esl_bridge.callflow.steps import Attempt, Step
from esl_bridge.domain.leg import Leg
from esl_bridge.esl import channels, commands
from esl_bridge.esl.channels import PhoneMedia

STEADY = 10
"""A phone that sends audio sends 50 packets a second. Fewer than these may be strays."""


def count(leg: Leg) -> Generator[Step, Any, int | None]:
    """The number of packets received so far; None where the switch does not report it."""
    # Refused where the leg has just ended, or the rendered ESL account predates this command.
    if leg.ended or not (yield Attempt(commands.uuid_set_media_stats(leg.uuid))):
        return None
    return (yield from media(leg)).packets


def media(leg: Leg) -> Generator[Step, Any, PhoneMedia]:
    """What its phone sends and receives now; nothing where the leg is gone."""
    return channels.read_media((yield Attempt(commands.uuid_dump(leg.uuid))))
