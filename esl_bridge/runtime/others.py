"""Other daemons that serve the same companies on the same switch.

Each of them would lead the other's calls and tell the queues what the other has just changed. So
each tells all that listen to the switch which companies it serves, and remembers of what it hears
only what is said again in time: nothing is kept anywhere of a daemon that has ended.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import islice

import gevent

from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.errors import SwitchError
from esl_bridge.esl import commands
from esl_bridge.esl.commands import Command
from esl_bridge.esl.events import DaemonServes
from esl_bridge.runtime.switch_link import Then

_COMPANIES = 50  # told of at a time
_MISSED = 3  # times that another may be silent before it is taken for gone
_LONGEST = 3600  # seconds that it may say it will be silent
_NAMED = 10  # companies in a line of the log

log = logging.getLogger(__name__)


class OtherDaemons:
    """``send`` sends a command; ``daemon`` is what this one calls itself, ``seconds``: how often it
    tells of itself; ``clock`` gives seconds that never go back."""

    def __init__(
        self,
        tenant_registry: TenantRegistry,
        send: Callable[[Command, Then], None],
        daemon: str,
        seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._tenant_registry = tenant_registry
        self._send = send
        self._daemon = daemon
        self._seconds = seconds
        self._clock = clock
        self._until: dict[str, float] = {}  # by company
        self._rounds = gevent.Greenlet(self._go_round)

    def start(self) -> None:
        self._rounds.start()

    def stop(self) -> None:
        self._rounds.kill()

    def tell(self) -> None:
        """All who listen, of the companies that are served here."""
        tenants = self._tenant_registry.tenants.items()
        codes = iter(
            [code for code, tenant in tenants if tenant.switch_up and tenant.company.enabled]
        )
        while some := list(islice(codes, _COMPANIES)):
            interval = max(1, round(self._seconds))
            self._send(commands.tell_serving(self._daemon, some, interval), _told)

    def heard(self, event: DaemonServes) -> None:
        """What a daemon tells, this one itself too."""
        if event.daemon == self._daemon:
            return
        until = self._clock() + _MISSED * min(event.seconds, _LONGEST)
        shared = [code for code in event.companies if self._serves(code)]
        new = [code for code in shared if code not in self._until]
        self._until |= dict.fromkeys(shared, until)
        if new:
            log.warning("served by another daemon on this switch, too: company %s", _some(new))
            self.tell()  # so that the other does not have to wait for it

    def served_twice(self) -> list[str]:
        """The companies, as far as is known now."""
        now = self._clock()
        return sorted(code for code, at in self._until.items() if at > now and self._serves(code))

    def _serves(self, code: str) -> bool:
        """One that is disabled leads no calls and is at no queue."""
        tenant = self._tenant_registry.tenants.get(code)
        return tenant is not None and tenant.company.enabled

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
            log.warning("served by no other daemon any more: company %s", _some(told))


def _told(outcome: str | SwitchError) -> None:
    if isinstance(outcome, SwitchError):
        log.info("other daemons were not told of this one: %s", outcome)


def _some(codes: list[str]) -> str:
    more = len(codes) - _NAMED
    return ", ".join(codes[:_NAMED]) + (f" and {more} more" if more > 0 else "")
