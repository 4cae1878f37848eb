"""An agent's state: docs/protocol/STATES.md as one table.

Everything that changes a state is in this file. A state is a value; ``next_state`` returns the next
one, or raises and changes nothing. Time enters as triggers: an expired timer is one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import auto

import msgspec

from esl_bridge.domain.name_enum import NameEnum
from esl_bridge.errors import BridgeError, NotCheckedIn, NotInCall, WrongState


class Status(NameEnum):
    OFFLINE = auto()
    FREE = auto()
    BUSY = auto()
    REST = auto()
    ARRANGE = auto()
    RINGING = auto()
    CALLING = auto()


MANUAL = (Status.FREE, Status.BUSY, Status.REST, Status.ARRANGE)
"""The states that an agent chooses; RINGING and CALLING come from its leg."""


class Trigger(NameEnum):
    """What can change a state: the rows of the table, named as in the protocol."""

    CHECKIN = auto()
    CHECKIN_RESET = auto()
    CHECKOUT = auto()
    MAKE_FREE = auto()
    MAKE_BUSY = auto()
    MAKE_REST = auto()
    MAKE_ARRANGE = auto()
    MAKE_FREE_AFTER_CALL_STOP = auto()
    MAKE_BUSY_AFTER_CALL_STOP = auto()
    MAKE_REST_AFTER_CALL_STOP = auto()
    CHECKOUT_AFTER_CALL_STOP = auto()
    CANCEL_AFTER_CALL_STOP = auto()
    FORCE_RESET = auto()
    FORCE_CHECKOUT = auto()
    FORCE_MAKE_FREE = auto()
    FORCE_MAKE_BUSY = auto()
    LEG_RINGS = auto()
    LEG_ANSWERED = auto()
    LEG_ENDED_UNANSWERED = auto()
    LEG_ENDED_UNTALKED = auto()
    LEG_ENDED = auto()
    WRAP_UP_OVER = auto()
    REST_OVER = auto()
    CONNECTION_LOST = auto()
    GRACE_OVER = auto()
    PHONE_UNREGISTERED = auto()
    SWITCH_LOST = auto()


class Timer(msgspec.Struct, frozen=True):
    """A timer of a state. The runtime, which has the clock, applies ``trigger`` when it expires."""

    trigger: Trigger
    seconds: float
    number: int
    over: bool = False


class PendingStatus(msgspec.Struct, frozen=True):
    """What to do when the call ends."""

    status: Status
    reason: str
    rest_seconds: float = 0


class AgentState(msgspec.Struct, frozen=True):
    """``before`` is the manual state in which the present ring or call began."""

    status: Status = Status.OFFLINE
    before: Status = Status.FREE
    base: Status = Status.FREE
    remembered: PendingStatus | None = None
    wrap_up: Timer | None = None
    rest: Timer | None = None
    timers: int = 0
    reason: str = ""


class TriggerDetails(msgspec.Struct, frozen=True):
    """What a trigger may depend on; durations in seconds, 0 meaning no end."""

    start: Status = Status.FREE
    start_asked: bool = False
    rest_seconds: float = 0
    wrap_up_seconds: float = 0
    reason: str = ""
    talked: bool = False
    supervising: bool = False
    missed_offer_makes_busy: bool = False


Transition = Callable[[AgentState, TriggerDetails], AgentState]


_NO_DETAILS = TriggerDetails()


def next_state(
    state: AgentState, trigger: Trigger, details: TriggerDetails = _NO_DETAILS
) -> AgentState:
    """The state after ``trigger``; raises NotCheckedIn, NotInCall, WrongState or BadField."""
    return TRANSITIONS[trigger][_COLUMNS[state.status]](
        msgspec.structs.replace(state, reason=""), details
    )


def _same(state: AgentState, _details: TriggerDetails) -> AgentState:
    return state


def _refuse(error: Callable[[], BridgeError]) -> Transition:
    def refuse(_state: AgentState, _details: TriggerDetails) -> AgentState:
        raise error()

    return refuse


def _to(status: Status) -> Transition:
    """Enter a state and discard what was remembered or still running."""

    def enter(state: AgentState, details: TriggerDetails) -> AgentState:
        state = _with(state, remembered=None, wrap_up=None, rest=None)
        return _with(state, status=status, reason=details.reason)

    return enter


def _with(state: AgentState, **changes: object) -> AgentState:
    return msgspec.structs.replace(state, **changes)


def _timer(state: AgentState, trigger: Trigger, seconds: float) -> Timer | None:
    if not seconds:
        return None
    return Timer(trigger, seconds, state.timers + 1)


def _rest(state: AgentState, details: TriggerDetails) -> AgentState:
    state = _to(Status.REST)(state, details)
    return _rest_again(state, details)


def _rest_again(state: AgentState, details: TriggerDetails) -> AgentState:
    timer = _timer(state, Trigger.REST_OVER, details.rest_seconds)
    return _with(state, rest=timer, timers=state.timers + 1)


def _arrange(state: AgentState, details: TriggerDetails) -> AgentState:
    """Wrap-up begun by hand leads back to the state before it."""
    leads_to = {Status.REST: Status.BUSY, Status.OFFLINE: Status.FREE}
    base = leads_to.get(state.status, state.status)
    state = _to(Status.ARRANGE)(state, details)
    return _arrange_again(_with(state, base=base), details)


def _arrange_again(state: AgentState, details: TriggerDetails) -> AgentState:
    timer = _timer(state, Trigger.WRAP_UP_OVER, details.wrap_up_seconds)
    return _with(state, wrap_up=timer, timers=state.timers + 1)


def _start(state: AgentState, details: TriggerDetails) -> AgentState:
    enter = {Status.REST: _rest, Status.ARRANGE: _arrange}.get(details.start, _to(details.start))
    return enter(_with(state, status=Status.OFFLINE), details)


def _start_if_asked(state: AgentState, details: TriggerDetails) -> AgentState:
    """A check-in on an existing session keeps the state, unless it asks for another."""
    if not details.start_asked:
        return state
    return TRANSITIONS[_MAKE[details.start]][_COLUMNS[state.status]](state, details)


def _remember(status: Status) -> Transition:
    def remember(state: AgentState, details: TriggerDetails) -> AgentState:
        wanted = PendingStatus(status, details.reason or "AFTER_CALL", details.rest_seconds)
        return _with(state, remembered=wanted)

    return remember


def _forget(state: AgentState, _details: TriggerDetails) -> AgentState:
    return _with(state, remembered=None)


def _rings(state: AgentState, details: TriggerDetails) -> AgentState:
    return _with(state, status=Status.RINGING, before=state.status, reason=details.reason)


def _calls(state: AgentState, details: TriggerDetails) -> AgentState:
    before = state.before if state.status is Status.RINGING else state.status
    return _with(state, status=Status.CALLING, before=before, reason=details.reason)


def _remembered_else_before(state: AgentState, details: TriggerDetails) -> AgentState:
    if state.remembered:
        return _carry_out_remembered(state, details)
    if details.missed_offer_makes_busy:
        return _to(Status.BUSY)(state, details)
    return _enter(state, state.before, details.reason)


def _after(state: AgentState, details: TriggerDetails) -> AgentState:
    if state.remembered:
        return _carry_out_remembered(state, details)
    before = Status.FREE if state.before is Status.ARRANGE else state.before
    state = _with(state, wrap_up=None)
    if details.talked and details.wrap_up_seconds and not details.supervising:
        state = _with(state, status=Status.ARRANGE, base=before, reason=details.reason)
        return _arrange_again(state, details)
    return _enter(state, before, details.reason)


def _carry_out_remembered(state: AgentState, details: TriggerDetails) -> AgentState:
    wanted = state.remembered
    assert wanted is not None
    found = msgspec.structs.replace(
        details, reason=wanted.reason, rest_seconds=wanted.rest_seconds, start=wanted.status
    )
    return _start(state, found)


def _enter(state: AgentState, status: Status, reason: str) -> AgentState:
    """Return to a manual state, whose timer may have expired meanwhile."""
    if status is Status.ARRANGE and state.wrap_up and state.wrap_up.over:
        return _enter(_with(state, wrap_up=None), state.base, "WRAP_UP_OVER")
    if status is Status.REST and state.rest and state.rest.over:
        return _with(state, status=Status.BUSY, rest=None, reason="REST_TIMEOUT")
    return _with(state, status=status, reason=reason)


def _to_base(state: AgentState, _details: TriggerDetails) -> AgentState:
    return _enter(_with(state, wrap_up=None), state.base, "WRAP_UP_OVER")


def _rest_is_over(state: AgentState, _details: TriggerDetails) -> AgentState:
    return _with(state, status=Status.BUSY, rest=None, reason="REST_TIMEOUT")


def _wrap_up_ran_out(state: AgentState, _details: TriggerDetails) -> AgentState:
    """The expiry is noted, and applied when the state it belongs to would be entered."""
    if state.wrap_up is None:
        return state
    return _with(state, wrap_up=msgspec.structs.replace(state.wrap_up, over=True))


def _rest_ran_out(state: AgentState, _details: TriggerDetails) -> AgentState:
    if state.rest is None:
        return state
    return _with(state, rest=msgspec.structs.replace(state.rest, over=True))


_COLUMNS = {status: column for column, status in enumerate(Status)}
_MAKE = {
    Status.FREE: Trigger.MAKE_FREE,
    Status.BUSY: Trigger.MAKE_BUSY,
    Status.REST: Trigger.MAKE_REST,
    Status.ARRANGE: Trigger.MAKE_ARRANGE,
}

_away = _refuse(NotCheckedIn)
_no_call = _refuse(NotInCall)
_not_now = _refuse(WrongState)
_offline = _to(Status.OFFLINE)
_free = _to(Status.FREE)
_busy = _to(Status.BUSY)
_again = _start_if_asked
_back = _remembered_else_before
_rem_free, _rem_busy = _remember(Status.FREE), _remember(Status.BUSY)
_rem_rest, _rem_gone = _remember(Status.REST), _remember(Status.OFFLINE)
_____ = _same

# The columns are those of the document, in the order of ``Status``; "_____" changes nothing.
# fmt: off
TRANSITIONS: dict[Trigger, tuple[Transition, ...]] = {
    # OFFLINE    FREE      BUSY      REST         ARRANGE         RINGING    CALLING
    Trigger.CHECKIN:                   (_start,    _again,   _again,   _again,      _again,         _____,     _____),
    Trigger.CHECKIN_RESET:             (_start,    _start,   _start,   _start,      _start,         _start,    _start),
    Trigger.CHECKOUT:                  (_away,     _offline, _offline, _offline,    _offline,       _offline,  _offline),
    Trigger.MAKE_FREE:                 (_away,     _____,    _free,    _free,       _free,          _not_now,  _not_now),
    Trigger.MAKE_BUSY:                 (_away,     _busy,    _____,    _busy,       _busy,          _not_now,  _not_now),
    Trigger.MAKE_REST:                 (_away,     _rest,    _rest,    _rest_again, _rest,          _not_now,  _not_now),
    Trigger.MAKE_ARRANGE:              (_away,     _arrange, _arrange, _arrange,    _arrange_again, _not_now,  _not_now),
    Trigger.MAKE_FREE_AFTER_CALL_STOP: (_away,     _no_call, _no_call, _no_call,    _no_call,       _rem_free, _rem_free),
    Trigger.MAKE_BUSY_AFTER_CALL_STOP: (_away,     _no_call, _no_call, _no_call,    _no_call,       _rem_busy, _rem_busy),
    Trigger.MAKE_REST_AFTER_CALL_STOP: (_away,     _no_call, _no_call, _no_call,    _no_call,       _rem_rest, _rem_rest),
    Trigger.CHECKOUT_AFTER_CALL_STOP:  (_away,     _no_call, _no_call, _no_call,    _no_call,       _rem_gone, _rem_gone),
    Trigger.CANCEL_AFTER_CALL_STOP:    (_away,     _no_call, _no_call, _no_call,    _no_call,       _forget,   _forget),
    Trigger.FORCE_RESET:               (_not_now,  _busy,    _busy,    _busy,       _busy,          _busy,     _busy),
    Trigger.FORCE_CHECKOUT:            (_____,     _offline, _offline, _offline,    _offline,       _offline,  _offline),
    Trigger.FORCE_MAKE_FREE:           (_not_now,  _____,    _free,    _free,       _free,          _rem_free, _rem_free),
    Trigger.FORCE_MAKE_BUSY:           (_not_now,  _busy,    _____,    _busy,       _busy,          _rem_busy, _rem_busy),
    Trigger.LEG_RINGS:                 (_____,     _rings,   _rings,   _rings,      _rings,         _____,     _____),
    Trigger.LEG_ANSWERED:              (_____,     _calls,   _calls,   _calls,      _calls,         _calls,    _____),
    Trigger.LEG_ENDED_UNANSWERED:      (_____,     _____,    _____,    _____,       _____,          _back,     _____),
    Trigger.LEG_ENDED_UNTALKED:        (_____,     _____,    _____,    _____,       _____,          _____,     _back),
    Trigger.LEG_ENDED:                 (_____,     _____,    _____,    _____,       _____,          _____,     _after),
    Trigger.WRAP_UP_OVER:              (_____,     _____,    _____,    _____,       _to_base,       _wrap_up_ran_out, _wrap_up_ran_out),
    Trigger.REST_OVER:                 (_____,     _____,    _____,    _rest_is_over, _rest_ran_out, _rest_ran_out, _rest_ran_out),
    Trigger.CONNECTION_LOST:           (_____,     _____,    _____,    _____,       _____,          _____,     _____),
    Trigger.GRACE_OVER:                (_____,     _offline, _offline, _offline,    _offline,       _offline,  _offline),
    Trigger.PHONE_UNREGISTERED:        (_____,     _____,    _____,    _____,       _____,          _____,     _____),
    Trigger.SWITCH_LOST:               (_____,     _____,    _____,    _____,       _____,          _back,     _after),
}
# fmt: on
