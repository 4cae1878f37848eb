"""A phone that answers when the switch asks it to by NOTIFY ``talk``; baresip does not."""

from __future__ import annotations

from dataclasses import replace

from tests.lab.makes import Early
from tests.lab.sip import RINGING, Message
from tests.lab.softphone import Softphone


class ObedientPhone(Softphone):
    def sends_early_media(self, *, now: bool, silent: bool = False) -> None:
        """Send early media while it rings, from the next call on; ``silent``: announce it, but send
        nothing.
        """
        kind = Early.SILENCE if silent else Early.SOUND
        self.make = replace(self.make, early=kind if now else Early.NONE)

    def begins_to_sound(self) -> None:
        """Begin to send early media while it rings, after a silence."""
        self._speak(self.invited.media)

    def _notify(self, request: Message) -> None:
        self._respond(request, 200)
        if request.get("Event") == "talk" and self._state == RINGING:
            self._accept()
