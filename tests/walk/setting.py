"""The company of the walks."""

from __future__ import annotations

import random

import msgspec

from esl_bridge.domain.company import AgentEntry, Company, Route, Skill
from tests.builders import NAMES, OTHER_OUTSIDE, OUTSIDE, company

AGENTS = [NAMES[name] for name in "ABDES"]
SUPERVISORS = [NAMES[name] for name in "ES"]
OUTSIDERS = [OUTSIDE, OTHER_OUTSIDE]
SKILL, NUMBER_OF_SKILL = "1001", "40010005"


def a_company(luck: random.Random) -> Company:
    usual = company()
    numbers = dict(usual.numbers) | {NUMBER_OF_SKILL: Route(skill=SKILL)}
    agents = {
        agent: AgentEntry(
            password_hash="hash",
            extension=agent,
            supervisor=agent in SUPERVISORS,
            skills={SKILL: 1} if agent in AGENTS[:2] else {},
        )
        for agent in AGENTS
    }
    routes = (None, Route(ivr="2001"), Route(agent=NAMES["D"]), Route(skill=SKILL))
    assert usual.external is not None
    return company(
        agents=agents,
        numbers=numbers,
        skills={SKILL: Skill(ring_seconds=8, max_wait_seconds=40)},
        survey=usual.ivrs["2001"],
        external=msgspec.structs.replace(usual.external, per_minute=100_000, per_agent=10),
        fallback=luck.choice(routes),
        wrap_up_seconds=luck.choice([0, 4]),
        blind_transfer=luck.choice(["return", "release"]),
        missed_offer=luck.choice(["keep", "busy"]),
    )
