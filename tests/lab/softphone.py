"""A phone by hand, for what no ready-made phone does, and for what phones in the field do
differently.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections import deque
from dataclasses import dataclass

import numpy as np

from tests.lab.codecs import PCMA, PCMU, TELEPHONE_EVENT
from tests.lab.makes import PLAIN, Early, Hold, Make
from tests.lab.phone import Line, PhoneError
from tests.lab.sip import CALLING, IDLE, RINGING, TALKING, Callee, Headers, Message
from tests.lab.sound import EVENTS, PACKET_SECONDS, heard, rtp_tone_and_keys, spoken_digits
from tests.lab.wire import Wire

_SECONDS = 20.0
_TRIES, _AGAIN_SECONDS = 10, 0.3
_CHALLENGED, _LATER = (401, 407), (491, 500)
BEHIND_NAT = "192.168.77.7"
"""Nobody has it here."""
_LAWS = {"PCMU": PCMU, "PCMA": PCMA}


@dataclass(frozen=True)
class Dialogue:
    """Headers of each request within a call."""

    call_id: str
    local: str
    remote: str
    target: str


class Softphone(Callee):
    """A phone with the verbs of ``Phone``; ``make`` says what kind it is of."""

    def __init__(self, line: Line, wire: Wire, tones: dict[str, int], make: Make = PLAIN) -> None:
        super().__init__(line.switch, tones[line.user], line.sip_port, line.rtp_ports.start)
        self.line = line
        self.make = make
        self._wire = wire
        self.tones = tones
        self._laws = [_LAWS[codec.partition("/")[0]] for codec in make.codecs]
        self._law = self._laws[0]
        self._offer = [*self._laws, TELEPHONE_EVENT]
        self._is_there = False
        self._call: Message | None = None
        self._asked: Message | None = None
        self._dialogue: Dialogue | None = None
        self._silent = threading.Event()
        self._keys: deque[str] = deque()
        self._digits, self._pressed = "", b""
        self._reason: Headers = ()
        self._says: Headers = ()
        self._identity = f"<sip:{line.user}@127.0.0.1>"
        self._closed = ""
        self._agreed: int = 0
        self._host = BEHIND_NAT if make.nat else self._host

    # -- life

    def start(self) -> None:
        """Returns once it is registered, if it is to be."""
        super().start()
        self._is_there = True
        self._hearing = threading.Thread(target=self._listen_to_sound, daemon=True)
        self._hearing.start()
        if self.line.password is not None:
            self._register(self.line.user, self.line.password)

    def registers_again(self) -> None:
        """Renew the registration, as phones do before it expires."""
        self._register(self.line.user, self.line.password)

    def stop(self) -> None:
        """Hang up, unregister and leave."""
        if not self._is_there:
            return
        if self._state != IDLE:
            self.hangup()
        if self._registration is not None:
            self._register(self.line.user, self.line.password, 0)
        self.kill()

    def kill(self) -> None:
        """Vanish as in a power cut: no BYE, no unregistration."""
        if not self._is_there:
            return
        self._is_there, self._registration = False, None
        self._end("")
        self._rtp.sendto(b"", self._rtp.getsockname())  # closing would not wake it
        self._hearing.join()
        super().stop()

    # -- what its user sees

    def wait_idle(self, seconds: float = 10) -> str:
        super().wait_idle(seconds)
        return self._closed

    def caller(self) -> str:
        """The number that it shows for its latest incoming call."""
        found = re.search("sips?:(.*?)@", self.invited.get("From"))
        return found[1] if found else ""

    def hears(self, seconds: float = 0.6) -> set[str]:
        return heard(self._wire.listen(self.line.rtp_ports, seconds), self.tones)

    def digits(self) -> str:
        return self._digits

    def wait_digits(self, digits: str, seconds: float = 10) -> None:
        with self._changed:
            came = self._changed.wait_for(lambda: self._digits == digits, seconds)
        if not came:
            raise PhoneError(f"{self.line.user} received {self._digits!r}, not {digits}")

    def wait_tones(self, digits: str, seconds: float = 10) -> None:
        """Wait until the digits have been heard in the sound itself."""
        clock, sound = threading.Event(), np.empty(0)
        for _ in range(int(seconds / 0.1)):
            sound = np.append(sound, self._wire.take(self.line.rtp_ports))
            if digits in spoken_digits(sound):
                return
            clock.wait(0.1)
        raise PhoneError(f"{self.line.user} heard {spoken_digits(sound)!r}, not {digits}")

    # -- what its user does

    def dial(self, number: str) -> None:
        """Returns when the phone has begun to call, not when somebody answers."""
        self._digits = ""
        with self._changed:
            self._state, self._closed, self._call = CALLING, "", None
            self._ask(number)

    def answer(self) -> None:
        with self._changed:
            self._accept()

    def reject(self, code: int = 486) -> None:
        with self._changed:
            self._refuse(code)

    def hangup(self) -> None:
        with self._changed:
            if self._state == TALKING:
                self._in_the_call("BYE", "", *self._reason)
                self._end("Connection reset by user")
            elif self._state == RINGING:
                self._refuse(486)
            elif self._state == CALLING:
                self._cancel_it()

    def hold(self) -> None:
        self._silent.set()
        where = "0.0.0.0" if self.make.hold is Hold.NOWHERE else self._host
        how = () if self.make.hold is Hold.NOWHERE else (f"a={self.make.hold.value}",)
        self._agree(self._description(*how, host=where))

    def resume(self) -> None:
        self._agree(self._description("a=sendrecv"))
        self._silent.clear()

    def offers(self, sound: str, pictures: str) -> None:
        """Send a re-INVITE with these directions, written as in SDP: ``sendrecv``, ``sendonly``."""
        port = 0 if pictures == "inactive" else self.line.rtp_ports.start + 2
        video = (f"m=video {port} RTP/AVP 96", "a=rtpmap:96 VP8/90000", f"a={pictures}")
        self._agree(self._description(f"a={sound}", *video))

    def dtmf(self, digits: str) -> None:
        self._keys.extend(digits)

    # -- what it is asked

    def _invite(self, request: Message) -> None:
        if "tag=" in request.get("To"):  # within the call
            self._respond(request, 200, self._description())
        elif self._state == IDLE:
            self._called(request)
        else:
            self._respond(request, 486)

    def _called(self, request: Message) -> None:
        self._call, self._asked, self._digits = request, None, ""
        self._state, self._closed = RINGING, ""
        self._law = next((law for law in self._laws if law in request.payloads), self._laws[0])
        self._respond(request, 100)
        if self.make.early is Early.NONE:
            self._respond(request, 180)
            return
        self._respond(request, 183, self._description())
        if self.make.early is Early.SOUND:
            self._speak(request.media)

    def _cancel(self, request: Message) -> None:
        self._respond(request, 200)
        if self._state == RINGING:
            self._respond(self.invited, 487)
            self._end("CANCEL")

    def _bye(self, request: Message) -> None:
        self._respond(request, 200)
        self._end("BYE")

    @property
    def invited(self) -> Message:
        assert self._call is not None, "was never called"
        return self._call

    def _accept(self) -> None:
        if self._state != RINGING:
            raise PhoneError(f"{self.line.user} does not ring")
        call = self.invited
        self._respond(call, 200, self._description())
        local = f"{call.get('To')};tag={self._tag}"
        self._dialogue = Dialogue(call.get("Call-ID"), local, call.get("From"), call.contact)
        self._talk(call.media)

    def _refuse(self, code: int) -> None:
        self._respond(self.invited, code, more=self._reason)
        self._end(f"{code}")

    # -- what is answered to it

    def _response(self, response: Message) -> None:
        super()._response(response)
        if response.method != "INVITE" or response.status < 200:
            return
        self._acknowledge(response)
        if self._dialogue is not None:
            self._agreed = response.status
        elif response.status in _CHALLENGED and not self._asked_with_proof:
            self._ask(self._number, response)
        elif response.status == 200:
            self._talks_to(response)
        else:
            self._end(response.start.partition(" ")[2])

    def _talks_to(self, response: Message) -> None:
        local, remote = response.get("From"), response.get("To")
        self._dialogue = Dialogue(response.get("Call-ID"), local, remote, response.contact)
        self._law = next((law for law in self._laws if law in response.payloads), self._laws[0])
        self._talk(response.media)

    # -- how it says things

    def _ask(self, number: str, challenge: Message | None = None) -> None:
        self._number, callee = number, f"sip:{number}@{self._switch}"
        headers: Headers = (
            ("From", f"{self._identity};tag={uuid.uuid4().hex}"),
            ("To", f"<{callee}>"),
            *self._numbered("INVITE", uuid.uuid4().hex),
            *self._says,
        )
        if challenge is not None:
            headers += (self._proven(callee, challenge),)
        self._asked_with_proof = challenge is not None
        body = self._description()
        self._asked = self._request("INVITE", callee, headers, body, user=self.line.user)

    def _proven(self, uri: str, challenge: Message) -> tuple[str, str]:
        user, password = self.line.user, self.line.password
        if asked := challenge.get("Proxy-Authenticate"):
            return "Proxy-Authorization", self._proof(user, password, "INVITE", uri, asked)
        asked = challenge.get("WWW-Authenticate")
        return "Authorization", self._proof(user, password, "INVITE", uri, asked)

    def _cancel_it(self) -> None:
        assert self._asked is not None
        kept = ("via", "from", "to", "call-id", "max-forwards")
        headers = tuple((n, v) for n, v in self._asked.headers if n.lower() in kept)
        number = self._asked.get("CSeq").split()[0]
        start = self._asked.start.replace("INVITE", "CANCEL", 1)
        self._send(Message(start, (*headers, ("CSeq", f"{number} CANCEL"))))

    def _in_the_call(self, method: str, body: str = "", *more: tuple[str, str]) -> None:
        assert self._dialogue is not None, f"{self.line.user} has no call"
        call = self._dialogue
        who = (("From", call.local), ("To", call.remote))
        self._request(
            method, call.target, (*who, *self._numbered(method, call.call_id), *more), body
        )

    def _agree(self, body: str) -> None:
        """Send a re-INVITE, and send it again while the switch sends one itself."""
        for _ in range(_TRIES):
            if self._asks_to_agree(body) not in _LATER:
                break
            threading.Event().wait(_AGAIN_SECONDS)
        assert self._agreed == 200, f"the switch does not agree to a re-INVITE: {self._agreed}"

    def _asks_to_agree(self, body: str) -> int:
        with self._changed:
            self._agreed = 0
            self._in_the_call("INVITE", body)
            self._changed.wait_for(lambda: self._agreed, _SECONDS)
            return self._agreed

    def _talk(self, media: tuple[str, int]) -> None:
        self._state = TALKING
        self._speak(media)

    def _speak(self, media: tuple[str, int]) -> None:
        """Send sound to this address from now on, and nowhere else."""
        self._quiet.set()
        self._quiet = threading.Event()
        threading.Thread(target=self._sound, args=(media, self._quiet), daemon=True).start()

    def _sound(self, media: tuple[str, int], quiet: threading.Event) -> None:
        for packet in rtp_tone_and_keys(self._hz, self._law, self._keys):
            if quiet.wait(PACKET_SECONDS):
                return
            if not self._silent.is_set():
                self._rtp.sendto(packet, media)

    def _listen_to_sound(self) -> None:
        while packet := self._rtp.recv(2048):
            self._packet(packet)

    def _packet(self, packet: bytes) -> None:
        """All packets of one key have the same timestamp."""
        kind, time = packet[1] & 0x7F, packet[4:8]
        if kind == TELEPHONE_EVENT and time != self._pressed:
            with self._changed:
                self._pressed = time
                self._digits += EVENTS[packet[12]]
                self._changed.notify_all()

    def _info(self, request: Message) -> None:
        self._respond(request, 200)
        if found := re.search(r"Signal=\s*(\S)", request.body):
            self._digits += found[1]

    def _end(self, how: str) -> None:
        self._closed, self._dialogue, self._asked = how, None, None
        self._silent.clear()
        self._keys.clear()
        self._over()
