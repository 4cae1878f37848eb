"""A phone that answers when the switch asks it to by NOTIFY ``talk``; baresip does not."""

from __future__ import annotations

import hashlib
import re
import uuid

from tests.lab.phone import Line
from tests.lab.sip import IDLE, RINGING, Message, Party
from tests.lab.sound import heard
from tests.lab.wire import Wire

_SECONDS = 20.0


class ObedientPhone(Party):
    """A registered phone with the verbs of ``Phone``, as far as its stories need them."""

    def __init__(self, line: Line, wire: Wire, tones: dict[str, int]) -> None:
        super().__init__(line.switch, tones[line.user], line.sip_port, line.rtp_ports.start)
        self.line = line
        self._wire = wire
        self._tones = tones
        self._call: Message | None = None
        self._registration: Message | None = None
        self._agreed = False

    def start(self) -> None:
        """Returns once it is registered."""
        super().start()
        self._register(600)

    def stop(self) -> None:
        """Unregister and leave."""
        if self._registration is not None:
            self._register(0)
            self._registration = None
            super().stop()

    def hears(self, seconds: float = 1.0) -> set[str]:
        return heard(self._wire.listen(self.line.rtp_ports, seconds), self._tones)

    def answer(self) -> None:
        with self._changed:
            self._accept()

    def reject(self, code: int = 486) -> None:
        with self._changed:
            self._refuse(code)

    def hangup(self) -> None:
        with self._changed:
            self._within_the_call("BYE")
            self._over()

    def offers(self, sound: str, pictures: str) -> None:
        """Agree anew on directions as SDP has them: ``sendrecv``, ``sendonly``.."""
        port = 0 if pictures == "inactive" else self.line.rtp_ports.start + 2
        video = (f"m=video {port} RTP/AVP 96", "a=rtpmap:96 VP8/90000", f"a={pictures}")
        with self._changed:
            self._agreed = False
            self._within_the_call("INVITE", self._description(f"a={sound}", *video))
            came = self._changed.wait_for(lambda: self._agreed, _SECONDS)
        assert came, "the switch does not agree to a re-INVITE"

    def _within_the_call(self, method: str, body: str = "", *more: tuple[str, str]) -> None:
        """In the dialogue that the other end began."""
        invite = self._invited
        who = (("From", f"{invite.get('To')};tag={self._tag}"), ("To", invite.get("From")))
        whither = re.search("<(.*?)>", invite.get("Contact"))
        assert whither, invite
        numbered = self._numbered(method, invite.get("Call-ID"))
        self._request(method, whither[1], (*who, *numbered, *more), body)

    # -- what it is asked

    def _invite(self, request: Message) -> None:
        if "tag=" in request.get("To"):  # within the call
            self._respond(request, 200, self._description())
        elif self._state == IDLE:
            self._call, self._state = request, RINGING
            self._respond(request, 100)
            self._respond(request, 180)

    def _notify(self, request: Message) -> None:
        self._respond(request, 200)
        if request.get("Event") == "talk" and self._state == RINGING:
            self._accept()

    def _cancel(self, request: Message) -> None:
        self._respond(request, 200)
        self._refuse(487)

    @property
    def _invited(self) -> Message:
        assert self._call is not None, "was never called"
        return self._call

    def _accept(self) -> None:
        self._respond(self._invited, 200, self._description())
        self._talk(self._invited.media)

    def _refuse(self, code: int) -> None:
        self._respond(self._invited, code)
        self._over()

    # -- registration

    def _register(self, seconds: int) -> None:
        """Ask, be challenged, ask again; ``seconds`` 0 ends it."""
        call_id = uuid.uuid4().hex
        challenge = self._ask_to_register(call_id, seconds).get("WWW-Authenticate")
        proof = ("Authorization", self._proof("REGISTER", self._registrar, challenge))
        answer = self._ask_to_register(call_id, seconds, proof)
        assert answer.status == 200, answer

    def _ask_to_register(self, call_id: str, seconds: int, *proof: tuple[str, str]) -> Message:
        me = f"<sip:{self.line.user}@127.0.0.1>"
        headers = (
            ("From", f"{me};tag={self._tag}"),
            ("To", me),
            *self._numbered("REGISTER", call_id),
            ("Expires", str(seconds)),
            *proof,
        )
        with self._changed:
            self._registration = None
            self._request("REGISTER", self._registrar, headers)
            came = self._changed.wait_for(lambda: self._registration, _SECONDS)
        assert came, "the switch says nothing to REGISTER"
        return came

    def _response(self, response: Message) -> None:
        if response.method == "REGISTER":
            self._registration = response
        elif response.method == "INVITE" and response.status >= 200:
            self._acknowledge(response)
            self._agreed = response.status == 200

    @property
    def _registrar(self) -> str:
        return f"sip:{self._switch}"

    def _proof(self, method: str, uri: str, challenge: str) -> str:
        """Digest authentication without ``qop``, in the way of RFC 2069."""
        asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        me = _md5(f"{self.line.user}:{asked['realm']}:{self.line.password}")
        response = _md5(f"{me}:{asked['nonce']}:{_md5(f'{method}:{uri}')}")
        fields = {"username": self.line.user, "uri": uri, "response": response, **asked}
        named = ("username", "realm", "nonce", "uri", "response")
        return "Digest " + ", ".join(f'{name}="{fields[name]}"' for name in named)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
