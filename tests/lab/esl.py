"""The switch's event socket, for tests: text in, text out, every event kept."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
_SECONDS = 30.0


class Refused(Exception):
    """The socket's own ``-ERR``: wrong password, or permission denied."""


class Esl:
    """``login`` is ``auth PASSWORD`` or ``userauth USER@DOMAIN:PASSWORD``."""

    def __init__(self, port: int, login: str) -> None:
        self.events: list[Event] = []
        self._changed = threading.Condition()
        self._replies: list[tuple[dict[str, str], str]] = []
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._stream = self._socket.makefile("rb")
        threading.Thread(target=self._listen, daemon=True).start()
        self._reply()  # auth/request
        self.command(login)

    def close(self) -> None:
        with contextlib.suppress(OSError):  # the switch may be gone already
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def command(self, text: str) -> str:
        """One command of the socket; returns its reply's text, or the body where it has one."""
        self._socket.sendall(text.encode() + b"\n\n")
        headers, body = self._reply()
        answer = body or headers.get("Reply-Text", "")
        if not body and answer.startswith("-ERR"):
            raise Refused(answer)
        return answer.strip()

    def api(self, text: str) -> str:
        return self.command(f"api {text}")

    def subscribe(self, events: str) -> None:
        self.command(f"event json {events}")

    def wait(self, wanted: Callable[[Event], bool], since: int = 0) -> Event:
        """The first wanted event after number ``since``; waits for it if it has not come."""

        def found() -> Event | None:
            return next((event for event in self.events[since:] if wanted(event)), None)

        with self._changed:
            event = self._changed.wait_for(found, _SECONDS)
        assert event is not None, [event["Event-Name"] for event in self.events[since:]]
        return event

    def wait_for(self, name: str, leg: str | None = None, since: int = 0) -> Event:
        return self.wait(
            lambda event: event["Event-Name"] == name and leg in (None, event.get("Unique-ID")),
            since,
        )

    def _reply(self) -> tuple[dict[str, str], str]:
        with self._changed:
            assert self._changed.wait_for(lambda: self._replies, _SECONDS), "no reply"
            return self._replies.pop(0)

    def _listen(self) -> None:
        with self._stream, contextlib.suppress(OSError):
            while headers := self._headers():
                body = self._stream.read(int(headers.get("Content-Length", 0)))
                # What came from outside may be no UTF-8.
                self._frame(headers, body.decode("utf-8", "surrogateescape"))

    def _frame(self, headers: dict[str, str], body: str) -> None:
        with self._changed:
            if headers["Content-Type"] == "text/event-json":
                self.events.append(json.loads(body))
            elif headers["Content-Type"] != "text/disconnect-notice":
                self._replies.append((headers, body))
            self._changed.notify_all()

    def _headers(self) -> dict[str, str]:
        """The next block of headers; empty at the end of the connection."""
        headers: dict[str, str] = {}
        while line := self._stream.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                headers[name] = value
            elif headers:
                break
        return headers
