"""SIP by hand, over UDP on the loopback: for what no ready-made phone does or sends."""

from __future__ import annotations

import hashlib
import itertools
import re
import socket
import threading
import uuid
from dataclasses import dataclass

from tests.lab.codecs import PCMA, PCMU, TELEPHONE_EVENT
from tests.lab.sound import PACKET_SECONDS, rtp_tone

Headers = tuple[tuple[str, str], ...]
_REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    486: "Busy Here",
    487: "Request Terminated",
    603: "Decline",
}
_NAMES = {PCMU: "PCMU/8000", PCMA: "PCMA/8000", TELEPHONE_EVENT: "telephone-event/8000"}
_COPIED = ("via", "record-route", "from", "to", "call-id", "cseq")
_SECONDS = 20.0
_TRIES, _AGAIN_SECONDS = 20, 0.3
_CHALLENGED = 401
_SDP = ("Content-Type", "application/sdp")
IDLE, CALLING, RINGING, TALKING = "idle", "calling", "ringing", "talking"


@dataclass(frozen=True)
class Message:
    """``start`` is the request or status line. Bytes that are no UTF-8 are surrogates."""

    start: str
    headers: Headers
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Message:
        head, _, body = data.decode("utf-8", "surrogateescape").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(start, tuple((name.strip(), value.strip()) for name, _, value in pairs), body)

    def encoded(self) -> bytes:
        headers = (*self.headers, ("Content-Length", str(len(self.body))))
        lines = [self.start, *(f"{name}: {value}" for name, value in headers), "", self.body]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape")

    def get(self, name: str) -> str:
        """The first header of that name, else ``""``."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), "")

    @property
    def status(self) -> int:
        """The status code; 0 for a request."""
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return self.get("CSeq").partition(" ")[2]

    @property
    def contact(self) -> str:
        """The URI of the sender within the call."""
        found = re.search("<(.*?)>", self.get("Contact"))
        return found[1] if found else ""

    @property
    def payloads(self) -> list[int]:
        """The payload types of the sound, the preferred one first."""
        found = re.search(r"^m=audio \d+ \S+ ([\d ]+)", self.body, re.MULTILINE)
        return [int(kind) for kind in found[1].split()] if found else []

    @property
    def media(self) -> tuple[str, int]:
        """The address at which the sender wants the sound."""
        host = re.search(r"^c=IN IP4 (\S+)", self.body, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        assert host and port, self
        return host[1], int(port[1])


class Party:
    """One end of one call at a time. ``switch`` is host:port; ``hz`` is the tone it speaks.

    Nothing is sent twice: no datagram is lost on the loopback. A subclass has a method ``_invite``,
    ``_notify``... for each request that means something to it, and ``_response``; they are called
    with the lock ``_changed`` held.
    """

    _transport = "UDP"
    _host = "127.0.0.1"
    """The address that it names as its own."""
    _bound = "127.0.0.1"
    """That from which it sends."""

    def __init__(self, switch: str, hz: int, sip_port: int = 0, rtp_port: int = 0) -> None:
        self._switch = switch
        self._ports = (sip_port, rtp_port)
        self._hz = hz
        self._offer = [PCMU]
        self._tag, self._sequence = uuid.uuid4().hex, itertools.count(1)
        self._versions = itertools.count(1)
        self._changed = threading.Condition()
        self._state = IDLE
        self._quiet = threading.Event()

    def start(self) -> None:
        self._rtp = socket.socket(type=socket.SOCK_DGRAM)
        self._rtp.bind((self._bound, self._ports[1]))
        self._open()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def stop(self) -> None:
        self._over()
        self._close()
        self._rtp.close()

    def _open(self) -> None:
        self._sip = socket.socket(type=socket.SOCK_DGRAM)
        self._sip.bind((self._bound, self._ports[0]))

    def _close(self) -> None:
        self._sip.sendto(b"", self._sip.getsockname())  # closing would not wake the listener
        self._listener.join()
        self._sip.close()

    def wait_ringing(self, seconds: float = 10) -> None:
        self._wait(RINGING, seconds)

    def wait_talking(self, seconds: float = 10) -> None:
        self._wait(TALKING, seconds)

    def wait_idle(self, seconds: float = 10) -> str:
        """How it ended, where it keeps that."""
        self._wait(IDLE, seconds)
        return ""

    def is_answered(self) -> bool:
        return self._state == TALKING

    def _wait(self, state: str, seconds: float) -> None:
        with self._changed:
            reached = self._changed.wait_for(lambda: self._state == state, seconds)
        assert reached, f"is {self._state}, not {state}"

    @property
    def _address(self) -> str:
        return f"{self._host}:{self._sip.getsockname()[1]}"

    def _listen(self) -> None:
        while data := self._receive():
            with self._changed:
                self._received(Message.parse(data))
                self._changed.notify_all()

    def _receive(self) -> bytes:
        return self._sip.recv(65535)

    def _received(self, message: Message) -> None:
        if message.status:
            self._response(message)
        elif handler := getattr(self, f"_{message.method.lower()}", None):
            handler(message)
        elif message.method != "ACK":
            self._respond(message, 200)

    def _response(self, response: Message) -> None:
        """Handle the response to a request that this end sent."""

    def _bye(self, request: Message) -> None:
        self._respond(request, 200)
        self._over()

    def _request(
        self, method: str, uri: str, headers: Headers, body: str = "", user: str = ""
    ) -> Message:
        branch = f"z9hG4bK{uuid.uuid4().hex}"
        via = ("Via", f"SIP/2.0/{self._transport} {self._address};branch={branch};rport")
        contact = f"<sip:{user}@{self._address}>" if user else f"<sip:{self._address}>"
        common = (via, ("Max-Forwards", "70"), ("Contact", contact))
        typed = any(name == _SDP[0] for name, _ in headers)
        whole = (*common, *headers, *([_SDP] if body and not typed else []))
        request = Message(f"{method} {uri} SIP/2.0", whole, body)
        self._send(request)
        return request

    def _acknowledge(self, response: Message, body: str = "") -> None:
        whither = response.contact or f"sip:{self._switch}"
        same = tuple((name, response.get(name)) for name in ("Via", "From", "To", "Call-ID"))
        number = response.get("CSeq").split()[0]
        whole = (*same, ("CSeq", f"{number} ACK"), *([_SDP] if body else []))
        self._send(Message(f"ACK {whither} SIP/2.0", whole, body))

    def _numbered(self, method: str, call_id: str) -> Headers:
        return ("Call-ID", call_id), ("CSeq", f"{next(self._sequence)} {method}")

    def _respond(
        self,
        request: Message,
        code: int,
        body: str = "",
        contact: str = "",
        more: Headers = (),
    ) -> None:
        """Our tag is in every response but 100."""
        copied = [(n, v) for n, v in request.headers if n.lower() in _COPIED]
        if code > 100 and "tag=" not in request.get("To"):
            copied = [(n, v + f";tag={self._tag}" * (n.lower() == "to")) for n, v in copied]
        where = contact or f"sip:{self._address}"
        own_leg = (("Contact", f"<{where}>"), *more, *([_SDP] if body else []))
        start = f"SIP/2.0 {code} {_REASONS.get(code, 'Refused')}"
        self._send(Message(start, (*copied, *own_leg), body))

    def _send(self, message: Message) -> None:
        host, _, port = self._switch.partition(":")
        self._sip.sendto(message.encoded(), (host, int(port)))

    def _description(self, *more: str, host: str = "") -> str:
        port = self._rtp.getsockname()[1]
        lines = (
            "v=0",
            f"o=- 1 {next(self._versions)} IN IP4 {self._host}",
            "s=-",
            f"c=IN IP4 {host or self._host}",
            "t=0 0",
            f"m=audio {port} RTP/AVP {' '.join(map(str, self._offer))}",
            *(f"a=rtpmap:{kind} {_NAMES[kind]}" for kind in self._offer),
            *more,
        )
        return "".join(f"{line}\r\n" for line in lines)

    def _talk(self, media: tuple[str, int]) -> None:
        self._state, self._quiet = TALKING, threading.Event()
        threading.Thread(target=self._sound, args=(media, self._quiet), daemon=True).start()

    def _over(self) -> None:
        self._state = IDLE
        self._quiet.set()

    def _sound(self, media: tuple[str, int], quiet: threading.Event) -> None:
        for packet in rtp_tone(self._hz):
            if quiet.wait(PACKET_SECONDS):
                return
            self._rtp.sendto(packet, media)


def replaced(leg: str) -> tuple[str, str]:
    """The header by which an INVITE asks to replace a leg in its call."""
    return ("Replaces", f"{leg};to-tag=x;from-tag=y")


class Callee(Party):
    """An endpoint that registers, and sends requests in calls that the other end began."""

    def __init__(self, switch: str, hz: int, sip_port: int = 0, rtp_port: int = 0) -> None:
        super().__init__(switch, hz, sip_port, rtp_port)
        self._registration: Message | None = None

    def _within(self, invite: Message, method: str, body: str = "", *more: tuple[str, str]) -> None:
        """A request in the dialogue that the other end began."""
        who = (("From", f"{invite.get('To')};tag={self._tag}"), ("To", invite.get("From")))
        numbered = self._numbered(method, invite.get("Call-ID"))
        self._request(method, invite.contact, (*who, *numbered, *more), body)

    def _register(
        self, user: str, password: str | None, seconds: int = 86_400, at: str = ""
    ) -> None:
        """Ask, be challenged, ask again; ``seconds`` 0 ends it. ``at``: the user part of the
        address where it wants to be called, if it is another than ``user``."""
        call_id = uuid.uuid4().hex
        challenge = self._challenge(user, call_id, seconds, at)
        response = self._proof(user, password, "REGISTER", self._registrar, challenge)
        proof = ("Authorization", response)
        answer = self._ask_to_register(user, call_id, seconds, at, proof)
        assert answer.status == 200, answer

    def _challenge(self, user: str, call_id: str, seconds: int, at: str) -> str:
        """Wait for the challenge; a switch that is still starting answers something else."""
        for _ in range(_TRIES):
            answer = self._ask_to_register(user, call_id, seconds, at)
            if answer.status == _CHALLENGED:
                return answer.get("WWW-Authenticate")
            threading.Event().wait(_AGAIN_SECONDS)
        raise AssertionError(f"asks for no proof: {answer}")

    def _ask_to_register(
        self, user: str, call_id: str, seconds: int, at: str = "", *proof: tuple[str, str]
    ) -> Message:
        me = f"<sip:{user}@127.0.0.1>"
        headers = (
            ("From", f"{me};tag={self._tag}"),
            ("To", me),
            *self._numbered("REGISTER", call_id),
            ("Expires", str(seconds)),
            *self._path,
            *proof,
        )
        with self._changed:
            self._registration = None
            self._request("REGISTER", self._registrar, headers, user=at or user)
            came = self._changed.wait_for(lambda: self._registration, _SECONDS)
        assert came, "the switch says nothing to REGISTER"
        return came

    def _response(self, response: Message) -> None:
        if response.method == "REGISTER":
            self._registration = response

    @property
    def _path(self) -> Headers:
        """The address at which it is reached, if that is not its contact."""
        return ()

    @property
    def _registrar(self) -> str:
        return f"sip:{self._switch}"

    @staticmethod
    def _proof(user: str, password: str | None, method: str, uri: str, challenge: str) -> str:
        """Digest authentication without ``qop``, as in RFC 2069."""
        asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        me = _md5(f"{user}:{asked['realm']}:{password}")
        response = _md5(f"{me}:{asked['nonce']}:{_md5(f'{method}:{uri}')}")
        fields = {"username": user, "uri": uri, "response": response, **asked}
        named = ("username", "realm", "nonce", "uri", "response")
        return "Digest " + ", ".join(f'{name}="{fields[name]}"' for name in named)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
