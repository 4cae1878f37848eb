"""Limits concurrent originates: each occupies a thread of the switch until its phone is
answered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import gevent

from esl_bridge.errors import OriginateLimitReached, SwitchError, SwitchTimedOut
from esl_bridge.esl.commands import Command, ReplyHandler


class _WaitingOriginate(NamedTuple):
    """A queued command; ``patience``: a timer of the event loop."""

    command: Command
    then: ReplyHandler
    patience: Any


class OriginateLimiter:
    """Sends commands by ``send``. At most ``originates_in_flight`` originates run at once; further
    ones queue.

    :param wait_seconds: how long an originate may queue. :param job_seconds: after which a leg
    counts as set up, if the switch has not reported it.
    """

    def __init__(
        self,
        send: Callable[[Command, ReplyHandler], None],
        at_once: int,
        wait_seconds: float,
        job_seconds: float,
    ) -> None:
        self._send = send
        self._slots = at_once
        self._line: deque[_WaitingOriginate] = deque()
        self._wait_seconds = wait_seconds
        self._job_seconds = job_seconds
        self._under_way: dict[str, Any] = {}  # their deadlines, timers of the event loop

    def send(self, command: Command, then: ReplyHandler) -> None:
        """``then`` receives the switch's reply, or OriginateLimitReached after ``wait_seconds`` in
        the queue."""
        if not command.sets_up:
            self._send(command, then)
        elif not self._line and len(self._under_way) < self._slots:
            self._begin(command, then)
        else:
            waiting = _WaitingOriginate(
                command, then, gevent.get_hub().loop.timer(self._wait_seconds)
            )
            self._line.append(waiting)
            waiting.patience.start(self._time_out, waiting)

    def _begin(self, command: Command, then: ReplyHandler) -> None:
        leg = command.sets_up
        self._under_way[leg] = deadline = gevent.get_hub().loop.timer(self._job_seconds)
        deadline.start(self.ended, leg)

        def heard(outcome: str | SwitchError) -> None:
            # One without a timely reply may have been executed all the same.
            if isinstance(outcome, SwitchError) and not isinstance(outcome, SwitchTimedOut):
                self.ended(leg)
            then(outcome)

        self._send(command, heard)

    def _time_out(self, waiting: _WaitingOriginate) -> None:
        self._line.remove(waiting)
        waiting.patience.close()
        waiting.then(OriginateLimitReached())

    def ended(self, leg: str) -> None:
        """The switch has reported the end of an originate; the next in the queue is sent."""
        deadline = self._under_way.pop(leg, None)
        if deadline is not None:
            deadline.close()
            gevent.get_hub().loop.run_callback(self._let_follow)

    def _let_follow(self) -> None:
        while self._line and len(self._under_way) < self._slots:
            following = self._line.popleft()
            following.patience.close()
            self._begin(following.command, following.then)

    def forget(self) -> None:
        """The ends of the originates under way will not be reported any more."""
        for leg in tuple(self._under_way):
            self.ended(leg)
