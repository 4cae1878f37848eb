"""What others notice of a command that takes the switch 400 ms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from time import perf_counter

from benchmarks.daemon_process import ScriptedDaemon, daemon_process
from benchmarks.desktops import Desktop, Message
from benchmarks.growth import call_up
from benchmarks.line import Bench, Line, Sense
from benchmarks.shift import percentile

AGENTS, RECORDERS, RATE, SECONDS = 30, 10, 40.0, 6.0
SLOW_SECONDS = 0.4
_PATIENCE = 20.0


def waits(*, slow: bool) -> Sequence[float]:
    """Milliseconds in the median: a mute to its reply, an event to its push."""
    with daemon_process(AGENTS) as at_work:
        call_up(at_work, AGENTS)
        others = at_work.desktops[RECORDERS:]
        if slow:
            at_work.switch.takes[b"uuid_record"] = SLOW_SECONDS
            _record_all_the_time(at_work, at_work.desktops[:RECORDERS])
        mutes = _in_turn(at_work, others, _mute)
        holds = _in_turn(at_work, others, lambda *asked: _hold(at_work, *asked))
        return percentile(mutes, 50) * 1e3, percentile(holds, 50) * 1e3


def _record_all_the_time(at_work: ScriptedDaemon, desktops: Sequence[Desktop]) -> None:
    """Send one slow command after the other. None of them begins a recording here."""
    who = cycle(desktops)

    def begin() -> None:
        desktop = next(who)
        desktop.on_message = None
        desktop.ask("record_control", "rec", uuid=desktop.uuid, action="start")
        at_work.loop.at(perf_counter() + SLOW_SECONDS, begin)

    begin()


def _in_turn(
    at_work: ScriptedDaemon, desktops: Sequence[Desktop], ask: Callable[[Desktop, bool], None]
) -> list[float]:
    """Ask for this for each in turn, at a steady rate, until each has been told."""
    asked: dict[str, float] = {}
    taken: list[float] = []
    number = int(RATE * SECONDS)

    def heard(desktop: Desktop, message: Message) -> None:
        if message.msg_type in ("mute", "agent_change") and desktop.agent_id in asked:
            if message.code not in ("", "0"):
                raise RuntimeError(f"{desktop.agent_id}: {message}")
            taken.append(perf_counter() - asked.pop(desktop.agent_id))

    def one(turn: int) -> None:
        round_, which = divmod(turn, len(desktops))
        asked[desktops[which].agent_id] = perf_counter()
        ask(desktops[which], round_ % 2 == 0)

    for desktop in desktops:
        desktop.on_message = heard
    began = perf_counter()
    for turn in range(number):
        at_work.loop.at(began + turn / RATE, partial(one, turn))
    at_work.loop.run(lambda: len(taken) >= number, SECONDS + _PATIENCE)
    return taken


def _mute(desktop: Desktop, on: bool) -> None:
    desktop.ask("mute", "mute", uuid=desktop.uuid, mute="1" if on else "0")


def _hold(at_work: ScriptedDaemon, desktop: Desktop, on: bool) -> None:
    switch = at_work.switch
    talk = next(one for one in switch.talks if one.phone.decode() == desktop.agent_id)
    switch.tell("CHANNEL_HOLD" if on else "CHANNEL_UNHOLD", talk)


BENCHES = (
    Bench(
        "slow",
        "mutes and holds of 20 agents, while uuid_record takes the switch 400 ms, over and over",
        (
            Line("others' commands, p50", "without it", "ms", Sense.AT_MOST, 1.2, 1.05),
            Line("others' events, p50", "without it", "ms", Sense.AT_MOST, 1.2, 1.05),
        ),
        lambda: waits(slow=True),
        lambda: waits(slow=False),
    ),
)
