"""The steps that operations and reactions yield, to be carried out and answered by the driver."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from typing import Any

import msgspec

from esl_bridge.errors import SwitchError
from esl_bridge.esl.commands import Command
from esl_bridge.protocol.envelope import Reply


def _take_nothing_back(_error: SwitchError) -> None:
    """Nothing was noted."""


class Until(msgspec.Struct, frozen=True):
    """Wait until something is so, at most some seconds; the answer says whether it is."""

    is_so: Callable[[], bool]
    seconds: float


class Effect(msgspec.Struct, frozen=True):
    """A command that is done when its effect is *seen*: its reply only says that the switch has
    heard.

    Once the switch has replied, ``shown_by`` is waited for, at most ``seconds``; the answer says
    whether it is so. A refusal is raised, as of any command. Where the reply does not come, what is
    seen makes up for it; else OutcomeUnknown is raised. Before an error is raised ``failed`` is
    called with it, to take back what was noted when the command was sent.
    """

    command: Command
    shown_by: Callable[[], bool]
    seconds: float = 0.0
    failed: Callable[[SwitchError], object] = _take_nothing_back


class Attempt(msgspec.Struct, frozen=True):
    """A command whose refusal is no error: its leg has just ended, or the switch has no such thing.

    The answer is the reply, "" where the switch refused; OutcomeUnknown is raised as ever, after
    ``failed`` was called with it, as that of an ``Effect``.
    """

    command: Command
    failed: Callable[[SwitchError], object] = _take_nothing_back


class OnReply(msgspec.Struct, frozen=True):
    """Call this at the ``Reply`` of these steps, before it is sent; takes no time itself."""

    call: Callable[[], object]


class Verify(msgspec.Struct, frozen=True):
    """Verify a password against a hash, ``None`` if there is none; the answer is whether it
    matches.

    The work is the same in every case, and is done in a thread. Raises TooManyRequests after too
    many failures for this ``account`` or from this ``network``, and Cancelled where the
    ``connection`` is closed before the work begins. ``known``: the account has checked in from that
    network before, and is not affected by the failures of others.
    """

    password: str
    password_hash: str | None
    account: str
    network: str
    known: bool = False
    connection: Hashable | None = None


Step = Command | Attempt | Effect | Until | OnReply | Verify | Reply
Steps = Generator[Step, Any, None]
"""Steps to be carried out one after the other. A command is answered with the switch's reply, or
raises a SwitchError at its ``yield``. A ``Reply`` is sent at once: what follows happens after
it."""


def all_of(*runs: Steps) -> Steps:
    """Run all of these, even where one fails; the last error is raised at the end."""
    failed: SwitchError | None = None
    for steps in runs:
        try:
            yield from steps
        except SwitchError as error:
            failed = error
    if failed is not None:
        raise failed
