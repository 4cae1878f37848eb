"""Agents who serve skills, and what the switch is told of them."""

from __future__ import annotations

from esl_bridge.domain.company import AgentEntry, Skill
from tests.builders import NAMES, TenantHarness

A, B = f"{NAMES['A']}@90001", f"{NAMES['B']}@90001"
SALES, REPAIRS = "1001@90001", "1002@90001"


def harness(at_work: str = "A", **skills_of: dict[str, int]) -> TenantHarness:
    """Agent A serves sales and repairs, unless told otherwise."""
    serving = skills_of or {"A": {"1001": 1, "1002": 2}}
    agents = {
        agent_id: AgentEntry(password_hash="hash", extension=agent_id, skills=serving.get(name, {}))
        for name, agent_id in NAMES.items()
    }
    skills = {"1001": Skill(ring_seconds=20), "1002": Skill(ring_seconds=15)}
    return TenantHarness(at_work, agents=agents, skills=skills)


def told(harness: TenantHarness) -> list[str]:
    lines = harness.switch.take()
    return [line.removeprefix("api callcenter_config agent set status ") for line in lines]
