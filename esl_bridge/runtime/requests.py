"""From a client's bytes to an operation, and from its reply to bytes; every message is answered."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from time import monotonic

import gevent

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.tenant_registry import TenantRegistry
from esl_bridge.engine.driver import Task
from esl_bridge.errors import (
    AgentDisabled,
    BridgeError,
    CompanyDisabled,
    Internal,
    Malformed,
    NoSuchCompany,
    NotCheckedIn,
    NotPlayed,
    ShuttingDown,
    WrongPassword,
)
from esl_bridge.operations import CONNECTION_OPERATIONS, OPERATIONS, Operation, Requester
from esl_bridge.operations.checkin import is_token_of
from esl_bridge.protocol import codec, texts
from esl_bridge.protocol.codec import Codec, Envelope, Form
from esl_bridge.protocol.envelope import Reply, Request
from esl_bridge.runtime.activity import ActivityLog
from esl_bridge.runtime.audit import Act, Audit
from esl_bridge.runtime.connections import Connection
from esl_bridge.runtime.metrics import Metrics
from esl_bridge.runtime.runner import Runner
from esl_bridge.runtime.sessions import Sessions
from esl_bridge.runtime.throttle import RateLimiter

log = logging.getLogger(__name__)

REQUESTS = {str(kind.__struct_config__.tag): kind for kind in (*OPERATIONS, *CONNECTION_OPERATIONS)}
"""Every request of the protocol, by its ``msg_type``."""
_SIGNING_IN = {
    tag for tag, kind in REQUESTS.items() if kind in OPERATIONS and OPERATIONS[kind].signs_in
}
_GET_TOKEN = "get_token"


class Requests:
    """Handles the messages of all connections. ``when_kept`` calls a function once everything
    changed so far is in the state file; None: there is none."""

    def __init__(
        self,
        tenant_registry: TenantRegistry,
        runner: Runner,
        sessions: Sessions,
        metrics: Metrics,
        rate_limiter: RateLimiter,
        audit: Audit,
        activity: ActivityLog,
        nesting: int,
        when_kept: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._tenant_registry = tenant_registry
        self._runner = runner
        self._sessions = sessions
        self._metrics = metrics
        self._rate_limiter = rate_limiter
        self._audit = audit
        self._activity = activity
        self._codec = Codec(REQUESTS, nesting)
        self._when_kept = when_kept
        self.draining = False

    def on_message(self, connection: Connection, data: bytes, form: Form) -> None:
        """Answer one message, now or when the operation is done."""
        exchange = _Exchange(
            connection,
            self._sessions,
            self._metrics,
            self._audit,
            self._activity,
            self._as_it_is,
        )
        try:
            exchange.envelope = self._codec.read(data, form)
            exchange.act = self._audit.act(connection, exchange.envelope)
            # Rate-limited before it is parsed, since it leaves a line in the audit log.
            if exchange.act is not None:
                self._admit(exchange)
            request = self._codec.request(exchange.envelope)
            if answer := CONNECTION_OPERATIONS.get(type(request)):
                exchange.answer(answer(request))
                return
            if exchange.act is None:
                self._admit(exchange)
            self._carry_out(exchange, request)
        except Malformed as error:
            exchange.envelope = Envelope(req_id=error.req_id, msg_type=error.msg_type)
            exchange.answer(error)
        except BridgeError as error:
            exchange.answer(error)
        except Exception:
            # An unexpected error ends this request, not the connection.
            log.exception("unhandled error in %s", exchange)
            exchange.answer(Internal())

    def _admit(self, exchange: _Exchange) -> None:
        envelope, connection = exchange.envelope, exchange.connection
        agent = f"{envelope.company_code}/{envelope.agent_id}"
        at_work = agent in connection.checked_in
        exchange.answered = self._rate_limiter.admit((connection, agent), checked_in=at_work)

    def _carry_out(self, exchange: _Exchange, request: Request) -> None:
        if self.draining:
            raise ShuttingDown
        tenant = self._tenant_registry.tenant(request.company_code)
        operation = OPERATIONS[type(request)]
        if tenant is None or (tenant.closed and operation.signs_in):
            raise NoSuchCompany
        requester = _requester(exchange.connection, request, tenant, operation)
        if not (operation.before_checkin or operation.while_disabled):
            _require_enabled(tenant, requester.agent)
        if operation.signs_in:
            exchange.signs_in = tenant
        steps = operation.carry_out(request, tenant, requester)
        current_request = (request.agent_id, request.req_id)
        answer = partial(self._answer_kept, exchange) if operation.durable else exchange.answer
        task = Task(tenant, steps, answer, current_request, only_looks=operation.only_looks)
        self._runner.start(task)

    def _answer_kept(self, exchange: _Exchange, outcome: Reply | BridgeError) -> None:
        """Send the reply, and what follows it, once the change is in the state file. A refusal has
        changed nothing, and is sent at once."""
        connection = exchange.connection
        if self._when_kept is not None and isinstance(outcome, Reply):
            connection.hold_back()
            # Changes are noted after the reply, in the same iteration of the event loop.
            gevent.get_hub().loop.run_callback(self._when_kept, connection.release)
        exchange.answer(outcome)

    def _as_it_is(self, connection: Connection, envelope: Envelope) -> Reply | None:
        """A refusal may show the present state to the agent's own client, as that of ``hold``
        does."""
        kind = REQUESTS.get(envelope.msg_type)
        tenant = self._tenant_registry.tenant(envelope.company_code)
        agent = tenant.agents.get(envelope.agent_id) if tenant is not None else None
        if kind not in OPERATIONS or agent is None or agent.connection is not connection:
            return None
        refused = OPERATIONS[kind].refused
        return (
            refused(self._codec.meant(envelope.msg_type, envelope.fields), agent)
            if refused
            else None
        )


class _Exchange:
    """One message and its answer; ``as_it_is`` returns what a refusal shows besides its code."""

    __slots__ = (
        "_activity",
        "_as_it_is",
        "_audit",
        "_began",
        "_is_answered",
        "_metrics",
        "_sessions",
        "act",
        "answered",
        "connection",
        "envelope",
        "signs_in",
    )

    def __init__(
        self,
        connection: Connection,
        sessions: Sessions,
        metrics: Metrics,
        audit: Audit,
        activity: ActivityLog,
        as_it_is: Callable[[Connection, Envelope], Reply | None],
    ) -> None:
        self.connection = connection
        self.envelope = Envelope()
        self.act: Act | None = None
        self._sessions = sessions
        self._metrics = metrics
        self._audit = audit
        self._activity = activity
        self._began = monotonic()
        self._as_it_is = as_it_is
        self.signs_in: Tenant | None = None
        self._is_answered = False
        self.answered: Callable[[], None] = lambda: None

    def __str__(self) -> str:
        """For the log: what the client sent is escaped and cut."""
        sent = self.envelope
        who = f"company {sent.company_code!a:.66}, agent {sent.agent_id!a:.66}"
        return f"request {sent.req_id!a:.128} ({who})"

    def answer(self, outcome: Reply | BridgeError) -> None:
        """Send the reply, once: an unexpected error after the reply does not cause a second one."""
        if self._is_answered:
            return
        language = self._sessions.language(self.connection)
        shows: Reply | None
        if isinstance(outcome, BridgeError):
            code, shows = outcome.code, self._as_it_is(self.connection, self.envelope)
            msg = texts.say(code, language, outcome.field, outcome.hint)
            if isinstance(outcome, NotPlayed):
                log.warning("%s: %s", self, outcome)
        else:
            code, shows, msg = "0", outcome, texts.say("0", language)
            if self.signs_in is not None:
                agent = self.signs_in.roster.agent(self.envelope.agent_id)
                self._sessions.checked_in(self.connection, self.signs_in, agent)
        if code == WrongPassword.code:
            self._metrics.auth_failures.inc()
        message = codec.encode(codec.reply(self.envelope, code, msg, shows), self.connection.form)
        self._is_answered = True
        self.connection.send(message)
        self.answered()
        self._metrics.answered(self.envelope.msg_type, code, monotonic() - self._began)
        if self.envelope.msg_type in _SIGNING_IN:
            self._activity.checkin(self.connection.address, self.envelope, code)
        elif self.envelope.msg_type == _GET_TOKEN:
            self._activity.get_token(self.connection.address, self.envelope, code)
        if self.act is not None:
            self._audit.answered(self.act, code)


def _require_enabled(tenant: Tenant, agent: Agent) -> None:
    if not agent.enabled:
        raise AgentDisabled if tenant.company.enabled else CompanyDisabled


def _admits(token: str, tenant: Tenant, agent: Agent | None, operation: Operation) -> bool:
    """Whether a request's token is enough for this operation. Raises NotCheckedIn where it is not
    the agent's."""
    if agent is not None and is_token_of(agent, token):
        return agent.may_resume and operation.by_returning_token
    if agent is None or not operation.by_returning_token:
        raise NotCheckedIn
    if not agent.spend_visitor_token(token, tenant.clock()):
        raise NotCheckedIn
    return True


def _requester(
    connection: Connection, request: Request, tenant: Tenant, operation: Operation
) -> Requester:
    agent = tenant.agents.get(request.agent_id)
    mine = agent is not None and agent.is_at_work_on(connection)
    if request.token is not None and not operation.signs_in:
        admitted = _admits(request.token, tenant, agent, operation)
        mine = mine or admitted
    return Requester(connection, connection.address, connection.private, agent if mine else None)
