"""The cost of an event with thousands of agents, beside a handful."""

from __future__ import annotations

from functools import partial
from time import perf_counter

from benchmarks.daemon_process import OUTSIDE, ScriptedDaemon, daemon_process
from benchmarks.desktops import Desktop, Message
from benchmarks.line import Bench, Line, Sense

MANY, FEW = (10_000, 2_000), (10, 2)
RATE = 900.0  # events a second
EVENTS = 6_000
_AT_ONCE = 50
_PATIENCE = 120.0


def cost(agents: int, calls: int) -> tuple[float]:
    """Microseconds of CPU an event, each of which changes its agent and is pushed."""
    with daemon_process(agents) as at_work:
        call_up(at_work, calls)
        before = at_work.cpu()
        _tell(at_work, EVENTS)
        return ((at_work.cpu() - before) / EVENTS * 1e6,)


def call_up(at_work: ScriptedDaemon, calls: int) -> None:
    """Begin talks of so many agents, which stay up."""
    waiting = iter(at_work.desktops[:calls])
    talking = 0

    def next_one() -> None:
        if desktop := next(waiting, None):
            desktop.on_message = heard
            desktop.ask("call", "call", callee_number=OUTSIDE)

    def heard(desktop: Desktop, message: Message) -> None:
        nonlocal talking
        if message.msg_type == "call" and message.code != "0":
            raise RuntimeError(f"{desktop.agent_id}: {message}")
        desktop.uuid = message.uuid or desktop.uuid
        if message.phase == "START_CALL":
            talking += 1
            next_one()

    for _ in range(_AT_ONCE):
        next_one()
    at_work.loop.run(lambda: talking == calls, _PATIENCE)


def _tell(at_work: ScriptedDaemon, events: int) -> None:
    """The phones of all who talk hold and come back, at the rate of a hundred call set-ups."""
    told = 0

    def heard(_desktop: Desktop, message: Message) -> None:
        nonlocal told
        told += message.msg_type == "agent_change"

    for desktop in at_work.desktops:
        desktop.on_message = heard
    talks, began = at_work.switch.talks, perf_counter()
    for number in range(events):
        turn, which = divmod(number, len(talks))
        name = "CHANNEL_UNHOLD" if turn % 2 else "CHANNEL_HOLD"
        tell = partial(at_work.switch.tell, name, talks[which])
        at_work.loop.at(began + number / RATE, tell)
    at_work.loop.run(lambda: told >= events, _PATIENCE)


BENCHES = (
    Bench(
        "growth",
        f"{RATE:.0f} holds and unholds a second, {MANY[0]:,} agents and {MANY[1]:,} calls beside"
        f" {FEW[0]} and {FEW[1]}",
        (Line("cost of an event", "10 agents, 2 calls", "us CPU", Sense.AT_MOST, 1.1, 1.02),),
        lambda: cost(*MANY),
        lambda: cost(*FEW),
    ),
)
