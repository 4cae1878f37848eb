"""Many phones at once that answer by themselves and send no sound: fifty talks cost little."""

from __future__ import annotations

import re
import socket
from collections.abc import Collection, Mapping

from tests.lab.sip import Callee, Message

_BUFFER = 4 << 20  # what the switch says while others have the machine


class Crowd:
    """``accounts``: who registers at ``registrar``, and how. All others are outside, and are called
    by way of ``trunk`` at ``port``; both are host:port."""

    def __init__(self, registrar: str, trunk: str, port: int, accounts: Mapping[str, str]) -> None:
        self._accounts = accounts
        self._inside, self._outside = _Phones(registrar), _Phones(trunk, port)

    def start(self) -> None:
        for phones in (self._inside, self._outside):
            phones.start()

    def stop(self) -> None:
        for phones in (self._inside, self._outside):
            phones.stop()

    def come_to(self) -> None:
        """They find a switch that has just begun: they register, and no call is left."""
        for phones in (self._inside, self._outside):
            phones.forget()
        for user, password in self._accounts.items():
            self._inside.register(user, password)

    def talking(self, names: Collection[str]) -> set[str]:
        return (self._inside.talking() | self._outside.talking()).intersection(names)

    def hang_up(self, names: Collection[str]) -> None:
        """Those of them who are called or talk; the others do not mind."""
        for phones in (self._inside, self._outside):
            phones.hang_up(names)


class _Phones(Callee):
    """``_calls``: the INVITE of each, by its Call-ID."""

    def __init__(self, switch: str, sip_port: int = 0) -> None:
        super().__init__(switch, 0, sip_port)
        self._calls: dict[str, Message] = {}

    def start(self) -> None:
        super().start()
        self._sip.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)

    def register(self, user: str, password: str) -> None:
        self._register(user, password)

    def forget(self) -> None:
        with self._changed:
            self._calls.clear()

    def talking(self) -> set[str]:
        with self._changed:
            return {_callee(invite) for invite in self._calls.values()}

    def hang_up(self, names: Collection[str]) -> None:
        with self._changed:
            for call_id, invite in list(self._calls.items()):
                if _callee(invite) in names:
                    self._within(invite, "BYE")
                    del self._calls[call_id]

    def _invite(self, request: Message) -> None:
        """One that comes twice is answered twice."""
        if "tag=" not in request.get("To"):
            self._calls[request.get("Call-ID")] = request
            self._respond(request, 100)
            self._respond(request, 180)
        self._respond(request, 200, self._description())

    def _bye(self, request: Message) -> None:
        self._respond(request, 200)
        self._calls.pop(request.get("Call-ID"), None)


def _callee(invite: Message) -> str:
    whom = re.search(r"sip:(.*?)@", invite.start)
    assert whom, invite
    return whom[1]
