"""A switch that plays recorded talks: it answers every command at once and thinks nothing.

An ``originate`` of two legs gives the events of a recorded one, with its uuids and phones; the kill
of a leg gives the end of both. Everything else is ``+OK``.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import perf_counter
from typing import NamedTuple

from benchmarks import recorded
from benchmarks.loop import Loop

_LEG = re.compile(rb"origination_uuid=([^;\]}]+)")
_NAME = re.compile(rb'"Event-Name":\s*"(\w+)"')
_PHONE = re.compile(rb"user/([^@]+)@")
_CORE = b"11111111-2222-3333-4444-555555555555"
_STAGES = ("CHANNEL_PROGRESS", "CHANNEL_ANSWER", "BACKGROUND_JOB", "CHANNEL_BRIDGE")


class Talk(NamedTuple):
    """The uuids of the agent's leg and of the other, and the agent's phone."""

    near: bytes
    far: bytes
    phone: bytes


class Script:
    """One recorded talk: the frames until both talk, and those of its end."""

    def __init__(self) -> None:
        told = [event.body for event in recorded.events(recorded.JSON)]
        job = next(body for body in told if b'"BACKGROUND_JOB"' in body)
        argument = json.loads(job)["Job-Command-Arg"].encode()
        near, far = _LEG.findall(argument)
        self._was = Talk(near, far, _PHONE.findall(argument)[0])
        mine = [body for body in told if near in body or far in body]
        self._begins = [body for body in mine if name_of(body) in _STAGES]
        self._ends = [body for body in mine if name_of(body) not in _STAGES]
        self._any = next(body for body in self._begins if name_of(body) == "CHANNEL_ANSWER")

    def beginning(self, talk: Talk) -> list[bytes]:
        return [self._play(body, talk) for body in self._begins]

    def end(self, talk: Talk) -> list[bytes]:
        return [self._play(body, talk) for body in self._ends]

    def any(self, name: str, talk: Talk) -> bytes:
        """An event of the near leg that was not recorded, with the headers of a recorded one."""
        return self._play(self._any.replace(b'"CHANNEL_ANSWER"', f'"{name}"'.encode(), 1), talk)

    def _play(self, body: bytes, talk: Talk) -> bytes:
        for was, now in zip(self._was, talk, strict=True):
            body = body.replace(was, now)
        return b"Content-Length: %d\nContent-Type: text/event-json\n\n%b" % (len(body), body)


_PIECE, _PIECE_SECONDS = 32_768, 0.0002  # bytes of what is sent at a time
_SEATS = "name|status|contact|wrap_up_time|reject_delay_time|busy_delay_time|no_answer_delay_time"


def _table(columns: str, rows: list[str]) -> bytes:
    return "\n".join((columns, *rows, "+OK\n")).encode()


def _contact(agent: str, company: str) -> str:
    return (
        f"[leg_timeout=20,esl_bridge_company={company},esl_bridge_agent={agent},"
        "esl_bridge_role=callin,hangup_after_bridge=true,execute_on_answer=sched_hangup:+28800]"
        f"user/{agent}@esl-bridge.local"
    )


def name_of(event: bytes) -> str:
    """Of an event's JSON or its whole frame."""
    found = _NAME.search(event)
    return found[1].decode() if found else ""


class ScriptedSwitch:
    """``on_event`` receives each event just before it is written: its frame and its talk.

    ``gap``: seconds between the events of a call. ``takes``: seconds that a command of that name
    takes; its connection sends no other reply meanwhile, like a real one.
    """

    def __init__(
        self,
        loop: Loop,
        phones: Iterable[str],
        domain: str,
        gap: float = 0.005,
    ) -> None:
        self.on_event: Callable[[bytes, Talk], None] = lambda _frame, _talk: None
        self.takes: dict[bytes, float] = {}
        self._blocked: dict[socket.socket, float] = {}
        self._loop = loop
        self._gap = gap
        self._script = Script()
        self._listed = json.dumps(
            {"rows": [{"reg_user": phone, "realm": domain} for phone in phones]}
        ).encode()
        self._registered = "\n".join(
            f'User:       \t{phone}@{domain}\nContact:    \t"" <sip:{phone}@127.0.0.1:5099>\n'
            for phone in phones
        ).encode()
        self._lists: dict[bytes, bytes] = {}
        self.lists_asked = 0
        self._clients: list[socket.socket] = []
        self._unsent: dict[socket.socket, bytearray] = {}
        self._talks: dict[bytes, Talk] = {}
        self._events: socket.socket | None = None
        self.port = loop.listen(self._greet)

    @property
    def subscribed(self) -> bool:
        return self._events is not None

    def seat(self, agents: Iterable[str], company: str, skills: Mapping[str, int]) -> None:
        """Have the queues know these agents of a company as they should."""
        ids = list(agents)
        queues = [(f"{skill}@{company}", level) for skill, level in skills.items()]
        rows = [f"{one}@{company}|On Break|{_contact(one, company)}|-1|5|5|5" for one in ids]
        tiers = [f"{queue}|{one}@{company}|{level}" for one in ids for queue, level in queues]
        self._lists = {
            b"callcenter_config agent list": _table(_SEATS, rows),
            b"callcenter_config tier list": _table("queue|agent|level", tiers),
        }

    def cut(self) -> None:
        """All links, as if the switch had closed them."""
        clients, self._clients = self._clients, []
        self._unsent.clear()
        for client in clients:
            client.shutdown(socket.SHUT_RDWR)

    def _greet(self, client: socket.socket) -> None:
        self._clients.append(client)
        unread = bytearray()

        def hear(data: bytes) -> None:
            unread.extend(data)
            while (end := unread.find(b"\n\n")) >= 0:
                line = bytes(unread[:end]).strip()
                del unread[: end + 2]
                if line:
                    self._carry_out(client, line)

        client.sendall(b"Content-Type: auth/request\n\n")
        self._loop.read(client, hear)

    def _carry_out(self, client: socket.socket, line: bytes) -> None:
        verb, _, rest = line.partition(b" ")
        if verb != b"api":
            if verb == b"event":
                self._events = client
            client.sendall(b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
            return
        answer = self._answer(rest)
        frame = b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(answer), answer)
        now = perf_counter()
        free = max(now, self._blocked.get(client, 0.0)) + self.takes.get(rest.split()[0], 0.0)
        if free > now:
            self._blocked[client] = free
            self._loop.at(free, lambda: self._send(client, frame))
        else:
            self._send(client, frame)

    def _send(self, client: socket.socket, frame: bytes) -> None:
        """A list of megabytes in pieces: the loop plays the desktops, too."""
        unsent = self._unsent.setdefault(client, bytearray())
        unsent += frame
        if len(unsent) == len(frame):
            self._send_piece(client)

    def _send_piece(self, client: socket.socket) -> None:
        unsent = self._unsent.get(client)
        if not unsent:  # it was cut off meanwhile
            return
        client.sendall(unsent[:_PIECE])
        del unsent[:_PIECE]
        if unsent:
            self._loop.at(perf_counter() + _PIECE_SECONDS, lambda: self._send_piece(client))

    def _answer(self, command: bytes) -> bytes:
        if b"originate" in command:
            self._originate(command)
        elif command.startswith(b"uuid_kill"):
            self._kill(command.split()[1])
        elif command.startswith(b"show registrations"):
            return self._listed
        elif command.startswith(b"sofia status"):
            return self._registered
        elif command.startswith(b"show channels"):
            return b'{"rows": []}'
        elif command in self._lists:
            self.lists_asked += command.endswith(b"tier list")
            return self._lists[command]
        elif b"core_uuid" in command:
            return _CORE
        return b"+OK\n"

    def _originate(self, command: bytes) -> None:
        near, far = _LEG.findall(command)
        talk = Talk(near, far, _PHONE.findall(command)[0])
        self._talks[near] = self._talks[far] = talk
        self.begin(talk)

    def _kill(self, leg: bytes) -> None:
        talk = self._talks.pop(leg, None)
        if talk is not None:
            self._talks.pop(talk.far if leg == talk.near else talk.near)
            self.end(talk)

    @property
    def talks(self) -> list[Talk]:
        """The talks that are up."""
        return [talk for leg, talk in self._talks.items() if leg == talk.near]

    def begin(self, talk: Talk) -> None:
        self._play(self._script.beginning(talk), talk)

    def end(self, talk: Talk) -> None:
        self._play(self._script.end(talk), talk)

    def tell(self, name: str, talk: Talk) -> None:
        """An event of the near leg, at once."""
        self._write(self._script.any(name, talk), talk)

    def _play(self, frames: Iterable[bytes], talk: Talk) -> None:
        begin = perf_counter() + self._gap
        for number, frame in enumerate(frames):
            self._loop.at(begin + number * self._gap, partial(self._write, frame, talk))

    def _write(self, frame: bytes, talk: Talk) -> None:
        assert self._events is not None
        self.on_event(frame, talk)
        self._events.sendall(frame)
