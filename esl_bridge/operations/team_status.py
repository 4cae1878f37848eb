"""team_status: what a supervisor's wallboard shows, once and then as it changes."""

from esl_bridge.protocol.envelope import Reply, Request
from esl_bridge.protocol.messages import TeamAgent, TeamQueue


class TeamStatus(Request, frozen=True, kw_only=True, tag="team_status"):
    """``subscribe``: whether ``team_change`` pushes follow, until told otherwise."""

    subscribe: bool = True


class TeamStatusReply(Reply, frozen=True, kw_only=True):
    """The whole company: every agent and every skill's queue."""

    agents: tuple[TeamAgent, ...]
    queues: tuple[TeamQueue, ...]
