"""directory: whom an agent can call or transfer to, once and then on each change."""

from __future__ import annotations

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.tenant import Tenant
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol import directory as protocol_directory
from esl_bridge.protocol.envelope import Id, Reply, Request
from esl_bridge.protocol.messages import DirectoryAgent, DirectorySkill


class DirectoryRequest(Request, frozen=True, kw_only=True, tag="directory"):
    """``subscribe``: whether ``directory_change`` pushes follow, until it is set to false, or the
    agent checks out, checks in again or loses its connection."""

    subscribe: bool = True


class DirectoryReply(Reply, frozen=True, kw_only=True):
    """The whole company: every agent, every skill, the IVRs that can be transferred to, and whether
    there is a survey."""

    agents: tuple[DirectoryAgent, ...]
    skills: tuple[DirectorySkill, ...]
    ivrs: tuple[Id, ...]
    survey: bool


@operation(DirectoryRequest, reply=DirectoryReply)
def directory(request: DirectoryRequest, tenant: Tenant, requester: Requester) -> Steps:
    if request.subscribe:
        tenant.directory.watch(requester.agent)
    else:
        tenant.directory.leave(requester.agent)
    agents, skills = protocol_directory.whole(tenant)
    yield DirectoryReply(
        agents=agents,
        skills=skills,
        ivrs=protocol_directory.ivrs(tenant),
        survey=protocol_directory.has_survey(tenant),
    )
