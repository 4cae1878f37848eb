"""The connection of any number of agents, which comes back by itself."""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from itertools import count
from ssl import SSLContext
from time import monotonic
from typing import Any
from uuid import uuid4

import msgspec

from esl_bridge.client.errors import AnswerLost, NotConnected
from esl_bridge.client.session import CheckIn, ClientSession
from esl_bridge.client.transports import OPEN_SECONDS, Message, Transport, open_transport

log = logging.getLogger("esl_bridge.client")

_BACK_OFF = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try; each varies by half, so that a thousand do not come at once."""
_FIRST_TRY_WITHIN = 0.25
_PING_AFTER = 10.0  # seconds of saying nothing; the service closes what is silent for 30
_DEAD_AFTER = 25.0  # seconds in which nothing came, though the pings were to be answered
_PROBE_SECONDS = 2.0
_AT_ONCE = 32
"""Sessions that check in again at the same time: the answers to thousands would not be read while
their requests are written."""


class Link:
    """The connection under a gateway. Its thread opens it again for as long as a session wants to
    come back, and hands each message to the session that it is for.

    ``lock`` guards all that the sessions know; ``changed`` is told when a connection or the state
    of a session has.
    """

    def __init__(self, url: str, ssl: SSLContext | None, proxy: str | None) -> None:
        self.lock = threading.RLock()
        self._open = partial(open_transport, url, ssl, proxy)
        self._sessions: dict[tuple[str, str], ClientSession] = {}
        self._pending: dict[str, _Request] = {}
        self._transport: Transport | None = None
        self.changed = threading.Condition(self.lock)
        self._is_running = False
        self._woken = threading.Event()
        self._failures = 0
        self._last_said = self._last_heard = 0.0
        self._ids = map(f"{uuid4().hex[:16]}-{{}}".format, count(1))

    # -- sessions -------------------------------------------------------------------------------

    def add(self, session: ClientSession) -> None:
        """Raises ValueError where the agent is signed in here already."""
        with self.lock:
            known = self._sessions.get(session.key)
            if known is not None and known is not session and known.is_alive:
                raise ValueError(f"{session.key[1]} is signed in on this connection already")
            self._sessions[session.key] = session

    def remove(self, session: ClientSession) -> None:
        with self.lock:
            if self._sessions.get(session.key) is session:
                del self._sessions[session.key]

    def release(self) -> None:
        """Close the connection, if no session needs it any more."""
        with self.lock:
            is_needed = any(session.is_alive for session in self._sessions.values())
            transport = None if is_needed else self._transport
        if not is_needed:
            self._woken.set()
        if transport is not None:
            transport.close()

    def sessions(self) -> list[ClientSession]:
        with self.lock:
            return list(self._sessions.values())

    # -- messages -------------------------------------------------------------------------------

    def send(
        self,
        session: ClientSession,
        msg_type: str,
        fields: Mapping[str, Any],
        before: Callable[[str], None] | None = None,
        then: Callable[[Message], None] | None = None,
        done: Callable[[Future[Message]], None] | None = None,
    ) -> Future[Message]:
        """Send a request; gives its reply, or AnswerLost. ``before`` is told the request's id
        before it is sent; ``then`` its successful reply, and ``done`` that it is answered or lost,
        before anything that follows. Raises NotConnected."""
        request = _Request(session, msg_type, then)
        if done is not None:  # now: once it is sent, its answer may be here already
            request.reply.add_done_callback(done)
        with self.lock:
            transport = self._transport
            if transport is None:
                raise NotConnected("the connection is down")
            req_id = next(self._ids)
            self._pending[req_id] = request
            if before is not None:
                before(req_id)
        self._last_said = monotonic()
        given = {name: value for name, value in fields.items() if value is not None}
        try:
            transport.send({"req_id": req_id, "msg_type": msg_type, **session.envelope, **given})
        except OSError:
            transport.cut()  # and with it all that waits for an answer
        return request.reply

    def make_sure(self) -> None:
        """Cut the connection if it does not answer at once: it may have died without a word."""
        with self.lock:
            session, transport = next(iter(self._sessions.values()), None), self._transport
        if session is None or transport is None:
            return
        with suppress(NotConnected, AnswerLost):
            try:
                self.send(session, "ping", {}).result(_PROBE_SECONDS)
            except TimeoutError:
                transport.cut()

    def wake(self) -> None:
        """Connect now, where it waits to try again; else make sure that the connection lives."""
        self._woken.set()
        threading.Thread(target=self.make_sure, daemon=True).start()

    def is_well(self) -> None:
        """A session has come through: the next loss is a new one."""
        self._failures = 0

    def delay(self) -> float:
        """How long to wait before the next try."""
        usual = _BACK_OFF[min(self._failures, len(_BACK_OFF) - 1)]
        spread = random.uniform(0.5, 1.5) if usual else random.random()
        return (usual or _FIRST_TRY_WITHIN) * spread

    # -- the connection -------------------------------------------------------------------------

    def connect(self) -> None:
        """Have a connection; raises NotConnected."""
        with self.lock:
            self._woken.set()
            self.changed.wait_for(
                lambda: self._transport is not None or not self._is_running, OPEN_SECONDS
            )
            if self._transport is not None:
                return
            if self._is_running:
                raise NotConnected("the connection is down")
            self._is_running = True
        transport = None
        try:
            transport = self._open()
        except OSError as error:
            raise NotConnected(str(error)) from error
        finally:
            with self.lock:
                self._transport, self._is_running = transport, transport is not None
        threading.Thread(target=self._run, args=(transport,), daemon=True).start()

    def _run(self, transport: Transport | None) -> None:
        while transport is not None:
            self._serve(transport)
            transport = self._reopen()

    def _reopen(self) -> Transport | None:
        """A new connection, however long that takes; None where nobody wants to come back."""
        while self._is_wanted():
            self._woken.wait(self.delay())
            self._woken.clear()
            self._failures += 1
            try:
                return self._open()
            except OSError as error:
                log.info("not connected: %s", error)
        return None

    def _is_wanted(self) -> bool:
        with self.lock:
            self._is_running = any(session.comes_back for session in self._sessions.values())
            self.changed.notify_all()
            return self._is_running

    def _is_of_use(self) -> bool:
        with self.lock:
            if any(session.is_alive for session in self._sessions.values()):
                return True
            self._transport = None
            return False

    def _serve(self, transport: Transport) -> None:
        self._begin(transport)
        try:
            while self._is_of_use():
                message = transport.receive()
                if message is not None:
                    self._last_heard = monotonic()
                    self._take_if_understood(message)
                self._look_after(transport)
        except OSError as error:
            log.info("connection lost: %s", error)
        finally:
            self._lose()
            transport.close()

    def _begin(self, transport: Transport) -> None:
        with self.lock:
            self._transport = transport
            self._last_said = self._last_heard = monotonic()
            self.changed.notify_all()
            away = deque(one for one in self._sessions.values() if one.comes_back)

        def bring_back(_: object = None) -> None:
            if away and self._transport is transport:
                attempt = CheckIn({})
                attempt.done.add_done_callback(bring_back)
                away.popleft().come_back(attempt)

        for _ in range(_AT_ONCE):
            bring_back()

    def _lose(self) -> None:
        with self.lock:
            self._transport = None
            pending, self._pending = self._pending, {}
            for session in self._sessions.values():
                session.lost()
            for request in pending.values():
                request.reply.set_exception(AnswerLost(request.msg_type))

    def _look_after(self, transport: Transport) -> None:
        now = monotonic()
        if now - self._last_heard > _DEAD_AFTER:
            transport.cut()
        elif now - self._last_said > _PING_AFTER:
            for session in self.sessions()[:1]:
                self.send(session, "ping", {})

    def _take_if_understood(self, message: Message) -> None:
        """A service that says what it should not must not end this thread."""
        try:
            self._take(message)
        except (LookupError, msgspec.ValidationError):
            log.exception("a message was not understood")

    def _take(self, message: Message) -> None:
        with self.lock:
            request = self._pending.get(str(message.get("req_id")))
            if request is not None and request.is_answered_by(message):
                del self._pending[message["req_id"]]
                if request.then is not None and message["code"] == "0":
                    request.then(message)
                request.reply.set_result(message)
                return
            key = str(message.get("company_code")), str(message.get("agent_id"))
            session = self._sessions.get(key)
            if session is not None:
                session.take(message)


class _Request:
    __slots__ = ("msg_type", "reply", "session", "then")

    def __init__(
        self, session: ClientSession, msg_type: str, then: Callable[[Message], None] | None
    ) -> None:
        self.session = session
        self.msg_type = msg_type
        self.then = then
        self.reply: Future[Message] = Future()

    def is_answered_by(self, message: Message) -> bool:
        """A push that it has caused has its ``req_id`` too."""
        return message.get("msg_type") in (self.msg_type, "pong")
