"""What the service has told of one agent, and how the agent comes back to it."""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from esl_bridge.client.actions import ClientAction
from esl_bridge.client.errors import (
    AnswerLost,
    ClientError,
    Code,
    NotConnected,
    Refused,
    TimedOut,
)
from esl_bridge.client.handlers import Handlers
from esl_bridge.client.team import Directory, Team
from esl_bridge.client.transports import Message
from esl_bridge.domain.call_phase import CallPhase
from esl_bridge.protocol.messages import (
    AgentCall,
    AgentChange,
    AgentView,
    AgentViewChange,
    Callback,
    Callin,
    Connect,
    DirectoryChange,
    Gap,
    KickOff,
    TeamChange,
)

if TYPE_CHECKING:
    from esl_bridge.client.client_call import ClientCall
    from esl_bridge.client.link import Link

log = logging.getLogger("esl_bridge.client")

LinkState: TypeAlias = Literal["up", "down", "elsewhere", "closed"]
Password: TypeAlias = str | Callable[[], str]
Pushed: TypeAlias = (
    AgentChange | AgentViewChange | Callback | Callin | DirectoryChange | KickOff | TeamChange
)

SHOWN_SECONDS = 10.0
"""How long to wait for the snapshot to show what the service has said is done."""
_PATIENCE = 2.0  # seconds, after which it is asked whether the connection is alive
_REPLY_SECONDS = 28.0  # after those
_AT_WORK = ("RINGING", "CALLING")
_WRONG_PASSWORD, _NO_PHONE = "4004", "4011"
_LATER = (_NO_PHONE, "5300", "5301", "5302", "5303", "9999")
"""Refusals of a check-in that may be over soon."""
_ENDED_KEPT = 16
_LATER_SECONDS = (1.0, 3.0)


class SignedOut(msgspec.Struct, frozen=True):
    """Why an agent is no longer signed in. ``code`` "0": it is OFFLINE, ``msg`` is the reason that
    the service gave (``FORCE_CHECKOUT:...``), "" for its own wish; else the code for which its
    return was refused for good."""

    code: Code
    msg: str


class CheckIn:
    """One attempt, perhaps by token and then by password. ``fields``: of the request, besides the
    credentials; ``done`` once all that was missed has been taken."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields
        self.done: Future[None] = Future()


class ClientSession:
    """``new_call`` makes the object of a call that the session has not seen before."""

    def __init__(
        self,
        link: Link,
        key: tuple[str, str],
        os: str,
        password: Password | None,
        new_call: Callable[[str], ClientCall],
    ) -> None:
        self.key = key
        self.envelope = {"company_code": key[0], "agent_id": key[1], "os": os}
        self.password = password
        self.token: str | None = None
        self.epoch, self.seq = "", 0
        self.state: LinkState = "down"
        self.snapshot: AgentView | None = None
        self.checkin: Mapping[str, Any] = {}
        self.directory: Directory | None = None
        self.team: Team | None = None
        self.handlers = Handlers()
        self.calls: dict[str, ClientCall] = {}
        self._ended: deque[ClientCall] = deque(maxlen=_ENDED_KEPT)
        self._link = link
        self._lock = link.lock
        self._new_call = new_call
        self._actions: dict[str, ClientAction] = {}
        self._watchers: list[SimpleQueue[AgentView | None]] = []
        self._clock_ms = 0.0  # the server's, less our own
        self._has_been_up = False
        self._is_catching_up = False

    @property
    def is_alive(self) -> bool:
        return self.state in ("up", "down")

    @property
    def comes_back(self) -> bool:
        """Whether a new connection is wanted for it."""
        return self.is_alive and self._has_been_up

    @property
    def server_ms(self) -> float:
        return monotonic() * 1000 + self._clock_ms

    def whole(self) -> AgentView:
        """The snapshot of an agent that has signed in."""
        assert self.snapshot is not None
        return self.snapshot

    def current_call(self) -> ClientCall | None:
        with self._lock:
            shown = self.snapshot.call if self.snapshot is not None else None
            return self.calls.get(shown.uuid) if shown is not None else None

    def resume_from(self, session: Mapping[str, Any]) -> None:
        """As the client before this one left it."""
        self.token = session.get("token")
        self.epoch, self.seq = session.get("epoch", ""), session.get("seq", 0)
        if "call" in session:
            self.call_of(session["call"]).was_told = True

    def wait_up(self, seconds: float | None) -> None:
        with self._lock:
            if not self._link.changed.wait_for(lambda: self.state != "down", seconds):
                raise TimedOut("the link is down")
        if self.state != "up":
            raise NotConnected(f"the link is {self.state}")

    # -- asking ---------------------------------------------------------------------------------

    def ask(
        self,
        msg_type: str,
        fields: Mapping[str, Any],
        action: ClientAction | None = None,
        then: Callable[[Message], None] | None = None,
    ) -> Message:
        """The successful reply; raises Refused, AnswerLost, NotConnected, TimedOut. ``action``: the
        action that the request begins. ``then`` is told the reply before any later push is
        taken."""
        if self.state != "up":
            raise NotConnected(f"{msg_type}: the link is {self.state}")
        begun: list[str] = []

        def begin(req_id: str) -> None:
            if action is not None:
                begun.append(req_id)
                self._actions[req_id] = action

        reply = self._link.send(self, msg_type, fields, begin, then)
        try:
            return self._answer(reply, msg_type)
        except ClientError:
            for req_id in begun:
                self._actions.pop(req_id, None)
            raise

    def _answer(self, reply: Future[Message], msg_type: str) -> Message:
        try:
            try:
                message = reply.result(_PATIENCE)
            except TimeoutError:
                self._link.make_sure()
                message = reply.result(_REPLY_SECONDS)
        except TimeoutError as late:
            raise TimedOut(f"{msg_type}: no answer") from late
        if message["code"] != "0":
            raise _refusal(message)
        return message

    def ask_until(
        self, is_so: Callable[[AgentView], bool], msg_type: str, fields: Mapping[str, Any]
    ) -> Message:
        """Ask, and wait until a snapshot shows it, however briefly."""
        with self.watching() as watch:
            reply = self.ask(msg_type, fields)
            watch(is_so, SHOWN_SECONDS)
            return reply

    @contextmanager
    def watching(
        self,
    ) -> Iterator[Callable[[Callable[[AgentView], bool], float | None], AgentView]]:
        """Gives a function that waits until one of the snapshots from now on is such, missing
        none."""
        snapshots: SimpleQueue[AgentView | None] = SimpleQueue()
        with self._lock:
            snapshots.put(self.snapshot if self.is_alive else None)
            self._watchers.append(snapshots)

        def watch(is_so: Callable[[AgentView], bool], seconds: float | None) -> AgentView:
            ends = None if seconds is None else monotonic() + seconds
            while True:
                left = None if ends is None else max(0.0, ends - monotonic())
                try:
                    snapshot = snapshots.get(timeout=left)
                except Empty:
                    raise TimedOut("it did not come to be so") from None
                if snapshot is None:
                    raise NotConnected(f"the link is {self.state}")
                if is_so(snapshot):
                    return snapshot

        try:
            yield watch
        finally:
            with self._lock:
                self._watchers.remove(snapshots)

    # -- signing in -----------------------------------------------------------------------------

    def check_in(self, attempt: CheckIn) -> None:
        """Begin to, by the token where there is one. Raises NotConnected."""
        fields = {"want": ["desk"], **attempt.fields}
        if self.token is None:
            fields["agent_pwd"] = self.password() if callable(self.password) else self.password
        else:
            fields["token"] = self.token
            if self.epoch:
                fields |= {"epoch": self.epoch, "seq": self.seq}
        self._link.send(self, "checkin", fields, done=lambda reply: self._judge(reply, attempt))

    def come_back(self, attempt: CheckIn | None = None) -> None:
        """There is a connection again, or what refused the last attempt may be over."""
        attempt = attempt or CheckIn({})

        def try_it() -> None:
            try:
                if self.state != "down":
                    raise NotConnected(f"the link is {self.state}")
                self.check_in(attempt)
            except NotConnected as lost:  # the next connection brings the next try
                attempt.done.set_exception(lost)

        if self.token is None:  # its user may have to be asked
            threading.Thread(target=try_it, daemon=True).start()
        else:
            try_it()

    def _judge(self, reply: Future[Message], attempt: CheckIn) -> None:
        """The check-in is answered; called where messages are taken."""
        if (lost := reply.exception()) is not None:
            attempt.done.set_exception(lost)
            return
        if not self.is_alive:
            attempt.done.set_exception(NotConnected(f"the link is {self.state}"))
            return
        message = reply.result()
        if message["code"] != "0":
            self._judge_refusal(message, attempt)
            return
        self.token, self.checkin = message["token"], message
        self._is_catching_up = True
        self._show(msgspec.convert(message["desk"], AgentView))
        # What was missed follows the reply, and the answer to this follows that.
        self._link.send(self, "ping", {}, done=lambda pong: self._caught_up(pong, attempt))

    def _judge_refusal(self, message: Message, attempt: CheckIn) -> None:
        code = message["code"]
        if code == _WRONG_PASSWORD and self.token is not None and self.password is not None:
            self.token = None  # it has had its time
            self.come_back(attempt)
            return
        attempt.done.set_exception(_refusal(message))
        if self.comes_back and code in _LATER:
            later = threading.Timer(random.uniform(*_LATER_SECONDS), self.come_back)
            later.daemon = True
            later.start()
        elif self.comes_back:
            self.leave("closed", SignedOut(code, message["msg"]))

    def _caught_up(self, pong: Future[Message], attempt: CheckIn) -> None:
        if (lost := pong.exception()) is not None:
            attempt.done.set_exception(lost)
            return
        self._is_catching_up = False
        self._settle_calls(over_unless_shown=True)
        self._link.is_well()
        self._become("up")
        if self._has_been_up:
            self.handlers.emit("resumed", self.snapshot)
            self._subscribe_again()
        self._has_been_up = True
        attempt.done.set_result(None)

    def _subscribe_again(self) -> None:
        if self.directory is not None:
            self._link.send(self, "directory", {}, then=self.take_directory)
        if self.team is not None:
            self._link.send(self, "team_status", {}, then=self.take_team)

    # -- the end of the link --------------------------------------------------------------------

    def lost(self) -> None:
        """The connection has broken."""
        if self.state == "up":
            self._become("down")
        self._is_catching_up = False

    def leave(self, state: LinkState, why: SignedOut | None = None) -> None:
        """The agent is no longer here; nothing that waits can come to be so."""
        with self._lock:
            if self.state in (state, "closed"):
                return
            self._become(state)
            gone = NotConnected(f"the link is {state}")
            for action in self._actions.values():
                action.lose(gone)
            self._actions.clear()
            for call in self.calls.values():
                call.lose(gone)
            self.calls.clear()
            for watcher in self._watchers:
                watcher.put(None)
            if why is not None:
                self.handlers.emit("signed_out", why)
            if state == "closed":
                self.handlers.close()
        if state == "closed":
            self._link.remove(self)

    def begin_anew(self) -> None:
        """After another client has had the agent, with whose pushes this one has nothing to do."""
        with self._lock:
            if self.state != "elsewhere":
                raise NotConnected(f"the link is {self.state}, not elsewhere")
            self.state, self._has_been_up, self.epoch = "down", False, ""
            if self.password is not None:
                self.token = None

    def _become(self, state: LinkState) -> None:
        if state != self.state:
            self.state = state
            self._link.changed.notify_all()
            self.handlers.emit("link", state)

    # -- what comes -----------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """A push. One of a kind that is not known yet is passed over, as the protocol asks."""
        try:
            push = msgspec.convert(message, Pushed | Gap | Connect)
        except msgspec.ValidationError as error:
            log.warning("a push was not understood: %s", error)
            return
        match push:
            case Connect():
                pass
            case KickOff():
                self.handlers.emit("kicked", push)
                self.leave("elsewhere")
            case Gap():
                self._miss(push)
            case _ if push.epoch == self.epoch and push.seq <= self.seq:
                pass  # sent again
            case _:
                self.epoch, self.seq = push.epoch, push.seq
                self._apply(push)
                self.handlers.emit("push", push)

    def _miss(self, gap: Gap) -> None:
        self.epoch, self.seq = gap.epoch, gap.to_seq
        for action in self._actions.values():  # its end may have been among what is lost
            action.lose(AnswerLost(action.msg_type))
        self._actions.clear()
        self.handlers.emit("gap", gap)

    def _apply(self, push: Pushed) -> None:
        match push:
            case AgentViewChange():
                self._show(push.view)
            case Callin():
                self.call_of(push.uuid).offer(push)
            case Callback():
                self._advance(push)
            case AgentChange():
                self._change_status(push)
            case DirectoryChange() if self.directory is not None:
                self.directory = self.directory.changed(push)
                self.handlers.emit("directory", self.directory)
            case TeamChange() if self.team is not None:
                self.team = self.team.changed(push)
                self.handlers.emit("team", self.team)

    def _advance(self, push: Callback) -> None:
        action = self._actions.get(push.req_id)
        if action is not None and action.advance(push):
            del self._actions[push.req_id]
        call = self.calls.get(push.uuid or "")
        is_over = call is not None and call.advance(push) and not call.was_shown
        if is_over and not self._is_catching_up:
            self._settle_calls()

    def _change_status(self, push: AgentChange) -> None:
        if push.last_agent_status in _AT_WORK and push.agent_status not in _AT_WORK:
            for call in self.calls.values():
                if push.uuid in (None, call.uuid):
                    call.note_reason(push.reason or "")
        if push.agent_status == "OFFLINE" and not self._is_catching_up:
            snapshot = self.whole()
            self._show(
                replace(
                    snapshot,
                    status="OFFLINE",
                    sub_status=None,
                    stage=CallPhase.MANUAL,
                    call=None,
                    next=None,
                )
            )
            self.leave("closed", SignedOut("0", push.reason or ""))

    def take_directory(self, reply: Message) -> None:
        self.directory = msgspec.convert(reply, Directory)
        self.handlers.emit("directory", self.directory)

    def take_team(self, reply: Message) -> None:
        self.team = msgspec.convert(reply, Team)
        self.handlers.emit("team", self.team)

    # -- the snapshot and the calls -------------------------------------------------------------

    def _show(self, view: AgentView) -> None:
        if view.call is not None:
            view = replace(view, call=self._with_flow_data(view.call))
        self._clock_ms = view.now_ms - monotonic() * 1000
        self.snapshot = view
        if view.call is not None:
            call = self.call_of(view.call.uuid)
            call.show(view.call)
            if view.call.direction == "inbound" and (
                self._has_been_up or view.stage == "RINGING_OFFERED"
            ):
                self.tell_offered(call)
        for watcher in self._watchers:
            watcher.put(view)
        if not self._is_catching_up:
            self._settle_calls()
        self.handlers.emit("change", view)

    def _with_flow_data(self, call: AgentCall) -> AgentCall:
        """A view that does not repeat them has them as the last did."""
        if call.flow_data is not msgspec.UNSET:
            return call
        last = self.snapshot.call if self.snapshot is not None else None
        known = last is not None and last.uuid == call.uuid
        return replace(call, flow_data=last.flow_data if last is not None and known else None)

    def call_of(self, uuid: str) -> ClientCall:
        """The object of the agent's leg. One that has ended may be shown once more, by a service
        that was killed before it had written that down."""
        if uuid not in self.calls:
            ended = next((call for call in self._ended if call.uuid == uuid), None)
            self.calls[uuid] = ended or self._new_call(uuid)
        return self.calls[uuid]

    def tell_ringing(self) -> None:
        """Somebody listens, from now on."""
        with self._lock:
            call = self.current_call()
            if call is not None and self.whole().stage == "RINGING_OFFERED":
                self.tell_offered(call)

    def tell_offered(self, call: ClientCall) -> None:
        """Once a call, and not before somebody listens."""
        if not call.was_told and self.handlers.wants("offered"):
            call.was_told = True
            self.handlers.emit("offered", call)

    def _settle_calls(self, *, over_unless_shown: bool = False) -> None:
        """End the calls that the snapshot shows no longer. One that it has never shown is about to
        be, but after an absence."""
        shown = self.snapshot.call.uuid if self.snapshot and self.snapshot.call else None
        over = [
            call
            for uuid, call in self.calls.items()
            if uuid != shown and (call.was_shown or call.has_left or over_unless_shown)
        ]
        for call in over:
            del self.calls[call.uuid]
            if call.is_over:
                continue
            call.end()
            self._ended.append(call)
            if call.direction == "inbound":
                self.tell_offered(call)
            self.handlers.emit("ended", call)


def _refusal(message: Message) -> Refused:
    return Refused(message["code"], message["msg"], message["msg_type"], message)
