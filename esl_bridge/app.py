"""The composition root: the one place that builds everything and ties it together."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic, strftime

import gevent

from esl_bridge.config import ConfigError, Mistake, Settings, SwitchConfig, host_and_port
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call
from esl_bridge.domain.company import Companies, Company
from esl_bridge.domain.domain_events import DomainEvent
from esl_bridge.domain.states import Status
from esl_bridge.domain.switch_settings import SwitchSettings
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.runtime.activity import ActivityLog
from esl_bridge.runtime.admission import Descriptors
from esl_bridge.runtime.audit import Audit, AuditFile
from esl_bridge.runtime.health import Health
from esl_bridge.runtime.http_endpoints import endpoints
from esl_bridge.runtime.listener import Callbacks, Listener, tls_context
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.passwords import Passwords
from esl_bridge.runtime.proxies import Proxies
from esl_bridge.runtime.requests import REQUESTS, Requests
from esl_bridge.runtime.runner import Runner
from esl_bridge.runtime.sessions import Sessions
from esl_bridge.runtime.slices import in_slices
from esl_bridge.runtime.state_file import StateFile
from esl_bridge.runtime.state_store import StateStore
from esl_bridge.runtime.switch_node import SwitchNode
from esl_bridge.runtime.tcp import TcpListener
from esl_bridge.runtime.throttle import LoginGuard, RateLimiter
from esl_bridge.runtime.websocket import WebSocketListener


def build(settings: Settings, companies: Companies) -> App:
    """Build the whole service, leaves first; nothing runs before ``start``.

    Where two parts need each other, the first one built reaches the other by a function that is
    called later.
    """
    limits, timing, listen = settings.limits, settings.timing, settings.listen
    metrics = Metrics(REQUESTS)
    passwords = Passwords()
    switch_settings = {
        name: _switch_settings(name, switch, settings) for name, switch in settings.nodes.items()
    }
    tenant_registry = TenantRegistry(
        switch_settings, partial(secrets.token_hex, 16), monotonic, _now, _now_ms
    )
    tenant_registry.reconfigure(companies)
    audit_file = (
        AuditFile(settings.audit, metrics.audit_errors.inc) if settings.audit is not None else None
    )
    write = audit_file.write if audit_file is not None else None
    audit = Audit(tenant_registry, write, metrics.replaced_legs.inc)
    activity = ActivityLog()
    sessions = Sessions(
        lambda tenant: runner.publish_changes(tenant),
        settings.language,
        limits.history_pushes,
        grace=timing.grace_seconds,
        idle=timing.idle_seconds,
        token=timing.token_seconds,
    )
    state = (
        StateStore(StateFile(settings.state_path), tenant_registry, sessions, metrics)
        if settings.state_path is not None
        else None
    )
    login_guard = LoginGuard(
        passwords.verify,
        limits.password_attempts_per_agent,
        limits.password_attempts_per_address,
        limits.passwords_waiting,
    )

    def deliver(tenant: Tenant, domain_events: list[DomainEvent]) -> None:
        audit.follow(tenant, domain_events)
        activity.follow(tenant, domain_events)
        if state is not None:
            state.follow(tenant, domain_events)
        sessions.deliver(tenant, domain_events)

    def note(tenant: Tenant, agents: Set[Agent], calls: Set[Call]) -> None:
        if tenant.agent_views:
            sessions.show(tenant, agents, calls)
        if state is not None:
            state.note(tenant, agents, calls)

    runner = Runner(
        lambda command, then: nodes[command.node].send(command, then),
        login_guard.verify,
        deliver,
        note,
    )
    nodes = {
        name: SwitchNode(
            switch,
            switch_settings[name],
            limits,
            tenant_registry,
            runner,
            metrics,
            state.when_settled if state is not None else _at_once,
            partial(state.note_core, name) if state is not None else lambda _: None,
            title=f"switch {name}" if len(settings.nodes) > 1 else "the switch",
        )
        for name, switch in settings.nodes.items()
    }
    requests = Requests(
        tenant_registry,
        runner,
        sessions,
        metrics,
        RateLimiter(limits.requests_per_second, limits.requests_in_flight),
        audit,
        activity,
        limits.nesting,
        state.when_settled if state is not None else None,
    )
    health = Health(nodes, requests)
    tls = (
        tls_context(str(listen.certificate), str(listen.key))
        if listen.certificate is not None and listen.key is not None
        else None
    )
    callbacks = Callbacks(requests.on_message, sessions.closed, metrics.slow_clients.inc)
    proxies, descriptors = Proxies(listen.trusted_proxies), Descriptors()
    listeners: list[Listener] = [
        WebSocketListener(
            host_and_port(listen.agents),
            limits,
            timing,
            callbacks,
            tls,
            endpoints=endpoints(health.why_not_ready, metrics.registry, health.warnings),
            origins=listen.origins,
            proxies=proxies,
            descriptors=descriptors,
        )
    ]
    if listen.gateways is not None:
        gateways = host_and_port(listen.gateways)
        listeners.append(
            TcpListener(gateways, limits, timing, callbacks, tls, proxies, descriptors)
        )
    return App(
        drain_seconds=limits.drain_seconds,
        metrics=metrics,
        passwords=passwords,
        tenant_registry=tenant_registry,
        audit=audit,
        audit_file=audit_file,
        state=state,
        runner=runner,
        nodes=nodes,
        requests=requests,
        health=health,
        listeners=listeners,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class App:
    """The whole service: ``start``, ``reload`` and ``stop``; ``build`` makes it."""

    drain_seconds: float
    metrics: Metrics
    passwords: Passwords
    tenant_registry: TenantRegistry
    audit: Audit
    audit_file: AuditFile | None
    state: StateStore | None
    runner: Runner
    nodes: Mapping[str, SwitchNode]
    requests: Requests
    health: Health
    listeners: Sequence[Listener]

    @property
    def address(self) -> tuple[str, int]:
        """Where agents connect to."""
        return self.listeners[0].address

    def start(self) -> None:
        """Listen and connect; raises OSError if an address is in use."""
        self.reopen_files()
        self._watch()
        self._check_passwords_of(tenant.company for tenant in self.tenant_registry.tenants.values())
        if self.state is not None:
            self.state.start()
        for tenant in self.tenant_registry.tenants.values():
            self.runner.publish_changes(tenant)  # thousands are new: before anybody waits
        for listener in self.listeners:
            listener.expect(self._networks())
            listener.start()
        cores = self.state.cores if self.state is not None else {}
        for name, node in self.nodes.items():
            node.start(cores.get(name, ""))

    def reload(self, companies: Companies) -> None:
        """Work by another configuration of the companies from now on; calls go on. Raises
        ConfigError where a company is homed on a switch that the service has not been started
        with."""
        self._check_homes_of(companies.values())
        self._check_passwords_of(companies.values())
        with ExitStack() as locks:
            for node in self.nodes.values():
                locks.enter_context(node.tenants_lock)
            for tenant in in_slices(self.tenant_registry.reconfiguring(companies)):
                tenant.switch_up = self.nodes[tenant.node].up
                self.runner.publish_changes(tenant)
            for node in self.nodes.values():
                node.companies_reloaded()

    def reopen_files(self) -> None:
        """Reopen files by name: the open ones may have been moved away (log rotation)."""
        if self.audit_file is not None:
            self.audit_file.reopen()

    def stop(self) -> None:
        """Refuse new requests, complete those under way, tell the clients to reconnect later; calls
        continue."""
        until = monotonic() + self.drain_seconds
        self.requests.draining = True
        # Clients have the remaining time to read what was sent.
        self.runner.finish(self.drain_seconds / 2)
        left = until - monotonic()
        gevent.joinall([gevent.spawn(listener.stop, left) for listener in self.listeners])
        for node in self.nodes.values():
            node.stop()
        if self.state is not None:
            self.state.stop()
        self.passwords.close()
        self.audit.close()
        if self.audit_file is not None:
            self.audit_file.close()

    def wait_until_ready(self) -> None:
        """Return once every switch is linked and resynced."""
        for node in self.nodes.values():
            node.wait_until_up()

    def _check_homes_of(self, companies: Iterable[Company]) -> None:
        mistakes = [
            Mistake("", 0, f"{one.code}.switch", why)
            for one in companies
            if (why := self._why_homeless(one))
        ]
        if mistakes:
            raise ConfigError(mistakes)

    def _why_homeless(self, company: Company) -> str:
        if company.switch is None:
            # Else all would move to the first, where the file has become one of a single switch.
            several = "missing: the daemon has several switches until it is started again"
            return several if len(self.nodes) > 1 else ""
        if company.switch not in self.nodes:
            text = "is a switch that the daemon takes up only when it is started again"
            return f"{company.switch} {text}"
        return ""

    def _check_passwords_of(self, companies: Iterable[Company]) -> None:
        agents = (agent for company in companies for agent in company.agents.values())
        self.passwords.work_by(agent.password_hash for agent in in_slices(agents))

    def _networks(self) -> Counter[str]:
        """How many agents are known to come from each network."""
        tenants = self.tenant_registry.tenants.values()
        return Counter(
            network
            for tenant in tenants
            for agent in tenant.agents.values()
            for network in agent.networks
        )

    def _watch(self) -> None:
        """What can be counted when somebody asks is not counted before."""
        metrics, tenants, listeners = self.metrics, self.tenant_registry.tenants, self.listeners
        metrics.connections.set_function(lambda: sum(len(one.connections) for one in listeners))
        for name, node in self.nodes.items():
            metrics.registered_phones.labels(name).set_function(partial(_phones, tenants, name))
            metrics.calls.labels(name).set_function(partial(_calls, tenants, name))
            metrics.served_twice.labels(name).set_function(partial(_served_twice, node))
        for status in Status:
            metrics.agents.labels(status).set_function(partial(_count, tenants, status))


def _count(tenants: Mapping[str, Tenant], status: Status) -> int:
    return sum(
        one.status is status for tenant in tenants.values() for one in tenant.agents.values()
    )


def _phones(tenants: Mapping[str, Tenant], node: str) -> int:
    return sum(
        node in one.registered_at for tenant in tenants.values() for one in tenant.agents.values()
    )


def _calls(tenants: Mapping[str, Tenant], node: str) -> int:
    return len({leg.call for tenant in tenants.values() for leg in tenant.leg_book.on_node(node)})


def _served_twice(node: SwitchNode) -> int:
    return len(node.served_twice())


def _at_once(then: Callable[[], None]) -> None:
    then()


def _now() -> str:
    return strftime("%Y-%m-%d %H:%M:%S")


def _now_ms() -> int:
    return round(datetime.now(UTC).timestamp() * 1000)


def _switch_settings(name: str, switch: SwitchConfig, settings: Settings) -> SwitchSettings:
    return SwitchSettings(
        domain=switch.domain,
        profile=switch.profile,
        hold_sound=switch.sounds.hold,
        pbx=switch.pbx,
        rtc=switch.rtc,
        ice_servers=switch.ice_servers,
        recordings=str(switch.recordings).rstrip("/"),
        answer_seconds=settings.timing.answer_seconds,
        orphan_leg_seconds=settings.limits.orphan_leg_seconds,
        contacts_elsewhere=switch.contacts_elsewhere,
        rejoin_seconds=settings.limits.rejoin_seconds,
        grace_seconds=settings.timing.grace_seconds,
        node=name,
    )
