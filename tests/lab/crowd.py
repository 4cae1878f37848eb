"""Many phones at once that send no sound: fifty talks cost little. They answer by themselves,
unless they are told to wait."""

from __future__ import annotations

import re
import socket
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from tests.lab.sip import Callee, Message

_BUSY = 486
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
        """Start over with a switch that has just started: register, and forget all calls."""
        for phones in (self._inside, self._outside):
            phones.forget()
        for user, password in self._accounts.items():
            self._inside.register(user, password)

    def talking(self, names: Collection[str]) -> set[str]:
        return (self._inside.talking() | self._outside.talking()).intersection(names)

    def call(self, calls: Mapping[str, str]) -> None:
        """Each outside phone calls a number of the switch."""
        for caller, number in calls.items():
            self._outside.call(caller, number)

    def through(self, names: Collection[str]) -> set[str]:
        """The outside phones whose calls were answered and continue."""
        return self._outside.through().intersection(names)

    def refused(self, names: Collection[str]) -> set[str]:
        """The outside phones whose latest calls ended without an answer."""
        return self._outside.refused().keys() & set(names)

    def told_busy(self, names: Collection[str]) -> set[str]:
        """Those of them whose calls were rejected as busy."""
        return {who for who in self.refused(names) if self._outside.refused().get(who) == _BUSY}

    @contextmanager
    def only_ringing(self) -> Iterator[None]:
        """Until the end of the block the internal phones answer only when ``answer`` is called."""
        self._inside.patient = True
        try:
            yield
        finally:
            self._inside.patient = False

    def answer(self, names: Collection[str]) -> int:
        """Returns how many of them had rung."""
        return self._inside.answer(names)

    def hang_up(self, names: Collection[str]) -> None:
        """Hang up those of them that ring or talk; the others ignore this."""
        for phones in (self._inside, self._outside):
            phones.hang_up(names)


class _Phones(Callee):
    """By Call-ID: ``_calls``: the INVITE of each answered call, ``_ringing``: of each call that
    waits for an answer; ``_through``: whose call to the switch was answered.
    """

    def __init__(self, switch: str, sip_port: int = 0) -> None:
        super().__init__(switch, 0, sip_port)
        self._calls: dict[str, Message] = {}
        self._ringing: dict[str, Message] = {}
        self._through: dict[str, str] = {}
        self._refused: dict[str, int] = {}
        self.patient = False

    def start(self) -> None:
        super().start()
        self._sip.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)

    def register(self, user: str, password: str) -> None:
        self._register(user, password)

    def forget(self) -> None:
        with self._changed:
            for calls in (self._calls, self._ringing, self._through):
                calls.clear()

    def call(self, user: str, number: str) -> None:
        callee = f"sip:{number}@{self._switch}"
        headers = (
            ("From", f"<sip:{user}@127.0.0.1>;tag={self._tag}"),
            ("To", f"<{callee}>"),
            *self._numbered("INVITE", uuid.uuid4().hex),
        )
        with self._changed:
            self._refused.pop(user, None)
            self._request("INVITE", callee, headers, self._description(), user=user)

    def through(self) -> set[str]:
        with self._changed:
            return set(self._through.values())

    def refused(self) -> dict[str, int]:
        """The Call-IDs of refused calls, each with the status of the refusal."""
        with self._changed:
            return dict(self._refused)

    def answer(self, names: Collection[str]) -> int:
        with self._changed:
            rung = [(key, one) for key, one in self._ringing.items() if _callee(one) in names]
            for call_id, invite in rung:
                del self._ringing[call_id]
                self._answer(call_id, invite)
            return len(rung)

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
        """A request that comes twice is answered twice."""
        call_id = request.get("Call-ID")
        if "tag=" in request.get("To"):
            self._respond(request, 200, self._description())
            return
        self._respond(request, 100)
        self._respond(request, 180)
        if self.patient:
            self._ringing[call_id] = request
        else:
            self._answer(call_id, request)

    def _answer(self, call_id: str, invite: Message) -> None:
        self._calls[call_id] = invite
        self._respond(invite, 200, self._description())

    def _cancel(self, request: Message) -> None:
        self._respond(request, 200)
        if invite := self._ringing.pop(request.get("Call-ID"), None):
            self._respond(invite, 487)

    def _bye(self, request: Message) -> None:
        self._respond(request, 200)
        for calls in (self._calls, self._through):
            calls.pop(request.get("Call-ID"), None)

    def _response(self, response: Message) -> None:
        if response.method != "INVITE":
            super()._response(response)
        elif response.status >= 200:
            self._acknowledge(response)
            if response.status == 200:
                self._through[response.get("Call-ID")] = _caller(response)
            else:
                self._refused[_caller(response)] = response.status


def _caller(response: Message) -> str:
    who = re.search(r"sip:(.*?)@", response.get("From"))
    assert who, response
    return who[1]


def _callee(invite: Message) -> str:
    whom = re.search(r"sip:(.*?)@", invite.start)
    assert whom, invite
    return whom[1]
