"""What the methods of the client raise.

ClientError
 ├── Refused         the service's answer, with its code
 │    └── CallFailed what was accepted has failed since: nobody answered, ...
 ├── AnswerLost      the connection broke before the answer: it may have been done
 ├── NotConnected    nothing was sent
 └── TimedOut        also a TimeoutError
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

Code: TypeAlias = Literal[
    "0", "1000", "1001", "4000", "4002", "4004", "4005", "4006", "4007", "4008", "4009", "4010",
    "4011", "4012", "4014", "4016", "4100", "4101", "4102", "4103", "4104", "4105", "4106", "4107",
    "5000", "5200", "5201", "5202", "5203", "5204", "5205", "5206", "5207", "5208", "5300", "5301",
    "5302", "5303", "9999",
]  # fmt: skip
"""The codes of docs/protocol/PROTOCOL.md."""


class ClientError(Exception):
    """The base of all errors of this package."""


class Refused(ClientError):
    """The service has refused a request. ``code`` is stable, ``msg`` its text in the language of
    the service; ``reply`` is the whole answer, which may have fields of its own."""

    def __init__(self, code: Code, msg: str, msg_type: str, reply: Mapping[str, Any]) -> None:
        super().__init__(f"{msg_type}: {code} {msg}")
        self.code = code
        self.msg = msg
        self.msg_type = msg_type
        self.reply = reply


class CallFailed(Refused):
    """A call, or what was begun in one, was accepted and has failed since: 5200 busy, 5201 no
    answer, 5202 rejected, 5206 party gone, 5207 cancelled, ... ``msg_type`` is the action of the
    protocol (``CALL``, ``TRANS``), ``reply`` its last push, where there is one."""


class AnswerLost(ClientError):
    """The connection broke before the answer. The request may or may not have been carried out:
    the snapshot tells, once the agent is back."""

    def __init__(self, msg_type: str) -> None:
        super().__init__(f"{msg_type}: the connection was lost before the answer")
        self.msg_type = msg_type


class NotConnected(ClientError):
    """The agent's link is not up: nothing was sent."""


class TimedOut(ClientError, TimeoutError):
    """It did not come to be so in the given time."""
