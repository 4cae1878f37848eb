"""Kinds of phones in the field, and the choice of a kind for each party of a story.

A seed draws the choice, so that a run can be repeated: ``7``. From ``all:0`` to ``all:1`` and so on
each party has the next kind; with ``alike`` all phones are plain, with ``odd`` all use rare SIP,
with ``web`` all internal phones use WebSocket.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

ALIKE, ALL, ODD, RANDOM = "alike", "all", "odd", "random"
_ULAW, _ALAW, _OPUS, _G722 = "PCMU/8000/1", "PCMA/8000/1", "opus/48000/2", "G722/16000/1"


class Early(Enum):
    """Which sound a phone sends before its call is answered."""

    NONE = "180"
    SILENCE = "183 without sound"
    SOUND = "183 with sound"


class Hold(Enum):
    """How a phone signals hold in SDP."""

    SENDONLY = "sendonly"
    INACTIVE = "inactive"
    NOWHERE = "0.0.0.0"


@dataclass(frozen=True)
class Make:
    """A kind of phone. ``keys``: what its user presses at each music and ringback. ``websocket``:
    its SIP comes that way. ``nat``: names an address at which nobody reaches it. Only those that
    register have either. ``odd``: uses rare but legal SIP."""

    name: str
    codecs: tuple[str, ...] = (_ULAW,)
    early: Early = Early.NONE
    keys: str = ""
    hold: Hold = Hold.SENDONLY
    websocket: bool = False
    nat: bool = False
    odd: bool = False

    @property
    def by_hand(self) -> bool:
        """Whether it behaves as no ready-made phone does."""
        odd = self.odd or self.websocket or self.nat or self.hold is not Hold.SENDONLY
        return odd or self.early is not Early.NONE

    @property
    def registers(self) -> bool:
        """Whether only phones that register are of this kind."""
        return self.websocket or self.nat


PLAIN = Make("PCMU")
MAKES = (
    PLAIN,
    Make("PCMA, keys", codecs=(_ALAW,), keys="*1"),
    Make("opus before PCMA", codecs=(_OPUS, _ALAW)),
    Make("G.722 before PCMU", codecs=(_G722, _ULAW)),
    Make("183 with sound", codecs=(_ALAW,), early=Early.SOUND),
    Make("183 without sound, keys", early=Early.SILENCE, keys="#0"),
    Make("holds by inactive", hold=Hold.INACTIVE),
    Make("holds by 0.0.0.0, keys", codecs=(_ALAW,), hold=Hold.NOWHERE, keys="*"),
    Make("WebSocket", websocket=True),
    Make("behind NAT", codecs=(_ALAW,), nat=True),
)
WEB = "web"
_SAME = {ALIKE: PLAIN, ODD: Make("uses rare SIP", odd=True)}
KINDS = (*MAKES, _SAME[ODD])


def drawn(told: str, inside: Sequence[str], outside: Sequence[str]) -> dict[str, Make]:
    """Which phone is of which kind: ``inside`` register, ``outside`` are behind the carrier."""
    everybody = [*inside, *outside]
    if told == WEB:
        web = next(make for make in MAKES if make.websocket)
        return {name: web if name in inside else PLAIN for name in everybody}
    if told in _SAME:
        return dict.fromkeys(everybody, _SAME[told])
    fit = {name: [m for m in MAKES if name in inside or not m.registers] for name in everybody}
    kind, _, turn = told.partition(":")
    if kind == ALL:
        return {
            name: fit[name][(place + int(turn)) % len(fit[name])]
            for place, name in enumerate(everybody)
        }
    luck = random.Random(told)
    return {name: luck.choice(fit[name]) for name in everybody}


def turns() -> list[str]:
    """Choices in which each kind belongs to one of two agents, and to one of two outside phones:
    every second one, since the next person has those that are left out.
    """
    return [f"{ALL}:{turn}" for turn in range(0, len(MAKES), 2)]


if __name__ == "__main__":
    sys.stdout.write(" ".join(turns()))
