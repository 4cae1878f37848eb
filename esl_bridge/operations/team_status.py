"""team_status: the data of a supervisor's wallboard, once and then on each change."""

from __future__ import annotations

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import NotAllowed
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol import team
from esl_bridge.protocol.envelope import Milliseconds, Reply, Request
from esl_bridge.protocol.messages import TeamAgent, TeamQueue


class TeamStatusRequest(Request, frozen=True, kw_only=True, tag="team_status"):
    """``subscribe``: whether ``team_change`` pushes follow, until it is set to false, or the
    supervisor checks out, checks in again or loses its connection."""

    subscribe: bool = True


class TeamStatusReply(Reply, frozen=True, kw_only=True):
    """The whole company: every agent, and the queue of every skill. ``now_ms``: the server's
    clock, for the other times, in milliseconds of Unix time."""

    agents: tuple[TeamAgent, ...]
    queues: tuple[TeamQueue, ...]
    now_ms: Milliseconds


@operation(TeamStatusRequest, reply=TeamStatusReply)
def team_status(request: TeamStatusRequest, tenant: Tenant, requester: Requester) -> Steps:
    if not requester.agent.entry.supervisor:
        raise NotAllowed
    if request.subscribe:
        tenant.wallboard.watch(requester.agent)
    else:
        tenant.wallboard.leave(requester.agent)
    agents, queues = team.whole(tenant)
    yield TeamStatusReply(agents=agents, queues=queues, now_ms=tenant.now_ms())
