"""Who a client is, by an agent's password."""

from __future__ import annotations

from collections.abc import Generator, Hashable
from typing import Any

from esl_bridge.callflow.steps import Step, Verify
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.client_network import network_of
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import WrongPassword


def by_password(
    tenant: Tenant, agent_id: str, password: str, address: str, connection: Hashable
) -> Generator[Step, Any, Agent]:
    """The agent with this password; for an unknown agent the answer and the work are the same as
    for a wrong password. ``address``: the client's. Raises WrongPassword."""
    agent = known_agent(tenant, agent_id)
    network = network_of(address)
    attempt = Verify(
        password=password,
        password_hash=agent.entry.password_hash if agent is not None else None,
        account=f"{tenant.company.code}/{agent_id}",
        network=network,
        known=agent is not None and network in agent.networks,
        connection=connection,
    )
    fits = yield attempt
    # The configuration may have been reloaded while the password was verified.
    agent = known_agent(tenant, agent_id)
    if not fits or agent is None or agent.entry.password_hash != attempt.password_hash:
        raise WrongPassword
    return agent


def known_agent(tenant: Tenant, agent_id: str) -> Agent | None:
    """The agent, unless it is a former agent that is still at work."""
    return tenant.agents.get(agent_id) if agent_id in tenant.company.agents else None
