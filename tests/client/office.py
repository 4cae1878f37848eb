"""Agents of a world who speak through the Python client, and what they were told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from esl_bridge.client import AgentClient, ClientCall, Gateway, sign_in
from esl_bridge.client.handlers import Event
from tests.behaviour.world import AGENTS, COMPANY, World

SECONDS = 20.0


class Told:
    """The events of one agent, in their order, of which each may be waited for."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self._changed = threading.Condition()

    def handler(self, name: str) -> Callable[[Any], None]:
        def note(value: Any) -> None:
            with self._changed:
                self.events.append((name, value))
                self._changed.notify_all()

        return note

    def of(self, name: str) -> list[Any]:
        return [value for each, value in list(self.events) if each == name]

    def awaited(self, name: str, number: int = 1) -> Any:
        """The last of so many events of this name; more would be too many."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.of(name)) >= number, SECONDS)
            assert came, self.names()
        assert len(self.of(name)) == number, self.names()
        return self.of(name)[-1]

    def names(self) -> dict[str, int]:
        return Counter(name for name, _ in list(self.events))


_NOTED: tuple[Event, ...] = (
    "offered",
    "ended",
    "link",
    "resumed",
    "gap",
    "kicked",
    "signed_out",
    "push",
    "team",
)


class Office:
    """``agents`` by their letters, and ``told``: what each was told. Who has signed in again is
    there as it is since."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.told: dict[str, Told] = {}
        self.agents: dict[str, AgentClient] = {}
        self._opened: list[AgentClient] = []
        self._names: set[str] = set()

    def signs_in(self, name: str, url: str = "", **how: Any) -> AgentClient:
        return self._sign_in(partial(sign_in, url or self.world.url), name, how)

    def signs_in_on(self, gateway: Gateway, *names: str, **how: Any) -> None:
        for name in names:
            self._sign_in(gateway.sign_in, name, how)

    def _sign_in(
        self, sign_in: Callable[..., AgentClient], name: str, how: dict[str, Any]
    ) -> AgentClient:
        told = self.told[name] = Told()
        on = {event: told.handler(event) for event in _NOTED}
        who = {"company": COMPANY, "agent": AGENTS[name], "password": "example"}
        self._names.add(name)
        self.agents[name] = agent = sign_in(on=on, **who | how)
        self._opened.append(agent)
        return agent

    def picks_up(self, name: str) -> None:
        """At its phone, which rings, or is about to."""
        self.world.phone(name).wait_ringing()
        self.world.phone(name).answer()

    def picks_up_what_is_offered(self, agent: AgentClient, name: str) -> None:
        agent.on("offered", lambda _: self.picks_up(name))

    def rejects_what_is_offered(self, agent: AgentClient, name: str) -> Callable[[], None]:
        def reject(_: ClientCall) -> None:
            self.world.phone(name).wait_ringing()
            self.world.phone(name).reject()

        return agent.on("offered", reject)

    def talks_to(
        self, agent: AgentClient, name: str, whom: str, number: str, **how: Any
    ) -> ClientCall:
        """The agent has called somebody outside, who has answered."""
        call = agent.call(number, **how)
        self.picks_up(name)
        self.picks_up(whom)
        call.wait_talking(SECONDS)
        return call

    def in_time(self, do: Callable[[], ClientCall], name: str) -> ClientCall:
        """What is done once somebody's own phone, which that calls, is answered."""
        done: Future[ClientCall] = Future()
        threading.Thread(target=lambda: done.set_result(do()), daemon=True).start()
        self.picks_up(name)
        return done.result(SECONDS)

    def close(self) -> None:
        """Everybody is away, and the agents as they were."""
        for agent in self._opened:
            agent.close()
        for name in self._names:
            self.world.connect(name).checkin(reset=True)
        self.world.clean_up(all_taken=False)
