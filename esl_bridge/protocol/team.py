"""A company's wallboard, as the protocol describes it."""

from __future__ import annotations

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant import Tenant
from esl_bridge.protocol.messages import TeamAgent, TeamChange, TeamQueue, WaitingCaller
from esl_bridge.protocol.update import Update

Items = tuple[tuple[TeamAgent, ...], tuple[TeamQueue, ...]]


def whole(tenant: Tenant) -> Items:
    """Every agent and the queue of every skill, as they are now."""
    agents = tuple(_agent(one) for one in tenant.agents.values())
    queues = tuple(_queue(tenant, skill) for skill in tenant.company.skills)
    for agent in agents:
        tenant.wallboard.show(("agent", agent.agent_id), agent)
    for queue in queues:
        tenant.wallboard.show(("queue", queue.skill), queue)
    return agents, queues


def update(tenant: Tenant) -> Update | None:
    """What differs from what the watchers were last sent."""
    agents, queues = _changes(tenant)
    if not (agents or queues):
        return None
    supervisors = [
        agent
        for agent in tenant.wallboard.watchers.values()
        if agent.enabled and agent.entry.supervisor
    ]
    parts = {"agents": agents, "queues": queues, "now_ms": tenant.now_ms()}
    return Update(TeamChange, parts, tenant.wallboard, supervisors)


def _changes(tenant: Tenant) -> Items:
    board = tenant.wallboard
    agents, skills = board.take()
    drawn = [_agent(one) for one in agents]
    queues = [_queue(tenant, skill) for skill in sorted(skills & tenant.company.skills.keys())]
    return (
        tuple(one for one in drawn if board.is_changed(("agent", one.agent_id), one)),
        tuple(one for one in queues if board.is_changed(("queue", one.skill), one)),
    )


def _agent(agent: Agent) -> TeamAgent:
    status, sub_status = agent.last_reported
    in_call = agent.own_leg is not None and status in (Status.RINGING, Status.CALLING)
    return TeamAgent(
        agent_id=agent.id,
        ext_id=agent.extension,
        status=status,
        sub_status=sub_status or None,
        since=agent.since,
        since_ms=agent.since_ms,
        registered=agent.registered,
        service_mode=agent.service_mode,
        call=agent.own_leg.uuid if agent.own_leg is not None and in_call else None,
    )


def _queue(tenant: Tenant, skill: str) -> TeamQueue:
    serving = [agent for agent in tenant.agents.values() if skill in agent.entry.skills]
    return TeamQueue(
        skill=skill,
        agents_free=sum(agent.takes_queue_calls for agent in serving),
        waiting=tuple(
            WaitingCaller(caller_number=caller.number, since=caller.since, since_ms=caller.since_ms)
            for caller in tenant.wallboard.line.values()
            if caller.skill == skill
        ),
    )
