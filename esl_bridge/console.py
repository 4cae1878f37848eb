"""An agent's client on a terminal: sends typed requests, and prints every message whole."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Iterable, Mapping
from getpass import getpass
from itertools import count
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

_PING_SECONDS = 10.0  # well below the service's idle timeout
_PING = "console-ping"
_REPLY_SECONDS = 10.0
_LAST = "UUID"  # stands for the last uuid received


def console(url: str, company: str, agent: str, lines: Iterable[str]) -> int:
    """Send each line as it comes; at the end wait for outstanding replies. Returns 1 if the service
    has closed the connection. Raises OSError where it cannot be reached."""
    with connect(url, proxy=None) as connection:
        talk = _Talk(connection, company, agent)
        for begun in (talk.listen, talk.keep_alive):
            threading.Thread(target=begun, daemon=True).start()
        for line in lines:
            if talk.over.is_set():
                return 1
            talk.say(line)
        talk.wait_for_replies()
        talk.over.set()
    return 0


class _Talk:
    def __init__(self, connection: ClientConnection, company: str, agent: str) -> None:
        self.over = threading.Event()
        self._connection = connection
        self._envelope = {"company_code": company, "agent_id": agent}
        self._numbers = count(1)
        self._open: set[str] = set()
        self._answered = threading.Condition()
        self._last = ""

    def say(self, line: str) -> None:
        """``MSG_TYPE FIELD=TEXT FIELD:=JSON``, or a whole JSON object."""
        if not line.strip():
            return
        try:
            request = _request(line)
        except ValueError as mistake:
            _show("?", f"{mistake}: {line.strip()}")
            return
        if request.get("msg_type") == "checkin" and not request.keys() & {"agent_pwd", "token"}:
            request["agent_pwd"] = getpass()
        said = {name: self._last if value == _LAST else value for name, value in request.items()}
        envelope = {"req_id": str(next(self._numbers)), **self._envelope}
        self._send(envelope | said)

    def listen(self) -> None:
        """Print incoming messages until the connection is closed."""
        try:
            for text in self._connection:
                self._heard(text if isinstance(text, str) else text.decode())
            closed = self._connection.close_reason
        except ConnectionClosed as end:
            closed = str(end)
        if not self.over.is_set():
            _show("-", f"closed {closed}".strip())
        self.over.set()
        with self._answered:
            self._answered.notify_all()

    def keep_alive(self) -> None:
        """Ping, so that the service does not close the connection as idle."""
        while not self.over.wait(_PING_SECONDS):
            self._send({"msg_type": "ping", "req_id": _PING, **self._envelope})

    def wait_for_replies(self) -> None:
        with self._answered:
            is_done = lambda: not self._open or self.over.is_set()  # noqa: E731
            self._answered.wait_for(is_done, _REPLY_SECONDS)

    def _send(self, request: Mapping[str, Any]) -> None:
        with self._answered:
            self._open.add(str(request.get("req_id")))
        try:
            self._connection.send(json.dumps(request))
        except ConnectionClosed:
            self.over.set()

    def _heard(self, text: str) -> None:
        message = json.loads(text)
        if message.get("req_id") != _PING:
            _show("<", json.dumps(message, ensure_ascii=False, separators=(", ", ":")))
        with self._answered:
            self._last = message.get("uuid") or self._last
            if "seq" not in message:  # a reply, not a push
                self._open.discard(str(message.get("req_id")))
            self._answered.notify_all()


def _request(line: str) -> dict[str, Any]:
    """Raises ValueError for a line that is neither."""
    if line.lstrip().startswith("{"):
        whole: dict[str, Any] = json.loads(line)
        return whole
    msg_type, *fields = shlex.split(line)
    request: dict[str, Any] = {"msg_type": msg_type}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals:
            raise ValueError(f"not FIELD=TEXT: {field}")
        is_json = name.endswith(":")
        request[name.removesuffix(":")] = json.loads(value) if is_json else value
    return request


def _show(mark: str, text: str) -> None:
    """On one line; unprintable characters from callers or colleagues are escaped, to protect the
    terminal."""
    plain = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
    print(f"{mark} {plain}", flush=True, file=sys.stdout)
