"""What operations and reactions want done: they yield it and are told how it went."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import msgspec

from esl_bridge.domain.leg import Leg
from esl_bridge.esl.commands import Command
from esl_bridge.protocol.envelope import Reply


class Until(msgspec.Struct, frozen=True):
    """Wait until something is so for a leg, at most some seconds; the answer says whether it is."""

    leg: Leg
    is_so: Callable[[], bool]
    seconds: float


class Verify(msgspec.Struct, frozen=True):
    """Hold a password against a hash, ``None`` if there is none; the answer says whether it fits.

    The work is the same in every case, and is done where it delays nobody; after too many wrong
    ones for this ``account`` or from this ``address`` TooManyRequests is raised instead.
    """

    password: str
    password_hash: str | None
    account: str
    address: str


Step = Command | Until | Verify | Reply
Moves = Generator[Step, Any, None]
"""What is to be done, one after the other. A command answers with the switch's text, or raises a
SwitchError at its ``yield``. A ``Reply`` is sent at once: what follows comes after it."""
