"""A phone in the hands of whoever has stolen its password: it asks for what no desktop would."""

from __future__ import annotations

import uuid

from tests.lab.obedient import ObedientPhone
from tests.lab.sip import Message

_SECONDS = 20.0
_MOVED, _CHALLENGED = 302, 407


class RoguePhone(ObedientPhone):
    """Each request gives the status of its last answer."""

    _answer: Message | None = None

    def moves(self, uri: str) -> None:
        """Answer the call that rings by naming another place to be called."""
        with self._changed:
            self._respond(self._invited, _MOVED, contact=uri)
            self._end(str(_MOVED))

    def refers(self, number: str) -> int:
        """Have the other end of its call call somebody else."""
        about = (("Refer-To", f"<sip:{number}@{self._switch}>"), ("Referred-By", self._me))
        with self._changed:
            self._answer = None
            self._in_the_call("REFER", "", *about)
            return self._answered().status

    def says(self, to: str) -> list[int]:
        """Send a MESSAGE; all answers to it, the first being for one who has not said who it is."""
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

    def _answered(self) -> Message:
        self._changed.wait_for(lambda: self._answer, _SECONDS)
        assert self._answer, "the switch says nothing"
        return self._answer

    @property
    def _me(self) -> str:
        return f"<sip:{self.line.user}@127.0.0.1>"

    def _response(self, response: Message) -> None:
        if response.method in ("REFER", "MESSAGE") and response.status >= 200:
            self._answer = response
        else:
            super()._response(response)
