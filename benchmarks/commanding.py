"""Commands to a real FreeSWITCH: how long a request takes that needs one, and how many go."""

from __future__ import annotations

from functools import partial
from time import perf_counter

from benchmarks.commanders import LEG
from benchmarks.desktops import Message, request
from benchmarks.line import Bench, Line, Sense
from benchmarks.private_switch import (
    ESL_PASSWORD,
    needs_freeswitch,
    private_switch,
    talking,
)
from benchmarks.process import answer_of
from benchmarks.shift import percentile

MUTES, COMMANDS = 300, 2_000
_PATIENCE = 20.0


def mute_by_daemon() -> tuple[float]:
    """Milliseconds in the median, from the request at the WebSocket to its reply there."""
    answered = 0

    def heard(_desktop: object, message: Message) -> None:
        nonlocal answered
        if message.msg_type == "mute":
            if message.code != "0":
                raise RuntimeError(str(message))
            answered += 1

    def is_answered_since(before: int) -> bool:
        return answered > before

    taken = []
    with private_switch() as switch, talking(switch) as agent:
        desktop = agent.desktop
        desktop.on_message = heard
        off, on = (
            request(desktop.agent_id, "mute", "mute", uuid=desktop.uuid, mute=mute) for mute in "01"
        )
        for number in range(MUTES):
            before, began = answered, perf_counter()
            desktop.send(off if number % 2 else on)
            agent.loop.run(partial(is_answered_since, before), _PATIENCE)
            taken.append((perf_counter() - began) * 1e3)
    return (percentile(taken, 50),)


def mute_by_raw() -> tuple[float]:
    with private_switch() as switch:
        switch.esl.api(f"originate {{origination_uuid={LEG}}}loopback/phone/bench &park()")
        told = answer_of("commanders", "raw", switch.port, ESL_PASSWORD, MUTES)
    return (told["median"] * 1e3,)


def rate_of(client: str) -> tuple[float]:
    with private_switch() as switch:
        told = answer_of("commanders", client, switch.port, ESL_PASSWORD, COMMANDS)
    return (told["rate"],)


BENCHES = (
    Bench(
        "hold",
        f"{MUTES} requests to mute or unmute, one after the other",
        (
            Line(
                "hold-class request to its reply, p50",
                "raw api on a gevent socket",
                "ms",
                Sense.AT_MOST,
                2,
                1.3,
            ),
        ),
        mute_by_daemon,
        mute_by_raw,
        needs_freeswitch,
    ),
    Bench(
        "commands",
        f"{COMMANDS} commands that run in the background, 32 on their way, one link",
        (
            Line(
                "call-class commands",
                "the ESL bgapi command",
                "a second",
                Sense.TIMES_MORE,
                4,
                8,
            ),
        ),
        lambda: rate_of("daemon"),
        lambda: rate_of("bgapi"),
        needs_freeswitch,
    ),
)
