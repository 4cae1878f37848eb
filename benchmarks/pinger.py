"""An agent that pings again a moment after each reply, in a separate process, so that the work of
the scripted switch does not count.

``python -m benchmarks.pinger PORT AGENT`` prints a line once it is checked in, and at its end all
pings as one line of JSON: when each was sent, and how long its reply took.
"""

from __future__ import annotations

import json
import signal
import sys
from time import perf_counter

from benchmarks.daemon_process import PASSWORD
from benchmarks.desktops import Desktop, Message
from benchmarks.loop import Loop

_PAUSE = 0.005
_PATIENCE = 600.0


def main(port: str, agent_id: str) -> None:
    loop = Loop()
    ends: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ends.append(number))
    desktop = Desktop(loop, int(port), agent_id)
    pings: list[tuple[float, float]] = []
    asked = 0.0

    def ask() -> None:
        nonlocal asked
        asked = perf_counter()
        desktop.ask("ping", "p")

    def heard(_desktop: Desktop, message: Message) -> None:
        if message.req_id == "p":
            pings.append((asked, perf_counter() - asked))
            loop.at(perf_counter() + _PAUSE, ask)
        elif message.msg_type == "agent_change":
            print("checked in", flush=True)
            ask()

    desktop.on_message = heard
    desktop.ask("checkin", "in", agent_pwd=PASSWORD)
    loop.run(lambda: bool(ends), _PATIENCE)
    print(json.dumps(pings), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
