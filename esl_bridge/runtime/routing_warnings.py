"""Log what the switch lacks, as failed calls reveal it; once per fault, not once per call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

log = logging.getLogger(__name__)

_PAUSE = 60.0  # seconds between two warnings about the same destination
_DESTINATIONS = 1_000
_LACKING = {"INVALID_GATEWAY": "gateway", "INVALID_PROFILE": "SIP profile"}


class RoutingWarnings:
    """``clock`` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._told: dict[tuple[str, str], float] = {}
        self._cut_off: set[str] = set()  # companies

    def forget(self) -> None:
        """The configuration was reloaded: warn again of whatever is still missing."""
        self._told.clear()
        self._cut_off.clear()

    def came_nowhere(self, company: str, destination: str) -> None:
        """A caller was sent to a destination that no extension of the dialplan matches."""
        now, what = self._clock(), (company, destination)
        if now - self._told.get(what, now - _PAUSE) < _PAUSE:
            return
        if len(self._told) >= _DESTINATIONS:
            self._told = {one: at for one, at in self._told.items() if now - at < _PAUSE}
        self._told[what] = now
        log.warning(
            "company %s: the dialplan has no extension %a, but a caller was sent there; "
            "run esl-bridge check --switch to see what is missing",
            company,
            destination,
        )

    def call_failed(self, company: str, cause: str) -> None:
        """An outbound call of the company failed; causes other than a missing gateway or profile
        are ignored."""
        lacking = _LACKING.get(cause)
        if lacking is None or company in self._cut_off:
            return
        self._cut_off.add(company)
        log.warning(
            "company %s: an outbound call failed because the switch has no such %s (%s); "
            "run esl-bridge check --switch to see what is missing",
            company,
            lacking,
            cause,
        )

    def call_went_out(self, company: str) -> None:
        self._cut_off.discard(company)
