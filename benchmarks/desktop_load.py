"""Many desktops at once: how many requests a second, and what an idle one takes of memory."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter, sleep

from benchmarks.daemon_process import (
    DOMAIN,
    ServedDaemon,
    agent_ids,
    company,
    daemon_process,
    installed,
    settings,
    started,
)
from benchmarks.desktops import COMPANY, Desktop, Message, request
from benchmarks.line import Bench, Line, Sense
from benchmarks.loop import Loop
from benchmarks.metered import bytes_in_use, metered
from benchmarks.process import child, told
from benchmarks.scripted_switch import ScriptedSwitch

CONNECTIONS, SECONDS = 1_000, 4.0
IDLE, WARM = 4_000, 50
_SETTLE_SECONDS = 1.0
_PATIENCE = 60.0


def rate(loop: Loop, desktops: Sequence[Desktop]) -> tuple[float]:
    """Requests answered a second, one on its way on each connection."""
    answered = 0
    ask = {one.agent_id: request(one.agent_id, "get_status", "s") for one in desktops}

    def heard(desktop: Desktop, _message: Message) -> None:
        nonlocal answered
        answered += 1
        desktop.send(ask[desktop.agent_id])

    for desktop in desktops:
        desktop.on_message = heard
        desktop.send(ask[desktop.agent_id])
    began = perf_counter()
    loop.run(lambda: perf_counter() - began > SECONDS, 2 * SECONDS)
    return (answered / (perf_counter() - began),)


def daemon_rate() -> tuple[float]:
    with daemon_process(CONNECTIONS) as at_work:
        return rate(at_work.loop, at_work.desktops)


def echo_rate() -> tuple[float]:
    loop = Loop()
    with child("echo") as echo:
        port = int(told(echo))
        return rate(loop, [Desktop(loop, port, one) for one in agent_ids(CONNECTIONS)])


def daemon_memory() -> tuple[float]:
    """KiB; nothing that the daemon reads at its start is counted."""
    loop = Loop()
    switch = ScriptedSwitch(loop, agent_ids(IDLE), DOMAIN)
    with (
        installed(settings(switch.port), {COMPANY: company(IDLE)}) as folder,
        started(folder, meter=True) as running,
    ):
        loop.run(running.linked.is_set, _PATIENCE)
        sleep(_SETTLE_SECONDS)
        before = bytes_in_use(running.process)
        at_work = ServedDaemon(IDLE, loop, running)
        sleep(_SETTLE_SECONDS)
        taken = bytes_in_use(running.process) - before
        at_work.close()
        return (taken / IDLE / 1024,)


def echo_memory() -> tuple[float]:
    loop = Loop()
    with child("metered", "benchmarks.echo", **metered()) as echo:
        port = int(told(echo))
        desktops = [Desktop(loop, port, "") for _ in range(WARM)]
        before = bytes_in_use(echo)
        desktops += [Desktop(loop, port, "") for _ in range(IDLE)]
        sleep(_SETTLE_SECONDS)
        taken = bytes_in_use(echo) - before
        for desktop in desktops:
            desktop.close()
        return (taken / IDLE / 1024,)


BENCHES = (
    Bench(
        "requests",
        f"get_status on {CONNECTIONS} connections, one on its way on each",
        (Line("get_status over WebSocket", "sans-IO echo", "a second", Sense.TIMES_MORE, 0.6, 2),),
        daemon_rate,
        echo_rate,
    ),
    Bench(
        "memory",
        f"{IDLE} agents, checked in and idle; bytes in use, as each process says",
        (Line("memory of an idle agent", "sans-IO echo", "KiB", Sense.AT_MOST, 1.3, 0.5),),
        daemon_memory,
        echo_memory,
    ),
)
