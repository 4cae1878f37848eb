"""Anonymous agents, who all call outside numbers at once, and what must be true at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.behaviour.client import Client, Message
from tests.behaviour.world import World

_SECONDS = 40.0


class Crowd:
    """``number`` agents that are checked in; their phones and those that they call answer by
    themselves.
    """

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.legs: dict[Client, str] = {}
        self.agents = [world.agent(name) for name in world.crowd[:number]]

    def calls(self) -> None:
        """Each calls a customer; ``legs`` are their own."""
        asked = [
            agent.send("call", callee_number=customer)
            for agent, customer in zip(self.agents, self.world.customers, strict=False)
        ]
        replies = [
            agent.answer_of(req_id) for agent, req_id in zip(self.agents, asked, strict=True)
        ]
        assert {reply["code"] for reply in replies} == {"0"}
        legs = (str(reply["uuid"]) for reply in replies)
        self.legs = dict(zip(self.agents, legs, strict=True))

    def return_as(self, clients: list[Client]) -> None:
        """Continue with these clients of the same agents; pushes received before count, too."""
        for client, before in zip(clients, self.agents, strict=True):
            client.told[:0] = before.told
        self.agents = clients

    def reasons(self) -> set[str]:
        """The reasons of the agents' present states."""
        changes = [
            [push for push in list(agent.told) if push["msg_type"] == "agent_change"]
            for agent in self.agents
        ]
        return {told[-1]["reason"] for told in changes}

    def statuses(self) -> Counter[str]:
        asked = [agent.send("get_status") for agent in self.agents]
        return Counter(
            agent.answer_of(req_id)["status"]
            for agent, req_id in zip(self.agents, asked, strict=True)
        )

    def talk(self) -> bool:
        """Whether each agent's call has reached START_CALL."""
        return all("CALL START_CALL" in _phases(agent) for agent in self.agents)

    def are(self, status: str) -> Callable[[], bool]:
        return lambda: self.statuses() == {status: len(self.agents)}

    def are_what_their_phones_do(self) -> bool:
        talking = self.world.lab.crowd.talking([agent.agent_id for agent in self.agents])
        return self.statuses()["CALLING"] == len(talking)

    def unended(self) -> list[str]:
        """Actions that were reported, and whose end was not reported exactly once."""
        ends: Counter[str] = Counter()
        for agent in self.agents:
            for push in list(agent.told):
                if push["msg_type"] == "callback":
                    what = f"{agent.agent_id} {push['action']} {push['req_id']}"
                    ends[what] += push["phase"] == "END_CALL"
        return [what for what, count in ends.items() if count != 1]

    def ends_of_calls(self) -> list[list[str]]:
        """The codes with which each agent's calls ended."""
        told = [list(agent.told) for agent in self.agents]
        return [[one["code"] for one in pushes if _ends_a_call(one)] for pushes in told]

    def comes_to_rest(self, seconds: float = 20.0) -> None:
        """When the outside phones have hung up, agents are free, every end is reported, and no leg
        remains.
        """
        self.world.until(self._left_alone, seconds)
        self.world.until(lambda: not self.unended(), seconds)
        self.world.until(lambda: not self.world.lab.legs(), seconds)
        self.world.until(lambda: self.world.counted("esl_bridge_calls") == 0, seconds)

    def _left_alone(self) -> bool:
        """Some are called only now, because the event that led to it was late."""
        self.world.lab.crowd.hang_up(self.world.customers[: 2 * len(self.agents)])
        return self.are("FREE")()


def _phases(agent: Client) -> list[str]:
    told = [push for push in list(agent.told) if push["msg_type"] == "callback"]
    return [f"{push['action']} {push['phase']}" for push in told]


def _ends_a_call(push: Message) -> bool:
    return push.get("action") == "CALL" and push["phase"] == "END_CALL"


@contextmanager
def talking(world: World, number: int) -> Iterator[Crowd]:
    """Bring so many agents into calls; at the end check that nothing of them is left."""
    crowd = Crowd(world, number)
    crowd.calls()
    world.until(crowd.talk, _SECONDS)
    yield crowd
    world.clean_up(all_taken=False)
