"""Skills are queues of the switch: which agents are at them, and who may be offered a caller.

The switch offers; the service tells it who is available, and only when that has changed.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from esl_bridge.callflow import dialling
from esl_bridge.callflow.steps import Moves, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.company import Company
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.wall import Caller
from esl_bridge.errors import SwitchError, SwitchRefused
from esl_bridge.esl import commands, dialstring, tables

# How long the switch leaves an agent alone that has missed an offer; without, 40 ms (measured).
# After a talk it is we who say when the agent is free; 0 would be until the second is over.
_REST_SECONDS = {"wrap_up": -1, "reject_delay": 5, "busy_delay": 5, "no_answer_delay": 5}
_STEP_OUT_SECONDS = 5.0
_AVAILABLE = "Available"
_DIGITS = 12
_WAITED = ("Answered", "Abandoned")  # listed still, while they talk and after (measured)


def queue_name(company: str, skill: str) -> str:
    """What mod_callcenter calls a company's skill; no id holds an "@", so no two are the same."""
    return f"{skill}@{company}"


def skill_of(company: Company, queue: str) -> str:
    """Which of the company's skills a queue of the switch is; "" if none."""
    skill, _, code = queue.partition("@")
    return skill if code == company.code and skill in company.skills else ""


def entrance(company: str, skill: str) -> str:
    """Where a caller enters the queue of a skill, in context ``esl_bridge``."""
    return f"skill_{queue_name(company, skill)}"


def agent_name(company: str, agent_id: str) -> str:
    """What mod_callcenter calls an agent."""
    return f"{agent_id}@{company}"


def keep_in_step(agent: Agent, desk: Desk) -> Moves:
    """Tell the switch whether the agent may be offered callers, until it knows what is so now."""
    name = agent_name(desk.company.code, agent.id)
    try:
        while agent.in_queues != agent.belongs_in_queues:
            available = agent.belongs_in_queues
            yield commands.agent_available(name, available=available)
            agent.in_queues = available
    except SwitchError:
        agent.in_queues = False
        raise
    finally:
        agent.in_step = True


def step_out(*legs: Leg | None) -> Moves:
    """Before agents are rung for something else their queues must know: nobody gets two calls."""
    for leg in legs:
        if leg is not None and leg.agent is not None and not _is_out(leg.agent):
            yield Until(leg, partial(_is_out, leg.agent), _STEP_OUT_SECONDS)


def _is_out(agent: Agent) -> bool:
    return agent.in_step and not agent.in_queues


def take_up(desk: Desk) -> Moves:
    """What is to be asked and told at each link-up, and when the companies were read again."""
    for skill in desk.company.skills:
        yield from _line_up(desk, skill)
    yield from enrol(desk)


def enrol(desk: Desk) -> Moves:
    """Bring the agents and tiers of the switch in line with the company's, and learn from it who
    is available: it may have been told so by a service that is no more."""
    code = desk.company.code
    ours = {
        row["name"]: row
        for row in tables.rows((yield commands.queue_agents()))
        if row["name"].endswith(f"@{code}")
    }
    levels = {
        (row["queue"], row["agent"]): int(row["level"])
        for row in tables.rows((yield commands.queue_tiers()))
        if row["agent"] in ours
    }
    serving = {agent_name(code, one.id): one for one in desk.agents.values() if one.entry.skills}
    for agent in desk.agents.values():
        agent.in_queues = agent.in_queues and bool(agent.entry.skills)
    for gone in ours.keys() - serving.keys():
        yield commands.agent_del(gone)
    for name, agent in serving.items():
        yield from _seat(desk, agent, ours.get(name))
        yield from _place(
            desk, agent, {q: level for (q, who), level in levels.items() if who == name}
        )
        desk.touch(agent)


def _line_up(desk: Desk, skill: str) -> Moves:
    """Who waits, as the switch has it: some may have come or gone while nobody listened."""
    queue, wall = queue_name(desk.company.code, skill), desk.wall
    known = [leg for leg, caller in wall.line.items() if caller.skill == skill]
    try:
        rows = tables.rows((yield commands.queue_members(queue)))
    except SwitchRefused:  # it has no such queue
        rows = []
    there = {row.get("session_uuid"): row for row in rows if row.get("state") not in _WAITED}
    for leg in known:
        if leg not in there:
            wall.waits_no_more(leg)
    for uuid, row in there.items():
        customer = desk.legs.get(uuid or "")
        if customer is not None and customer.peer is None and uuid not in wall.line:
            wall.waits(customer.uuid, _caller(desk, skill, row, customer))


def _caller(desk: Desk, skill: str, row: dict[str, str], customer: Leg) -> Caller:
    joined = row.get("joined_epoch", "")
    since = desk.now()
    if joined.isdecimal() and len(joined) < _DIGITS:  # not so where a name has moved the columns
        since = f"{datetime.fromtimestamp(int(joined)):%Y-%m-%d %H:%M:%S}"
    return Caller(skill, row["uuid"], customer.number, since)


def _seat(desk: Desk, agent: Agent, known: dict[str, str] | None) -> Moves:
    """The agent itself, as the switch has it in ``known``, if it does."""
    name = agent_name(desk.company.code, agent.id)
    contact = _contact(desk, agent)
    if known is None:
        yield commands.agent_add(name)
    if known is None or known["contact"] != contact.text():
        yield commands.agent_contact(name, contact)
    for after, seconds in _REST_SECONDS.items():
        if known is None or known[f"{after}_time"] != str(seconds):
            yield commands.agent_rest(name, after, seconds)
    if agent.in_step:
        agent.in_queues = known is not None and known["status"] == _AVAILABLE


def _place(desk: Desk, agent: Agent, levels: dict[str, int]) -> Moves:
    """The agent's queues; ``levels`` as the switch has them."""
    code = desk.company.code
    name = agent_name(code, agent.id)
    wanted = {queue_name(code, skill): level for skill, level in agent.entry.skills.items()}
    for queue in levels.keys() - wanted.keys():
        yield commands.tier_del(queue, name)
    for queue, level in wanted.items():
        if queue not in levels:
            yield from _join(queue, name, level)
        elif levels[queue] != level:
            yield commands.tier_level(queue, name, level)


def _join(queue: str, name: str, level: int) -> Moves:
    """A queue that is not on the switch has nobody in it; ``check --switch`` tells of it."""
    try:
        yield commands.tier_add(queue, name, level)
    except SwitchRefused:
        return


def _contact(desk: Desk, agent: Agent) -> dialstring.Contact:
    """One for all its skills: it rings as long as the most impatient of them has it."""
    skills = [desk.company.skills[skill] for skill in agent.entry.skills]
    return dialstring.Contact(
        dialstring.user(agent.extension, desk.premises.domain),
        {
            "leg_timeout": str(min(skill.ring_seconds for skill in skills)),
            "esl_bridge_company": desk.company.code,
            "esl_bridge_agent": agent.id,
            "esl_bridge_role": "callin",
            "hangup_after_bridge": "true",
            "execute_on_answer": dialling.talk_limit(dialling.TALK_SECONDS),
        },
    )
