"""Legs that were given up but may still come up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from esl_bridge.domain.tenant import Tenant

_MOST = 10_000


class CancelledLegs:
    """Legs that the service asked for and whose end the switch has not reported: a switch that
    hangs and recovers executes what it was told before. Beyond ``most`` legs the oldest are
    forgotten; those are found only by their channel variables, when all channels are listed."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._tenants: dict[str, Tenant] = {}

    def note(self, uuid: str, tenant: Tenant) -> None:
        self._tenants[uuid] = tenant
        if len(self._tenants) > self._most:
            del self._tenants[next(iter(self._tenants))]

    def forget(self, uuid: str) -> None:
        """The switch has reported its end."""
        self._tenants.pop(uuid, None)

    def tenant_of(self, uuid: str) -> Tenant | None:
        return self._tenants.get(uuid)

    def __contains__(self, uuid: object) -> bool:
        return uuid in self._tenants
