"""Legs that nobody waits for any more, and that may come yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esl_bridge.domain.tenant import Tenant

_MOST = 10_000


class GivenUp:
    """Those that the service has asked for, and whose end the switch has not told: a switch that
    hangs, and returns, does what it was told before. Of more than so many the oldest are forgotten,
    and found by their marks only when all legs are looked through."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._tenants: dict[str, Tenant] = {}

    def note(self, uuid: str, tenant: Tenant) -> None:
        self._tenants[uuid] = tenant
        if len(self._tenants) > self._most:
            del self._tenants[next(iter(self._tenants))]

    def forget(self, uuid: str) -> None:
        """The switch has told its end."""
        self._tenants.pop(uuid, None)

    def tenant_of(self, uuid: str) -> Tenant | None:
        return self._tenants.get(uuid)

    def __contains__(self, uuid: object) -> bool:
        return uuid in self._tenants
