"""The links between a tenant and its switch, in virtual time, and their failures.

Messages on one link arrive in order, each a random moment later; messages on different links may
overtake each other. A real switch and a busy daemon see each other like that.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from functools import partial

from esl_bridge.errors import SwitchError, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl import decoding
from esl_bridge.esl.frames import EslFrame, EslFrameReader
from esl_bridge.simulator.clock import VirtualClock
from esl_bridge.simulator.session import Accounts, Session
from esl_bridge.simulator.switch import SimulatedSwitch

REPLY_SECONDS = 5.0
# Seconds on the way: nothing to speak of, a busy moment, a long pause of the collector.
_LAGS, _ODDS = (0.0003, 0.003, 0.03, 0.15), (10, 6, 3, 1)


class Line:
    """Keeps what is posted in order, and takes a random time over each."""

    def __init__(self, clock: VirtualClock, luck: random.Random) -> None:
        self._clock = clock
        self._luck = luck
        self._due = 0.0
        self.under_way: deque[Callable[[], object]] = deque()

    def post(self, call: Callable[[], object]) -> None:
        lag = self._luck.choices(_LAGS, _ODDS)[0] * self._luck.uniform(0.5, 2)
        self._due = max(self._due, self._clock.now() + lag)
        self.under_way.append(call)
        self._clock.later(self._due - self._clock.now(), self._arrive)

    def cut(self, left: int) -> None:
        """Only so many of the messages in flight still arrive."""
        while len(self.under_way) > left:
            self.under_way.pop()

    def _arrive(self) -> None:
        if self.under_way:
            self.under_way.popleft()()


class Asked:
    """A command whose outcome is reported once: the switch's text, or an error."""

    def __init__(self, clock: VirtualClock, told: Callable[[str | SwitchError], object]) -> None:
        self._told = told
        self._deadline = clock.later(REPLY_SECONDS, partial(self.tell, SwitchTimedOut()))
        self.open = True

    def tell(self, outcome: str | SwitchError) -> None:
        if self.open:
            self.open = False
            self._deadline.cancel()
            self._told(outcome)


class Link:
    """One connection to the switch; ``hear`` gets the JSON of each event of it."""

    def __init__(
        self,
        switch: SimulatedSwitch,
        clock: VirtualClock,
        luck: random.Random,
        hear: Callable[[bytes], None],
    ) -> None:
        self._clock = clock
        self._luck = luck
        self._hear = hear
        self._out, self._back = Line(clock, luck), Line(clock, luck)
        self._reader = EslFrameReader()
        self._silent = False
        self._open: list[Asked] = []
        self._sent: deque[Asked] = deque()
        self._session = Session(switch, Accounts(), self._written, lambda: None)
        self._session.open()
        self._session.receive(b"auth ClueCon\n\n")

    def subscribe(self) -> None:
        self._session.receive(f"event json {decoding.SUBSCRIPTION}\n\n".encode())

    def run(
        self,
        line: str,
        told: Callable[[str | SwitchError], object],
        *,
        arrives: bool = True,
        answered: bool = True,
    ) -> None:
        """Whether the command ``arrives`` at the switch, and is ``answered`` if it does."""
        asked = Asked(self._clock, told)
        self._open = [one for one in self._open if one.open] + [asked]
        if arrives and not self._silent:
            nobody = Asked(self._clock, lambda _: None)
            self._out.post(partial(self._arrives, line, asked if answered else nobody))

    def _arrives(self, line: str, asked: Asked) -> None:
        self._sent.append(asked)
        self._session.receive(f"{line}\n\n".encode())

    @property
    def idle(self) -> bool:
        waits = any(one.open for one in self._open)
        return not waits and not self._out.under_way and not self._back.under_way

    def fall_silent(self) -> None:
        """Nothing more arrives; the switch may still read what is in flight."""
        self._silent = True
        self._session.lost()
        self._back.cut(0)
        self._out.cut(self._luck.randint(0, len(self._out.under_way)))

    def lose(self) -> list[Callable[[], None]]:
        """The callbacks that fail the waiting commands."""
        return [partial(one.tell, SwitchUnavailable()) for one in self._open]

    def _written(self, data: bytes) -> None:
        for frame in self._reader.feed(data):
            self._take(frame)

    def _take(self, frame: EslFrame) -> None:
        if self._silent:
            return
        match frame.headers["Content-Type"]:
            case "api/response":
                text = frame.body.decode().removesuffix("\n")
                self._back.post(partial(self._sent.popleft().tell, text))
            case "text/event-json":
                self._back.post(partial(self._hear, frame.body))
