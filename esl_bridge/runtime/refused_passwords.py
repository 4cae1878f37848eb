"""Phones that are refused. Wrong passwords reported by the switch are counted, and logged in a form
that fail2ban reads; so are contacts at another address than the phone registered from."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from time import monotonic

from esl_bridge.esl.dialstring import is_number
from esl_bridge.esl.events import PasswordRefused, Registered

log = logging.getLogger(__name__)

_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_PAUSE = 1.0  # seconds between two lines about the same address
_ADDRESSES = 1_000


class RefusedPasswords:
    """``count`` is called for each refusal; at most one line a second is logged per address."""

    def __init__(self, count: Callable[[], None], clock: Callable[[], float] = monotonic) -> None:
        self._count = count
        self._clock = clock
        self._told: dict[str, float] = {}

    def refused(self, event: PasswordRefused) -> None:
        self._count()
        self._tell("phone refused", event.extension, event.address)

    def leads_elsewhere(self, event: Registered) -> None:
        what = "phone refused, its contact is not at the address it registered from"
        self._tell(what, event.extension, event.came_from)

    def _tell(self, what: str, extension: str, address: str) -> None:
        address = address if _ADDRESS.fullmatch(address) else "?"
        now = self._clock()
        if now - self._told.get(address, now - _PAUSE) < _PAUSE:
            return
        if len(self._told) >= _ADDRESSES:
            self._told = {one: at for one, at in self._told.items() if now - at < _PAUSE}
        self._told[address] = now
        extension = extension if is_number(extension) else "?"
        log.warning("%s: address=%s extension=%s", what, address, extension)
