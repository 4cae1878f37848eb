"""checkin: an agent takes its place on a connection."""

from __future__ import annotations

from collections.abc import Generator
from hmac import compare_digest
from typing import Annotated, Any, Literal

from msgspec import Meta

from esl_bridge.callflow import ending
from esl_bridge.callflow.steps import Moves, Step, Verify
from esl_bridge.domain import shown
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Life
from esl_bridge.domain.news import CameBack, KickedOff, LegOffered
from esl_bridge.domain.places import place
from esl_bridge.domain.states import Facts, Status, Trigger
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
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import Addresses, Reply, Request, Secret
from esl_bridge.protocol.legs import contact_of, legs_of
from esl_bridge.protocol.messages import CallLeg


class Checkin(Request, frozen=True, kw_only=True, tag="checkin"):
    """By password, or by the ``token`` of an earlier check-in.

    ``epoch`` and ``seq`` are those of the last push seen: what came after it is sent again.
    """

    agent_pwd: Secret | None = None
    agent_ip: Addresses | None = None
    start_status: Literal["FREE", "BUSY", "REST", "ARRANGE"] | None = None
    reset: bool = False
    epoch: Secret | None = None
    seq: Annotated[int, Meta(ge=0, le=1 << 62)] | None = None

    def __post_init__(self) -> None:
        if self.agent_pwd is None and self.token is None:
            raise BadField("agent_pwd", "neither password nor token")


class CheckinReply(Reply, frozen=True, kw_only=True):
    """``login_type``: "1" RTC, "2" soft phone. ``ext_pwd``: over TLS or loopback only.
    ``legs``: who is in the agent's call, as in ``get_status``, for a client that begins anew."""

    ext_id: str
    pbx: str
    ext_pwd: str | None = None
    rtc_address: str
    login_type: str
    status: str
    sub_status: str | None = None
    in_call_numbers: tuple[str, ...]
    legs: tuple[CallLeg, ...]
    contact_id: str | None = None
    token: str
    epoch: str


SOFT_PHONE = 2


@operation(Checkin, before_checkin=True, durable=True)
def checkin(request: Checkin, desk: Desk, asker: Asker) -> Moves:
    agent = yield from _proven(request, desk, asker)
    _judge(request, desk, agent, asker)

    offer = _offer(request, agent, asker)
    _change_hands(request, desk, agent, asker)
    # What was missed comes before what the check-in itself brings about.
    desk.news.append(CameBack(agent.id, request.epoch, request.seq, offer))
    rest = _take_up_work(request, desk, agent)
    yield _reply(desk, agent, asker)
    yield from rest


def _offer(request: Checkin, agent: Agent, asker: Asker) -> LegOffered | None:
    """What rings at an agent who is at work and does not want to be rid of it; this connection has
    not been told of it."""
    own = agent.own
    if own is None or not own.offered or own.life is not Life.RINGING or request.reset:
        return None
    return LegOffered.of(own) if agent.connection != asker.connection else None


def _proven(request: Checkin, desk: Desk, asker: Asker) -> Generator[Step, Any, Agent]:
    """Who it is, by token or by password; the same answer, and the same work, for nobody."""
    agent = _known(request, desk)
    if request.token is not None:
        if agent is None or not (agent.may_return and is_token_of(agent, request.token)):
            raise WrongPassword
        return agent
    attempt = _attempt(request, agent, asker)
    fits = yield attempt
    # While the password was looked at, the configuration may have been read again.
    agent = _known(request, desk)
    if not fits or agent is None or agent.entry.password_hash != attempt.password_hash:
        raise WrongPassword
    return agent


def _attempt(request: Checkin, agent: Agent | None, asker: Asker) -> Verify:
    from_where = place(asker.address)
    return Verify(
        password=request.agent_pwd or "",
        password_hash=agent.entry.password_hash if agent is not None else None,
        account=f"{request.company_code}/{request.agent_id}",
        place=from_where,
        known=agent is not None and from_where in agent.places,
        connection=asker.connection,
    )


def _known(request: Checkin, desk: Desk) -> Agent | None:
    """Not one who is still at work, but no agent of the company's any more."""
    return desk.agents.get(request.agent_id) if request.agent_id in desk.company.agents else None


def is_token_of(agent: Agent, token: str) -> bool:
    # As bytes: of texts only ASCII can be compared, and a client writes what it likes.
    return bool(agent.token) and compare_digest(agent.token.encode(), token.encode())


def _judge(request: Checkin, desk: Desk, agent: Agent, asker: Asker) -> None:
    """In the order of the protocol."""
    company, entry = desk.company, agent.entry
    if not company.enabled:
        raise CompanyDisabled
    if not entry.enabled:
        raise AgentDisabled
    if entry.extension is None:
        raise NoExtension
    if (request.ext_id or entry.extension) not in company.extensions:
        raise NoSuchExtension
    others = [one for one in desk.agents_at(request.ext_id or agent.extension) if one is not agent]
    if any(one.status is not Status.OFFLINE for one in others):
        raise ExtensionInUse
    if request.ext_id not in (None, entry.extension):
        raise ForeignExtension
    if _elsewhere(agent, asker) and not _may_take_over(request, desk):
        raise CheckedInElsewhere
    if company.extensions[agent.extension].login_type == SOFT_PHONE and not agent.registered:
        raise PhoneNotRegistered


def _may_take_over(request: Checkin, desk: Desk) -> bool:
    """Who has the token is the one who checked in: its page was loaded again, and nobody knows yet
    that the connection of the page before is dead."""
    return request.reset or desk.company.take_over or request.token is not None


def _elsewhere(agent: Agent, asker: Asker) -> bool:
    taken = agent.connection not in (None, asker.connection)
    return taken and agent.status is not Status.OFFLINE


def _change_hands(request: Checkin, desk: Desk, agent: Agent, asker: Asker) -> None:
    agent_ip = request.agent_ip or asker.address
    if _elsewhere(agent, asker):
        desk.news.append(KickedOff(agent.id, agent.connection, agent_ip, request.os))
    desk.wall.leave(agent)
    agent.connection, agent.os = asker.connection, request.os
    if request.token is None:
        agent.come_in(desk.new_id(), place(asker.address))


def _take_up_work(request: Checkin, desk: Desk, agent: Agent) -> Moves:
    """The agent's state from now on; what is left to do on the switch comes back as steps."""
    facts = Facts(
        start=Status(request.start_status or desk.company.start_status),
        start_asked=request.start_status is not None,
        rest_seconds=60 * (desk.company.rest_minutes or 0),
        wrap_up_seconds=desk.company.wrap_up_seconds,
    )
    if request.reset:
        agent.own, agent.left = desk.leg_left_at(agent), None
        return ending.leave(desk, agent, Trigger.CHECKIN_RESET, facts)
    was_away = agent.status is Status.OFFLINE
    desk.change(agent, Trigger.CHECKIN, facts)
    left = desk.leg_left_at(agent) if was_away else None
    if left is not None:
        desk.take_back(agent, left)
    return ending.nothing()


def _reply(desk: Desk, agent: Agent, asker: Asker) -> CheckinReply:
    extension = desk.company.extensions[agent.extension]
    return CheckinReply(
        ext_id=agent.extension,
        pbx=desk.premises.pbx,
        ext_pwd=extension.password if asker.private else None,
        rtc_address=desk.premises.rtc,
        login_type=str(extension.login_type),
        status=agent.status,
        sub_status=shown.sub_status(agent) or None,
        in_call_numbers=tuple(shown.in_call_numbers(agent)),
        legs=legs_of(agent),
        contact_id=contact_of(agent),
        token=agent.token,
        epoch=desk.epoch,
    )
