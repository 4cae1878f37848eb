"""checkin: an agent signs in on a connection."""

from __future__ import annotations

from collections.abc import Generator
from hmac import compare_digest
from typing import Annotated, Any, Literal

from msgspec import Meta, field

from esl_bridge.callflow import authentication, ending
from esl_bridge.callflow.steps import Step, Steps
from esl_bridge.domain import leg_changes, presence
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.client_network import network_of
from esl_bridge.domain.domain_events import AgentResumed, KickedOff, LegOffered
from esl_bridge.domain.leg import LegState
from esl_bridge.domain.states import Status, Trigger, TriggerDetails
from esl_bridge.domain.switch_settings import IceServer
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import (
    AgentDisabled,
    BadField,
    CheckedInElsewhere,
    CompanyDisabled,
    ExtensionInUse,
    ForeignExtension,
    NoExtension,
    NoSuchExtension,
    PhoneNotRegistered,
    WrongPassword,
)
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol import agent_view
from esl_bridge.protocol.envelope import (
    Addresses,
    ContactId,
    Epoch,
    Id,
    Milliseconds,
    Reply,
    Request,
    Secret,
    StatusName,
    SubStatus,
    one_of,
)
from esl_bridge.protocol.legs import contact_of, legs_of
from esl_bridge.protocol.messages import AgentView, CallLeg, Disposition


class CheckinRequest(Request, frozen=True, kw_only=True, tag="checkin"):
    """By password, or by the ``token`` of an earlier check-in.

    ``epoch`` and ``seq``: those of the last push received; later pushes are sent again. ``take``:
    take the agent over from another connection, with its state and call. ``want``: what this client
    is sent besides: ``desk``, the agent's whole view, in replies and on change.
    """

    agent_pwd: Secret | None = None
    agent_ip: Addresses | None = None
    start_status: Literal["FREE", "BUSY", "REST", "ARRANGE"] | None = None
    reset: bool = False
    take: bool = False
    epoch: Secret | None = None
    seq: Annotated[int, Meta(ge=0, le=1 << 62)] | None = None
    want: Annotated[tuple[Literal["desk"], ...], Meta(min_length=1, max_length=16)] | None = None

    def __post_init__(self) -> None:
        if self.agent_pwd is None and self.token is None:
            raise BadField("agent_pwd", "neither password nor token")


class CheckinReply(Reply, frozen=True, kw_only=True):
    """``login_type``: "1" RTC, "2" soft phone. ``ext_pwd``: only over TLS or loopback. ``legs``:
    the parties of the agent's call, as in ``get_status``, for a client that starts anew.
    ``sip_address``: the extension's, ``sip:EXTENSION@DOMAIN``. ``ice_servers``: for a browser that
    is the phone; one with a ``credential`` only over TLS or loopback. ``dispositions``: what can
    come of a call, for ``wrap_up``. Times as in ``get_status``.
    ``desk``: the agent's whole view, for a client that wants it."""

    ext_id: Id
    pbx: str
    ext_pwd: str | None = None
    rtc_address: str
    sip_address: str
    ice_servers: tuple[IceServer, ...]
    dispositions: tuple[Disposition, ...]
    login_type: Annotated[str, one_of("1", "2")]
    status: StatusName
    sub_status: SubStatus | None = None
    in_call_numbers: tuple[str, ...]
    legs: tuple[CallLeg, ...]
    contact_id: ContactId | None = None
    token: Secret
    epoch: Epoch
    since_ms: Milliseconds
    until_ms: Milliseconds | None = None
    now_ms: Milliseconds
    view: AgentView | None = field(name="desk", default=None)


SOFT_PHONE = 2


@operation(CheckinRequest, reply=CheckinReply, before_checkin=True, signs_in=True, durable=True)
def checkin(request: CheckinRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = yield from _authenticated(request, tenant, requester)
    _require_admissible(request, tenant, agent, requester)

    offer = _offer(request, agent, requester)
    _move_to_connection(request, tenant, agent, requester)
    # Missed pushes come before those that the check-in itself causes.
    tenant.domain_events.append(AgentResumed(agent.id, request.epoch, request.seq, offer))
    rest = _set_state(request, tenant, agent)
    yield _reply(request, tenant, agent, requester)
    yield from rest


def _offer(request: CheckinRequest, agent: Agent, requester: Requester) -> LegOffered | None:
    """The leg that rings at an agent who is at work and does not reset; None where this connection
    has been sent its ``callin`` already."""
    own_leg = agent.own_leg
    if (
        own_leg is None
        or not own_leg.origin.offered
        or own_leg.state is not LegState.RINGING
        or request.reset
    ):
        return None
    return LegOffered.of(own_leg) if agent.connection != requester.connection else None


def _authenticated(
    request: CheckinRequest, tenant: Tenant, requester: Requester
) -> Generator[Step, Any, Agent]:
    """The agent, authenticated by token or password. Raises WrongPassword."""
    if request.token is None:
        password = request.agent_pwd or ""
        return (
            yield from authentication.by_password(
                tenant, request.agent_id, password, requester.address, requester.connection
            )
        )
    agent = authentication.known_agent(tenant, request.agent_id)
    if agent is None or not (
        _resumes(request, agent) or agent.spend_visitor_token(request.token, tenant.clock())
    ):
        raise WrongPassword
    return agent


def _resumes(request: CheckinRequest, agent: Agent) -> bool:
    """Whether the client has the token of the agent's last check-in: it is the same client, and its
    page was reloaded before the old connection was found dead."""
    token = request.token
    return token is not None and agent.may_resume and is_token_of(agent, token)


def is_token_of(agent: Agent, token: str) -> bool:
    # As bytes: compare_digest accepts only ASCII text, and a client may send anything.
    return bool(agent.token) and compare_digest(agent.token.encode(), token.encode())


def _require_admissible(
    request: CheckinRequest, tenant: Tenant, agent: Agent, requester: Requester
) -> None:
    """Raises the first refusal that applies, in the order of the protocol."""
    company, entry = tenant.company, agent.entry
    if not company.enabled:
        raise CompanyDisabled
    if not entry.enabled:
        raise AgentDisabled
    if entry.extension is None:
        raise NoExtension
    if (request.ext_id or entry.extension) not in company.extensions:
        raise NoSuchExtension
    others = [
        one
        for one in tenant.roster.agents_at(request.ext_id or agent.extension)
        if one is not agent
    ]
    if any(one.status is not Status.OFFLINE for one in others):
        raise ExtensionInUse
    if request.ext_id not in (None, entry.extension):
        raise ForeignExtension
    if _elsewhere(agent, requester) and not _may_take_over(request, tenant, agent):
        raise CheckedInElsewhere
    if company.extensions[agent.extension].login_type == SOFT_PHONE and not agent.registered:
        raise PhoneNotRegistered


def _may_take_over(request: CheckinRequest, tenant: Tenant, agent: Agent) -> bool:
    asks = request.take or request.reset
    return asks or tenant.company.take_over or _resumes(request, agent)


def _elsewhere(agent: Agent, requester: Requester) -> bool:
    taken = agent.connection not in (None, requester.connection)
    return taken and agent.status is not Status.OFFLINE


def _move_to_connection(
    request: CheckinRequest, tenant: Tenant, agent: Agent, requester: Requester
) -> None:
    agent_ip = request.agent_ip or requester.address
    if _elsewhere(agent, requester):
        tenant.domain_events.append(KickedOff(agent.id, agent.connection, agent_ip, request.os))
    tenant.wallboard.leave(agent)
    tenant.directory.leave(agent)
    agent.connection, agent.os = requester.connection, request.os
    if not _resumes(request, agent):
        agent.log_in(tenant.new_id(), network_of(requester.address))


def _set_state(request: CheckinRequest, tenant: Tenant, agent: Agent) -> Steps:
    """Set the agent's state; returns the steps that remain to be done on the switch."""
    details = TriggerDetails(
        start=Status(request.start_status or tenant.company.start_status),
        start_asked=request.start_status is not None,
        rest_seconds=60 * (tenant.company.rest_minutes or 0),
        wrap_up_seconds=tenant.company.wrap_up_seconds,
    )
    if request.reset:
        agent.own_leg, agent.detached_leg = agent.leg_at_phone, None
        return ending.leave(tenant, agent, Trigger.CHECKIN_RESET, details)
    was_away = agent.status is Status.OFFLINE
    tenant.agent_states.change(agent, Trigger.CHECKIN, details)
    left = agent.leg_at_phone if was_away else None
    if left is not None:
        leg_changes.take_back(tenant, agent, left)
    return ending.nothing()


def _reply(
    request: CheckinRequest, tenant: Tenant, agent: Agent, requester: Requester
) -> CheckinReply:
    extension = tenant.company.extensions[agent.extension]
    return CheckinReply(
        ext_id=agent.extension,
        pbx=tenant.switch_settings.pbx,
        ext_pwd=extension.password if requester.private else None,
        rtc_address=tenant.switch_settings.rtc,
        sip_address=f"sip:{agent.extension}@{tenant.switch_settings.domain}",
        ice_servers=tuple(
            server
            for server in tenant.switch_settings.ice_servers
            if server.credential is None or requester.private
        ),
        dispositions=tuple(
            Disposition(disposition=each, name=name)
            for each, name in tenant.company.dispositions.items()
        ),
        login_type=str(extension.login_type),
        status=agent.status,
        sub_status=presence.sub_status(agent) or None,
        in_call_numbers=tuple(presence.in_call_numbers(agent)),
        legs=legs_of(agent),
        contact_id=contact_of(agent),
        token=agent.token,
        epoch=tenant.epoch,
        since_ms=agent.since_ms,
        until_ms=agent.until_ms,
        now_ms=tenant.now_ms(),
        view=_followed(request, tenant, agent),
    )


def _followed(request: CheckinRequest, tenant: Tenant, agent: Agent) -> AgentView | None:
    """The agent's view, which this client follows from now on, if it wants to."""
    if "desk" not in (request.want or ()):
        tenant.agent_views.leave(agent)
        return None
    tenant.agent_views.follow(agent, agent_view.of(agent))
    return agent_view.now(agent, tenant)
