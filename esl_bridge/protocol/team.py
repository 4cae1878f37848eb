"""What a company's wallboard shows, in the words of the protocol."""

from __future__ import annotations

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.states import Status
from esl_bridge.protocol.messages import TeamAgent, TeamQueue, Waiting

Items = tuple[tuple[TeamAgent, ...], tuple[TeamQueue, ...]]


def whole(desk: Desk) -> Items:
    """Every agent and every skill's queue, as they are now."""
    agents = tuple(_agent(one) for one in desk.agents.values())
    queues = tuple(_queue(desk, skill) for skill in desk.company.skills)
    for agent in agents:
        _show(desk, ("agent", agent.agent_id), agent)
    for queue in queues:
        _show(desk, ("queue", queue.skill), queue)
    return agents, queues


def _show(desk: Desk, key: tuple[str, str], item: TeamAgent | TeamQueue) -> None:
    """To one who comes now. What the others have not been told yet is news whatever becomes of it:
    no two of them would see the same."""
    if desk.wall.seen.setdefault(key, item) != item:
        del desk.wall.seen[key]


def changes(desk: Desk) -> Items:
    """What is not as the watchers were shown it last."""
    agents, skills = desk.wall.take()
    drawn = [_agent(one) for one in agents]
    queues = [_queue(desk, skill) for skill in sorted(skills & desk.company.skills.keys())]
    return (
        tuple(one for one in drawn if _is_news(desk, ("agent", one.agent_id), one)),
        tuple(one for one in queues if _is_news(desk, ("queue", one.skill), one)),
    )


def _is_news(desk: Desk, key: tuple[str, str], item: TeamAgent | TeamQueue) -> bool:
    last, desk.wall.seen[key] = desk.wall.seen.get(key), item
    return last != item


def _agent(agent: Agent) -> TeamAgent:
    status, sub_status = agent.told
    in_call = agent.own is not None and status in (Status.RINGING, Status.CALLING)
    return TeamAgent(
        agent_id=agent.id,
        ext_id=agent.extension,
        status=status,
        sub_status=sub_status or None,
        since=agent.since,
        registered=agent.registered,
        call=agent.own.uuid if agent.own is not None and in_call else None,
    )


def _queue(desk: Desk, skill: str) -> TeamQueue:
    serving = [agent for agent in desk.agents.values() if skill in agent.entry.skills]
    return TeamQueue(
        skill=skill,
        agents_free=sum(agent.takes_calls for agent in serving),
        waiting=tuple(
            Waiting(caller_number=caller.number, since=caller.since)
            for caller in desk.wall.line.values()
            if caller.skill == skill
        ),
    )
