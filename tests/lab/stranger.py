"""An outside caller that sends what no honest phone would, byte for byte."""

from __future__ import annotations

import re
import uuid
from urllib.parse import quote

from tests.lab.sip import CALLING, IDLE, Message, Party, replaced

_HZ = 3000


class Stranger(Party):
    """Calls the switch at ``switch``, a host:port that asks callers for no password."""

    _refused = 0

    def __init__(self, switch: str) -> None:
        super().__init__(switch, _HZ)

    def call(self, user: str, display: str, number: str, *more: tuple[str, str]) -> None:
        """Send an INVITE as ``user`` with that display name, both in other headers as well.

        What cannot stand in a header as it is, is written ``%0A``, which switches decode.
        Bytes that are no UTF-8 are given as surrogates.
        """
        callee = f"sip:{_in_uri(number)}@{self._switch}"
        headers = (
            ("From", f"{_in_quotes(display)} <sip:{_in_uri(user)}@127.0.0.1>;tag={self._tag}"),
            ("To", f"<{callee}>"),
            *self._numbered("INVITE", uuid.uuid4().hex),
            ("Subject", _unbroken(display)),
            ("User-Agent", _unbroken(display)),
            ("X-Unique-ID", _unbroken(display)),
            *more,
        )
        with self._changed:
            self._state = CALLING
            self._request("INVITE", callee, headers, self._description())

    def steal(self, leg: str, *more: tuple[str, str]) -> None:
        """Ask for the place of a leg of the switch's, in the talk that it is in."""
        self.call("13900000009", "intruder", "intruder", replaced(leg), *more)

    def refused(self) -> int:
        """The final status of its call; 0 before it has one."""
        self.wait_idle()
        return self._refused

    def _response(self, response: Message) -> None:
        if response.method != "INVITE" or response.status < 200:
            return
        self._acknowledge(response)
        if response.status == 200:
            self._talk(response.media)
        else:
            self._state, self._refused = IDLE, response.status


def _in_uri(text: str) -> str:
    return quote(text, "", errors="surrogateescape")


def _unbroken(text: str) -> str:
    """Write control characters as ``%0A``."""
    return re.sub(r"[\x00-\x1f\x7f]", lambda found: f"%{ord(found[0]):02X}", text)


def _in_quotes(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", _unbroken(text)) + '"'
