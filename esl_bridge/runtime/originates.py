"""How many legs are set up at once: each is a thread of the switch until its phone is answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore

from esl_bridge.errors import SwitchError, SwitchFull, SwitchTimedOut
from esl_bridge.esl.commands import Command


class Originates:
    """Sends commands by ``run``, but of those that set up a leg only so many at once.

    :param wait_seconds: how long the others may stand in line.
    :param job_seconds: when a leg is taken for set up of which the switch has not told so.
    """

    def __init__(
        self,
        run: Callable[[Command], str],
        at_once: int,
        wait_seconds: float,
        job_seconds: float,
    ) -> None:
        self._run = run
        self._places = BoundedSemaphore(at_once)
        self._wait_seconds = wait_seconds
        self._job_seconds = job_seconds
        self._under_way: dict[str, Any] = {}  # their deadlines, timers of the event loop

    def run(self, command: Command) -> str:
        """The switch's text; raises SwitchFull to who stood in line for too long."""
        if not command.sets_up:
            return self._run(command)
        if not self._places.acquire(timeout=self._wait_seconds):
            raise SwitchFull
        leg = command.sets_up
        self._under_way[leg] = deadline = gevent.get_hub().loop.timer(self._job_seconds)
        deadline.start(self.ended, leg)
        try:
            return self._run(command)
        except SwitchTimedOut:
            raise  # it may have been heard all the same
        except SwitchError:
            self.ended(leg)
            raise

    def ended(self, leg: str) -> None:
        """The switch has told how setting up a leg went; the next in line takes its place."""
        deadline = self._under_way.pop(leg, None)
        if deadline is not None:
            deadline.close()
            self._places.release()

    def forget(self) -> None:
        """Of what was under way nothing will be told any more."""
        for leg in tuple(self._under_way):
            self.ended(leg)
