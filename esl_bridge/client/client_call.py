"""An agent's call, as an object that does what it is told and says when it is so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, TypeVar, Unpack

from msgspec import Struct

from esl_bridge.client.actions import ClientAction, failure
from esl_bridge.client.errors import CallFailed, ClientError, Code, Refused, TimedOut
from esl_bridge.client.session import SHOWN_SECONDS
from esl_bridge.protocol.messages import AgentCall, AgentView, Callback, Callin

if TYPE_CHECKING:
    from esl_bridge.client.session import ClientSession

Kind: TypeAlias = Literal["agent", "outside"]
Place: TypeAlias = Literal["agent", "outside", "skill", "ivr", "survey"]

T = TypeVar("T")

_TRANS_TYPES = {"agent": "1", "skill": "2", "ivr": "3", "outside": "4", "survey": "5"}
_LINES = {"agent": "0", "outside": "1"}
_RECORDING = {"start": "on", "pause": "paused", "resume": "on", "stop": "off"}
_CODES: dict[str, Code] = {
    "NO_ANSWER": "5201",
    "REJECTED": "5202",
    "CALLER_GONE": "5206",
    "SWITCH_LOST": "5300",
}
_OVER_ALREADY = ("4000", "4016")
_CALLS = ("CALL", "PREVIEW_OUT_CALL", "SUBSTITUTE", "EAVESDROP", "WHISPER", "FORCE_CALL")
"""The actions that an agent's own leg is called for."""


class LegOptions(TypedDict, total=False):
    """How a leg is set up, as docs/protocol/PROTOCOL.md has it: media, limits in seconds,
    recording."""

    audio: Literal[0, 1, 2, 3]
    video: Literal[0, 1, 2, 3]
    pixels: Literal["480", "720", "1280"]
    max_ring_time: int
    max_call_time: int
    record_start: Literal["NONE", "RING", "ANSWER"]
    record_contact: bool
    is_stereo: bool
    record_suffix: Literal["mp3", "wav", "mp4"]


class Ended(Struct, frozen=True):
    """How a call ended. ``code`` is that of the action's end, or what the reason of an offered call
    amounts to; ``talked``: whether the agent has talked in it; ``reason``: why the agent's status
    changed, "" where the service gave none."""

    code: Code
    msg: str
    talked: bool
    reason: str


class ClientCall:
    """A call of an agent. ``uuid`` is the agent's own leg.

    Its methods return when what they ask for *is so*, by what the switch has shown, and raise
    Refused where the service refuses, CallFailed where what was accepted fails afterwards.
    """

    def __init__(self, session: ClientSession, uuid: str) -> None:
        self.uuid = uuid
        self._session = session
        self._view: AgentCall | None = None
        self._callin: Callin | None = None
        self._last: Callback | None = None
        self._reason = ""
        self.was_told = False
        self.has_left = False
        self._talking: Future[None] = Future()
        self._ended: Future[Ended] = Future()

    def __repr__(self) -> str:
        return f"<ClientCall {self.uuid} {self.direction} {self.number}>"

    # -- what it is -----------------------------------------------------------------------------

    @property
    def view(self) -> AgentCall | None:
        """The call as the last snapshot showed it, kept when it is over; None where none ever
        has."""
        return self._view

    @property
    def direction(self) -> Literal["inbound", "outbound"]:
        """``inbound``: it was offered to the agent."""
        if self._view is not None:
            return self._view.direction
        return "inbound" if self._callin is not None else "outbound"

    @property
    def number(self) -> str | None:
        """The customer's, else the other party's."""
        if self._view is not None:
            return self._view.number
        return self._callin.caller_number if self._callin is not None else None

    @property
    def contact_id(self) -> str | None:
        """The same for all who are in contact with one customer."""
        told = self._view or self._callin or self._last
        return told.contact_id if told is not None else None

    @property
    def is_talking(self) -> bool:
        return self._talking.done() and not self.is_over

    @property
    def is_over(self) -> bool:
        return self._ended.done()

    @property
    def ended_as(self) -> Ended | None:
        """How it ended; None while it goes on."""
        over = self._ended.done() and self._ended.exception() is None
        return self._ended.result() if over else None

    def wait_talking(self, timeout: float | None = None) -> None:
        """Until the two talk; a supervisor, until it hears. Raises CallFailed where the call ends
        before."""
        _result(self._talking, timeout)

    def wait_ended(self, timeout: float | None = None) -> Ended:
        return _result(self._ended, timeout)

    # -- what can be done with it ---------------------------------------------------------------

    def answer(self) -> None:
        """Have the phone answer; returns once it has. Refused 4107: the phone does not obey."""
        self._ask_until(lambda view: view.status == "CALLING", "answer")

    def hang_up(self) -> Ended:
        """End the call for this agent; in a three-way, and while a transfer rings, the others go
        on."""
        try:
            self._session.ask("hangup", {"uuid": self.uuid})
        except Refused as refused:
            if refused.code not in _OVER_ALREADY:
                raise
        return self.wait_ended(SHOWN_SECONDS)

    def hold(self, on: bool = True) -> None:
        """The far party hears music; ``False``: talk on."""
        self._ask_until_call(lambda call: call.hold is on, "hold", hold=_switch(on))

    def mute(self, on: bool = True) -> None:
        """Nobody hears the agent; the agent hears all."""
        self._ask_until_call(lambda call: call.mute is on, "mute", mute=_switch(on))

    def dtmf(self, digits: str, dtmf_type: Literal[0, 1, 3] = 3) -> None:
        """Send tones to the far party: 0 INFO, 1 in-band, 3 RFC 2833; ``w`` waits half a second,
        ``W`` a second."""
        self._session.ask("dtmf", {"uuid": self.uuid, "content": digits, "dtmf_type": dtmf_type})

    def record(self, action: Literal["start", "pause", "resume", "stop"]) -> None:
        """Control the recording of the agent's leg."""

        def is_so(call: AgentCall) -> bool:
            own = next((leg for leg in call.parties if leg.uuid == self.uuid), None)
            return own is None or own.recording == _RECORDING[action]

        self._ask_until_call(is_so, "record_control", action=action)

    def change_media(
        self,
        *,
        audio: Literal[0, 1, 2, 3] | None = None,
        video: Literal[0, 1, 2, 3] | None = None,
        pixels: Literal["480", "720", "1280"] | None = None,
        reneg_other: bool = True,
    ) -> None:
        """Change the directions of the sound; returns once the far side has agreed."""
        given = {"audio": audio, "video": video, "pixels": pixels, "reneg_other": reneg_other}
        self._begin("change_media", given).ended.result()

    def transfer(
        self,
        to: str = "",
        kind: Place = "agent",
        *,
        talk_on: bool = False,
        wait: bool = True,
        **options: Unpack[LegOptions],
    ) -> None:
        """Transfer the customer; returns once it has been handed over, and raises CallFailed where
        the target fails and the customer is back. A survey needs no ``to``. ``talk_on``: agent and
        customer talk on while the target rings. ``wait=False``: return once it has begun."""
        fields = {"type": "2" if talk_on else "1", "trans_type": _TRANS_TYPES[kind]}
        self._hand_over("trans", fields | {"trans_number": to or None} | options, wait)

    def cancel_transfer(self) -> None:
        """Have the customer back while the target rings; who waits for the transfer gets CallFailed
        5207."""
        self._ask_until(lambda view: view.stage != "TRANS", "trans", type="3")

    def consult(
        self, to: str, kind: Kind = "agent", *, wait: bool = True, **options: Unpack[LegOptions]
    ) -> None:
        """Call a consultant while the customer hears music; returns once the two talk, and raises
        CallFailed where the consultant fails and the customer is back."""
        fields = {"type": "1", "consult_type": _LINES[kind], "consult_number": to}
        action = self._begin("consult", fields | options)
        if wait:
            self._shown_after(action.started, lambda view: view.stage != "CONSULT_RINGS")

    def end_consult(self) -> None:
        """End it, also while it rings; the customer is back."""
        self._ask_until(lambda view: not view.stage.startswith("CONSULT_"), "consult", type="2")

    def hand_over(self, *, wait: bool = True) -> None:
        """Hand the customer to the consultant, also while it rings; returns once that is done, and
        raises CallFailed where the consultant fails and the customer is back."""
        self._hand_over("consult_to_trans", {"consult_uuid": self._party("consultant")}, wait)

    def three_way(
        self,
        to: str = "",
        kind: Kind = "agent",
        *,
        wait: bool = True,
        **options: Unpack[LegOptions],
    ) -> None:
        """Call a third party into the talk; returns once three talk. Without ``to``: the
        consultant."""
        if not to:
            to, kind = self._consultant()
        fields = {"three_way_type": _LINES[kind], "three_way_number": to}
        action = self._begin("three_way", fields | options)
        if wait:
            self._shown_after(
                action.started,
                lambda view: view.stage not in ("TALK", "THIRD_RINGS", "CONSULT_TALKS"),
            )

    def drop(self, uuid: str) -> None:
        """Hang up the leg of a consultant or third party that this agent has called."""

        def is_gone(view: AgentView) -> bool:
            call = view.call
            return call is None or all(leg.uuid != uuid for leg in call.parties)

        self._session.ask_until(is_gone, "hangup", {"uuid": uuid})

    def wrap_up(self, disposition: str | None = None, notes: str | None = None) -> None:
        """Say what came of the call, during it or after its end; a second time replaces the
        first."""
        given = {"disposition": disposition, "notes": notes}
        self._session.ask("wrap_up", {"uuid": self.uuid} | given)

    # -- asking ---------------------------------------------------------------------------------

    def _ask_until(self, is_so: Callable[[AgentView], bool], msg_type: str, **fields: Any) -> None:
        """Or until the call is over, which answers all questions."""
        self._session.ask_until(
            lambda view: not self._is_in(view) or is_so(view),
            msg_type,
            {"uuid": self.uuid} | fields,
        )

    def _ask_until_call(
        self, is_so: Callable[[AgentCall], bool], msg_type: str, **fields: Any
    ) -> None:
        self._ask_until(lambda view: view.call is None or is_so(view.call), msg_type, **fields)

    def _begin(self, msg_type: str, fields: dict[str, Any]) -> ClientAction:
        action = ClientAction(msg_type)
        self._session.ask(msg_type, {"uuid": self.uuid} | fields, action)
        return action

    def _hand_over(self, msg_type: str, fields: dict[str, Any], wait: bool) -> None:
        action = self._begin(msg_type, fields)
        if wait:
            self._shown_after(action.ended, lambda _: False)

    def _shown_after(self, awaited: Future[None], is_so: Callable[[AgentView], bool]) -> None:
        """Wait for it, and for a snapshot that shows it; the end of the call does."""
        awaited.result()
        with self._session.watching() as watch:
            watch(lambda view: not self._is_in(view) or is_so(view), SHOWN_SECONDS)

    def _is_in(self, view: AgentView) -> bool:
        return view.call is not None and view.call.uuid == self.uuid

    def _party(self, role: str) -> str | None:
        parties = self._view.parties if self._view is not None else ()
        return next((leg.uuid for leg in parties if leg.role == role), None)

    def _consultant(self) -> tuple[str, Kind]:
        parties = self._view.parties if self._view is not None else ()
        for leg in parties:
            if leg.role == "consultant":
                return (leg.agent_id, "agent") if leg.agent_id else (leg.number, "outside")
        return "", "agent"

    # -- what its session tells it --------------------------------------------------------------

    @property
    def was_shown(self) -> bool:
        return self._view is not None

    def offer(self, push: Callin) -> None:
        self._callin = push

    def show(self, view: AgentCall) -> None:
        self._view = view
        if view.talk_ms is not None:
            self._talks()

    def advance(self, push: Callback) -> bool:
        """A push about this leg; gives whether that may be its end."""
        if push.action not in _CALLS:
            return False
        if push.phase == "START_CALL":
            self._talks()
        if push.phase == "END_CALL":
            self._last, self.has_left = push, True
        return self.has_left

    def note_reason(self, reason: str) -> None:
        self._reason, self.has_left = reason, True

    def end(self) -> None:
        talked, last = self._talking.done(), self._last
        code = last.code if last is not None else _CODES.get(self._reason, "0")
        msg = last.msg if last is not None else ""
        ended = Ended(code, msg, talked, self._reason)  # type: ignore[arg-type]
        if not talked:
            self._talking.set_exception(
                failure(last) if last is not None else CallFailed(ended.code, msg, "CALL", {})
            )
        self._ended.set_result(ended)

    def lose(self, error: ClientError) -> None:
        """Nobody will tell any more how it goes on."""
        for awaited in (self._talking, self._ended):
            if not awaited.done():
                awaited.set_exception(error)

    def _talks(self) -> None:
        if not self._talking.done():
            self._talking.set_result(None)


def _switch(on: bool) -> str:
    return "1" if on else "0"


def _result(awaited: Future[T], timeout: float | None) -> T:
    try:
        return awaited.result(timeout)
    except TimeoutError as late:
        raise TimedOut("it did not come to be so") from late
