"""get_token: a token by password, without a check-in."""

from __future__ import annotations

from esl_bridge.callflow import authentication
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import AgentDisabled, BadField, CompanyDisabled
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import Reply, Request, Secret


class GetTokenRequest(Request, frozen=True, kw_only=True, tag="get_token"):
    """``agent_pwd``: the agent's password; the edition's own table spells it ``aagent_pwd``."""

    agent_pwd: Secret | None = None
    aagent_pwd: Secret | None = None

    def __post_init__(self) -> None:
        if self.agent_pwd is None and self.aagent_pwd is None:
            raise BadField("agent_pwd", "missing")

    @property
    def password(self) -> str:
        """The password, whichever way its field was spelt."""
        return self.agent_pwd or self.aagent_pwd or ""


class GetTokenReply(Reply, frozen=True, kw_only=True):
    """``token``: the present one of an agent who is checked in; else one that is good for a single
    ``checkin`` or ``get_status`` within ``timing.grace_seconds``."""

    token: Secret


@operation(GetTokenRequest, reply=GetTokenReply, before_checkin=True)
def get_token(request: GetTokenRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = yield from authentication.by_password(
        tenant, request.agent_id, request.password, requester.address, requester.connection
    )
    if not tenant.company.enabled:
        raise CompanyDisabled
    if not agent.entry.enabled:
        raise AgentDisabled
    if agent.status is not Status.OFFLINE:
        yield GetTokenReply(token=agent.token)
        return
    token = tenant.new_id()
    agent.admit_visitor(token, tenant.clock() + tenant.switch_settings.grace_seconds)
    yield GetTokenReply(token=token)
