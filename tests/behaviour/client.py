"""An agent's desktop: a real WebSocket client that writes down all it receives, in order."""

from __future__ import annotations

import itertools
import json
import os
import socket
import threading
from contextlib import ExitStack
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.specified import Conversation

Message = dict[str, Any]
_SECONDS = 20.0
_ALL_FOLLOW = os.environ.get("DESKS") == "all"
"""Every client asks for its desk, and after each step compares it with the service's."""
_PHASES = {"INITIATE": "I", "START_CALL": "S", "END_CALL": "E"}


def sign(message: Message, last_sub: str) -> str:
    """A push as docs/protocol/SEQUENCES.md writes it: ``CALL.I``, ``callin``, ``FREE>RINGING``;
    ``last_sub`` is the sub-status that the agent was told of last."""
    match message["msg_type"]:
        case "callback":
            end = ("+" if message["success"] else "-") if message["phase"] == "END_CALL" else ""
            return f"{message['action']}.{_PHASES[message['phase']]}{end}"
        case "callin":
            channel = message["callin_channel"]
            return f"callin:{channel}" if channel else "callin"
        case "agent_change":
            before = _with_sub(message["last_agent_status"], last_sub)
            now = _with_sub(message["agent_status"], message.get("sub_agent_status", ""))
            return f"{before}>{now}"
        case other:
            return str(other)


def _with_sub(status: str, sub: str) -> str:
    return f"{status}/{sub}" if status == "CALLING" and sub else status


class Client:
    """One connection of one agent. Requests are answered by ``ask``; pushes wait to be taken."""

    def __init__(self, url: str, company: str, agent_id: str, **headers: str) -> None:
        self.company = company
        self.agent_id = agent_id
        self.token = ""
        self._ids = itertools.count(1)
        self._changed = threading.Condition()
        self._pushes: list[tuple[str, Message]] = []
        self._sub = ""
        self._replies: dict[str, Message] = {}
        self._too_early: dict[str, list[str]] = {}
        self.last: Message = {}
        self.told: list[Message] = []
        self.desk: Message = {}
        """What it shows, where it has asked for that at check-in."""
        self.last_desk: Message = {}
        """What it showed before."""
        self.outdated: tuple[Message, Message] | None = None
        """What it showed and what it should have shown, where these once differed."""
        self._conversation = Conversation()
        self._open = ExitStack()
        self._socket = self._open.enter_context(
            connect(url, additional_headers=headers, proxy=None)
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def is_open(self) -> bool:
        return self._reader.is_alive()

    def close(self) -> None:
        self._open.close()
        self._reader.join(_SECONDS)

    def break_off(self) -> None:
        """Lose the connection without a goodbye."""
        self._socket.socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(_SECONDS)

    def close_code(self) -> int | None:
        """Why the service has closed the connection, once it has."""
        self._reader.join(_SECONDS)
        return self._socket.close_code

    # -- requests -------------------------------------------------------------------------------

    def ask(self, msg_type: str, **fields: Any) -> Message:
        """Send a request and wait for its reply. What the request causes must not come before."""
        return self.answer_of(self.send(msg_type, **fields))

    def send(self, msg_type: str, **fields: Any) -> str:
        """Send a request without waiting for the reply; gives its id."""
        req_id = f"{self.agent_id}-{next(self._ids)}"
        if _ALL_FOLLOW and msg_type == "checkin":
            fields.setdefault("want", ["desk"])
        envelope = {
            "req_id": req_id,
            "msg_type": msg_type,
            "company_code": self.company,
            "agent_id": self.agent_id,
            "os": "Windows",
        }
        self._conversation.sent(envelope | fields)
        self._socket.send(json.dumps(envelope | fields))
        return req_id

    def has_answer(self, req_id: str) -> bool:
        return req_id in self._replies

    def answer_of(self, req_id: str) -> Message:
        with self._changed:
            came = self._changed.wait_for(lambda: req_id in self._replies, _SECONDS)
            assert came, f"no reply to {req_id}; pushes {self._signs()}"
            return self._replies.pop(req_id)

    def ok(self, msg_type: str, **fields: Any) -> Message:
        """A request that must succeed."""
        reply = self.ask(msg_type, **fields)
        assert reply["code"] == "0", reply
        return reply

    def refused(self, code: str, msg_type: str, **fields: Any) -> Message:
        reply = self.ask(msg_type, **fields)
        assert reply["code"] == code, reply
        return reply

    def checkin(self, **fields: Any) -> Message:
        reply = self.ok("checkin", agent_pwd="example", **fields)
        self.token = reply["token"]
        return reply

    def begin(self, msg_type: str, **fields: Any) -> Message:
        """A request that begins an action: nothing of it may come before the reply."""
        req_id = self.send(msg_type, **fields)
        reply = self.answer_of(req_id)
        assert reply["code"] == "0", reply
        assert not self._too_early.get(req_id), self._too_early
        return reply

    # -- pushes ---------------------------------------------------------------------------------

    def gets(self, *signs: str) -> Message:
        """The next pushes are these, in this order; gives the last of them."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._pushes) >= len(signs), _SECONDS)
            got, self._pushes = self._pushes[: len(signs)], self._pushes[len(signs) :]
        assert [sign for sign, _ in got] == list(signs), got
        if _ALL_FOLLOW and self.is_open:
            self.ask("get_status")
            assert self.outdated is None
        return got[-1][1]

    def gets_in_any_order(self, *signs: str) -> dict[str, Message]:
        """The next pushes are these, of whose order the switch decides; by their signs."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._pushes) >= len(signs), _SECONDS)
            got, self._pushes = self._pushes[: len(signs)], self._pushes[len(signs) :]
        assert sorted(sign for sign, _ in got) == sorted(signs), got
        return dict(got)

    def gets_until(self, *last: str) -> dict[str, Message]:
        """The next pushes, up to the first whose sign ends in one of these; by their signs."""

        def place() -> int | None:
            ends = (at for at, sign in enumerate(self._signs()) if sign.endswith(last))
            return next(ends, None)

        with self._changed:
            came = self._changed.wait_for(lambda: place() is not None, _SECONDS)
            assert came, self._signs()
            taken = (place() or 0) + 1
            got, self._pushes = self._pushes[:taken], self._pushes[taken:]
        return dict(got)

    def is_told(self, status: str, since: int) -> None:
        """Of all that it was told from number ``since`` on, this status is the last, or will be."""

        def last_of_them() -> str | None:
            told = [each for each in self.told[since:] if each["msg_type"] == "agent_change"]
            return str(told[-1]["agent_status"]) if told else None

        with self._changed:
            assert self._changed.wait_for(lambda: last_of_them() == status, _SECONDS), self._signs()

    def shows(self, stage: str, *parties: str, **shown: Any) -> Message:
        """Its desk comes to show this stage, these parties, as ``131… customer held``, and these
        other values, of the agent or its call; gives the desk."""

        def is_so() -> bool:
            call = self.desk["call"] or {"parties": []}
            seen = [f"{one['number']} {one['role']} {one['state']}" for one in call["parties"]]
            values = call | self.desk
            there = {name: values.get(name) for name in shown}
            return (self.desk["stage"], seen, there) == (stage, list(parties), shown)

        with self._changed:
            assert self._changed.wait_for(is_so, _SECONDS), self.desk
            return self.desk

    def _show(self, desk: Message, *, whole: bool) -> None:
        """A desk has come; ``whole``: by a reply. What it does not say again of a call is as it
        was."""
        last, call = self.desk.get("call"), desk["call"]
        if call is not None and "flow_data" not in call:
            assert not whole
            assert last is not None
            assert last["uuid"] == call["uuid"]
            call["flow_data"] = last["flow_data"]
        self.last_desk, self.desk = self.desk, desk

    def _compare(self, desk: Message) -> None:
        """With the service's, when all that it sent before has come."""
        if self.desk | {"now_ms": 0} != desk | {"now_ms": 0}:
            self.outdated = self.desk, desk

    def got_nothing_more(self) -> None:
        """All pushes were taken, also those that were sent before a question asked now."""
        self.ask("ping")
        with self._changed:
            assert not self._pushes, self._signs()

    def forget(self) -> None:
        self.ask("ping")
        with self._changed:
            self._pushes.clear()

    def _signs(self) -> list[str]:
        return [sign for sign, _ in self._pushes]

    def _read(self) -> None:
        try:
            for text in self._socket:
                self._take(json.loads(text))
        except (ConnectionClosed, OSError):
            return

    def _take(self, message: Message) -> None:
        self._conversation.received(message)
        with self._changed:
            if "code" in message and message["msg_type"] not in ("callback", "kick_off"):
                self._replies[message["req_id"]] = message
                if "desk" in message:
                    if message["msg_type"] == "get_status":
                        self._compare(message["desk"])
                    self._show(message["desk"], whole=True)
                if message["msg_type"] == "checkin":
                    self._sub = message.get("sub_status", "")
            elif message["msg_type"] == "desk_change":
                self.told.append(message)
                self._show(message["desk"], whole=False)
            else:
                told = sign(message, self._sub)
                if message["msg_type"] == "agent_change":
                    self._sub = message.get("sub_agent_status", "")
                if message.get("req_id") not in self._replies:
                    self._too_early.setdefault(str(message.get("req_id")), []).append(told)
                self._pushes.append((told, message))
                self.last = message
                self.told.append(message)
            self._changed.notify_all()
