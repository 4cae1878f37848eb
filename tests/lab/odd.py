"""A phone that does what SIP allows and phones seldom do, or only some in the field."""

from __future__ import annotations

import threading
from dataclasses import replace

from tests.lab.makes import Early
from tests.lab.sip import RINGING, Headers, Message
from tests.lab.softphone import Softphone

_SECONDS = 20.0
_MOVED = 302


class OddPhone(Softphone):
    """Each request gives the status of its last answer.

    ``late``: seconds after which its own call's answer is acknowledged. ``refusals``: with what it
    answers the next calls, before it rings again. ``asked``: all requests that came to it.
    """

    _maker: Headers = ()
    _owes: Message | None = None
    _answer: Message | None = None
    _answers_in_ack = ""

    def start(self) -> None:
        self.asked: list[Message] = []
        super().start()
        self.be_as_others()

    def be_as_others(self) -> None:
        self.late, self._reason, self._says = 0.0, (), ()
        self.refusals: list[int] = []
        self.asked.clear()
        self._maker = ()
        self._identity = self._me
        self.sends_early(Early.NONE)

    def rings_after_all(self) -> None:
        """Send 180 after the 183."""
        self._respond(self.invited, 180)

    def sends_early(self, early: Early) -> None:
        """Send this before it answers or refuses."""
        self.make = replace(self.make, early=early)

    def gives_reason(self, reason: str) -> None:
        """Send this header in each refusal and BYE from now on."""
        self._reason = (("Reason", reason),)

    def is_made_by(self, maker: str) -> None:
        """Give this identity in all its answers, and allow UPDATE."""
        self._maker = (("User-Agent", maker), ("Allow", "INVITE, ACK, BYE, CANCEL, INFO, UPDATE"))

    def supports(self, *options: str) -> None:
        """Send this ``Supported`` header in each call that it begins."""
        self._says = (("Supported", ", ".join(options)),)

    def shows(self, identity: str, *more: tuple[str, str]) -> None:
        """Use this identity in the ``From`` of each call that it begins."""
        self._identity, self._says = identity, more

    def moves(self, uri: str) -> None:
        """Redirect the call that rings to another address (302)."""
        with self._changed:
            self._respond(self.invited, _MOVED, contact=uri)
            self._end(str(_MOVED))

    def refers(self, number: str) -> int:
        """Have the other end of its call call somebody else (REFER)."""
        about = (("Refer-To", f"<sip:{number}@{self._switch}>"), ("Referred-By", self._me))
        with self._changed:
            self._answer = None
            self._in_the_call("REFER", "", *about)
            return self._answered().status

    def answers_and_hangs_up(self) -> None:
        """Answer, and hang up at the same moment."""
        with self._changed:
            if self._state == RINGING:
                self._accept()
                self._in_the_call("BYE", "", *self._reason)
                self._end("BYE")

    def presses_by_info(self, digits: str) -> None:
        """Send keys by SIP INFO, one after the other, whatever the switch answers."""
        kind = ("Content-Type", "application/dtmf-relay")
        for digit in digits:
            with self._changed:
                self._answer = None
                self._in_the_call("INFO", f"Signal={digit}\r\nDuration=160\r\n", kind)
                self._answered()

    def refreshes(self) -> None:
        """Send a re-INVITE that changes nothing."""
        self._agree(self._description("a=sendrecv"))

    def updates(self) -> None:
        """The same by UPDATE (RFC 3311), as session timers do."""
        with self._changed:
            self._answer = None
            self._in_the_call("UPDATE", self._description("a=sendrecv"))
            assert self._answered().status == 200

    def asks_what_is_offered(self, how: str = "sendrecv") -> None:
        """Send a re-INVITE without SDP: the switch makes the offer, and the ACK answers it."""
        self._answers_in_ack = self._description(f"a={how}")
        try:
            self._agree("")
        finally:
            self._answers_in_ack = ""

    def holds_by_delayed_offer(self) -> None:
        self._silent.set()
        self.asks_what_is_offered("sendonly")

    # -- how it differs

    def _received(self, message: Message) -> None:
        if not message.status:
            self.asked.append(message)
        super()._received(message)

    def _respond(
        self,
        request: Message,
        code: int,
        body: str = "",
        contact: str = "",
        more: Headers = (),
    ) -> None:
        super()._respond(request, code, body, contact, (*more, *self._maker))

    def _called(self, request: Message) -> None:
        if self.refusals:
            self._respond(request, self.refusals.pop(0), more=self._reason)
        else:
            super()._called(request)

    def _talks_to(self, response: Message) -> None:
        super()._talks_to(response)
        if self.late:
            self._owes = response
            threading.Timer(self.late, self._pays).start()

    def _pays(self) -> None:
        with self._changed:
            owed, self._owes = self._owes, None
            if owed is not None:
                super()._acknowledge(owed)

    def _acknowledge(self, response: Message, body: str = "") -> None:
        asks = self._answers_in_ack and response.status == 200
        late = self.late and response.status == 200 and (self._owes or self._dialogue is None)
        if not late:
            super()._acknowledge(response, self._answers_in_ack if asks else body)

    def _response(self, response: Message) -> None:
        reliable = response.get("RSeq")
        if reliable and 100 < response.status < 200:
            self._acknowledges_ringing(response, reliable)
        elif response.method in ("REFER", "UPDATE", "INFO") and response.status >= 200:
            self._answer = response
        else:
            super()._response(response)

    def _acknowledges_ringing(self, response: Message, reliable: str) -> None:
        """Acknowledge a provisional response by PRACK (RFC 3262)."""
        who = tuple((name, response.get(name)) for name in ("From", "To"))
        numbered = self._numbered("PRACK", response.get("Call-ID"))
        rack = ("RAck", f"{reliable} {response.get('CSeq')}")
        self._request("PRACK", response.contact, (*who, *numbered, rack))

    def _answered(self) -> Message:
        self._changed.wait_for(lambda: self._answer, _SECONDS)
        assert self._answer, "the switch says nothing"
        return self._answer

    @property
    def _me(self) -> str:
        return f"<sip:{self.line.user}@127.0.0.1>"
