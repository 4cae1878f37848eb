"""team_status: what a supervisor's wallboard shows, once and then as it changes."""

from __future__ import annotations

from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.errors import NotAllowed
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol import team
from esl_bridge.protocol.envelope import Reply, Request
from esl_bridge.protocol.messages import TeamAgent, TeamQueue


class TeamStatus(Request, frozen=True, kw_only=True, tag="team_status"):
    """``subscribe``: whether ``team_change`` pushes follow, until told otherwise, or until the
    supervisor checks out, checks in again or loses its connection."""

    subscribe: bool = True


class TeamStatusReply(Reply, frozen=True, kw_only=True):
    """The whole company: every agent and every skill's queue."""

    agents: tuple[TeamAgent, ...]
    queues: tuple[TeamQueue, ...]


@operation(TeamStatus)
def team_status(request: TeamStatus, desk: Desk, asker: Asker) -> Moves:
    if not asker.agent.entry.supervisor:
        raise NotAllowed
    if request.subscribe:
        desk.wall.watch(asker.agent)
    else:
        desk.wall.leave(asker.agent)
    agents, queues = team.whole(desk)
    yield TeamStatusReply(agents=agents, queues=queues)
