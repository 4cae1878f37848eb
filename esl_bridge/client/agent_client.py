"""An agent that is signed in, and the gateway through which it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from ssl import SSLContext
from types import TracebackType
from typing import Any, Literal, TypeAlias, TypedDict, Unpack, overload

from esl_bridge.client.actions import ClientAction
from esl_bridge.client.client_call import ClientCall, LegOptions
from esl_bridge.client.errors import AnswerLost, ClientError, TimedOut
from esl_bridge.client.handlers import Event, Handler
from esl_bridge.client.link import Link
from esl_bridge.client.session import (
    SHOWN_SECONDS,
    CheckIn,
    ClientSession,
    LinkState,
    Password,
    SignedOut,
)
from esl_bridge.client.team import Directory, Team
from esl_bridge.client.transports import Message
from esl_bridge.protocol.messages import AgentView, Gap, KickOff

Manual: TypeAlias = Literal["FREE", "BUSY", "REST", "ARRANGE"]
Next: TypeAlias = Literal["FREE", "BUSY", "REST", "OFFLINE"]
Force: TypeAlias = Literal["FREE", "BUSY", "RESET", "CHECKOUT"]

_OUT_LINES = {"agent": 0, "outside": 1, "room": 2}
_NEXT = {
    "FREE": "MAKE_FREE_AFTER_CALL_STOP",
    "BUSY": "MAKE_BUSY_AFTER_CALL_STOP",
    "REST": "MAKE_REST_AFTER_CALL_STOP",
    "OFFLINE": "CHECKOUT_AFTER_CALL_STOP",
    None: "CANCEL_AFTER_CALL_STOP",
}
_FORCE = {
    "FREE": "FORCE_MAKE_FREE",
    "BUSY": "FORCE_MAKE_BUSY",
    "RESET": "FORCE_RESET",
    "CHECKOUT": "FORCE_CHECKOUT",
}
_SIGN_IN_SECONDS = 30.0


class SignIn(TypedDict, total=False):
    """How an agent signs in.

    ``password``: the agent's, or a function that asks for it; it is needed again where the token
    has had its time. ``session``: what ``AgentClient.session`` was before a restart of this
    program, in its place. ``take``: take the agent over from another client, with its state and
    call; ``reset``: end its calls. ``status``: the state to begin in. ``os``: what others are shown
    of this client. ``on``: handlers that are there from the beginning, by their event.
    """

    password: Password
    session: Mapping[str, Any]
    take: bool
    reset: bool
    status: Manual
    os: str
    on: Mapping[Event, Handler]


class AgentClient:
    """One agent, signed in. All methods may be called from any thread, and from handlers.

    Those that ask for something return when it is so, by what the switch has shown. They raise
    Refused where the service refuses, AnswerLost where the connection broke before its answer, and
    NotConnected where nothing could be sent.
    """

    def __init__(self, link: Link, company: str, agent: str, how: SignIn) -> None:
        self.company = company
        self.id = agent
        self._link = link
        self._session = ClientSession(
            link,
            (company, agent),
            how.get("os", "Python"),
            how.get("password"),
            lambda uuid: ClientCall(self._session, uuid),
        )
        self._session.resume_from(how.get("session") or {})
        for event, handler in how.get("on", {}).items():
            self._session.handlers.add(event, handler)

    def __enter__(self) -> AgentClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Sign out; where the connection is down, the service does after the grace time."""
        try:
            self.sign_out()
        except ClientError:
            self.close()

    def __repr__(self) -> str:
        return f"<AgentClient {self.id} {self.link}>"

    # -- what it is -----------------------------------------------------------------------------

    @property
    def snapshot(self) -> AgentView:
        """All there is to show of the agent, as the service sees it; it never changes, a new one
        replaces it."""
        return self._session.whole()

    @property
    def current_call(self) -> ClientCall | None:
        return self._session.current_call()

    @property
    def link(self) -> LinkState:
        """``down``: it comes back by itself; ``elsewhere``: another client has the agent;
        ``closed``: for good."""
        return self._session.state

    @property
    def checkin(self) -> Mapping[str, Any]:
        """The last reply to ``checkin``: ``ext_id``, ``sip_address``, ``dispositions``, ..."""
        return self._session.checkin

    @property
    def session(self) -> Mapping[str, Any]:
        """What signs the agent in again after a restart of this program, with all that it missed:
        ``token``, ``epoch`` and ``seq`` of the last push, the uuid of the ``call``. As secret as a
        password."""
        session, call = self._session, self.current_call
        seen = {"epoch": session.epoch, "seq": session.seq} if session.epoch else {}
        return {"token": session.token} | seen | ({"call": call.uuid} if call is not None else {})

    @property
    def server_ms(self) -> float:
        """The service's clock, in the milliseconds of the snapshot's times."""
        return self._session.server_ms

    # -- being told -----------------------------------------------------------------------------

    @overload
    def on(
        self, event: Literal["change", "resumed"], handler: Callable[[AgentView], object]
    ) -> Callable[[], None]: ...
    @overload
    def on(
        self, event: Literal["offered", "ended"], handler: Callable[[ClientCall], object]
    ) -> Callable[[], None]: ...
    @overload
    def on(
        self, event: Literal["link"], handler: Callable[[LinkState], object]
    ) -> Callable[[], None]: ...
    @overload
    def on(self, event: Literal["gap"], handler: Callable[[Gap], object]) -> Callable[[], None]: ...
    @overload
    def on(
        self, event: Literal["kicked"], handler: Callable[[KickOff], object]
    ) -> Callable[[], None]: ...
    @overload
    def on(
        self, event: Literal["signed_out"], handler: Callable[[SignedOut], object]
    ) -> Callable[[], None]: ...
    @overload
    def on(
        self, event: Literal["directory"], handler: Callable[[Directory], object]
    ) -> Callable[[], None]: ...
    @overload
    def on(
        self, event: Literal["team"], handler: Callable[[Team], object]
    ) -> Callable[[], None]: ...
    @overload
    def on(
        self, event: Literal["push"], handler: Callable[[Any], object]
    ) -> Callable[[], None]: ...
    def on(self, event: Event, handler: Handler) -> Callable[[], None]:
        """Have a function called whenever this happens; gives what ends that.

        The functions of one agent are called one after another, in a thread of their own, in the
        order of what happened:

        - ``change``: there is a new snapshot
        - ``offered``: a call came that the agent did not ask for; once a call, also where it was
          missed while the connection was down
        - ``ended``: a call is over; ``call.ended_as`` says how
        - ``link``: the state of the link has changed
        - ``resumed``: the connection was lost and is back, and all that was missed has been told
        - ``gap``: pushes are lost for good; the snapshot is right all the same
        - ``kicked``: another client has the agent now; this one does not come back by itself
        - ``signed_out``: the agent is OFFLINE, or may not come back
        - ``directory``, ``team``: they have changed
        - ``push``: each push of the protocol, once
        """
        off = self._session.handlers.add(event, handler)
        if event == "offered":
            self._session.tell_ringing()
        return off

    def until(self, is_so: Callable[[AgentView], bool], timeout: float | None = None) -> AgentView:
        """Wait until a snapshot is such, and give it; raises TimedOut."""
        with self._session.watching() as watch:
            return watch(is_so, timeout)

    def wait_up(self, timeout: float | None = None) -> None:
        """Wait until the link is up; raises TimedOut, or NotConnected where it never will be."""
        self._session.wait_up(timeout)

    # -- doing ----------------------------------------------------------------------------------

    def call(
        self,
        number: str,
        kind: Literal["outside", "agent", "room"] = "outside",
        *,
        work_order_id: str | None = None,
        **options: Unpack[LegOptions],
    ) -> ClientCall:
        """Call somebody; returns once the call has begun, and the agent's own phone is rung."""
        fields = {"callee_number": number, "out_line": _OUT_LINES[kind]}
        return self._set_up("call", fields | {"work_order_id": work_order_id} | options)[0]

    def set_status(self, status: Manual, rest_minutes: int | None = None) -> None:
        """Change the agent's state, outside a call."""
        self._session.ask_until(
            lambda view: view.status == status,
            "change_status",
            {"action": f"MAKE_{status}", "rest_min": rest_minutes},
        )

    def set_next(self, status: Next | None, rest_minutes: int | None = None) -> None:
        """In a call: the state after it; None takes that back."""
        self._session.ask_until(
            lambda view: view.next == status or view.call is None,
            "change_status",
            {"action": _NEXT[status], "rest_min": rest_minutes},
        )

    def set_service_mode(self, mode: Literal[1, 2]) -> None:
        """1: queues offer callers; 2: they do not, for outbound work."""
        self.request("toggle_service_mode", service_mode=mode)

    def directory(self) -> Directory:
        """Whom the agent can reach; kept up to date from the first time on."""
        session = self._session
        if session.directory is None:
            session.ask("directory", {}, then=session.take_directory)
        assert session.directory is not None
        return session.directory

    # -- a supervisor's -------------------------------------------------------------------------

    def team(self) -> Team:
        """All agents and queues of the company; kept up to date from the first time on."""
        session = self._session
        if session.team is None:
            session.ask("team_status", {}, then=session.take_team)
        assert session.team is not None
        return session.team

    def listen(self, agent: str) -> ClientCall:
        """Hear an agent's call, heard by nobody; returns once the supervisor hears. Of the same
        agent, one may go from one of ``listen``, ``whisper`` and ``barge`` to another."""
        return self._supervise("eavesdrop", agent)

    def whisper(self, agent: str) -> ClientCall:
        """Hear an agent's call, and be heard by the agent alone."""
        return self._supervise("whisper", agent)

    def barge(self, agent: str) -> ClientCall:
        """Join an agent's call: all hear all."""
        return self._supervise("force_call", agent)

    def take_over(self, agent: str) -> ClientCall:
        """Take the call over that rings at an agent, or that it is in; returns once it is so."""
        return self._supervise("substitute", agent)

    def interrupt(self, agent: str) -> None:
        """End an agent's whole call; returns once it has ended."""
        action = ClientAction("interrupt_call")
        self._session.ask("interrupt_call", self._operated(agent), action)
        action.ended.result()

    def force(self, agent: str, what: Force) -> None:
        """Change another agent's state: FREE and BUSY after its call, where it is in one; RESET
        makes it BUSY and CHECKOUT offline, at once."""
        self.request("change_status", action=_FORCE[what], **self._operated(agent))

    # -- the link -------------------------------------------------------------------------------

    def wake(self) -> None:
        """The network may be back: connect at once, or make sure that the connection is alive."""
        self._link.wake()

    def take_back(self, password: str | None = None) -> None:
        """Take the agent back from the client that has it, because its user asks for that."""
        if password is not None:
            self._session.password = password
        self._session.begin_anew()
        self._sign_in("elsewhere", take=True)

    def sign_out(self) -> None:
        """Check out, which ends the agent's calls, and close."""
        if self.link == "up":
            with suppress(AnswerLost):  # that it is OFFLINE may be told first, and closes the link
                self._session.ask("checkout", {})
        self.close()

    def close(self) -> None:
        """Leave the connection without a checkout: the service gives the agent its grace time."""
        self._session.leave("closed")
        self._link.release()

    def request(self, msg_type: str, **fields: Any) -> Message:
        """Any request of the protocol, as it is; gives its successful reply."""
        return self._session.ask(msg_type, fields)

    def _sign_in(self, otherwise: LinkState, **how: Any) -> None:
        session = self._session
        self._link.add(session)
        try:
            self._link.connect()
            attempt = CheckIn(how)
            session.check_in(attempt)
            attempt.done.result(_SIGN_IN_SECONDS)
        except BaseException as error:
            session.leave(otherwise)
            self._link.release()
            if isinstance(error, TimeoutError) and not isinstance(error, ClientError):
                raise TimedOut("checkin: no answer") from error
            raise

    def _set_up(self, msg_type: str, fields: dict[str, Any]) -> tuple[ClientCall, ClientAction]:
        """A request whose reply names the agent's own leg."""
        action, calls = ClientAction(msg_type), list[ClientCall]()
        self._session.ask(
            msg_type,
            fields,
            action,
            then=lambda reply: calls.append(self._session.call_of(reply["uuid"])),
        )
        return calls[0], action

    def _supervise(self, msg_type: str, agent: str) -> ClientCall:
        call, action = self._set_up(msg_type, self._operated(agent))
        action.started.result()
        with self._session.watching() as watch:
            watch(lambda view: view.status == "CALLING" or call.is_over, SHOWN_SECONDS)
        return call

    def _operated(self, agent: str) -> dict[str, str]:
        """The agent, and its extension, which the protocol wants as well."""
        extensions = {one.agent_id: one.ext_id for one in self.team().agents}
        return {"operated_agent_id": agent, "operated_ext_id": extensions.get(agent) or agent}


class Gateway:
    """One connection for any number of agents. ``url``: ``ws://host:port/agent``, ``wss://...``,
    ``tcp://host:port`` or ``tls://...`` (the listener of gateways)."""

    def __init__(
        self, url: str, *, ssl: SSLContext | None = None, proxy: str | None = None
    ) -> None:
        self._link = Link(url, ssl, proxy)

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def sign_in(self, *, company: str, agent: str, **how: Unpack[SignIn]) -> AgentClient:
        """Sign an agent in; raises Refused, AnswerLost, NotConnected, TimedOut."""
        signed_in = AgentClient(self._link, company, agent, how)
        signed_in._sign_in(
            "closed", take=how.get("take"), reset=how.get("reset"), start_status=how.get("status")
        )
        return signed_in

    def wake(self) -> None:
        """As ``AgentClient.wake``."""
        self._link.wake()

    def close(self) -> None:
        """Close the connection; its agents have their grace time."""
        for session in self._link.sessions():
            session.leave("closed")
        self._link.release()


def sign_in(
    url: str,
    *,
    company: str,
    agent: str,
    ssl: SSLContext | None = None,
    proxy: str | None = None,
    **how: Unpack[SignIn],
) -> AgentClient:
    """Sign one agent in, on a connection of its own; as a context manager it signs out at the
    end."""
    return Gateway(url, ssl=ssl, proxy=proxy).sign_in(company=company, agent=agent, **how)
