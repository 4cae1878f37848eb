"""One connection to the switch: greenswitch's ``InboundESL`` with its faults closed.

Kept are its connect, its login order and its handler registry (keyed by the frame's content type).
Replaced are the reader, the sender and the stop of greenswitch 0.0.19, since there

- a value that holds ``%0A`` adds headers to its event, so that a caller's display name can forge
  ``Unique-ID``; here a block is split before it is decoded, and events come as JSON;
- a line feed in a command is a second command; here a link takes a ``Command`` and refuses control
  characters all the same;
- the body of a BACKGROUND_JOB ends up in a header;
- an unexpected reply kills the reader while ``connected`` stays true;
- a caller that waits for a reply waits for ever once the connection has dropped.
"""

import socket
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import gevent
import greenswitch
from gevent.event import AsyncResult
from greenswitch.esl import NotConnectedError

from esl_bridge.errors import SwitchError, SwitchRefused, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.commands import Command, ReplyHandler
from esl_bridge.esl.frames import BadEslFrame, EslFrame, EslFrameReader
from esl_bridge.esl.refusals import refusal
from esl_bridge.runtime.send_buffer import SendBuffer

_CHUNK = 64 * 1024  # bytes
_READABLE = 1  # of libev's READ 1 and WRITE 2
_MAX_UNSENT = 1024 * 1024  # bytes of commands that the switch has not read


class _PendingCommand:
    """A command that was sent. It keeps its place after its deadline, so that its late reply is
    dropped and not taken for the next command's."""

    __slots__ = ("_deadline", "_then")

    def __init__(self, then: ReplyHandler, seconds: float) -> None:
        self._then: ReplyHandler | None = then
        self._deadline = gevent.get_hub().loop.timer(seconds)
        self._deadline.start(self._time_out)

    def _time_out(self) -> None:
        self.answer(SwitchTimedOut("no reply"))

    def answer(self, outcome: str | SwitchError) -> None:
        then, self._then = self._then, None
        self._deadline.close()
        if then is not None:
            then(outcome)


_TURNED_AWAY = "(event socket's apply-inbound-acl; see docs: switch.daemon_networks, reloadacl)"


class SwitchLink(greenswitch.InboundESL):  # type: ignore[misc]  # greenswitch has no types
    """A link for one use: connect, run commands from any greenlet, stop.

    :param user: ``user@domain`` of the switch's directory; None logs in by the password alone.
    :param timeout: seconds for the connection and the login together, and for a link that takes no
    bytes. :param on_event: receives each event's JSON in order, in the event loop; must not wait.
    :param on_lost: called once when a link that had connected ends, for whatever reason; must not
    wait. ``lost_because`` gives the reason. :raises ValueError: a user or password with blanks or
    control characters, which would change the line that they are sent in.
    """

    def __init__(
        self,
        host: str,
        port: int,
        password: str,
        user: str | None = None,
        timeout: float = 5.0,
        on_event: Callable[[bytes], None] | None = None,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(host, port, password, timeout)
        self._login = (
            f"userauth {_word(user)}:{_word(password)}" if user else f"auth {_word(password)}"
        )
        self._refused = (
            f"the switch refuses {user}: another password, or not there yet (render, reloadxml)"
            if user
            else "the switch refuses the password of its event socket"
        )
        self._commands_sent: deque[_PendingCommand] = deque()  # answered strictly in order
        self._on_lost = on_lost
        self.sock: Any = None  # the base makes it in connect
        self.connected: bool = False
        self.lost_because = ""
        if on_event:
            self.register_handle("text/event-json", on_event)

    def connect(self) -> None:
        """Connect and log in.

        :raises SwitchUnavailable: nobody listens, the connection is refused, or ``timeout``
        expires. :raises SwitchRefused: wrong user or password.
        """
        done = False
        try:
            with gevent.Timeout(self.timeout, SwitchUnavailable("no answer to connect and login")):
                super().connect()
            done = True
        except (OSError, NotConnectedError) as error:
            raise SwitchUnavailable(self.lost_because or str(error)) from error
        finally:
            if not done:
                self.stop()

    def authenticate(self) -> None:
        try:
            self.send(self._login)
        except SwitchRefused as refused:
            raise SwitchRefused(f"{self._refused}: {refused.reply}") from None

    def send_command(self, command: Command, seconds: float, then: ReplyHandler) -> None:
        """``then`` is given the reply's text without the line feed that ends it, or what ``run``
        raises; never before this returns."""
        self._post(command.line(), seconds, then, command.headers)

    def run(self, command: Command, seconds: float) -> str:
        """Return the reply's text without the line feed that ends it.

        :raises SwitchRefused: the reply begins with ``-ERR`` or ``-USAGE``.
        :raises SwitchTimedOut: no reply in ``seconds``; the switch may do the command still.
        :raises SwitchUnavailable: the link is down, or went down before the reply came.
        """
        return self.send(command.line(), seconds, command.headers)

    def subscribe(self, events: str) -> None:
        """Have the events named in ``events`` (blank-separated) sent as JSON from now on."""
        self.send(f"event json {events}")

    def _post(
        self, line: str, seconds: float, then: ReplyHandler, headers: tuple[str, ...] = ()
    ) -> None:
        if not all(each and each.isprintable() for each in (line, *headers)):
            raise ValueError("control character in a command")
        if not self.connected:
            gevent.get_hub().loop.run_callback(then, SwitchUnavailable(self.lost_because))
            return
        self._commands_sent.append(_PendingCommand(then, seconds))
        self._send_buffer.send("".join(f"{each}\n" for each in (line, *headers, "")).encode())

    def nudge(self) -> None:
        """Wake the switch's listener, which otherwise polls for events only every 20 ms.

        A bare line feed is no command and has no reply.
        """
        if self.connected and self._send_buffer.empty:
            self._send_buffer.send(b"\n")

    @property
    def is_asked(self) -> bool:
        """Whether a reply is outstanding."""
        return bool(self._commands_sent)

    def stop(self) -> None:
        """End the link; pending commands get SwitchUnavailable."""
        self.lose("stopped")
        if self.sock:  # even if it never became a link
            self.sock.close()

    def lose(self, why: str) -> None:
        """End the link; the first reason given is kept."""
        if not self.connected:
            return
        self.connected = False
        self.lost_because = why
        self._auth_request_event.set()  # frees a connect that waits for it
        run_soon = gevent.get_hub().loop.run_callback  # once everybody knows that the link is gone
        while self._commands_sent:
            run_soon(self._commands_sent.popleft().answer, SwitchUnavailable(why))
        self._readable.stop()
        self._readable.close()
        self._send_buffer.cut()
        self.sock_file.close()
        self.sock.close()
        if self._on_lost:
            self._on_lost()

    def start_event_handlers(self) -> None:
        """Called by the base class once the socket is connected: no queue, handlers run in
        place."""
        self._send_buffer = SendBuffer(
            self.sock,
            max_bytes=_MAX_UNSENT,
            max_seconds=self.timeout,
            on_stuck=lambda: self.lose("the switch does not read"),
        )
        self._reader = EslFrameReader()
        self._readable = gevent.get_hub().loop.io(self.sock.fileno(), _READABLE)
        self._readable.start(self.receive_events)
        self.sock.settimeout(0.0)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        unheard = int(self.timeout * 2000)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unheard)

    def receive_events(self) -> None:
        """Called by the event loop each time that something has come, and after a piece of a flood
        others have their turn: a greenlet that waits for it would take twice the time."""
        goes_on, why = False, "what came could not be taken"
        try:
            goes_on = self._take_piece()
        except (OSError, BadEslFrame) as error:
            why = str(error)
        finally:  # also after an unexpected error
            if not goes_on:
                self.lose(why)

    def _take_piece(self) -> bool:
        try:
            data = self.sock.recv(_CHUNK)
        except BlockingIOError:
            return True
        if not data:
            raise ConnectionAbortedError("the switch closed the connection")
        for frame in self._reader.feed(data):
            self.handle_event(frame)
            if not self.connected:
                return False
        return True

    def handle_event(self, frame: EslFrame) -> None:
        kind = frame.headers.get("Content-Type", "")
        if kind in ("command/reply", "api/response"):
            self._answer(frame)
        elif kind == "auth/request":
            self._auth_request_event.set()
        elif kind in ("text/disconnect-notice", "text/rude-rejection"):
            said = frame.body.decode(errors="replace").strip() or kind
            turned_away = kind == "text/rude-rejection"
            raise ConnectionAbortedError(f"{said} {_TURNED_AWAY}" if turned_away else said)
        else:
            for handler in self.event_handlers.get(kind, ()):
                handler(frame.body)

    def _answer(self, frame: EslFrame) -> None:
        if not self._commands_sent:
            raise BadEslFrame("a reply that nobody asked for")
        self._commands_sent.popleft().answer(_outcome(frame))

    def send(self, line: str, seconds: float | None = None, headers: tuple[str, ...] = ()) -> str:
        """Send one line, with those that belong to it, and wait for its reply; ``seconds`` defaults
        to the link's ``timeout``."""
        reply: AsyncResult[str | SwitchError] = AsyncResult()
        self._post(line, seconds or self.timeout, reply.set, headers)
        outcome = reply.get()
        if isinstance(outcome, SwitchError):
            raise outcome
        return cast(str, outcome)


def _outcome(reply: EslFrame) -> str | SwitchError:
    # An api command that the user may not run is refused by a command/reply.
    text: str = reply.body.decode(errors="replace") or reply.headers.get("Reply-Text", "")
    if text.startswith(("-ERR", "-USAGE")):
        return refusal(text.strip())
    return text.removesuffix("\n")


def _word(text: str) -> str:
    if not text or not text.isprintable() or " " in text:
        raise ValueError("blanks or control characters in the switch's user or password")
    return text
