"""A minimal switch: channels that ring, answer, pair and end, and their events.

It replies to commands at once, and sends their events later, on request: ``told`` holds the events
in the order in which they occurred.
"""

from __future__ import annotations

import random
import re
from collections import deque
from dataclasses import dataclass
from typing import Any

from esl_bridge.errors import SwitchRefused, SwitchTimedOut
from esl_bridge.esl.commands import Command
from esl_bridge.esl.events import (
    LegAnswered,
    LegEnded,
    LegParked,
    LegRings,
    LegsBridged,
    LegsUnbridged,
    OriginateFailed,
    PlaybackStarted,
    PlaybackStopped,
)
from esl_bridge.esl.refusals import refusal
from tests.builders import COMPANY, HOLD

_UUID = re.compile(r"origination_uuid=([0-9A-Za-z-]+)")
_VAIN = ["USER_BUSY", "NO_ANSWER", "CALL_REJECTED", "UNALLOCATED_NUMBER", "NO_USER_RESPONSE"]


@dataclass
class Channel:
    """``wants``: the leg that is called once this one has answered; ``by``: its caller."""

    uuid: str
    state: str = "new"
    wants: str = ""
    parks: bool = False
    by: str = ""
    peer: str = ""


class Channels:
    """``trouble``: how often, of one, a command is refused or not answered."""

    def __init__(self, luck: random.Random, trouble: float) -> None:
        self._luck = luck
        self._trouble = trouble
        self.up: dict[str, Channel] = {}
        self.told: deque[Any] = deque()

    def __call__(self, command: Command) -> str:
        word, *words = command.words
        if self._luck.random() < self._trouble:
            raise self._luck.choice([SwitchRefused("-ERR trouble"), SwitchTimedOut("trouble")])
        do = getattr(self, f"_{word}", None)
        if do is not None:
            do(*words)
        elif word.startswith("uuid_"):
            self._channel(words[0])
        return "+OK"

    # -- commands -------------------------------------------------------------------------------

    def _originate(self, leg: str, then: str) -> None:
        near = _UUID.findall(leg)[0]
        far = _UUID.findall(then)
        channel = Channel(near, wants=far[0] if far else "", parks=then == "'&park()'")
        self.up[near] = channel

    def _uuid_kill(self, leg: str, cause: str) -> None:
        self._channel(leg)
        self.end(leg, cause)

    def _uuid_answer(self, leg: str) -> None:
        channel = self._channel(leg)
        if channel.state != "answered":
            channel.state = "answered"
            self.told.append(LegAnswered(leg))

    def _uuid_bridge(self, leg: str, other: str) -> None:
        for each in (leg, other):
            if self._channel(each).state != "answered":
                raise refusal("-ERR Invalid uuid")
        self._join(leg, other)

    def _uuid_broadcast(self, leg: str, sound: str, _side: str) -> None:
        self._channel(leg)
        if sound == HOLD:
            self.told.append(PlaybackStarted(leg, HOLD))

    def _uuid_break(self, leg: str, _what: str) -> None:
        self._channel(leg)
        self.told.append(PlaybackStopped(leg, HOLD))

    def _channel(self, leg: str) -> Channel:
        if leg not in self.up:
            raise refusal("-ERR No such channel!")
        return self.up[leg]

    # -- what phones do -------------------------------------------------------------------------

    def arrive(self, leg: str, number: str, caller: str) -> None:
        """Somebody from outside calls."""
        self.up[leg] = Channel(leg, state="ringing")
        self.told.append(
            LegParked(
                leg,
                company=COMPANY,
                role="customer",
                number=number,
                caller_number=caller,
                answered=False,
                extension="",
                dialled="",
                flow_data="",
                work_order_id="",
            )
        )

    def ring(self, leg: str) -> None:
        channel = self.up[leg]
        if channel.state == "new":
            channel.state = "ringing"
            self.told.append(LegRings(leg, early=self._luck.random() < 0.3))

    def answer(self, leg: str) -> None:
        channel = self.up[leg]
        if channel.state == "answered":
            return
        channel.state = "answered"
        self.told.append(LegAnswered(leg))
        if channel.wants:
            self.up[channel.wants] = Channel(channel.wants, by=leg)
        elif channel.by in self.up:
            self._join(channel.by, leg)
        elif channel.parks:
            self.told.append(
                LegParked(leg, COMPANY, "callin", "", "", "", "", "", "", answered=True)
            )

    def fail(self, leg: str) -> None:
        """It is not taken; a phone that was not reached at all has no channel to tell of."""
        channel, cause = self.up[leg], self._luck.choice(_VAIN)
        if channel.state == "new" and not channel.by:
            del self.up[leg]
            self.told.append(OriginateFailed(leg, cause))
        elif channel.state == "new":
            del self.up[leg]
            self.end(channel.by, cause)
        else:
            self.end(leg, cause)

    def end(self, leg: str, cause: str = "NORMAL_CLEARING") -> None:
        channel = self.up.pop(leg, None)
        if channel is None:
            return
        if channel.peer:
            self.told.append(LegsUnbridged(leg, channel.peer))
        self.told.append(LegEnded(leg, cause))
        for other in (channel.peer, channel.wants, channel.by):
            if other and other in self.up:
                self.end(other, cause if channel.state == "answered" else "NORMAL_CLEARING")

    def _join(self, leg: str, other: str) -> None:
        self.up[leg].peer, self.up[other].peer = other, leg
        self.told.append(LegsBridged(leg, other))
