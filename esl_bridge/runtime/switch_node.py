"""A node: one FreeSWITCH, and what exists once for each."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from time import monotonic

from esl_bridge.config import Limits, SwitchConfig
from esl_bridge.domain.switch_settings import SwitchSettings
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.esl.commands import Command, ReplyHandler
from esl_bridge.esl.decoding import OTHERS, SUBSCRIPTION
from esl_bridge.runtime.event_listener import EventListener
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.originate_limiter import OriginateLimiter
from esl_bridge.runtime.other_daemons import OtherDaemons
from esl_bridge.runtime.queue_sync import QueueSync
from esl_bridge.runtime.reconciler import Reconciler
from esl_bridge.runtime.resynchronizer import Resynchronizer
from esl_bridge.runtime.runner import Runner
from esl_bridge.runtime.switch_link import SwitchLink
from esl_bridge.runtime.switch_links import SwitchLinks


class SwitchNode:
    """Links to one switch, and what keeps its tenants in line with it.

    :param when_kept: calls what it is given once all that has changed until then outlives the
        service: a command that changes a call waits for that.
    :param note_core: told which run of the switch the calls are on.
    :param title: what the switch is called in the log.
    """

    def __init__(
        self,
        switch: SwitchConfig,
        switch_settings: SwitchSettings,
        limits: Limits,
        tenant_registry: TenantRegistry,
        runner: Runner,
        metrics: Metrics,
        when_kept: Callable[[Callable[[], None]], None],
        note_core: Callable[[str], None],
        *,
        title: str,
    ) -> None:
        self.name = switch_settings.node
        self._when_kept = when_kept
        made_good = partial(metrics.made_good, self.name)
        self._links = links = SwitchLinks(
            partial(SwitchLink, switch.host, switch.port, switch.password, switch.user),
            SUBSCRIPTION,
            title=title,
            optional=OTHERS,
            expects_events=lambda: bool(tenant_registry.owners[self.name]),
            reply_seconds=limits.reply_seconds,
        )
        originate_limiter = OriginateLimiter(
            self._send, limits.originates_in_flight, limits.reply_seconds, limits.job_seconds
        )
        self.send = originate_limiter.send
        """Sends a command, and gives ``then`` the reply's text, or what was raised."""
        self._queue_sync = QueueSync(
            tenant_registry, runner, links.run, made_good, limits.reconcile_seconds, self.name
        )
        self._others = OtherDaemons(
            tenant_registry,
            links.send,
            secrets.token_hex(8),
            limits.reconcile_seconds / 2,
            monotonic,
            self.name,
        )
        self._resynchronizer = Resynchronizer(
            tenant_registry, runner, links.run, switch_settings, note_core, self._after_reading
        )
        self._listener = EventListener(
            tenant_registry,
            runner,
            metrics,
            self._resynchronizer,
            originate_limiter,
            limits.unreachable_seconds,
            self._others.heard,
        )
        self._reconciler = Reconciler(
            tenant_registry,
            runner,
            self._resynchronizer,
            links.hear_out,
            made_good,
            limits.reconcile_seconds,
        )
        self.tenants_lock = self._resynchronizer.tenants_lock

    def start(self, core: str) -> None:
        """Connect; ``core``: which run of the switch the calls that are known were on."""
        self._resynchronizer.core = core
        self._listener.expect_switch()
        self._links.start(self._listener)
        self._reconciler.start()
        self._queue_sync.start()
        self._others.start()

    def stop(self) -> None:
        """Go away from the switch; its calls go on."""
        self._reconciler.stop()
        self._queue_sync.stop()
        self._others.stop()
        self._links.stop()

    def companies_reloaded(self) -> None:
        """The companies were read again."""
        self._listener.routing_warnings.forget()
        if self.up:
            self._resynchronizer.companies_reloaded()

    @property
    def up(self) -> bool:
        """Whether the switch is linked and read."""
        return self._links.up

    @property
    def trouble(self) -> str:
        """Why it is not, where it is not."""
        return self._links.trouble

    def wait_until_up(self) -> None:
        self._links.wait_until_up()

    def served_twice(self) -> list[str]:
        """Companies that another daemon serves on this switch, too."""
        return self._others.served_twice()

    def _send(self, command: Command, then: ReplyHandler) -> None:
        send = partial(self._links.send, command, then)
        if command.leaves_calls_alone:
            send()
        else:
            self._when_kept(send)

    def _after_reading(self) -> None:
        """The switch, or the companies, are read."""
        self._queue_sync.begin()
        self._others.tell()
