"""A carrier: outside phones are behind it, and for every other number it misbehaves on demand.

The last three digits say how.
``403 404 480 486 503 504 603``: refused with that code. ``180``: rings for ever. ``000``: says
nothing.
``183``: early media, the tone ``EARLY``; a test then lets it ``answer`` or ``refuse``.
``200``: answers, and hangs up in the same moment.
"""

from __future__ import annotations

import re
import socket
import threading
from dataclasses import dataclass, field

from tests.lab.sound import PACKET_SECONDS, PLACES, rtp_tone

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    403: "Forbidden",
    404: "Not Found",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    503: "Service Unavailable",
    504: "Server Time-out",
    603: "Decline",
}
_COPIED = {"via", "from", "to", "call-id", "cseq", "record-route"}


@dataclass
class _Invite:
    """An INVITE that gets one final answer or several."""

    headers: list[str]
    address: tuple[str, int]
    media: tuple[str, int] | None
    quiet: threading.Event = field(default_factory=threading.Event)


class Carrier:
    """A SIP server on a UDP port of the loopback.

    ``phones``: SIP port of each outside phone. ``numbers``: every number dialled, in order;
    ``callers``: the same of who called, as ``From`` has it.
    """

    def __init__(self, port: int, phones: dict[str, int] | None = None) -> None:
        self.numbers: list[str] = []
        self.callers: list[str] = []
        self._phones = phones or {}
        self._switch = ("127.0.0.1", 0)
        self._invites: dict[str, _Invite] = {}
        self._latest: dict[str, _Invite] = {}
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind(("127.0.0.1", port))
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp.bind(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        for invite in self._invites.values():
            invite.quiet.set()
        self._sip.close()
        self._rtp.close()

    def answer(self, number: str) -> None:
        """Answer the call that was sent early media; the tone goes on."""
        self._respond(200, self._latest[number], with_sound=True)

    def refuse(self, number: str, code: int) -> None:
        invite = self._latest[number]
        invite.quiet.set()
        self._respond(code, invite)

    def _serve(self) -> None:
        while True:
            try:
                data, address = self._sip.recvfrom(65535)
            except OSError:
                return
            self._received(data, address)

    def _received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        if text.startswith("SIP/2.0"):
            if address[1] in self._phones.values():  # else it is the switch's, to a BYE of ours
                self._sip.sendto(data, self._switch)  # all that a phone is sent came through here
            return
        method, uri, _ = text.split(" ", 2)
        number = uri.removeprefix("sip:").split("@", 1)[0]
        if method == "INVITE":
            self.numbers.append(number)
            self.callers.append(_from(text))
        if number in self._phones:
            self._switch = address
            self._sip.sendto(data, ("127.0.0.1", self._phones[number]))
        else:
            self._request(method, number, text, address)

    def _request(self, method: str, number: str, text: str, address: tuple[str, int]) -> None:
        headers = _headers_to_copy(text)
        call_id = next((h for h in headers if h.lower().startswith("call-id")), "")
        if method == "INVITE":
            self._invited(number, call_id, _Invite(headers, address, _media_address(text)))
        elif method in {"CANCEL", "BYE", "OPTIONS"}:
            self._respond(200, _Invite(headers, address, None))
            self._over(method, call_id)

    def _over(self, method: str, call_id: str) -> None:
        invite = self._invites.pop(call_id, None)
        if invite is None:
            return
        invite.quiet.set()
        if method == "CANCEL":
            self._respond(487, invite)

    def _invited(self, number: str, call_id: str, invite: _Invite) -> None:
        code = int(number[-3:])
        if code == 0:
            return
        self._respond(100, invite)
        self._invites[call_id] = self._latest[number] = invite
        self._respond(code if code in REASONS else 404, invite, with_sound=code in (183, 200))
        if code == 200:
            self._hang_up(invite)
        if code == 183:
            threading.Thread(target=self._sound, args=(invite,), daemon=True).start()

    def _sound(self, invite: _Invite) -> None:
        for packet in rtp_tone(PLACES["EARLY"]):
            if invite.quiet.wait(PACKET_SECONDS) or invite.media is None:
                return
            self._rtp.sendto(packet, invite.media)

    def _hang_up(self, invite: _Invite) -> None:
        """Send a BYE right after the answer."""
        pairs = (header.partition(": ") for header in invite.headers)
        found = {name.lower(): value for name, _, value in pairs}
        port = self._sip.getsockname()[1]
        lines = [
            f"BYE sip:{invite.address[0]}:{invite.address[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{id(invite)}",
            f"From: {found['to']};tag=carrier",
            f"To: {found['from']}",
            f"Call-ID: {found['call-id']}",
            "CSeq: 1 BYE",
            "Max-Forwards: 70",
            "Content-Length: 0",
        ]
        self._sip.sendto("\r\n".join([*lines, "", ""]).encode(), invite.address)

    def _respond(self, code: int, invite: _Invite, *, with_sound: bool = False) -> None:
        lines = [f"SIP/2.0 {code} {REASONS[code]}", *_tagged(invite.headers, code)]
        body = self._description() if with_sound else ""
        if body:
            port = self._sip.getsockname()[1]
            lines += [f"Contact: <sip:carrier@127.0.0.1:{port}>", "Content-Type: application/sdp"]
        message = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", body])
        self._sip.sendto(message.encode(), invite.address)

    def _description(self) -> str:
        port = self._rtp.getsockname()[1]
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )


def _from(text: str) -> str:
    found = re.search(r"^From: *(.*?);tag=", text, re.MULTILINE)
    return found[1] if found else ""


def _headers_to_copy(text: str) -> list[str]:
    lines = text.split("\r\n\r\n", 1)[0].split("\r\n")[1:]
    return [line for line in lines if line.split(":", 1)[0].strip().lower() in _COPIED]


def _tagged(headers: list[str], code: int) -> list[str]:
    """A dialogue has two tags; the carrier adds its own to every response but 100."""
    return [
        h + ";tag=carrier" if h.lower().startswith("to:") and "tag=" not in h and code > 100 else h
        for h in headers
    ]


def _media_address(text: str) -> tuple[str, int] | None:
    host = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
    return (host[1], int(port[1])) if host and port else None
