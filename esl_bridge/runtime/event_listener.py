"""Passes each event of the switch, in order, to the tenant that it concerns."""

from __future__ import annotations

import logging
from collections.abc import Callable

import gevent
from gevent import Greenlet

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.engine.driver import Task
from esl_bridge.errors import BridgeError
from esl_bridge.esl import decoding, events
from esl_bridge.esl.events import (
    DaemonServes,
    LegAnswered,
    LegEnded,
    LegParked,
    LegRings,
    LegsBridged,
    LegsUnbridged,
    LegUuidChanged,
    OriginateEnded,
    OriginateFailed,
    PasswordRefused,
    QueueEntered,
    QueueOffered,
    Registered,
    SwitchEvent,
    Unregistered,
)
from esl_bridge.reactions import REACTIONS, orphan_channels
from esl_bridge.reactions.registry import Reaction
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.originate_limiter import OriginateLimiter
from esl_bridge.runtime.refused_passwords import RefusedPasswords
from esl_bridge.runtime.resynchronizer import Resynchronizer
from esl_bridge.runtime.routing_warnings import RoutingWarnings
from esl_bridge.runtime.runner import Runner, log_refusal

log = logging.getLogger(__name__)

_SHOW_GAPS = frozenset({LegParked, LegRings, LegAnswered, LegEnded, OriginateFailed})


class EventListener:
    """``unreachable_seconds``: how long a switch may be away before its calls are dropped;
    ``on_daemon`` receives the announcements of daemons."""

    def __init__(
        self,
        tenant_registry: TenantRegistry,
        runner: Runner,
        metrics: Metrics,
        resynchronizer: Resynchronizer,
        originate_limiter: OriginateLimiter,
        unreachable_seconds: float,
        on_daemon: Callable[[DaemonServes], None] = lambda _: None,
    ) -> None:
        self._tenant_registry = tenant_registry
        self._runner = runner
        self._metrics = metrics
        self._resynchronizer = resynchronizer
        self._node = resynchronizer.node
        self._originate_limiter = originate_limiter
        self._unreachable_seconds = unreachable_seconds
        self._on_daemon = on_daemon
        metrics.esl_connected.labels(self._node).set(0)
        phone_auth_failures = metrics.phone_auth_failures.labels(self._node)
        self._refused_passwords = RefusedPasswords(phone_auth_failures.inc)
        self.routing_warnings = RoutingWarnings()
        self._deadline: Greenlet[..., None] | None = None

    def on_event(self, body: bytes) -> None:
        try:
            event = decoding.decode(body)
        except BridgeError:
            log.warning("unreadable event of %d bytes: %.60a", len(body), body)
            return
        if event is None:
            return
        self._metrics.heard(self._node, type(event))
        if isinstance(event, DaemonServes):
            self._on_daemon(event)
            return
        if isinstance(event, PasswordRefused):
            self._refused_passwords.refused(event)
            return
        if isinstance(event, OriginateEnded):
            self._originate_limiter.ended(event.leg)
        if isinstance(event, SwitchEvent) and event.leg in self._tenant_registry.cancelled_legs:
            self._end_cancelled(event)
            return
        tenant = self._tenant_of(event)
        react = REACTIONS.get(type(event))
        if tenant is not None and react is not None:
            self._react(event, tenant, react)

    def _react(self, event: events.AnyEvent, tenant: Tenant, react: Reaction) -> None:
        if isinstance(event, Registered) and event.elsewhere:
            self._note_elsewhere(event, tenant)
        about = _leg_of(event, tenant)
        if type(event) in _SHOW_GAPS:
            self._note_gaps(event, tenant, about)
        try:
            steps = react(event, tenant)
        except Exception:
            # An unexpected error ends this reaction, not the link that all events come by.
            log.exception(
                "unhandled error in the reaction to %s (leg %.66a, company %s)",
                type(event).__name__,
                getattr(event, "leg", "-"),
                tenant.company.code,
            )
            steps = None
        about = about or _leg_of(event, tenant)
        if steps is not None:
            self._start(tenant, steps, about)
        else:
            self._runner.publish_changes(tenant, about)

    def _note_elsewhere(self, event: Registered, tenant: Tenant) -> None:
        if not tenant.switch_settings.contacts_elsewhere:
            self._refused_passwords.leads_elsewhere(event)

    def _note_gaps(self, event: events.AnyEvent, tenant: Tenant, leg: Leg | None) -> None:
        company = tenant.company.code
        match event:
            case LegParked() if event.nowhere:
                self.routing_warnings.came_nowhere(company, event.nowhere)
            case LegEnded(sip_status=0) | OriginateFailed() if leg is not None:
                # Without the gateway the far leg never existed: the agent's leg reports the cause.
                if any(_calls_out(one) for one in leg.call.legs):
                    self.routing_warnings.call_failed(company, event.cause)
            case LegRings() | LegAnswered() if leg is not None and _calls_out(leg):
                self.routing_warnings.call_went_out(company)

    def _end_cancelled(self, event: SwitchEvent) -> None:
        """A cancelled leg has come up. Any of its events may be the first, and the last."""
        tenant = self._tenant_registry.cancelled_legs.tenant_of(event.leg)
        if isinstance(event, LegEnded | OriginateFailed):
            self._tenant_registry.cancelled_legs.forget(event.leg)
        elif tenant is not None:
            leg = event.actual if isinstance(event, LegUuidChanged) else event.leg
            self._start(tenant, orphan_channels.end(leg))

    def _start(self, tenant: Tenant, steps: Steps, about: Leg | None = None) -> None:
        self._runner.start(Task(tenant, steps, log_refusal, about=about, node=self._node))

    def _tenant_of(self, event: SwitchEvent | Registered | Unregistered) -> Tenant | None:
        if not isinstance(event, SwitchEvent):
            return self._tenant_registry.tenant_at(self._node, event.extension, event.domain)
        owners = self._tenant_registry.owners[self._node]
        if (tenant := owners.get(event.leg)) is not None:
            return tenant
        match event:
            case LegsBridged() | LegsUnbridged():
                return owners.get(event.other)
            case LegParked() | QueueEntered() | QueueOffered():
                return self._newcomers_tenant(event)
        return None

    def _newcomers_tenant(self, event: LegParked | QueueEntered | QueueOffered) -> Tenant | None:
        """A call may begin only at its company's own switch, where its phones are."""
        tenant = self._tenant_registry.tenants.get(event.company)
        if tenant is None or tenant.node == self._node:
            return tenant
        log.warning(
            "leg %s of company %s came in at switch %s and is ignored: the company's switch is %s",
            event.leg,
            event.company,
            self._node,
            tenant.node,
        )
        return None

    # -- up and down ----------------------------------------------------------------------------

    def on_up(self, core_uuid: str) -> None:
        """Resync: events that were missed are not sent again."""
        with self._resynchronizer.tenants_lock:
            self._resynchronizer.resync(core_uuid)
            # Before the lock is free: a deadline that has just passed may be waiting for it.
            self._forget_deadline()
        self._metrics.esl_connected.labels(self._node).set(1)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.kill(block=False)
            self._deadline = None

    def on_down(self) -> None:
        self._metrics.esl_connected.labels(self._node).set(0)
        self._originate_limiter.forget()
        for tenant in self._tenant_registry.homed_on(self._node):
            tenant.switch_up = False
        self.expect_switch()

    def expect_switch(self) -> None:
        """The switch is away; its calls are dropped unless it returns in time."""
        if self._deadline is None:
            # Timers count from the loop's last look at the clock: at the start that was before
            # thousands of agents were read, and the deadline would pass at once.
            gevent.get_hub().loop.update_now()
            self._deadline = gevent.spawn_later(
                self._unreachable_seconds, self._resynchronizer.end_all_calls
            )


def _calls_out(leg: Leg) -> bool:
    return leg.origin.dialled and not leg.inside


def _leg_of(event: events.AnyEvent, tenant: Tenant) -> Leg | None:
    return tenant.legs.get(event.leg) if isinstance(event, events.SwitchEvent) else None
