"""A phone that answers when the switch asks it to by NOTIFY ``talk``; baresip does not."""

from __future__ import annotations

from tests.lab.phone import Line
from tests.lab.sip import IDLE, RINGING, Callee, Message
from tests.lab.sound import heard
from tests.lab.wire import Wire

_SECONDS = 20.0


class ObedientPhone(Callee):
    """A registered phone with the verbs of ``Phone``, as far as its stories need them."""

    def __init__(self, line: Line, wire: Wire, tones: dict[str, int]) -> None:
        super().__init__(line.switch, tones[line.user], line.sip_port, line.rtp_ports.start)
        self.line = line
        self._wire = wire
        self._tones = tones
        self._call: Message | None = None
        self._agreed = False

    def start(self) -> None:
        """Returns once it is registered."""
        super().start()
        self._register(self.line.user, self.line.password)

    def stop(self) -> None:
        """Unregister and leave."""
        if self._registration is not None:
            self._register(self.line.user, self.line.password, 0)
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

    def _within_the_call(self, method: str, body: str = "") -> None:
        self._within(self._invited, method, body)

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

    def _response(self, response: Message) -> None:
        super()._response(response)
        if response.method == "INVITE" and response.status >= 200:
            self._acknowledge(response)
            self._agreed = response.status == 200
