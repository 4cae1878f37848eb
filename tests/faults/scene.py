"""A story that may be cut short: the daemon is killed at a command, and another takes its place."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.behaviour.client import Client, Message
from tests.behaviour.world import AGENTS, OUTSIDE, World
from tests.faults.proxy import Proxy

_STEP = 0.02
_SECONDS = 10.0


class Killed(Exception):
    """The daemon is gone: the story ends here."""


class Scene:
    """A talks to C, as ``begins`` has it; D is free, and so is S, a supervisor.

    ``uuid``: A's leg. ``told``: the pushes that each agent received from the killed daemons.
    """

    def __init__(self, world: World, proxy: Proxy, begins: Callable[[World, Client], str]) -> None:
        self.world = world
        self.proxy = proxy
        self.clients = {name: world.agent(name) for name in ("A", "D", "S")}
        self.told: dict[str, list[Message]] = {name: [] for name in self.clients}
        self.uuid = begins(world, self.clients["A"])

    # -- what a story is made of ----------------------------------------------------------------

    def ask(self, msg_type: str, *, by: str = "A", **fields: Any) -> Message:
        """A request and its reply."""
        client = self.clients[by]
        try:
            req_id = client.send(msg_type, **fields)
        except ConnectionClosed as closed:
            raise Killed from closed
        self.until(lambda: client.has_answer(req_id))
        return client.answer_of(req_id)

    def answers(self, name: str) -> None:
        self.until(lambda: self.ringing(name))
        self.world.phone(name).answer()

    def rings(self, name: str) -> None:
        self.until(lambda: self.ringing(name))

    def hear(self, name: str, *whom: str) -> None:
        self.until(lambda: self.heard(name) == set(whom))

    def was_told(self, action: str, phase: str, name: str = "A") -> None:
        self.until(lambda: (action, phase) in _phases(self.clients[name].told))

    def until(self, is_so: Callable[[], bool]) -> None:
        clock = threading.Event()
        for _ in range(int(_SECONDS / _STEP)):
            if self.proxy.has_cut.is_set():
                raise Killed
            if is_so():
                return
            clock.wait(_STEP)
        raise AssertionError("never so")

    def heard(self, name: str) -> set[str]:
        names = {number: each for each, number in (AGENTS | OUTSIDE).items()}
        return {names.get(who, who) for who in self.world.phone(name).hears()}

    def ringing(self, name: str) -> bool:
        with contextlib.suppress(AssertionError):
            self.world.phone(name).wait_ringing(0.01)
            return True
        return False

    # -- the next life --------------------------------------------------------------------------

    def go_on(self) -> None:
        """Start a new daemon, to which all agents reconnect."""
        self.world.start_daemon()
        self.proxy.has_cut.clear()
        for name, last in self.clients.items():
            seen = last.told[-1:]
            self.told[name] += last.told
            back = self.world.connect(name)
            fields = {key: seen[0][key] for key in ("epoch", "seq")} if seen else {}
            back.ok("checkin", token=last.token, **fields)
            back.token = last.token
            self.clients[name] = back

    def status(self, name: str) -> str:
        now = self.clients[name].ok("get_status")
        return f"{now['status']} {now.get('sub_status', '')}".strip()

    def agrees(self, name: str) -> bool:
        """Whether the agent's state agrees with what its phone does."""
        busy = self.status(name).partition(" ")[0]
        if self.world.is_answered(name):
            return busy == "CALLING"
        return busy == ("RINGING" if self.ringing(name) else "FREE")

    def all_are_free(self) -> bool:
        return {self.status(name) for name in self.clients} == {"FREE"}

    def unended(self) -> list[str]:
        """Actions that any daemon reported, and whose end was not reported exactly once."""
        ends: Counter[tuple[str, ...]] = Counter()
        for name in self.clients:
            for push in self._told_in_all(name):
                assert push["msg_type"] != "gap", push
                if push["msg_type"] == "callback":
                    ends[name, *_what(push)] += push["phase"] == "END_CALL"
        return [" ".join(what) for what, count in ends.items() if count != 1]

    def _told_in_all(self, name: str) -> list[Message]:
        """The pushes of all daemons. The next daemon may repeat what a daemon pushed just before
        it was killed: the end of an action, and its agent's state after that.
        """
        before, now = self.told[name], self.clients[name].told
        again = {_end(each) for each in now} - {None}
        return [*before[:-2], *[each for each in before[-2:] if _end(each) not in again], *now]


def _what(push: Message) -> tuple[str, str]:
    return push["action"], push["req_id"]


def _end(push: Message) -> tuple[str, str] | None:
    """The action whose end this push reports, if it reports one."""
    return _what(push) if push.get("phase") == "END_CALL" else None


def _phases(told: list[Message]) -> set[tuple[str, str]]:
    return {(each["action"], each["phase"]) for each in told if each["msg_type"] == "callback"}
