"""Hours of work in less: calls, holds, consults and transfers on the simulated switch.

``python -m benchmarks.soak [--seconds 3600] [--rate 20] [--pace 2]``, or ``make soak``. Ends with
an error unless every action has ended, the daemon and the switch agree on who talks - with calls up
and at rest - and the daemon's memory has stayed flat: its median in the last quarter of the time is
at most 2 % and 2 MiB above that in the quarter before.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from urllib.request import urlopen

from benchmarks.daemon_process import OUTSIDE, ServedDaemon, agent_ids, company, daemon, settings
from benchmarks.desktops import COMPANY, Desktop, Message
from benchmarks.loop import Loop
from benchmarks.process import resident_kib
from tests.lab.esl import Esl

AGENTS = 200
HOLDS, TRANSFERS, CONSULTS = 0.20, 0.10, 0.05
_TALK_SECONDS = 1.0
_ANSWER_MS = 200  # of the switch's time
_LEFT_UP = 20
_PING_SECONDS = 3.0
_PATIENCE = 60.0
_TIMING = {"grace_seconds": 5, "idle_seconds": 10, "login_seconds": 600}
"""Short, so that the kept pushes reach their full size soon."""

Wanted = Callable[[Message], bool]
Story = Generator[Wanted | float, None, None]
"""Yields the push that the agent has to receive next, or seconds to wait."""


class Agent:
    """Follows one story after the other; ``open``: actions that have not ended."""

    def __init__(self, desktop: Desktop, loop: Loop, on_free: Callable[[Agent], None]) -> None:
        self.desktop = desktop
        self.open: Counter[tuple[str, str]] = Counter()
        self.status = ""
        self._loop = loop
        self._on_free = on_free
        self._story: Story | None = None
        self._wanted: Wanted | None = None
        desktop.on_message = self._heard

    @property
    def id(self) -> str:
        return self.desktop.agent_id

    def ask(self, msg_type: str, **fields: object) -> None:
        self.desktop.ask(msg_type, msg_type, **fields)

    def begin(self, story: Story) -> None:
        self._story = story
        self._go_on()

    def _go_on(self) -> None:
        assert self._story is not None
        self._wanted = None
        step = next(self._story, None)
        if step is None:
            self._story = None
            self._on_free(self)
        elif isinstance(step, float):
            self._loop.at(perf_counter() + step, self._go_on)
        else:
            self._wanted = step

    def _heard(self, _desktop: Desktop, message: Message) -> None:
        if message.code not in ("", "0") and message.msg_type != "callback":
            raise RuntimeError(f"{self.id}: {message}")
        if message.msg_type == "callback":
            self._count(message)
        if message.msg_type in ("agent_change", "get_status"):
            self.status = message.agent_status or message.status
        if message.msg_type == "call":
            self.desktop.uuid = message.uuid
        if self._wanted is not None and self._wanted(message):
            self._go_on()

    def _count(self, message: Message) -> None:
        key = message.action, message.uuid
        if message.phase == "INITIATE":
            self.open[key] += 1
        if message.phase == "END_CALL":
            self.open[key] -= 1


def told(action: str, phase: str) -> Wanted:
    return lambda message: (message.action, message.phase) == (action, phase)


def shown(status: str, sub: str = "") -> Wanted:
    return lambda message: (
        message.msg_type == "agent_change"
        and (message.agent_status, message.sub_agent_status or "") == (status, sub)
    )


def talk(agent: Agent) -> Story:
    agent.ask("call", callee_number=OUTSIDE)
    yield told("CALL", "START_CALL")
    yield _TALK_SECONDS


def leave(agent: Agent) -> Story:
    agent.ask("hangup", uuid=agent.desktop.uuid)
    yield shown("FREE")


def plain(agent: Agent) -> Story:
    yield from talk(agent)
    yield from leave(agent)


def held(agent: Agent) -> Story:
    yield from talk(agent)
    agent.ask("hold", uuid=agent.desktop.uuid, hold="1")
    yield shown("CALLING", "HOLD")
    agent.ask("hold", uuid=agent.desktop.uuid, hold="0")
    yield shown("CALLING")
    yield from leave(agent)


def transferred(agent: Agent, other: Agent) -> Story:
    yield from talk(agent)
    other.begin(called(other))
    agent.ask("trans", uuid=agent.desktop.uuid, type="1", trans_type="1", trans_number=other.id)
    yield shown("FREE")


def consulted(agent: Agent, other: Agent) -> Story:
    yield from talk(agent)
    other.begin(called(other))
    fields = {"type": "1", "consult_type": "0", "consult_number": other.id}
    agent.ask("consult", uuid=agent.desktop.uuid, **fields)
    yield told("CONSULT", "END_CALL")
    yield _TALK_SECONDS
    yield from leave(agent)


def called(agent: Agent) -> Story:
    """Answered by the phone itself."""
    yield lambda message: message.msg_type == "callin" and _note(agent, message)
    yield lambda message: message.agent_status == "CALLING"
    yield _TALK_SECONDS
    yield from leave(agent)


def _note(agent: Agent, message: Message) -> bool:
    agent.desktop.uuid = message.uuid
    return True


class Soak:
    """``free``: agents without a story, the longest idle first."""

    def __init__(self, at_work: ServedDaemon, rate: float) -> None:
        self._at_work = at_work
        self._rate = rate
        self._choice = random.Random(1)
        self.free: deque[Agent] = deque()
        self.agents = [Agent(one, at_work.loop, self.free.append) for one in at_work.desktops]
        self.free.extend(self.agents)
        self.begun: Counter[str] = Counter()
        self.memory: list[int] = []

    def work(self, seconds: float) -> None:
        loop, began = self._at_work.loop, perf_counter()
        until = began + seconds
        for agent in self.agents:
            self._stay(agent)

        def next_one(number: int) -> None:
            self._begin()
            when = began + (number + 1) / self._rate
            if when < until:
                loop.at(when, lambda: next_one(number + 1))

        def look(number: int) -> None:
            self.memory.append(resident_kib(self._at_work.pid))
            when = began + number + 1
            if when < until:
                loop.at(when, lambda: look(number + 1))

        next_one(0)
        look(0)
        loop.run(lambda: perf_counter() > until, seconds + _PATIENCE)
        loop.run(lambda: len(self.free) == len(self.agents), _PATIENCE)

    def _stay(self, agent: Agent) -> None:
        """Who says nothing is taken for gone."""
        agent.ask("ping")
        self._at_work.loop.at(perf_counter() + _PING_SECONDS, lambda: self._stay(agent))

    def _begin(self) -> None:
        if len(self.free) < 2:
            self.begun["nobody free"] += 1
            return
        agent, by = self.free.popleft(), self._choice.random()
        if by < HOLDS:
            self._start("hold", agent, held(agent))
        elif by < HOLDS + TRANSFERS:
            self._start("transfer", agent, transferred(agent, self.free.popleft()))
        elif by < HOLDS + TRANSFERS + CONSULTS:
            self._start("consult", agent, consulted(agent, self.free.popleft()))
        else:
            self._start("plain", agent, plain(agent))

    def _start(self, kind: str, agent: Agent, story: Story) -> None:
        self.begun[kind] += 1
        agent.begin(story)

    def some_talk(self) -> None:
        """Calls that stay up, to compare what both sides know of them."""
        some = [self.free.popleft() for _ in range(_LEFT_UP)]
        for agent in some:
            agent.begin(talk(agent))
        self._at_work.loop.run(lambda: len(self.free) == len(self.agents), _PATIENCE)

    def rest(self) -> None:
        talking = [agent for agent in self.agents if agent.status == "CALLING"]
        for agent in talking:
            self.free.remove(agent)
            agent.begin(leave(agent))
        self._at_work.loop.run(lambda: len(self.free) == len(self.agents), _PATIENCE)

    def differences(self, esl: Esl) -> list[str]:
        """Differences between the daemon's agents and calls, and the switch's phones and calls."""
        self._ask_all()
        talking = [agent.id for agent in self.agents if agent.status == "CALLING"]
        found = [
            f"{agent.id} is {agent.status}, its phone {at_switch}"
            for agent in self.agents
            if (at_switch := _phone(esl, agent.id))
            != ("talking" if agent.id in talking else "idle")
        ]
        calls = _calls(self._at_work.port)
        if calls != len(talking):
            found.append(f"{calls} calls are counted, {len(talking)} agents talk")
        return found

    def _ask_all(self) -> None:
        for agent in self.agents:
            agent.status = ""
            agent.ask("get_status")
        self._at_work.loop.run(lambda: all(agent.status for agent in self.agents), _PATIENCE)


def _phone(esl: Esl, name: str) -> str:
    state: str = json.loads(esl.api(f"sim state {name}"))["state"]
    return state


def _calls(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    return next(
        int(float(line.split()[1])) for line in lines if line.startswith("esl_bridge_calls{")
    )


def growth(memory: Sequence[int]) -> str:
    """Why memory is not flat; "" where it is. KiB, one a second."""
    quarter = len(memory) // 4
    before, last = median(memory[-2 * quarter : -quarter]), median(memory[-quarter:])
    return f"{before} KiB, then {last}" if last > before * 1.02 + 2048 else ""


@contextmanager
def simulator(pace: float) -> Iterator[int]:
    """Its port. All phones answer by themselves."""
    command = [sys.executable, "-m", "esl_bridge.simulator", f"--pace={pace}"]
    command += [f"--extensions={','.join(agent_ids(AGENTS))}", f"--outside={OUTSIDE}"]
    command += ["--password=esl-secret"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline().split()[1])
        finally:
            process.kill()


def main() -> None:
    options = _parser().parse_args()
    with simulator(options.pace) as port:
        esl = Esl(port, "auth esl-secret")
        for name in agent_ids(AGENTS):
            esl.api(f"sim phone {name} auto {_ANSWER_MS}")
        esl.api(f"sim outside {OUTSIDE} auto {_ANSWER_MS}")
        config = settings(port) | {"timing": _TIMING}
        with daemon(config, {COMPANY: company(AGENTS)}) as started:
            at_work = ServedDaemon(AGENTS, Loop(), started)
            wrong = _soak(Soak(at_work, options.rate), esl, options.seconds)
        esl.close()
    sys.exit("\n".join(wrong) or None)


def _soak(soak: Soak, esl: Esl, seconds: float) -> list[str]:
    """The faults at the end."""
    soak.work(seconds)
    soak.some_talk()
    wrong = soak.differences(esl)
    soak.rest()
    wrong += soak.differences(esl)
    wrong += [f"{one.id}: {+one.open} never ended" for one in soak.agents if +one.open]
    wrong += [f"{one.id}: {-one.open} ended twice" for one in soak.agents if -one.open]
    if why := growth(soak.memory):
        wrong.append(f"memory has grown: {why}")
    print(dict(soak.begun), f"memory {soak.memory[0]} to {soak.memory[-1]} KiB", flush=True)
    return wrong


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--rate", type=float, default=20, help="call set-ups a second")
    parser.add_argument("--pace", type=float, default=2, help="of the switch's time")
    return parser


if __name__ == "__main__":
    main()
