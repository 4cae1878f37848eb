"""A phone whose password was stolen: it requests what no client would."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from tests.lab.odd import OddPhone
from tests.lab.sip import Message, replaced

_CHALLENGED = 407


class RoguePhone(OddPhone):
    _steals = False

    def registers_as(self, user: str) -> None:
        """Write its extension differently from its company's configuration."""
        self._register(user, self.line.password)

    def guesses(self, password: str) -> None:
        self._register(self.line.user, password)

    def registers_at(self, user: str) -> None:
        """Register the contact ``user`` at its own address, whatever that means to the switch."""
        self._register(self.line.user, self.line.password, at=quote(user, safe=",;=/$&+?"))

    def steals(self, leg: str, *more: tuple[str, str]) -> int:
        """Ask for the place of a leg of the switch's, in the talk that it is in. ``leg``: its uuid,
        or its Call-ID."""
        to = f"sip:intruder@{self._switch}"
        return self._asks_for(self._me, to, replaced(leg), *more)

    def shares_the_line(self, user: str) -> int:
        """Ask by ``Call-Info`` to join the call of ``user``, without knowledge of its legs."""
        me = f"sip:{user}"
        return self._asks_for(f"<{me}>", me, ("Call-Info", "<sip:x@y>"))

    def _asks_for(self, me: str, to: str, *more: tuple[str, str]) -> int:
        uri, call_id, line = f"sip:intruder@{self._switch}", uuid.uuid4().hex, self.line
        who = (("From", f"{me};tag={self._tag}"), ("To", f"<{to}>"))
        with self._changed:
            self._steals = True
            challenge = self._asks(uri, call_id, *who, *more).get("Proxy-Authenticate")
            proof = self._proof(line.user, line.password, "INVITE", uri, challenge)
            proven = ("Proxy-Authorization", proof)
            return self._asks(uri, call_id, *who, *more, proven).status

    def _asks(self, uri: str, call_id: str, *more: tuple[str, str]) -> Message:
        headers = (*self._numbered("INVITE", call_id), *more)
        self._answer = None
        self._request("INVITE", uri, headers, self._description(), user=self.line.user)
        answer = self._answered()
        self._acknowledge(answer)
        return answer

    def says(self, to: str) -> list[int]:
        """Send a MESSAGE; return all answers, the first of which challenges the sender."""
        uri, call_id = f"sip:{to}@{self._switch}", uuid.uuid4().hex
        with self._changed:
            answer = self._say(uri, call_id)
            if answer.status != _CHALLENGED:
                return [answer.status]
            line, challenge = self.line, answer.get("Proxy-Authenticate")
            proof = self._proof(line.user, line.password, "MESSAGE", uri, challenge)
            proven = self._say(uri, call_id, ("Proxy-Authorization", proof))
            return [answer.status, proven.status]

    def _say(self, uri: str, call_id: str, *proof: tuple[str, str]) -> Message:
        who = (("From", f"{self._me};tag={self._tag}"), ("To", f"<{uri}>"))
        self._answer = None
        self._request("MESSAGE", uri, (*who, *self._numbered("MESSAGE", call_id), *proof))
        return self._answered()

    def _response(self, response: Message) -> None:
        stealing = self._steals and response.method == "INVITE"
        if (stealing or response.method == "MESSAGE") and response.status >= 200:
            self._answer = response
        else:
            super()._response(response)
