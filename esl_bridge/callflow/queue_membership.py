"""Compares the agents and tiers of mod_callcenter with the companies', and corrects what differs.

The switch's lists cover all companies, and are read once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat

import msgspec

from esl_bridge.callflow.queueing import (
    agent_name,
    contact,
    queue_name,
    served,
    set_queue_phone,
    sync_agent,
)
from esl_bridge.callflow.steps import Attempt, Steps, all_of
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import SwitchRefused
from esl_bridge.esl import commands, tables

# How long the switch does not offer to an agent that has missed an offer; by default 40 ms
# (measured). After a talk the daemon decides when the agent is free; 0 would mean until the current
# second is over.
_REST_SECONDS = {"wrap_up": -1, "reject_delay": 5, "busy_delay": 5, "no_answer_delay": 5}
_AGENT_COLUMNS = ("name", "status", "contact", *(f"{after}_time" for after in _REST_SECONDS))
_TIER_COLUMNS = ("queue", "agent", "level")
_AVAILABLE = "Available"


class QueueAgent(msgspec.Struct, frozen=True, gc=False):
    """An agent in mod_callcenter; ``rests`` in the order of ``_REST_SECONDS``."""

    available: bool
    contact: str
    rests: str


class QueueTables:
    """The switch's lists. ``missing``: queues that the switch turned out not to have."""

    def __init__(self) -> None:
        self._queue_agents: dict[str, dict[str, QueueAgent]] = {}
        self._levels: dict[str, dict[str, int]] = {}
        self.missing: set[str] = set()

    def read_agents(self, text: str) -> Iterator[None]:
        """Row by row, as the caller iterates."""
        for name, status, reached_at, *rests in tables.columns(text, *_AGENT_COLUMNS):
            listed = QueueAgent(status == _AVAILABLE, reached_at, " ".join(rests))
            self._queue_agents.setdefault(name.rpartition("@")[2], {})[name] = listed
            yield

    def read_tiers(self, text: str) -> Iterator[None]:
        for queue, name, level in tables.columns(text, *_TIER_COLUMNS):
            if level.isdecimal():
                self._levels.setdefault(name, {})[queue] = int(level)
            yield

    def company(self, code: str) -> dict[str, QueueAgent]:
        """A company's agents by their names in mod_callcenter."""
        return self._queue_agents.get(code, {})

    def levels(self, name: str) -> dict[str, int]:
        """An agent's tier level in each of its queues."""
        return self._levels.get(name, {})


def uses_queues(tenant: Tenant) -> bool:
    return bool(tenant.company.skills)


def adopt_listed(tenant: Tenant, agent: Agent, queue_tables: QueueTables) -> None:
    """Take from the list whether the switch has the agent, and as available; an earlier daemon may
    have set that. While an update is under way the list is outdated."""
    name = agent_name(tenant.company.code, agent.id)
    listed = queue_tables.company(tenant.company.code).get(name)
    if agent.queues_settled:
        agent.in_queues = listed is not None and listed.available
        agent.known_to_queues = listed is not None


def differs(tenant: Tenant, agent: Agent, queue_tables: QueueTables) -> bool:
    """Whether the list differs from what the queues were told; the list may be outdated."""
    name = agent_name(tenant.company.code, agent.id)
    listed = queue_tables.company(tenant.company.code).get(name)
    return agent.queues_settled and (listed is not None and listed.available) != agent.in_queues


def recheck(tenant: Tenant, agent: Agent) -> Steps:
    """Query the agent itself: another client of the switch may have changed it."""
    believed = agent.in_queues
    name = agent_name(tenant.company.code, agent.id)
    status = yield Attempt(commands.agent_status(name))
    if agent.queues_settled and agent.in_queues == believed:
        agent.in_queues = status == _AVAILABLE
        agent.known_to_queues = bool(status)


def remove_agent(name: str) -> Steps:
    """Delete an agent that serves no skill any more."""
    yield commands.agent_del(name)


def serves(tenant: Tenant, name: str) -> bool:
    """Whether this name in mod_callcenter is an agent of the company with a skill."""
    agent = tenant.agents.get(name.rpartition("@")[0])
    return agent is not None and bool(served(tenant, agent))


def sync_membership(tenant: Tenant, agent: Agent, queue_tables: QueueTables) -> Steps:
    """Bring the agent, its tiers and its availability up to date; does nothing where all is. A
    refusal for one queue does not affect the others: it is raised at the end."""
    if not served(tenant, agent):
        agent.known_to_queues = agent.in_queues = False
        return
    name = agent_name(tenant.company.code, agent.id)
    yield from _sync_agent(tenant, agent, name, queue_tables.company(tenant.company.code).get(name))
    yield from all_of(*_moves(tenant, agent, name, queue_tables), _sync_if_needed(tenant, agent))


def _sync_if_needed(tenant: Tenant, agent: Agent) -> Steps:
    if agent.needs_queue_sync:
        agent.queues_settled = False
        yield from sync_agent(agent, tenant)


def _sync_agent(tenant: Tenant, agent: Agent, name: str, known: QueueAgent | None) -> Steps:
    if known is None or not agent.known_to_queues:
        known = None
        # Refused where it was added by somebody else, or by a command that was late.
        yield Attempt(commands.agent_add(name))
    if known is None or known.contact != contact(tenant, agent).text():
        yield from set_queue_phone(agent, tenant)
    else:
        agent.queue_phone = agent.newest, agent.websocket
    rests = known.rests.split(" ") if known is not None else repeat("")
    for (after, seconds), rest in zip(_REST_SECONDS.items(), rests, strict=False):
        if rest != str(seconds):
            yield commands.agent_rest(name, after, seconds)
    agent.known_to_queues = True


def _moves(tenant: Tenant, agent: Agent, name: str, queue_tables: QueueTables) -> Iterator[Steps]:
    """The steps for each queue to leave, to join, or to change the level of."""
    levels = queue_tables.levels(name)
    code = tenant.company.code
    wanted = {queue_name(code, skill): level for skill, level in served(tenant, agent).items()}
    for queue in levels.keys() - wanted.keys():
        yield _one(commands.tier_del(queue, name))
    for queue, level in wanted.items():
        if queue not in levels and queue not in queue_tables.missing:
            yield _join(queue, name, level, queue_tables)
        elif levels.get(queue, level) != level:
            yield _one(commands.tier_level(queue, name, level))


def _one(command: commands.Command) -> Steps:
    yield command


def _join(queue: str, name: str, level: int, queue_tables: QueueTables) -> Steps:
    """Add a tier. A queue that the switch lacks has no agents; ``check --switch`` reports it."""
    try:
        yield commands.tier_add(queue, name, level)
    except SwitchRefused as refused:
        if "Queue" in refused.reply:
            queue_tables.missing.add(queue)
