"""What operations and reactions want done: they yield it and are told how it went."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from typing import Any

import msgspec

from esl_bridge.domain.leg import Leg
from esl_bridge.esl.commands import Command
from esl_bridge.protocol.envelope import Reply


class Until(msgspec.Struct, frozen=True):
    """Wait until something is so for a leg, or for none in particular, at most some seconds; the
    answer says whether it is."""

    leg: Leg | None
    is_so: Callable[[], bool]
    seconds: float


class Verify(msgspec.Struct, frozen=True):
    """Hold a password against a hash, ``None`` if there is none; the answer says whether it fits.

    The work is the same in every case, and is done where it delays nobody. Instead TooManyRequests
    is raised after too many wrong ones for this ``account`` or from this ``place``, and Cancelled
    where the ``connection`` is gone before anybody has looked. ``known``: the account has come in
    from that place before, and does not suffer from what others get wrong.
    """

    password: str
    password_hash: str | None
    account: str
    place: str
    known: bool = False
    connection: Hashable | None = None


Step = Command | Until | Verify | Reply
Steps = Generator[Step, Any, None]
"""What is to be done, one after the other. A command answers with the switch's text, or raises a
SwitchError at its ``yield``. A ``Reply`` is on its way at once: what follows comes after it."""
