"""All agents reconnect at once by token, to a daemon that replaced a killed one."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, sleep

from benchmarks.daemon_process import (
    DOMAIN,
    ServedDaemon,
    agent_ids,
    company,
    installed,
    settings,
    started,
)
from benchmarks.desktops import COMPANY, Desktop, Message, Returning, request
from benchmarks.line import Bench, Line, Sense
from benchmarks.loop import Loop
from benchmarks.process import child, told
from benchmarks.scripted_switch import ScriptedSwitch

AGENTS = 2_000
_WRITTEN_SECONDS = 0.5
_PATIENCE = 60.0


def by_daemon() -> tuple[float]:
    """Seconds from the first connection to the last check-in's reply; nobody is refused."""
    loop = Loop()
    switch = ScriptedSwitch(loop, agent_ids(AGENTS), DOMAIN)
    with installed(settings(switch.port), {COMPANY: company(AGENTS)}) as folder:
        with started(folder) as first:
            daemon_process = ServedDaemon(AGENTS, loop, first)
            sleep(_WRITTEN_SECONDS)
            daemon_process.close()
        firsts = {
            one.agent_id: request(one.agent_id, "checkin", "in", token=one.token)
            for one in daemon_process.desktops
        }
        with started(folder) as second:
            loop.run(second.linked.is_set, _PATIENCE)
            return (_all_back(loop, second.port, firsts, lambda reply: reply.code == "0"),)


def by_echo() -> tuple[float]:
    """As many connections, each of which says something and hears it."""
    firsts = {one: request(one, "checkin", "in", token="x" * 32) for one in agent_ids(AGENTS)}
    with child("echo") as echo:
        port = int(told(echo))
        return (_all_back(Loop(), port, firsts, lambda reply: reply.msg_type == "checkin"),)


def _all_back(
    loop: Loop, port: int, firsts: dict[str, bytes], fits: Callable[[Message], bool]
) -> float:
    answered = 0

    def heard(_desktop: Desktop, reply: Message) -> None:
        nonlocal answered
        if not fits(reply):
            raise RuntimeError(str(reply))
        answered += 1

    began, desktops = perf_counter(), []
    for agent_id, first in firsts.items():
        desktops.append(Returning(loop, port, agent_id, first))
        desktops[-1].on_message = heard
    loop.run(lambda: answered >= len(firsts), _PATIENCE)
    taken = perf_counter() - began
    for desktop in desktops:
        desktop.close()
    return taken


BENCHES = (
    Bench(
        "return",
        f"{AGENTS:,} agents come back by token, all at once, after kill -9 of the daemon",
        (Line("all agents back", "sans-IO echo, a message each", "s", Sense.AT_MOST, 3, 2),),
        by_daemon,
        by_echo,
    ),
)
