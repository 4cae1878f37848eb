"""Legs that nobody waits for any more, and that may come yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esl_bridge.domain.desk import Desk

_MOST = 10_000


class GivenUp:
    """Those that the service has asked for, and whose end the switch has not told: a switch that
    hangs, and returns, does what it was told before. Of more than so many the oldest are forgotten,
    and found by their marks only when all legs are looked through."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._desks: dict[str, Desk] = {}

    def note(self, uuid: str, desk: Desk) -> None:
        self._desks[uuid] = desk
        if len(self._desks) > self._most:
            del self._desks[next(iter(self._desks))]

    def forget(self, uuid: str) -> None:
        """The switch has told its end."""
        self._desks.pop(uuid, None)

    def desk_of(self, uuid: str) -> Desk | None:
        return self._desks.get(uuid)

    def __contains__(self, uuid: object) -> bool:
        return uuid in self._desks
