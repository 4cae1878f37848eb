"""Plays a recorded stream to every ESL client that subscribes, as fast as it reads.

``python -m benchmarks.replay STREAM REPETITIONS`` prints its port. STREAM is ``subscribed``, what
the daemon subscribes to, in the format that the client asks for, or ``all``, which is plain; after
the last event comes one named END.
"""

from __future__ import annotations

import json
import socket
import sys
import threading

from benchmarks import recorded

END = b"BENCH_END"
_ENDS = {
    "plain": b"Event-Name: BENCH_END\n\n",
    "json": b'{"Event-Name":"BENCH_END"}',
}


def subscribed_plain() -> bytes:
    """The daemon's events out of everything, in the other format."""
    names = {
        (told["Event-Name"], told.get("Event-Subclass"))
        for told in map(json.loads, (event.body for event in recorded.events(recorded.JSON)))
    }
    kept = [event for event in recorded.events(recorded.PLAIN) if _name(event.body) in names]
    return b"".join(event.headers + event.body for event in kept)


def _name(body: bytes) -> tuple[str, str | None]:
    told = dict(line.split(": ", 1) for line in body.decode().split("\n") if ": " in line)
    subclass = told.get("Event-Subclass")
    return told["Event-Name"], subclass.replace("%3A", ":") if subclass else None


class Replay:
    """``repetitions``: how often the recording is played to a client."""

    def __init__(self, stream: str, repetitions: int) -> None:
        self._repetitions = repetitions
        self._streams = {
            "json": recorded.stream(recorded.JSON),
            "plain": recorded.stream(recorded.PLAIN) if stream == "all" else subscribed_plain(),
        }
        self._server = socket.create_server(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        port: int = self._server.getsockname()[1]
        return port

    def serve(self) -> None:
        while True:
            client, _ = self._server.accept()
            threading.Thread(target=self._attend, args=(client,), daemon=True).start()

    def _attend(self, client: socket.socket) -> None:
        client.sendall(b"Content-Type: auth/request\n\n")
        with client, client.makefile("rb") as lines:
            for line in lines:
                if line.strip():
                    client.sendall(b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
                if line.startswith(b"event "):
                    self._play(client, line.decode().split()[1])

    def _play(self, client: socket.socket, form: str) -> None:
        data = self._streams[form]
        for _ in range(self._repetitions):
            client.sendall(data)
        end = _ENDS[form]
        head = f"Content-Length: {len(end)}\nContent-Type: text/event-{form}\n\n"
        client.sendall(head.encode() + end)


def main() -> None:
    replay = Replay(sys.argv[1], int(sys.argv[2]))
    print(replay.port, flush=True)
    replay.serve()


if __name__ == "__main__":
    main()
