"""A phone in the hands of whoever has stolen its password: it asks for what no desktop would."""

from __future__ import annotations

import uuid

from tests.lab.odd import OddPhone
from tests.lab.sip import Message

_CHALLENGED = 407


class RoguePhone(OddPhone):
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

    def _response(self, response: Message) -> None:
        if response.method == "MESSAGE" and response.status >= 200:
            self._answer = response
        else:
            super()._response(response)
