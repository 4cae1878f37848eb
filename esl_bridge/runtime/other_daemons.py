"""Detects other daemons that serve the same companies on the same switch.

Two such daemons would both control the same calls and undo each other's changes to the queues. Each
daemon therefore announces, to all listeners of the switch, which companies it serves, and remembers
an announcement of another only until it is overdue: nothing is kept of a daemon that has ended.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import islice

import gevent

from esl_bridge.domain.company import DEFAULT_NODE
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.errors import SwitchError
from esl_bridge.esl import commands
from esl_bridge.esl.commands import Command, ReplyHandler
from esl_bridge.esl.events import DaemonServes

_COMPANIES = 50  # in one announcement
_MISSED = 3  # announcements that another daemon may miss before it counts as gone
_LONGEST = 3600  # seconds: the longest interval that a daemon may announce
_NAMED = 10  # companies named in one log line

log = logging.getLogger(__name__)


class OtherDaemons:
    """``send`` sends a command. ``daemon`` is this daemon's own id, ``seconds`` the interval
    between its announcements; ``clock`` returns monotonic seconds."""

    def __init__(
        self,
        tenant_registry: TenantRegistry,
        send: Callable[[Command, ReplyHandler], None],
        daemon: str,
        seconds: float,
        clock: Callable[[], float],
        node: str = DEFAULT_NODE,
    ) -> None:
        self._tenant_registry = tenant_registry
        self._send = send
        self._daemon = daemon
        self._seconds = seconds
        self._clock = clock
        self._node = node
        self._until: dict[str, float] = {}  # by company
        self._rounds = gevent.Greenlet(self._go_round)

    def start(self) -> None:
        self._rounds.start()

    def stop(self) -> None:
        self._rounds.kill()

    def tell(self) -> None:
        """Announce the companies that are served here to all listeners."""
        tenants = [one for one in self._tenant_registry.homed_on(self._node) if one.switch_up]
        codes = iter([one.company.code for one in tenants if one.company.enabled])
        while some := list(islice(codes, _COMPANIES)):
            interval = max(1, round(self._seconds))
            self._send(commands.tell_serving(self._daemon, some, interval), _told)

    def heard(self, event: DaemonServes) -> None:
        """Handle an announcement; this daemon's own come back as well and are ignored."""
        if event.daemon == self._daemon:
            return
        until = self._clock() + _MISSED * min(event.seconds, _LONGEST)
        shared = [code for code in event.companies if self._serves(code)]
        new = [code for code in shared if code not in self._until]
        self._until |= dict.fromkeys(shared, until)
        if new:
            log.warning("another daemon on this switch also serves company %s", _some(new))
            self.tell()  # so that the other learns of this one at once

    def served_twice(self) -> list[str]:
        """The companies that another daemon is known to serve as well."""
        now = self._clock()
        return sorted(code for code, at in self._until.items() if at > now and self._serves(code))

    def _serves(self, code: str) -> bool:
        """A disabled company does not count: it has no calls and no agents in queues."""
        tenant = self._tenant_registry.tenants.get(code)
        return tenant is not None and tenant.node == self._node and tenant.company.enabled

    def _go_round(self) -> None:
        while True:
            gevent.sleep(self._seconds)
            self.tell()
            self._forget_silent()

    def _forget_silent(self) -> None:
        now = self._clock()
        gone = [code for code, until in self._until.items() if until <= now]
        for code in gone:
            del self._until[code]
        if told := [code for code in gone if self._serves(code)]:
            log.warning("no other daemon serves company %s any more", _some(told))


def _told(outcome: str | SwitchError) -> None:
    if isinstance(outcome, SwitchError):
        log.info("cannot announce this daemon to others on the switch: %s", outcome)


def _some(codes: list[str]) -> str:
    more = len(codes) - _NAMED
    return ", ".join(codes[:_NAMED]) + (f" and {more} more" if more > 0 else "")
