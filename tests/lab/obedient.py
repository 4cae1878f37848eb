"""A phone that answers when the switch asks it to by NOTIFY ``talk``; baresip does not."""

from __future__ import annotations

from tests.lab.sip import RINGING, Message
from tests.lab.softphone import Softphone


class ObedientPhone(Softphone):
    def _notify(self, request: Message) -> None:
        self._respond(request, 200)
        if request.get("Event") == "talk" and self._state == RINGING:
            self._accept()
