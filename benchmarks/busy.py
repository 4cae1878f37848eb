"""8,000 agents and 100 call set-ups a second: the daemon beside a bare forwarder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import perf_counter

from benchmarks.daemon_process import DOMAIN, OUTSIDE, ScriptedDaemon, agent_ids, daemon_process
from benchmarks.desktops import Desktop, Message, request
from benchmarks.line import Bench, Line, Sense
from benchmarks.loop import Loop
from benchmarks.process import child, cpu_seconds, told
from benchmarks.scripted_switch import ScriptedSwitch, Talk, name_of
from benchmarks.shift import TALK_SECONDS, Clocks, Shift, percentile, work

AGENTS, RATE, SECONDS = 8_000, 100.0, 10.0
_PATIENCE = 60.0

# The events of an agent's own leg that a push reports.
_TOLD_BY = {"CHANNEL_PROGRESS": "rings", "CHANNEL_ANSWER": "answered", "CHANNEL_HANGUP": "end"}
_STATUS = {"RINGING": "rings", "CALLING": "answered"}
_PHASE = {"START_CALL": "talks", "END_CALL": "end"}


def daemon() -> Sequence[float]:
    with daemon_process(AGENTS) as at_work:
        before = at_work.cpu()
        shift = daemon_shift(at_work, RATE, SECONDS)
        return _numbers(shift, at_work.cpu() - before)


def daemon_shift(at_work: ScriptedDaemon, rate: float, seconds: float) -> Shift:
    """Talks of the daemon's agents, and the times of their pushes."""
    clocks = Clocks()

    def written(frame: bytes, talk: Talk) -> None:
        if what := _what(frame, talk):
            clocks.written(talk.phone.decode(), what)

    at_work.switch.on_event = written
    fields: dict[str, object] = {"callee_number": OUTSIDE}
    return work(
        at_work.loop,
        at_work.desktops,
        clocks,
        rate=rate,
        seconds=seconds,
        fields=fields,
        told=_told_by_daemon,
    )


def _what(frame: bytes, talk: Talk) -> str:
    name = name_of(frame)
    if name == "CHANNEL_BRIDGE":
        return "talks"
    return _TOLD_BY.get(name, "") if is_near(frame, talk) else ""


def is_near(frame: bytes, talk: Talk) -> bool:
    return b'"Unique-ID":"' + talk.near in frame


def _told_by_daemon(message: Message) -> str:
    if message.msg_type == "callback":
        return _PHASE.get(message.phase, "")
    return _STATUS.get(message.agent_status, "") if message.msg_type == "agent_change" else ""


def forwarder() -> Sequence[float]:
    loop = Loop()
    switch = ScriptedSwitch(loop, [], DOMAIN)
    with child("forwarder", switch.port) as process:
        port = int(told(process))
        desktops = [Desktop(loop, port, one) for one in agent_ids(AGENTS)]
        loop.run(lambda: switch.subscribed, _PATIENCE)
        _introduce(loop, desktops)
        before = cpu_seconds(process.pid)
        shift = forwarder_shift(loop, switch, desktops)
        return _numbers(shift, cpu_seconds(process.pid) - before)


def _introduce(loop: Loop, desktops: Sequence[Desktop]) -> None:
    """Each client says once who it is."""
    acknowledged = 0

    def heard(_desktop: Desktop, _message: Message) -> None:
        nonlocal acknowledged
        acknowledged += 1

    for desktop in desktops:
        desktop.on_message = heard
        desktop.ask("ping", "in")
    loop.run(lambda: acknowledged == len(desktops), _PATIENCE)


def forwarder_shift(loop: Loop, switch: ScriptedSwitch, desktops: Sequence[Desktop]) -> Shift:
    """As many requests and events as the daemon has; the switch plays the talks by itself."""
    clocks, talks, over = Clocks(), int(RATE * SECONDS), 0

    def written(frame: bytes, talk: Talk) -> None:
        if is_near(frame, talk):
            clocks.written(talk.phone.decode(), name_of(frame))

    def heard(desktop: Desktop, message: Message) -> None:
        nonlocal over
        clocks.read(desktop.agent_id, message.action)
        over += message.action == "CHANNEL_HANGUP"

    def begin(desktop: Desktop, number: int) -> None:
        talk = Talk(b"near-%d" % number, b"far-%d" % number, desktop.agent_id.encode())
        desktop.send(request(desktop.agent_id, "call", "call", callee_number=OUTSIDE))
        switch.begin(talk)
        loop.at(perf_counter() + TALK_SECONDS, lambda: end(desktop, talk))

    def end(desktop: Desktop, talk: Talk) -> None:
        desktop.send(request(desktop.agent_id, "hangup", "out", uuid=talk.near.decode()))
        switch.end(talk)

    switch.on_event = written
    for desktop in desktops:
        desktop.on_message = heard
    began = perf_counter()
    for number in range(talks):
        who = desktops[number % len(desktops)]
        loop.at(began + number / RATE, partial(begin, who, number))
    loop.run(lambda: over >= talks, SECONDS + TALK_SECONDS + _PATIENCE)
    return Shift(clocks.waits, talks, perf_counter() - began)


def _numbers(shift: Shift, cpu: float) -> Sequence[float]:
    """Milliseconds at the 99th percentile, and per cent of a core."""
    return percentile(shift.waits, 99) * 1e3, 100 * cpu / shift.seconds


BENCHES = (
    Bench(
        "busy",
        f"{AGENTS:,} agents, {RATE:.0f} talks a second, each with a call and a hangup",
        (
            Line("event to push, p99", "bare forwarder", "ms", Sense.AT_MOST, 4, 2),
            Line("CPU under load", "bare forwarder", "% of a core", Sense.AT_MOST, 3, 2),
        ),
        daemon,
        forwarder,
    ),
)
