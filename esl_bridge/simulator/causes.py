"""Hangup causes: their Q.850 numbers, and how a phone's SIP status maps to them (measured)."""

from __future__ import annotations

_Q850 = {
    "UNALLOCATED_NUMBER": 1,
    "NO_ROUTE_DESTINATION": 3,
    "NORMAL_CLEARING": 16,
    "USER_BUSY": 17,
    "NO_USER_RESPONSE": 18,
    "NO_ANSWER": 19,
    "SUBSCRIBER_ABSENT": 20,
    "CALL_REJECTED": 21,
    "NUMBER_CHANGED": 22,
    "DESTINATION_OUT_OF_ORDER": 27,
    "GATEWAY_DOWN": 609,
    "INVALID_GATEWAY": 608,
    "NETWORK_OUT_OF_ORDER": 38,
    "OUTGOING_CALL_BARRED": 52,
    "SERVICE_UNAVAILABLE": 63,
    "MEDIA_TIMEOUT": 604,
    "SYSTEM_SHUTDOWN": 501,
    "ATTENDED_TRANSFER": 601,
    "BLIND_TRANSFER": 600,
    "INVALID_NUMBER_FORMAT": 28,
    "NORMAL_TEMPORARY_FAILURE": 41,
    "INCOMPATIBLE_DESTINATION": 88,
    "RECOVERY_ON_TIMER_EXPIRE": 102,
    "ORIGINATOR_CANCEL": 487,
    "LOSE_RACE": 502,
    "MANAGER_REQUEST": 503,
    "ALLOTTED_TIMEOUT": 602,
    "PICKED_OFF": 605,
    "USER_NOT_REGISTERED": 606,
}

_OF_STATUS = {
    403: "CALL_REJECTED",
    404: "UNALLOCATED_NUMBER",
    408: "RECOVERY_ON_TIMER_EXPIRE",
    410: "NUMBER_CHANGED",
    480: "NO_USER_RESPONSE",
    484: "INVALID_NUMBER_FORMAT",
    486: "USER_BUSY",
    487: "ORIGINATOR_CANCEL",
    488: "INCOMPATIBLE_DESTINATION",
    503: "NORMAL_TEMPORARY_FAILURE",
    504: "RECOVERY_ON_TIMER_EXPIRE",
    600: "USER_BUSY",
    603: "CALL_REJECTED",
}

# The SIP status that a caller's phone receives when its call ends before the answer.
_TO_STATUS = {
    "UNALLOCATED_NUMBER": 404,
    "NO_ROUTE_DESTINATION": 404,
    "USER_BUSY": 486,
    "NO_USER_RESPONSE": 408,
    "NO_ANSWER": 480,
    "SUBSCRIBER_ABSENT": 480,
    "CALL_REJECTED": 603,
    "NUMBER_CHANGED": 410,
    "DESTINATION_OUT_OF_ORDER": 502,
    "INVALID_NUMBER_FORMAT": 484,
    "NORMAL_TEMPORARY_FAILURE": 503,
    "OUTGOING_CALL_BARRED": 403,
    "INCOMPATIBLE_DESTINATION": 488,
    "RECOVERY_ON_TIMER_EXPIRE": 504,
    "ORIGINATOR_CANCEL": 487,
}


def q850(cause: str) -> str:
    """The switch's own causes have no Q.850 number, and count as 16."""
    number = _Q850.get(cause, 16)
    return str(number if number < 128 else 16)


def of_status(code: int) -> str:
    """The cause for a SIP refusal; NORMAL_TEMPORARY_FAILURE for an unknown status."""
    return _OF_STATUS.get(code, "NORMAL_TEMPORARY_FAILURE")


def to_status(cause: str) -> int:
    return _TO_STATUS.get(cause, 480)


def known(cause: str) -> str:
    """``cause`` in capitals, or NORMAL_CLEARING for an unknown one."""
    return cause.upper() if cause.upper() in _Q850 else "NORMAL_CLEARING"
