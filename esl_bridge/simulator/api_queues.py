"""``callcenter_config agent|tier|queue VERB ...``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from esl_bridge.simulator import dialstring
from esl_bridge.simulator.api import command
from esl_bridge.simulator.queues import (
    STATES,
    STATUSES,
    Callcenter,
    CallcenterAgent,
    Centre,
    Queue,
    Tier,
)
from esl_bridge.simulator.results import Answer

if TYPE_CHECKING:
    from esl_bridge.simulator.switch import SimulatedSwitch

OK = "+OK\n"
NO_AGENT = "-ERR Agent not found!\n"
NO_QUEUE = "-ERR Queue not found!\n"
_AGENT_COLUMNS = (
    "name|instance_id|uuid|type|contact|status|state|max_no_answer|wrap_up_time|reject_delay_time"
    "|busy_delay_time|no_answer_delay_time|last_bridge_start|last_bridge_end|last_offered_call"
    "|last_status_change|no_answer_count|calls_answered|talk_time|ready_time|external_calls_count"
)
_MEMBER_COLUMNS = (
    "queue|instance_id|uuid|session_uuid|cid_number|cid_name|system_epoch|joined_epoch"
    "|rejoined_epoch|bridge_epoch|abandoned_epoch|base_score|skill_score|serving_agent"
    "|serving_system|state|score"
)


@command("callcenter_config")
def callcenter_config(switch: SimulatedSwitch, arguments: str) -> Answer:
    words = dialstring.words(arguments)
    verb = _VERBS.get((words[0], words[1])) if len(words) > 1 else None
    if verb is None:
        return "-ERR Invalid!\n"
    return verb(switch.centre, [*words[2:], "", "", ""])


def _agent_add(centre: Centre, words: list[str]) -> str:
    name = words[0]
    if name in centre.agents:
        return "-ERR Agent already exist!\n"
    centre.agents[name] = CallcenterAgent(name)
    centre.tell({"CC-Agent": name, "CC-Action": "agent-add", "CC-Agent-Type": words[1]})
    return OK


def _agent_del(centre: Centre, words: list[str]) -> str:
    centre.drop_agent(words[0])
    return OK


def _agent_set(centre: Centre, words: list[str]) -> str:
    key, name, value = words[:3]
    if key == "status" and value not in STATUSES:
        return "-ERR Invalid Agent Status!\n"
    if key == "state" and value not in STATES:
        return "-ERR Invalid Agent State!\n"
    agent = centre.agents.get(name)
    if agent is None:
        return NO_AGENT
    return _set(centre, agent, key, value)


def _set(centre: Centre, agent: CallcenterAgent, key: str, value: str) -> str:
    if key == "status":
        centre.set_status(agent, value)
    elif key == "state":
        centre.set_state(agent, value)
    elif key == "contact":
        agent.contact = value
        centre.tell({"CC-Agent": agent.name, "CC-Action": "agent-contact-change"})
    elif key == "ready_time":
        agent.ready_at = float(value)
    elif key in agent.numbers:
        agent.numbers[key] = int(value)
    elif key != "type":
        return "-ERR Invalid Agent Command!\n"
    return OK


def _agent_get(centre: Centre, words: list[str]) -> str:
    agent = centre.agents.get(words[1])
    if agent is None:
        return NO_AGENT
    own = {"status": agent.status, "state": agent.state, "contact": agent.contact}
    return own.get(words[0], "-ERR Invalid Agent Command!\n")


def _agent_list(centre: Centre, words: list[str]) -> str:
    chosen = [agent for agent in centre.agents.values() if words[0] in ("", agent.name)]
    return _table(_AGENT_COLUMNS, [_agent_row(agent) for agent in chosen])


def _agent_row(agent: CallcenterAgent) -> str:
    who = [agent.name, "single_box", "", "callback", agent.contact, agent.status, agent.state]
    times = ["0", "0", "0", "0", agent.missed, agent.taken, "0", int(agent.ready_at), "0"]
    return "|".join(map(str, [*who, *agent.numbers.values(), *times]))


def _table(columns: str, rows: list[str]) -> str:
    """The column names precede the rows, and are missing where there are none (measured)."""
    if not rows:
        return OK
    return "".join(f"{line}\n" for line in [columns, *rows]) + OK


def _tier_add(centre: Centre, words: list[str]) -> str:
    queue, agent, level, position = words[:4]
    if queue not in centre.queues:
        return NO_QUEUE
    if agent not in centre.agents:
        return NO_AGENT
    if centre.tier(queue, agent) is not None:
        return "-ERR Tier already exist!\n"
    centre.add_tier(Tier(queue, agent, int(level or 1), int(position or 1)))
    centre.switch.soon(centre.distribute)
    return OK


def _tier_del(centre: Centre, words: list[str]) -> str:
    centre.drop_tier(words[0], words[1])
    return OK


def _tier_set(centre: Centre, words: list[str]) -> str:
    key, queue, agent, value = words[:4]
    tier = centre.tier(queue, agent)
    if tier is None or key not in ("level", "position"):
        return "-ERR Tier not found!\n"
    setattr(tier, key, int(value))
    return OK


def _tier_list(centre: Centre, words: list[str]) -> str:
    rows = [f"{t.queue}|{t.agent}|Ready|{t.level}|{t.position}" for t in centre.tiers]
    return _table("queue|agent|state|level|position", rows)


def _queue_load(centre: Centre, words: list[str]) -> str:
    """Any name is accepted, as if the configuration had it."""
    centre.queues.setdefault(words[0], Queue(words[0]))
    return OK


def _queue_unload(centre: Centre, words: list[str]) -> str:
    centre.queues.pop(words[0], None)
    return OK


def _queue_list(centre: Centre, words: list[str]) -> str:
    what, queue = words[:2]
    if what == "agents":
        names = {tier.agent for tier in centre.tiers if tier.queue == queue}
        return _table(_AGENT_COLUMNS, [_agent_row(centre.agents[name]) for name in sorted(names)])
    if what == "members":
        return _table(_MEMBER_COLUMNS, _members(centre, queue))
    if what == "tiers":
        rows = [f"{t.queue}|{t.agent}|Ready|{t.level}|{t.position}" for t in centre.tiers]
        return _table("queue|agent|state|level|position", rows)
    return _table(
        "name|strategy|moh_sound",
        [f"{q.name}|longest-idle-agent|{q.moh}" for q in centre.queues.values()],
    )


def _members(centre: Centre, queue: str) -> list[str]:
    """A member that talks to an agent is still listed (measured)."""
    offered = {agent.offer.member: agent.name for agent in centre.agents.values() if agent.offer}
    members = dict.fromkeys([*centre.members, *offered])
    return [_member_row(one, offered.get(one, "")) for one in members if one.data == queue]


def _member_row(member: Callcenter, agent: str) -> str:
    profile, joined = member.leg.profile, int(member.joined_at)
    who = [member.data, "single_box", member.uuid, member.leg.uuid, profile.number, profile.name]
    system, state = "single_box" if agent else "", "Trying" if agent else "Waiting"
    times = [joined, joined, 0, 0, 0, 0, 0]
    row = [*who, *times, agent, system, "Answered" if member.served else state, 0]
    return "|".join(map(str, row))


def _queue_count(centre: Centre, words: list[str]) -> str:
    what, queue = words[:2]
    if what == "members":
        return f"{centre.waiting(queue)}\n"
    if what == "agents":
        return f"{sum(tier.queue == queue for tier in centre.tiers)}\n"
    return f"{len(centre.queues)}\n"


_VERBS: dict[tuple[str, str], Callable[[Centre, list[str]], str]] = {
    ("agent", "add"): _agent_add,
    ("agent", "del"): _agent_del,
    ("agent", "set"): _agent_set,
    ("agent", "get"): _agent_get,
    ("agent", "list"): _agent_list,
    ("tier", "add"): _tier_add,
    ("tier", "del"): _tier_del,
    ("tier", "set"): _tier_set,
    ("tier", "list"): _tier_list,
    ("queue", "load"): _queue_load,
    ("queue", "reload"): _queue_load,
    ("queue", "unload"): _queue_unload,
    ("queue", "list"): _queue_list,
    ("queue", "count"): _queue_count,
}
