"""Skills are queues of mod_callcenter: who is in them, and who may be offered a caller.

The switch makes the offers; the daemon tells it who is available, and only on a change.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from esl_bridge.callflow import dialling
from esl_bridge.callflow.steps import Attempt, Steps, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.company import Company
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.domain.wallboard import Caller
from esl_bridge.errors import SwitchError, SwitchRefused
from esl_bridge.esl import commands, dialstring, tables

_STEP_OUT_SECONDS = 5.0
_ON_HOOK_SECONDS = 1.0  # measured: 20 ms
_DIGITS = 12
_WAITED = ("Answered", "Abandoned")  # still listed, during the talk and after (measured)


def queue_name(company: str, skill: str) -> str:
    """A skill's queue in mod_callcenter; no id contains an "@", so names are unique."""
    return f"{skill}@{company}"


def skill_of(company: Company, queue: str) -> str:
    """The company's skill that a queue belongs to; "" if none."""
    skill, _, code = queue.partition("@")
    return skill if code == company.code and skill in company.skills else ""


def entrance(company: str, skill: str) -> str:
    """The extension by which a caller enters a skill's queue, in context ``esl_bridge``."""
    return f"skill_{queue_name(company, skill)}"


def agent_name(company: str, agent_id: str) -> str:
    """An agent's name in mod_callcenter."""
    return f"{agent_id}@{company}"


def served(tenant: Tenant, agent: Agent) -> dict[str, int]:
    """The agent's skills and tier levels, without skills that the company no longer has."""
    skills = tenant.company.skills
    return {skill: level for skill, level in agent.entry.skills.items() if skill in skills}


def contact(tenant: Tenant, agent: Agent) -> dialstring.Contact:
    """The agent's contact, the same for all its skills: it rings for the shortest ``ring_seconds``
    of them."""
    skills = [tenant.company.skills[skill] for skill in served(tenant, agent)]
    return dialstring.Contact(
        dialling.agents_phone(tenant, agent),
        {
            **dialling.as_extension(tenant, agent),
            "leg_timeout": str(min(skill.ring_seconds for skill in skills)),
            "esl_bridge_company": tenant.company.code,
            "esl_bridge_agent": agent.id,
            "esl_bridge_role": "callin",
            "hangup_after_bridge": "true",
            **dialling.timers(agent),
            **dialstring.KEYS_END_NOTHING,
            "execute_on_answer": dialling.talk_limit(dialling.TALK_SECONDS),
        },
    )


def set_queue_phone(agent: Agent, tenant: Tenant) -> Steps:
    """Have the queues call the agent's newest phone."""
    queue_phone = agent.newest, agent.websocket
    if served(tenant, agent):
        yield commands.agent_contact(
            agent_name(tenant.company.code, agent.id), contact(tenant, agent)
        )
    agent.queue_phone = queue_phone


def sync_agent(agent: Agent, tenant: Tenant) -> Steps:
    """Update the agent's availability in the queues, until it is what it should be."""
    name = agent_name(tenant.company.code, agent.id)
    try:
        while agent.in_queues != agent.belongs_in_queues or agent.queue_phone_outdated:
            if agent.queue_phone_outdated:
                yield from set_queue_phone(agent, tenant)
            available = agent.belongs_in_queues
            if agent.in_queues != available:
                yield commands.agent_available(name, available=available)
                agent.in_queues = available
    except SwitchError as error:
        agent.in_queues = False
        if not isinstance(error, SwitchRefused):
            raise
        # The switch does not have the agent yet: ``sync_membership`` adds it and sets this.
        agent.known_to_queues = False
    finally:
        agent.queues_settled = True


def wait_until_out_of_queues(*legs: Leg | None) -> Steps:
    """Before agents are rung for something else: wait until the queues know, so that no agent gets
    two calls, and until their phones know that the last call is over, since a phone with one line
    would be busy."""
    for leg in legs:
        if leg is not None and leg.agent is not None and not _is_out(leg.agent):
            yield Until(partial(_is_out, leg.agent), _STEP_OUT_SECONDS)
        if leg is not None and leg.agent is not None and leg.agent.releasing:
            yield Until(partial(_is_on_hook, leg.agent), _ON_HOOK_SECONDS)


def _is_out(agent: Agent) -> bool:
    return agent.queues_settled and not agent.in_queues


def _is_on_hook(agent: Agent) -> bool:
    return not agent.releasing


def sync_waiting_callers(tenant: Tenant, skill: str, node: str) -> Steps:
    """Update the callers who wait at a switch from its list: some may have come or gone
    unnoticed."""
    queue, wallboard = queue_name(tenant.company.code, skill), tenant.wallboard
    line = [leg for leg, caller in wallboard.line.items() if caller.skill == skill]
    known = [leg for leg in line if tenant.leg_book.node_of(leg) == node]
    rows = tables.rows((yield Attempt(commands.queue_members(queue))))
    there = {row.get("session_uuid"): row for row in rows if row.get("state") not in _WAITED}
    for leg in known:
        if leg not in there:
            wallboard.waits_no_more(leg)
    for uuid, row in there.items():
        customer = tenant.legs.get(uuid or "")
        if customer is not None and customer.peer is None and uuid not in wallboard.line:
            wallboard.waits(customer.uuid, _caller(tenant, skill, row, customer))


def _caller(tenant: Tenant, skill: str, row: dict[str, str], customer: Leg) -> Caller:
    joined = row.get("joined_epoch", "")
    since, since_ms = tenant.now(), tenant.now_ms()
    if joined.isdecimal() and len(joined) < _DIGITS:  # else a caller's name has shifted the columns
        since_ms = 1000 * int(joined)
        since = f"{datetime.fromtimestamp(int(joined)):%Y-%m-%d %H:%M:%S}"
    return Caller(skill, row["uuid"], customer.number, since, since_ms)
