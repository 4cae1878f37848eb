"""The composition root: the one place that builds everything and ties it together."""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Mapping, Set
from datetime import UTC, datetime
from functools import partial
from time import monotonic, strftime

import gevent

from esl_bridge.config import Settings, host_and_port
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.company import Company
from esl_bridge.domain.domain_events import DomainEvent, LegTaken
from esl_bridge.domain.states import Status
from esl_bridge.domain.switch_settings import SwitchSettings
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.esl.commands import Command
from esl_bridge.esl.decoding import OTHERS, SUBSCRIPTION
from esl_bridge.runtime import connections
from esl_bridge.runtime.activity import ActivityLog
from esl_bridge.runtime.admission import Descriptors, Share
from esl_bridge.runtime.audit import Audit, AuditFile
from esl_bridge.runtime.event_listener import EventListener
from esl_bridge.runtime.listener import Callbacks, Listener, tls_context
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.originates import Originates
from esl_bridge.runtime.others import OtherDaemons
from esl_bridge.runtime.pages import pages
from esl_bridge.runtime.passwords import Passwords
from esl_bridge.runtime.proxies import Proxies
from esl_bridge.runtime.queue_sync import QueueSync
from esl_bridge.runtime.reconciler import Reconciler
from esl_bridge.runtime.requests import REQUESTS, Requests
from esl_bridge.runtime.resynchronizer import Resynchronizer
from esl_bridge.runtime.runner import Runner
from esl_bridge.runtime.sessions import Sessions
from esl_bridge.runtime.slices import in_slices
from esl_bridge.runtime.state import State
from esl_bridge.runtime.state_file import StateFile
from esl_bridge.runtime.switch import SwitchLinks
from esl_bridge.runtime.switch_link import SwitchLink, Then
from esl_bridge.runtime.tcp import TcpListener
from esl_bridge.runtime.throttle import LoginGuard, RateLimiter
from esl_bridge.runtime.websocket import WebSocketListener

log = logging.getLogger(__name__)


class App:
    """The whole service: ``start``, ``reload`` and ``stop``."""

    def __init__(self, settings: Settings, companies: Mapping[str, Company]) -> None:
        self._settings = settings
        self._metrics = Metrics(REQUESTS.keys())
        self._passwords = Passwords()
        new_id = partial(secrets.token_hex, 16)
        self._switch_settings = _switch_settings(settings)
        self._tenant_registry = TenantRegistry(
            self._switch_settings, new_id, monotonic, _now, _now_ms
        )
        self._tenant_registry.take_up(companies)
        self._check_passwords_of(companies)
        self._audit_file = self._build_audit_file()
        write = self._audit_file.write if self._audit_file is not None else None
        self._audit = Audit(self._tenant_registry, write)
        self._activity = ActivityLog()
        self._switch = self._build_switch()
        self._state = self._build_state()
        self._reconciler = self._build_reconciler()
        self._listeners = self._build_listeners()

    @property
    def address(self) -> tuple[str, int]:
        """Where agents connect to."""
        return self._listeners[0].address

    def start(self) -> None:
        """Listen and connect; OSError if an address is taken."""
        self.reopen_files()
        if self._state is not None:
            self._state.start()
            self._resynchronizer.core = self._state.core
        for tenant in self._tenant_registry.tenants.values():
            self._runner.publish_changes(tenant)  # thousands are new: before anybody waits
        self._event_listener.expect_switch()
        for listener in self._listeners:
            listener.expect(self._places())
            listener.start()
        self._switch.start()
        self._reconciler.start()
        self._queue_sync.start()
        self._others.start()

    def _places(self) -> Counter[str]:
        """How many agents are known to come from where."""
        tenants = self._tenant_registry.tenants.values()
        return Counter(
            place
            for tenant in tenants
            for agent in tenant.agents.values()
            for place in agent.places
        )

    def reload(self, companies: Mapping[str, Company]) -> None:
        """Work by another configuration of the companies from now on; calls go on."""
        self._event_listener.routing_warnings.forget()
        self._check_passwords_of(companies)
        with self._resynchronizer.by_itself:
            known = set(self._tenant_registry.tenants.values())
            for tenant in in_slices(self._tenant_registry.taking_up(companies)):
                if tenant not in known:
                    tenant.switch_up = self._switch.up
                self._runner.publish_changes(tenant)
            if self._switch.up:
                self._resynchronizer.look_again()

    def _check_passwords_of(self, companies: Mapping[str, Company]) -> None:
        agents = (agent for company in companies.values() for agent in company.agents.values())
        self._passwords.work_by(agent.password_hash for agent in in_slices(agents))

    def reopen_files(self) -> None:
        """Go on in files of the same names: those that are open may have been moved away."""
        if self._audit_file is not None:
            self._audit_file.reopen()

    def stop(self) -> None:
        """Take nothing new, bring to its end what is under way, tell the clients to come back
        later; leave the calls alone."""
        seconds = self._settings.limits.drain_seconds
        until = monotonic() + seconds
        self._requests.draining = True
        self._runner.finish(seconds / 2)  # what is left is the clients', to read what they are told
        left = until - monotonic()
        gevent.joinall([gevent.spawn(listener.stop, left) for listener in self._listeners])
        self._reconciler.stop()
        self._queue_sync.stop()
        self._others.stop()
        self._switch.stop()
        if self._state is not None:
            self._state.stop()
        self._passwords.close()
        self._audit.close()
        if self._audit_file is not None:
            self._audit_file.close()

    def wait_until_ready(self) -> None:
        """Return once the switch is linked and read."""
        self._switch.wait_until_up()

    def why_not_ready(self) -> str:
        """What the service waits for before it can serve; "" if nothing."""
        if self._requests.draining:
            return "shutting down"
        return "" if self._switch.up else f"no link to the switch: {self._switch.trouble}"

    def warnings(self) -> list[str]:
        """What is wrong though the service is ready."""
        also = self._others.served_twice()
        return [f"company {code} is served by another daemon on this switch, too" for code in also]

    def _build_audit_file(self) -> AuditFile | None:
        path = self._settings.audit
        return AuditFile(path, self._metrics.audit_errors.inc) if path is not None else None

    def _build_switch(self) -> SwitchLinks:
        self._event_listener = event_listener = self._build_event_listener()
        where = self._settings.switch
        link = partial(SwitchLink, where.host, where.port, where.password, where.user)
        return SwitchLinks(
            link,
            SUBSCRIPTION,
            on_event=event_listener.on_event,
            on_up=event_listener.on_up,
            on_down=event_listener.on_down,
            optional=OTHERS,
            expects_events=lambda: bool(self._tenant_registry.owners),
            reply_seconds=self._settings.limits.reply_seconds,
        )

    def _build_event_listener(self) -> EventListener:
        limits = self._settings.limits
        originates = self._build_runner()
        self._sessions = self._build_sessions()
        self._queue_sync = QueueSync(
            self._tenant_registry,
            self._runner,
            self._ask,
            self._metrics.made_good,
            limits.reconcile_seconds,
        )
        self._resynchronizer = Resynchronizer(
            self._tenant_registry,
            self._runner,
            self._ask,
            self._switch_settings,
            self._note_core,
            self._after_reading,
        )
        self._others = OtherDaemons(
            self._tenant_registry,
            lambda command, then: self._switch.send(command, then),
            secrets.token_hex(8),
            limits.reconcile_seconds / 2,
            monotonic,
        )
        return EventListener(
            self._tenant_registry,
            self._runner,
            self._metrics,
            self._resynchronizer,
            originates,
            limits.unreachable_seconds,
            self._others.heard,
        )

    def _build_sessions(self) -> Sessions:
        timing = self._settings.timing
        return Sessions(
            self._runner.publish_changes,
            self._settings.language,
            self._settings.limits.history_pushes,
            grace=timing.grace_seconds,
            idle=timing.idle_seconds,
            token=timing.token_seconds,
        )

    def _after_reading(self) -> None:
        """The switch, or the companies, are read."""
        self._queue_sync.begin()
        self._others.tell()

    def _build_runner(self) -> Originates:
        limits = self._settings.limits
        login_guard = LoginGuard(
            self._passwords.verify,
            limits.password_attempts_per_agent,
            limits.password_attempts_per_address,
            limits.passwords_waiting,
        )
        originates = Originates(
            self._send,
            limits.originates_in_flight,
            limits.reply_seconds,
            limits.job_seconds,
        )
        self._runner = Runner(originates.send, login_guard.verify, self._deliver, self._note)
        return originates

    def _build_reconciler(self) -> Reconciler:
        return Reconciler(
            self._tenant_registry,
            self._runner,
            self._resynchronizer,
            self._switch.hear_out,
            self._metrics.made_good,
            self._settings.limits.reconcile_seconds,
        )

    def _build_state(self) -> State | None:
        path = self._settings.state_path
        if path is None:
            return None
        return State(StateFile(path), self._tenant_registry, self._sessions, self._metrics)

    def _send(self, command: Command, then: Then) -> None:
        go = partial(self._switch.send, command, then)
        if self._state is None or command.leaves_calls_alone:
            go()
        else:
            self._state.when_settled(go)

    def _ask(self, command: Command) -> str:
        return self._switch.run(command)

    def _note(self, tenant: Tenant, agents: Set[Agent], calls: Set[Call]) -> None:
        if self._state is not None:
            self._state.note(tenant, agents, calls)

    def _note_core(self, core: str) -> None:
        if self._state is not None:
            self._state.note_core(core)

    def _deliver(self, tenant: Tenant, domain_events: list[DomainEvent]) -> None:
        self._audit.follow(tenant, domain_events)
        self._metrics.replaced_legs.inc(sum(isinstance(item, LegTaken) for item in domain_events))
        self._activity.follow(tenant, domain_events)
        self._sessions.deliver(tenant, domain_events)

    def _build_listeners(self) -> list[Listener]:
        listen, most = self._settings.listen, self._settings.limits
        self._requests = Requests(
            self._tenant_registry,
            self._runner,
            self._sessions,
            self._metrics,
            RateLimiter(most.requests_per_second, most.requests_in_flight),
            self._audit,
            self._activity,
            most.nesting,
            self._state.when_settled if self._state is not None else None,
        )
        tls = None
        if listen.certificate is not None and listen.key is not None:
            tls = tls_context(str(listen.certificate), str(listen.key))
        callbacks = Callbacks(
            self._requests.on_message, self._sessions.closed, self._metrics.slow_clients.inc
        )
        limits, descriptors = _connection_limits(self._settings), Descriptors()
        proxies = Proxies(listen.trusted_proxies)
        listeners: list[Listener] = [
            WebSocketListener(
                host_and_port(listen.agents),
                limits,
                callbacks,
                tls,
                pages=pages(self.why_not_ready, self._metrics.registry, self.warnings),
                origins=listen.origins,
                proxies=proxies,
                descriptors=descriptors,
            )
        ]
        if listen.gateways is not None:
            gateways = host_and_port(listen.gateways)
            listeners.append(TcpListener(gateways, limits, callbacks, tls, proxies, descriptors))
        self._watch(listeners)
        return listeners

    def _watch(self, listeners: list[Listener]) -> None:
        """What can be counted when somebody asks is not counted before."""
        metrics, tenants = self._metrics, self._tenant_registry.tenants
        metrics.connections.set_function(lambda: sum(len(one.connections) for one in listeners))
        metrics.registered_phones.set_function(
            lambda: sum(
                one.registered for tenant in tenants.values() for one in tenant.agents.values()
            )
        )
        metrics.calls.set_function(
            lambda: len({leg.call for tenant in tenants.values() for leg in tenant.legs.values()})
        )
        metrics.served_twice.set_function(lambda: len(self._others.served_twice()))
        for status in Status:
            metrics.agents.labels(status).set_function(partial(_count, tenants, status))


def _count(tenants: Mapping[str, Tenant], status: Status) -> int:
    return sum(
        one.status is status for tenant in tenants.values() for one in tenant.agents.values()
    )


def _now() -> str:
    return strftime("%Y-%m-%d %H:%M:%S")


def _now_ms() -> int:
    return round(datetime.now(UTC).timestamp() * 1000)


def _switch_settings(settings: Settings) -> SwitchSettings:
    switch, timing = settings.switch, settings.timing
    return SwitchSettings(
        domain=switch.domain,
        profile=switch.profile,
        hold_sound=switch.sounds.hold,
        pbx=switch.pbx,
        rtc=switch.rtc,
        recordings=str(switch.recordings).rstrip("/"),
        answer_seconds=timing.answer_seconds,
        orphan_leg_seconds=settings.limits.orphan_leg_seconds,
        contacts_elsewhere=switch.contacts_elsewhere,
        rejoin_seconds=settings.limits.rejoin_seconds,
    )


def _connection_limits(settings: Settings) -> connections.ConnectionLimits:
    limits, timing = settings.limits, settings.timing
    return connections.ConnectionLimits(
        handshake_seconds=limits.handshake_seconds,
        login_seconds=timing.login_seconds,
        idle_seconds=timing.idle_seconds,
        share=Share(
            connections=limits.connections,
            per_address=limits.connections_per_address,
            logging_in=limits.login_connections,
            logging_in_per_address=limits.login_connections_per_address,
        ),
        messages_per_second=limits.messages_per_second,
        message_bytes=limits.message_bytes,
        unread_bytes=limits.outbox_bytes,
        unread_seconds=limits.outbox_seconds,
    )
