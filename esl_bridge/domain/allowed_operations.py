"""Which request is allowed when: the second table of docs/protocol/STATES.md."""

from __future__ import annotations

from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call_phase import CallPhase
from esl_bridge.domain.leg import SUPERVISING, Leg, LegState
from esl_bridge.domain.states import MANUAL, Status
from esl_bridge.errors import NotInCall, WrongState


def call_phase(agent: Agent) -> CallPhase:
    own_leg = agent.own_leg
    if own_leg is None or agent.status in MANUAL or agent.status is Status.OFFLINE:
        return CallPhase.MANUAL
    if agent.status is Status.RINGING:
        return CallPhase.RINGING_OFFERED if own_leg.origin.offered else CallPhase.RINGING_OWN
    if own_leg.origin.purpose in SUPERVISING:
        return CallPhase.SUPERVISING
    procedure = own_leg.call.procedure
    if procedure is not None and (phase := procedure.call_phase(own_leg)) is not None:
        return phase
    if own_leg.holds:
        return CallPhase.HOLD
    talks = own_leg.progress.talked or own_leg.position.room
    return CallPhase.TALK if talks else CallPhase.FAR_RINGS


# fmt: off
_OK, _ID, _W, _6 = "ok", "id", "w", "6"
ALLOWED_OPERATIONS: dict[str, tuple[str, ...]] = {
    # manual ringing,own offered far rings talk  hold  consult rings/talks trans third three
    # superv. phone lost
    "call":             (_OK,   _W,         _W,     _W,       _W,   _W,   _W,   _W,           _W,   _W,   _W,    _W,   _W),
    "answer":           (_6,    _OK,        _OK,    _ID,      _ID,  _ID,  _ID,  _ID,          _ID,  _ID,  _ID,   _ID,  _ID),
    "hangup":           (_6,    _OK,        _OK,    _OK,      _OK,  _OK,  _OK,  _OK,          _OK,  _OK,  _OK,   _OK,  _OK),
    "hold 1":           (_6,    _W,         _W,     _W,       _OK,  _ID,  _W,   _W,           _W,   _W,   _OK,   _W,   _W),
    "hold 0":           (_6,    _W,         _W,     _W,       _ID,  _OK,  _W,   _W,           _W,   _ID,  _ID,   _W,   _ID),
    "mute":             (_6,    _W,         _W,     _OK,      _OK,  _OK,  _OK,  _OK,          _OK,  _OK,  _OK,   _OK,  _OK),
    "dtmf":             (_6,    _W,         _W,     _W,       _OK,  _W,   _W,   _OK,          _W,   _OK,  _OK,   _W,   _W),
    "change_media":     (_6,    _W,         _W,     _W,       _OK,  _W,   _W,   _W,           _W,   _W,   _W,    _W,   _W),
    "record_control":   (_W,    _W,         _W,     _OK,      _OK,  _OK,  _OK,  _OK,          _OK,  _OK,  _OK,   _W,   _OK),
    "trans":            (_6,    _W,         _W,     _W,       _OK,  _OK,  _W,   _W,           _W,   _W,   _W,    _W,   _W),
    "trans 3":          (_6,    _W,         _W,     _W,       _W,   _W,   _W,   _W,           _OK,  _W,   _W,    _W,   _W),
    "consult 1":        (_6,    _W,         _W,     _W,       _OK,  _OK,  _W,   _W,           _W,   _W,   _W,    _W,   _W),
    "consult 2":        (_6,    _W,         _W,     _W,       _W,   _W,   _OK,  _OK,          _W,   _W,   _W,    _W,   _W),
    "consult_to_trans": (_6,    _W,         _W,     _W,       _W,   _W,   _OK,  _OK,          _W,   _W,   _W,    _W,   _W),
    "three_way":        (_6,    _W,         _W,     _W,       _OK,  _OK,  _W,   _OK,          _W,   _W,   _W,    _W,   _W),
    "toggle_service_mode": (_OK, _OK,       _OK,    _OK,      _OK,  _OK,  _OK,  _OK,          _OK,  _OK,  _OK,   _OK,  _OK),
    "wrap_up":          (_OK,   _OK,        _OK,    _OK,      _OK,  _OK,  _OK,  _OK,          _OK,  _OK,  _OK,   _OK,  _OK),
    "at any time":      (_OK,   _OK,        _OK,    _OK,      _OK,  _OK,  _OK,  _OK,          _OK,  _OK,  _OK,   _OK,  _OK),
    "supervise":        (_OK,   _W,         _W,     _W,       _W,   _W,   _W,   _W,           _W,   _W,   _W,    _OK,  _W),
    "force others":     (_OK,   _OK,        _OK,    _OK,      _OK,  _OK,  _OK,  _OK,          _OK,  _OK,  _OK,   _OK,  _OK),
}
# fmt: on
_COLUMN = {column: number for number, column in enumerate(CallPhase)}


_IN_A_CALL = frozenset(CallPhase) - {
    CallPhase.MANUAL,
    CallPhase.RINGING_OWN,
    CallPhase.RINGING_OFFERED,
}
OPERATED: dict[str, frozenset[CallPhase]] = {
    "eavesdrop": _IN_A_CALL,
    "whisper": _IN_A_CALL,
    "force_call": _IN_A_CALL,
    "substitute": frozenset({CallPhase.RINGING_OFFERED, CallPhase.TALK, CallPhase.HOLD}),
    "interrupt_call": _IN_A_CALL | {CallPhase.RINGING_OWN, CallPhase.RINGING_OFFERED},
}
"""The phases of an agent's call in which a supervisor may perform each act on it."""


def require_allowed(request: str, agent: Agent) -> bool:
    """Whether the request has anything to do: False where the wanted state is reached already.

    Raises WrongState or NotInCall where the request is not allowed, and WrongState for an agent
    whose phone is reserved for a leg that is not visible yet.
    """
    cell = ALLOWED_OPERATIONS[request][_COLUMN[call_phase(agent)]]
    if cell == _6:
        raise NotInCall
    reserved = agent.own_leg is not None and agent.own_leg.state is LegState.SETTING_UP
    if cell == _W or (request in ("call", "supervise") and reserved):
        raise WrongState
    return cell == _OK


def operable(act: str, agent: Agent) -> Leg:
    """The agent's leg that a supervisor's ``act`` applies to; raises NotInCall where the agent is
    in no such phase."""
    if agent.own_leg is None or call_phase(agent) not in OPERATED[act]:
        raise NotInCall
    return agent.own_leg
