"""Detects a lost customer: its leg has ended, and nobody who may end it did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.simulator.events import Event

# Seconds from a party's leaving to the end of the others; and if the link was lost then.
_SOON, _AT_LAST = 3.0, 30.0
# Of a limit, and of a supervisor who ends a whole call.
_NETS = ("NORMAL_TEMPORARY_FAILURE", "NO_ROUTE_DESTINATION")  # of the dialplan
_MEANT = ("ALLOTTED_TIMEOUT", "NO_ANSWER", "MANAGER_REQUEST")


class Customers:
    """Waiting the switch's own events. A customer's leg may end by its own phone, by a limit, by a
    supervisor, because who talked to it has just left, and by the fallback: there is none, or it
    has been used up; and by the switch, if it has waited for a desk that was ``deaf``."""

    def __init__(self, tenant: Tenant, deaf: Callable[[], bool]) -> None:
        self._tenant = tenant
        self._deaf = deaf
        self._talked: dict[str, set[str]] = defaultdict(set)
        self._left: dict[str, float] = {}
        self._known: dict[str, Leg] = {}
        self._ended: list[tuple[str, str, float]] = []
        self._answered_legs: set[str] = set()

    def leaves(self, uuid: str, now: float) -> None:
        """By a request of its agent."""
        self._left[uuid] = now

    def hear(self, event: Event) -> None:
        head = event.headers
        uuid = head.get("Unique-ID", "")
        if event.name == "CHANNEL_BRIDGE":
            a, b = head["Bridge-A-Unique-ID"], head["Bridge-B-Unique-ID"]
            self._talked[a].add(b)
            self._talked[b].add(a)
        elif uuid in self._tenant.legs:
            self._known[uuid] = self._tenant.legs[uuid]
        if event.name == "CHANNEL_ANSWER":
            self._answered_legs.add(uuid)
            if uuid in self._known:
                self._answered(self._known[uuid])
        if event.name == "CHANNEL_HANGUP_COMPLETE":
            self._gone(uuid, head, int(head["Event-Date-Timestamp"]) / 1e6)

    def _answered(self, leg: Leg) -> None:
        """Who answers for a customer and leaves at once has as good as talked to it."""
        if leg.call.customer is not None:
            self._talked[leg.call.customer.uuid].add(leg.uuid)

    def _gone(self, uuid: str, head: dict[str, str], now: float) -> None:
        if head["variable_sip_hangup_disposition"].startswith("recv_"):
            self._left[uuid] = now
        elif head["Hangup-Cause"] in _NETS and self._deaf():
            return
        elif head.get("variable_esl_bridge_role") == "customer":
            since = now - (_AT_LAST if self._deaf() else _SOON)
            self._ended.append((uuid, head["Hangup-Cause"], since))

    def lost(self) -> list[str]:
        """Those whose end, since this was last asked, has no reason."""
        ended, self._ended = self._ended, []
        return [
            f"{uuid} was lost: {cause}"
            for uuid, cause, since in ended
            if self._lost(uuid, cause, since)
        ]

    def _lost(self, uuid: str, cause: str, since: float) -> bool:
        parted = [self._left.get(other, 0.0) for other in self._talked[uuid]]
        excused = cause in _MEANT or (self._served(uuid) and cause == self._refusal(uuid))
        return not excused and all(at < since for at in parted)

    def _refusal(self, uuid: str) -> str:
        """The cause with which the daemon ends customers for whom no route is left."""
        return "NORMAL_CLEARING" if uuid in self._answered_legs else "USER_BUSY"

    def _served(self, uuid: str) -> bool:
        leg = self._known.get(uuid)
        return self._tenant.company.fallback is None or leg is None or leg.call.fallen_back
