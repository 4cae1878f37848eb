"""Maps requests to their handlers.

A handler is a generator: it checks the tenant and yields its steps, among them its reply. To refuse
it raises a BridgeError, before anything has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from esl_bridge.callflow.readiness import ready
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import NotCheckedIn
from esl_bridge.operations.in_order import SubjectsOf, in_order
from esl_bridge.protocol.envelope import Reply, Request


@dataclass(frozen=True)
class Requester:
    """The sender of a request: its connection, and its agent if it is checked in there.

    ``private``: nobody else can read what is sent to this client, so a password may be.
    """

    connection: Hashable
    address: str
    private: bool
    checked_in: Agent | None = None

    @property
    def agent(self) -> Agent:
        if self.checked_in is None:
            raise NotCheckedIn
        return self.checked_in


Handler = Callable[[Any, Tenant, Requester], Steps]
OperatedLeg = Callable[[Any, Tenant, Requester], Leg | None]
"""The leg that a supervisor's request is about, None where there is none. Raises what forbids the
request whatever the leg is in the middle of."""
PresentState = Callable[[Mapping[str, object], Agent], Reply]
"""Builds what a refusal shows from the request's fields, which may be anything, and its agent."""
AnyHandler = TypeVar("AnyHandler", bound=Handler)


@dataclass(frozen=True)
class Operation:
    """How one kind of request is carried out, and what the daemon has to know of it.

    ``reply`` is the class of a successful reply. ``refused`` gives what a failing reply shows
    beside its code. ``before_checkin``: the requester need not be checked in. ``signs_in``: success
    checks the agent in on this connection.
    ``by_returning_token``: a token that opens a check-in is enough. ``while_disabled``: an agent
    that was disabled at work may still send it. ``only_looks``: it changes nothing, whatever comes
    of it. ``durable``: its reply waits until the change is in the state file, since the switch
    would not show it to the next daemon.
    """

    carry_out: Handler
    reply: type[Reply] = Reply
    before_checkin: bool = False
    signs_in: bool = False
    by_returning_token: bool = False
    while_disabled: bool = False
    refused: PresentState | None = None
    only_looks: bool = False
    durable: bool = False


OPERATIONS: dict[type[Request], Operation] = {}

ConnectionHandler = Callable[[Any], Reply]
AnyConnectionHandler = TypeVar("AnyConnectionHandler", bound=ConnectionHandler)

CONNECTION_OPERATIONS: dict[type[Request], ConnectionHandler] = {}
"""Requests about the connection alone: no company and no agent is looked up, and no rate limit
applies."""


def connection_operation(
    request: type[Request],
) -> Callable[[AnyConnectionHandler], AnyConnectionHandler]:
    """Make a function the answer to a request about the connection alone."""

    def register(answer: AnyConnectionHandler) -> AnyConnectionHandler:
        CONNECTION_OPERATIONS[request] = answer
        return answer

    return register


def operation(
    *requests: type[Request],
    reply: type[Reply] = Reply,
    before_checkin: bool = False,
    signs_in: bool = False,
    by_returning_token: bool = False,
    while_disabled: bool = False,
    refused: PresentState | None = None,
    only_looks: bool = False,
    durable: bool = False,
    upon: SubjectsOf | None = None,
    operates: OperatedLeg | None = None,
) -> Callable[[AnyHandler], AnyHandler]:
    """Make a generator function the handler of these requests, whose successful reply is a
    ``reply``. Those with subjects, ``upon``, wait for earlier ones on the same, and until their
    call is ready; those with ``operates`` until the call is ready in which another's leg is
    operated."""

    def register(handler: AnyHandler) -> AnyHandler:
        carry_out: Handler = handler
        if operates is not None:
            carry_out = partial(_when_ready, operates, handler)
        if upon is not None:
            carry_out = partial(_in_turn, upon, carry_out)
        for request in requests:
            OPERATIONS[request] = Operation(
                carry_out,
                reply=reply,
                before_checkin=before_checkin,
                signs_in=signs_in,
                by_returning_token=by_returning_token,
                while_disabled=while_disabled,
                refused=refused,
                only_looks=only_looks,
                durable=durable,
            )
        return handler

    return register


def _in_turn(
    upon: SubjectsOf, handler: Handler, request: Any, tenant: Tenant, requester: Requester
) -> Steps:
    return in_order(upon, tenant, requester.checked_in, handler(request, tenant, requester))


def _when_ready(
    operates: OperatedLeg, handler: Handler, request: Any, tenant: Tenant, requester: Requester
) -> Steps:
    operated = operates(request, tenant, requester)
    if operated is not None:
        yield from ready(operated)
    yield from handler(request, tenant, requester)
