"""The agents whose clients follow their whole view, and what each of them was last sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call


class AgentViews:
    """Empty, and false, where no client of the company follows."""

    def __init__(self) -> None:
        self._sent: dict[Agent, object] = {}

    def __bool__(self) -> bool:
        return bool(self._sent)

    def __contains__(self, agent: Agent) -> bool:
        return agent in self._sent

    def follow(self, agent: Agent, view: object) -> None:
        """The agent's client is being sent this view, and from now on its changes."""
        self._sent[agent] = view

    def leave(self, agent: Agent) -> None:
        self._sent.pop(agent, None)

    def sent_to(self, agent: Agent) -> object:
        return self._sent[agent]

    def affected(self, agents: Iterable[Agent], calls: Iterable[Call]) -> list[Agent]:
        """Those who follow and may look different, now that these agents and calls have
        changed."""
        seen = dict.fromkeys([*agents, *(each for call in calls for each in _agents_in(call))])
        return [agent for agent in seen if agent in self._sent]


def _agents_in(call: Call) -> Iterator[Agent]:
    """The agents of a call, and the supervisors who monitor it."""
    for leg in call.legs:
        if leg.agent is not None:
            yield leg.agent
        for procedure in leg.intrusion.monitorings:
            yield procedure.agent
