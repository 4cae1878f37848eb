"""One file a request: its schema, its reply's, and the handler that carries it out."""

from esl_bridge.operations import (
    answer,
    call,
    change_status,
    checkin,
    checkout,
    consult,
    consult_to_trans,
    dtmf,
    get_status,
    hangup,
    hold,
    mute,
    ping,
    three_way,
    trans,
    unbuilt,
)
from esl_bridge.operations.registry import OPERATIONS, Asker, Operation

__all__ = [
    "OPERATIONS",
    "Asker",
    "Operation",
    "answer",
    "call",
    "change_status",
    "checkin",
    "checkout",
    "consult",
    "consult_to_trans",
    "dtmf",
    "get_status",
    "hangup",
    "hold",
    "mute",
    "ping",
    "three_way",
    "trans",
    "unbuilt",
]
