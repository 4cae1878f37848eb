"""Maps the switch's hangup causes to the protocol's errors."""

import re

from esl_bridge.errors import (
    BridgeError,
    Busy,
    Cancelled,
    InvalidNumber,
    MediaFailed,
    NoAnswer,
    NumberBarred,
    Rejected,
    SwitchUnavailable,
    TimeLimit,
    Unreachable,
)

_UUID = re.compile(r"origination_uuid=([0-9A-Za-z-]+)")

_HUNG_UP, _FORBIDDEN, _SERVER_FAILED = 200, 403, 5

REPLACED = "ATTENDED_TRANSFER"
"""The leg was ended by an INVITE with Replaces; our own commands never cause this."""
NORMAL = frozenset(
    {"NORMAL_CLEARING", "NONE", "SUCCESS", "MANAGER_REQUEST", "PICKED_OFF", REPLACED}
)
_UNANSWERED: dict[str, type[BridgeError]] = {
    "USER_BUSY": Busy,  # SIP 486, 600
    "NO_ANSWER": NoAnswer,
    "ALLOTTED_TIMEOUT": NoAnswer,  # leg_timeout ran out
    "RECOVERY_ON_TIMER_EXPIRE": NoAnswer,  # SIP 408
    "NO_USER_RESPONSE": Unreachable,  # SIP 480
    "INCOMPATIBLE_DESTINATION": MediaFailed,  # SIP 488, or no media path after the answer
    "CALL_REJECTED": Rejected,  # SIP 603
    "OUTGOING_CALL_BARRED": NumberBarred,
    "INCOMING_CALL_BARRED": NumberBarred,
    "UNALLOCATED_NUMBER": InvalidNumber,  # SIP 404
    "NUMBER_CHANGED": InvalidNumber,  # SIP 410
    "INVALID_NUMBER_FORMAT": InvalidNumber,  # SIP 484
    "NO_ROUTE_DESTINATION": InvalidNumber,  # SIP 604
    "ORIGINATOR_CANCEL": Cancelled,
    "LOSE_RACE": Cancelled,
    "SYSTEM_SHUTDOWN": SwitchUnavailable,
}
_BY_STATUS: dict[int, type[BridgeError]] = {
    _FORBIDDEN: NumberBarred,
    404: InvalidNumber,
    408: NoAnswer,
    410: InvalidNumber,
    480: Unreachable,
    484: InvalidNumber,
    486: Busy,
    600: Busy,
    603: Rejected,
    604: InvalidNumber,
}
_NEVER_THE_PHONES = (Cancelled, SwitchUnavailable)


def unanswered(cause: str, *, inside: bool, sip_status: int = 0) -> type[BridgeError]:
    """Why a leg was not answered; ``inside``: at one of the company's own phones.

    The phone's ``sip_status`` takes precedence: several share a cause (measured: 408 and 504, 603
    and 403), and in a ``Reason`` header a phone may name any cause.
    """
    if sip_status // 100 == _SERVER_FAILED:
        return Unreachable
    found = _BY_STATUS.get(sip_status) or _UNANSWERED.get(cause, Unreachable)
    if sip_status and found in _NEVER_THE_PHONES:
        return Unreachable
    # The decline button of most phones sends 486.
    return Rejected if inside and (found is Busy or sip_status == _FORBIDDEN) else found


def hung_up(cause: str, sip_status: int, *, answered: bool) -> bool:
    """Whether a leg was hung up after its phone had answered. If a phone does both at once the
    switch does not report the answer (measured)."""
    return sip_status == _HUNG_UP or (answered and cause in NORMAL)


def after_talk(cause: str, sip_status: int = 0) -> type[BridgeError] | None:
    """Why a talk ended, if that is worth reporting; a phone that hangs up can name any cause."""
    if sip_status:
        return None
    if cause == "ALLOTTED_TIMEOUT":
        return TimeLimit
    return SwitchUnavailable if cause == "SYSTEM_SHUTDOWN" else None


def originated(argument: str) -> str:
    """The uuid that an ``originate`` requested, from its argument; "" if it requested none."""
    found = _UUID.search(argument)
    return found[1] if found else ""
