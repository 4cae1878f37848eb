"""Whom an agent can call or transfer to in its own company, as the protocol describes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.tenant import Tenant
from esl_bridge.protocol.messages import DirectoryAgent, DirectoryChange, DirectorySkill
from esl_bridge.protocol.update import Update

DirectoryItems = tuple[tuple[DirectoryAgent, ...], tuple[DirectorySkill, ...]]
_IVRS, _SURVEY = ("ivrs", ""), ("survey", "")


def whole(tenant: Tenant) -> DirectoryItems:
    """Every colleague and every skill, as they are now."""
    return tenant.directory.whole(lambda: _whole(tenant))


def _whole(tenant: Tenant) -> DirectoryItems:
    agents, skills = _agents(tenant, tenant.agents.values()), _skills(tenant, tenant.company.skills)
    for key, item in _by_key(agents, skills):
        tenant.directory.show(key, item)
    tenant.directory.show(_IVRS, ivrs(tenant))
    tenant.directory.show(_SURVEY, has_survey(tenant))
    return agents, skills


def ivrs(tenant: Tenant) -> tuple[str, ...]:
    return tuple(tenant.company.ivrs)


def has_survey(tenant: Tenant) -> bool:
    return tenant.company.survey is not None


def update(tenant: Tenant) -> Update | None:
    """What differs from what the subscribers were last sent; None: nothing does."""
    directory = tenant.directory
    renewed, directory.renewed = directory.renewed, False
    changed, stirred = directory.take()
    # What the configuration has no longer is found by looking at everything.
    agents = _agents(tenant, tenant.agents.values() if renewed else changed)
    skills = _skills(tenant, tenant.company.skills if renewed else stirred)
    changed_items = [
        (key, item) for key, item in _by_key(agents, skills) if directory.is_changed(key, item)
    ]
    parts: dict[str, object] = {
        "agents": tuple(item for _, item in changed_items if isinstance(item, DirectoryAgent)),
        "skills": tuple(item for _, item in changed_items if isinstance(item, DirectorySkill)),
    }
    if renewed:
        parts |= _renewed(tenant, agents, skills)
    if not changed_items and parts.keys() == {"agents", "skills"}:
        return None
    to = [agent for agent in directory.watchers.values() if agent.enabled]
    return Update(DirectoryChange, parts, directory, to)


def _renewed(
    tenant: Tenant, agents: tuple[DirectoryAgent, ...], skills: tuple[DirectorySkill, ...]
) -> dict[str, object]:
    """What only another configuration changes."""
    directory, parts = tenant.directory, dict[str, object]()
    if directory.is_changed(_IVRS, ivrs(tenant)):
        parts["ivrs"] = ivrs(tenant)
    if directory.is_changed(_SURVEY, has_survey(tenant)):
        parts["survey"] = has_survey(tenant)
    present = {_IVRS, _SURVEY, *(key for key, _ in _by_key(agents, skills))}
    gone = sorted(directory.seen.keys() - present)
    for kind in ("agent", "skill"):
        if names := tuple(name for of, name in gone if of == kind):
            parts[f"gone_{kind}s"] = names
    for key in gone:
        del directory.seen[key]
    return parts


def _by_key(
    agents: Iterable[DirectoryAgent], skills: Iterable[DirectorySkill]
) -> list[tuple[tuple[str, str], DirectoryAgent | DirectorySkill]]:
    return [
        *((("agent", each.agent_id), each) for each in agents),
        *((("skill", each.skill), each) for each in skills),
    ]


def _agents(tenant: Tenant, agents: Iterable[Agent]) -> tuple[DirectoryAgent, ...]:
    return tuple(
        DirectoryAgent(
            agent_id=agent.id,
            name=agent.entry.name,
            ext_id=agent.entry.extension,
            status=agent.last_reported[0],
            available=agent.takes_calls,
        )
        for agent in agents
        if agent.enabled and agent.id in tenant.company.agents
    )


def _skills(tenant: Tenant, skills: Iterable[str]) -> tuple[DirectorySkill, ...]:
    wanted = tenant.company.skills.keys() & set(skills)
    if not wanted:
        return ()
    free = Counter(
        skill
        for agent in tenant.agents.values()
        if agent.takes_queue_calls
        for skill in agent.entry.skills
    )
    waiting = Counter(caller.skill for caller in tenant.wallboard.line.values())
    return tuple(
        DirectorySkill(
            skill=skill,
            name=tenant.company.skills[skill].name,
            agents_free=free[skill],
            waiting=waiting[skill],
        )
        for skill in sorted(wanted)
    )
