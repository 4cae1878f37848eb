"""ESL clients that read a replayed stream to its end and print the cost.

``python -m benchmarks.readers CLIENT PORT`` prints the events read and the CPU seconds used.
``greenswitch``: the stock class with a handler of its own. ``daemon``: the daemon's link, and the
event as the value that its reactions get.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable

import greenswitch
from gevent.event import Event

from benchmarks.replay import END
from esl_bridge.esl import decoding
from esl_bridge.runtime.switch_link import SwitchLink

# What the daemon reads of an event at most, so that the peer reads as much.
_WANTED = (
    "Event-Name Event-Subclass Unique-ID Call-Direction Answer-State Bridge-A-Unique-ID"
    " Bridge-B-Unique-ID Hangup-Cause Caller-Caller-ID-Number variable_esl_bridge_company"
    " variable_esl_bridge_role variable_esl_bridge_number variable_esl_bridge_extension"
    " variable_esl_bridge_dialled variable_esl_bridge_flow_data"
    " variable_esl_bridge_work_order_id Playback-File-Path Record-File-Path variable_record_ms"
    " Record-Completion-Cause Job-Command Job-Command-Arg Action Conference-Name"
).split()


def by_greenswitch(port: int) -> int:
    done, count = Event(), 0

    def take(event: greenswitch.esl.ESLEvent) -> None:
        nonlocal count
        count += 1
        if event.headers["Event-Name"] == END.decode():
            done.set()
        for name in _WANTED:
            event.headers.get(name)

    link = greenswitch.InboundESL("127.0.0.1", port, "ClueCon")
    link.connect()
    link.register_handle("*", take)
    link.send("event plain ALL")
    done.wait()
    return count - 1


def by_daemon(port: int) -> int:
    done, count = Event(), 0

    def take(body: bytes) -> None:
        nonlocal count
        count += 1
        if decoding.decode(body) is None and END in body:
            done.set()

    with SwitchLink("127.0.0.1", port, "ClueCon", on_event=take) as link:
        link.subscribe(decoding.SUBSCRIPTION)
        done.wait()
    return count - 1


_CLIENTS: dict[str, Callable[[int], int]] = {
    "greenswitch": by_greenswitch,
    "daemon": by_daemon,
}


def main() -> None:
    client, port = sys.argv[1], int(sys.argv[2])
    before = _cpu()
    count = _CLIENTS[client](port)
    print(json.dumps({"events": count, "seconds": _cpu() - before}), flush=True)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
