"""From an event on a real FreeSWITCH to the push at the agent, where else nothing happens."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter, sleep

from benchmarks.line import Bench, Line, Sense
from benchmarks.loop import Loop
from benchmarks.private_switch import (
    ESL_PASSWORD,
    Private,
    needs_freeswitch,
    private_switch,
    talking,
)
from benchmarks.shift import percentile

EVENTS = 300
_BETWEEN = 0.01, 0.03  # seconds; so that no rhythm meets the switch's own of 20 ms
_PATIENCE = 20.0
# An event that names a live leg first would go to that leg only.
_EVENT = "sendevent {}\nunique-id: nobody\nUnique-ID: {}"
_NAMES = ("CHANNEL_HOLD", "CHANNEL_UNHOLD")


def by_daemon() -> Sequence[float]:
    """Pushes of a phone's hold and unhold to its agent."""
    arrived = 0

    def heard(*_: object) -> None:
        nonlocal arrived
        arrived += 1

    with private_switch() as switch, talking(switch) as agent:
        agent.desktop.on_message = heard
        return _percentiles(agent.loop, switch, agent.desktop.uuid, lambda: arrived)


def by_idle_client() -> Sequence[float]:
    """The same events at a client that has subscribed to them and says nothing."""
    arrived = 0

    def heard(data: bytes) -> None:
        nonlocal arrived
        arrived += data.count(b"text/event-plain")

    loop = Loop()
    with private_switch() as switch, socket.create_connection(("127.0.0.1", switch.port)) as client:
        loop.read(client, heard)
        client.sendall(f"auth {ESL_PASSWORD}\n\nevent plain {' '.join(_NAMES)}\n\n".encode())
        began = perf_counter()
        loop.run(lambda: perf_counter() - began > 1, _PATIENCE)
        return _percentiles(loop, switch, "nobody", lambda: arrived)


def _percentiles(
    loop: Loop, switch: Private, leg: str, arrived: Callable[[], int]
) -> Sequence[float]:
    """Milliseconds, at the 50th and the 99th."""
    taken = []
    for number in range(EVENTS):
        before, fired = arrived(), perf_counter()
        switch.esl.command(_EVENT.format(_NAMES[number % 2], leg))
        loop.run(partial(_is_more, arrived, before), _PATIENCE)
        taken.append((perf_counter() - fired) * 1e3)
        sleep(random.uniform(*_BETWEEN))
    return percentile(taken, 50), percentile(taken, 99)


BENCHES = (
    Bench(
        "event",
        f"{EVENTS} holds and unholds of a leg, by sendevent; one agent that talks, nothing else",
        (
            Line("event to push, idle, p50", "idle ESL client", "ms", Sense.AT_MOST, 0.2, 0.12),
            Line("event to push, idle, p99", "idle ESL client", "ms", Sense.AT_MOST, 0.2, 0.15),
        ),
        by_daemon,
        by_idle_client,
        needs_freeswitch,
    ),
)


def _is_more(arrived: Callable[[], int], before: int) -> bool:
    return arrived() > before
