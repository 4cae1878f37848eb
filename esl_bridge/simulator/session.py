"""One ESL connection, without its socket: bytes in, bytes out.

As on the real switch, a connection executes one command after another, and while one runs (an ``api
originate`` that rings) neither further commands nor events get through on it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from esl_bridge.simulator import api
from esl_bridge.simulator.results import when_answered

if TYPE_CHECKING:
    from esl_bridge.simulator.events import Event
    from esl_bridge.simulator.switch import SimulatedSwitch

GOODBYE = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
DENIED = "-ERR permission denied"
_NAME = re.compile(
    r"ALL|BACKGROUND_JOB|DTMF|HEARTBEAT|CODEC|CALL_UPDATE|API|SHUTDOWN|RELOADXML"
    r"|(PLAYBACK|RECORD|MEDIA_BUG)_(START|STOP)|MODULE_(UN)?LOAD"
    r"|CHANNEL_(CREATE|PROGRESS(_MEDIA)?|ANSWER|CALLSTATE|(UN)?BRIDGE|(UN)?PARK|(UN)?HOLD"
    r"|HANGUP(_COMPLETE)?|DESTROY|EXECUTE(_COMPLETE)?|OUTGOING|ORIGINATE|STATE|UUID)"
)
_LOOKED_THROUGH = ("bgapi", "expand", "eval", "sched_api", "xml_wrap")


@dataclass(frozen=True)
class User:
    """A restricted ESL user; None allows everything."""

    password: str
    commands: frozenset[str] | None = None
    events: frozenset[str] | None = None


@dataclass(frozen=True)
class Accounts:
    password: str = "ClueCon"
    users: tuple[tuple[str, User], ...] = ()  # user@domain, user

    def user(self, login: str) -> User | None:
        name, _, password = login.partition(":")
        user = dict(self.users).get(name)
        return user if user is not None and user.password == password else None


class Session:
    def __init__(
        self,
        switch: SimulatedSwitch,
        accounts: Accounts,
        write: Callable[[bytes], None],
        close: Callable[[], None],
    ) -> None:
        """``write`` must not block; ``close`` is called after the last write."""
        self._switch = switch
        self._accounts = accounts
        self._write = write
        self._close = close
        self._unread = b""
        self._commands: deque[list[str]] = deque()
        self._running = False
        self._held: list[bytes] = []
        self._user: User | None = None
        self._form = ""
        self._names: set[str] = set()
        self._subclasses: set[str] = set()
        self._filters: list[tuple[str, str]] = []

    def open(self) -> None:
        self._write(b"Content-Type: auth/request\n\n")
        self._switch.listeners.append(self._deliver)

    def lost(self) -> None:
        """The peer has disconnected."""
        if self._deliver in self._switch.listeners:
            self._switch.listeners.remove(self._deliver)

    # -- commands in

    def receive(self, data: bytes) -> None:
        self._unread += data
        while True:
            self._unread = self._unread.lstrip(b"\r\n")
            command, ended, rest = self._unread.partition(b"\n\n")
            if not ended:
                break
            self._unread = rest
            text = command.decode("utf-8", "surrogateescape").replace("\r", "")
            self._commands.append(text.split("\n"))
        self._run_next()

    def _run_next(self) -> None:
        while self._commands and not self._running:
            self._run(self._commands.popleft())

    def _run(self, lines: list[str]) -> None:
        name, _, rest = lines[0].strip().partition(" ")
        if self._user is None and name not in ("auth", "userauth", "exit"):
            self._reply("-ERR command not found")
            return
        handlers: dict[str, Callable[[str, list[str]], None]] = {
            "auth": self._auth,
            "userauth": self._userauth,
            "api": self._api,
            "bgapi": self._bgapi,
            "event": self._event,
            "noevents": self._noevents,
            "filter": self._filter,
            "sendevent": self._sendevent,
            "sendmsg": self._sendmsg,
            "exit": self._exit,
        }
        handler = handlers.get(name, self._unknown)
        handler(rest.strip(), lines[1:])

    def _unknown(self, rest: str, headers: list[str]) -> None:
        self._reply("-ERR command not found")

    def _auth(self, rest: str, headers: list[str]) -> None:
        if rest == self._accounts.password:
            self._user = User(rest)
            self._reply("+OK accepted")
        else:
            self._refuse()

    def _userauth(self, rest: str, headers: list[str]) -> None:
        user = self._accounts.user(rest)
        if user is None:
            self._refuse()
            return
        self._user = user
        allowed = {"Allowed-Events": user.events, "Allowed-API": user.commands}
        told = {name: " ".join(sorted(what or {"all"})) for name, what in allowed.items()}
        self._reply("+OK accepted", told | {"Allowed-LOG": "false"})

    def _refuse(self) -> None:
        self._reply("-ERR invalid")
        self._say_goodbye()

    def _api(self, rest: str, headers: list[str]) -> None:
        if not self._may_run(rest):
            self._reply(DENIED)
            return
        self._running = True
        when_answered(api.run(self._switch, rest), self._api_answered)

    def _api_answered(self, text: str) -> None:
        body = (text or "-ERR no reply\n").encode("utf-8", "surrogateescape")
        head = f"Content-Type: api/response\nContent-Length: {len(body)}\n\n"
        self._write(head.encode() + body)
        self._running = False
        held, self._held = self._held, []
        for event in held:
            self._write(event)
        self._run_next()

    def _bgapi(self, rest: str, headers: list[str]) -> None:
        if not self._may_run(rest):
            self._reply(DENIED)
            return
        named = (line.partition(":") for line in headers)
        own = {name.strip(): value.strip() for name, _, value in named}
        job = own.get("Job-UUID") or self._switch.new_uuid()
        self._reply(f"+OK Job-UUID: {job}", {"Job-UUID": job})
        api.run_job(self._switch, rest, job)

    def _may_run(self, line: str) -> bool:
        """A restricted user's inner command is checked as well; ``bgapi uuid:...`` never passes."""
        allowed = self._user.commands if self._user is not None else frozenset()
        if allowed is None:
            return True
        name, _, rest = line.partition(" ")
        if name not in allowed:
            return False
        return name not in _LOOKED_THROUGH or self._may_run(rest.strip())

    # -- events out

    def _event(self, rest: str, headers: list[str]) -> None:
        form, *words = rest.split() or ["plain"]
        names, subclasses = _subscription(words)
        if not names:
            self._reply("-ERR no keywords supplied")
            return
        allowed = self._user.events if self._user is not None else frozenset()
        if allowed is not None and not (names | subclasses) <= allowed:
            self._reply(DENIED)
            return
        self._form = form if form in ("json", "plain") else "plain"
        self._names |= names
        self._subclasses |= subclasses
        self._reply(f"+OK event listener enabled {self._form}")

    def _noevents(self, rest: str, headers: list[str]) -> None:
        self._names.clear()
        self._subclasses.clear()
        self._reply("+OK no longer listening for events")

    def _filter(self, rest: str, headers: list[str]) -> None:
        delete = rest.startswith("delete ")
        name, _, value = rest.removeprefix("delete ").partition(" ")
        if delete:
            self._filters = [one for one in self._filters if one != (name, value)]
            self._reply(f"+OK filter deleted. [{name}][{value}]")
        else:
            self._filters.append((name, value))
            self._reply(f"+OK filter added. [{name}]=[{value}]")

    def _deliver(self, event: Event) -> None:
        if not self._wants(event):
            return
        body = event.json() if self._form == "json" else event.plain()
        frame = f"Content-Length: {len(body)}\nContent-Type: text/event-{self._form}\n\n"
        if self._running:
            self._held.append(frame.encode() + body)
        else:
            self._write(frame.encode() + body)

    def _wants(self, event: Event) -> bool:
        if event.name == "CUSTOM" and "ALL" not in self._names:
            named = event.subclass in self._subclasses
        else:
            named = event.name in self._names or "ALL" in self._names
        hits = (event.headers.get(name) == value for name, value in self._filters)
        return named and (not self._filters or any(hits))

    # -- the rest

    def _sendevent(self, rest: str, headers: list[str]) -> None:
        """Any user may send any event, whatever else it may not do (measured)."""
        pairs = (line.partition(":") for line in headers)
        told = {name.strip(): value.strip() for name, _, value in pairs}
        event_uuid = self._switch.new_uuid()
        self._reply(f"+OK {event_uuid}")
        self._switch.publish(rest, told | {"Event-UUID": event_uuid})

    def _sendmsg(self, rest: str, headers: list[str]) -> None:
        """Not simulated: every leg is unknown."""
        self._reply(f"-ERR invalid session id [{rest}]")

    def _exit(self, rest: str, headers: list[str]) -> None:
        self._reply("+OK bye")
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        head = f"Content-Type: text/disconnect-notice\nContent-Length: {len(GOODBYE)}\n\n"
        self._write((head + GOODBYE).encode())
        self.lost()
        self._close()

    def _reply(self, text: str, headers: dict[str, str] | None = None) -> None:
        more = "".join(f"{name}: {value}\n" for name, value in (headers or {}).items())
        reply = f"Content-Type: command/reply\nReply-Text: {text}\n{more}\n"
        self._write(reply.encode("utf-8", "surrogateescape"))


def _subscription(words: list[str]) -> tuple[set[str], set[str]]:
    """Names before CUSTOM, subclasses after it; unknown names are skipped."""
    upper = [word.upper() for word in words]
    at = upper.index("CUSTOM") if "CUSTOM" in upper else len(words)
    names = {name for name in upper[:at] if _NAME.fullmatch(name)}
    subclasses = set(words[at + 1 :])
    return names | ({"CUSTOM"} if subclasses else set()), subclasses
