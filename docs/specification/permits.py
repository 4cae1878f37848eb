"""Which request is allowed when, from the tables that the service itself judges by.

``requests``: by request and by the stage of the agent's call: ``ok``, ``done`` (it succeeds and
changes nothing, for it is so already), or the code of the refusal. A request that the table tells
apart by a field is named with its value: ``hold 1``. ``operated``: the stages of an agent's call in
which a supervisor's act upon it is allowed; in others it is refused with 4016. ``statuses``: by
action and by status: the status that follows, ``same``, ``after_call`` (remembered until the call
ends), or the code of the refusal.
"""

from __future__ import annotations

from typing import Any

from esl_bridge.domain.allowed_operations import ALLOWED_OPERATIONS, OPERATED
from esl_bridge.domain.call_phase import CallPhase
from esl_bridge.domain.states import AgentState, Status, Trigger, next_state
from esl_bridge.errors import BridgeError, NotInCall, WrongState
from esl_bridge.operations.change_status import StatusAction

_CELLS = {"ok": "ok", "id": "done", "w": WrongState.code, "6": NotInCall.code}
# A row of the table is that of several requests. To take a call over a supervisor calls, too.
# ``change_status`` is judged by ``statuses``, on others as on oneself.
_ROWS = {
    "supervise": ("eavesdrop", "whisper", "force_call"),
    "call": ("call", "preview_out_call", "substitute"),
    "at any time": (
        "checkin",
        "checkout",
        "directory",
        "get_status",
        "get_token",
        "ping",
        "team_status",
    ),
    "force others": ("interrupt_call",),
}


def document() -> dict[str, Any]:
    return {
        "stages": [stage.value for stage in CallPhase],
        "requests": {
            request: {stage.value: _CELLS[cell] for stage, cell in zip(CallPhase, row, strict=True)}
            for name, row in ALLOWED_OPERATIONS.items()
            for request in _ROWS.get(name, (name,))
        },
        "operated": {
            act: [stage.value for stage in CallPhase if stage in stages]
            for act, stages in OPERATED.items()
        },
        "statuses": {
            action.value: {status.value: _outcome(Trigger(action), status) for status in Status}
            for action in StatusAction
        },
    }


def _outcome(trigger: Trigger, status: Status) -> str:
    before = AgentState(status)
    try:
        after = next_state(before, trigger)
    except BridgeError as error:
        return error.code
    if after.status is status and after.remembered is not None:
        return "after_call"
    return "same" if after == before else after.status.value
