"""What the switch lacks, as calls show it: told in the log, and not for each call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

log = logging.getLogger(__name__)

_PAUSE = 60.0  # seconds between two lines about a destination
_DESTINATIONS = 1_000
_LACKING = {"INVALID_GATEWAY": "gateway", "INVALID_PROFILE": "SIP profile"}


class RoutingWarnings:
    """``clock``: seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._told: dict[tuple[str, str], float] = {}
        self._cut_off: set[str] = set()  # companies

    def forget(self) -> None:
        """The companies are read again: what is lacking now is told once more."""
        self._told.clear()
        self._cut_off.clear()

    def came_nowhere(self, company: str, destination: str) -> None:
        """A caller was sent where no extension of the dialplan takes it."""
        now, what = self._clock(), (company, destination)
        if now - self._told.get(what, now - _PAUSE) < _PAUSE:
            return
        if len(self._told) >= _DESTINATIONS:
            self._told = {one: at for one, at in self._told.items() if now - at < _PAUSE}
        self._told[what] = now
        log.warning(
            "no extension of the dialplan takes %a: a caller of company %s came there; "
            "esl-bridge check --switch says what is missing",
            destination,
            company,
        )

    def call_failed(self, company: str, cause: str) -> None:
        """A call of the company's to the outside was not set up; other causes say nothing here."""
        lacking = _LACKING.get(cause)
        if lacking is None or company in self._cut_off:
            return
        self._cut_off.add(company)
        log.warning(
            "company %s: a call to the outside found no such %s at the switch (%s); "
            "esl-bridge check --switch says what is missing",
            company,
            lacking,
            cause,
        )

    def call_went_out(self, company: str) -> None:
        self._cut_off.discard(company)
