"""The phones at the far ends: their behaviour in calls, and the end that they saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from esl_bridge.simulator import audio, causes
from esl_bridge.simulator.results import DeferredResult

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel
    from esl_bridge.simulator.switch import SimulatedSwitch


_PACKETS_A_SECOND = 50


@dataclass
class Plan:
    """What a phone does by itself when it is called."""

    rings: bool = True  # False: it never replies at all
    early: bool = False  # 183 in place of 180
    speaks: bool = True  # before the answer, if it has early media
    refuse: int = 0  # SIP status, at once
    answer_after: float | None = None  # seconds
    leaves: bool = False  # hangs up at the moment of its answer


class SimPhone:
    def __init__(self, switch: SimulatedSwitch, name: str, *, outside: bool) -> None:
        self._switch = switch
        self.name = name
        self.outside = outside
        self.registrations = 0
        self.websocket = False
        self.begin_anew()
        self.silent_since: float | None = None  # since when it sends nothing
        self.plan = Plan()
        self.obeys_talk = False  # answers on NOTIFY "talk"; most phones do not
        self.obeys_auto_answer = False
        self.dtmf = "rfc2833"  # how it sends digits: "rfc2833" or "info"
        self.legs: list[SimulatedChannel] = []
        self.digits: list[tuple[str, str]] = []  # received: digit, "2833" | "info"
        self.last_cause = ""
        self.ended = ""  # how its last call ended for it: "603", "BYE", "CANCEL"
        self._watchers: list[Callable[[], None]] = []

    def begin_anew(self) -> None:
        """Become another phone, as far as the registrar can tell."""
        self.contact_user = f"{self.name}-0x{self._switch.new_uuid()[:12].replace('-', '')}"

    # -- requests of the switch

    def invited(self, leg: SimulatedChannel) -> None:
        leg.variables["sip_destination_url"] = f"<{self.address}>"
        if leg.dead or not self.plan.rings:
            return
        if refuse := self.plan.refuse or (486 if self.legs != [leg] else 0):  # it has one line
            self._refuse(leg, refuse)
            return
        leg.early_media() if self.plan.early else leg.ring()
        answers_by_itself = self.obeys_auto_answer and leg.true("sip_auto_answer")
        after = 0.0 if answers_by_itself else self.plan.answer_after
        if self.plan.leaves:
            self._leave(leg)
        elif after is not None:
            self._switch.later(after, leg.answer)

    def _leave(self, leg: SimulatedChannel) -> None:
        leg.answer()
        leg.hangup("NORMAL_CLEARING", "recv_bye", "200")

    def told_to_talk(self, leg: SimulatedChannel) -> None:
        if self.obeys_talk:
            self._switch.soon(leg.answer)

    def lost(self, leg: SimulatedChannel) -> None:
        self.last_cause = leg.cause
        self.ended = _end_of(leg)
        if leg in self.legs:
            self.legs.remove(leg)
        self.changed()

    # -- what its user does

    def answer(self) -> None:
        self._ringing().answer()

    def reject(self, code: int) -> None:
        self._refuse(self._ringing(), code)

    def _refuse(self, leg: SimulatedChannel, code: int) -> None:
        leg.hangup(causes.of_status(code), "recv_refuse", str(code))

    def hangup(self) -> None:
        leg = self._current()
        if leg.answered:
            leg.hangup("NORMAL_CLEARING", "recv_bye", "200")
        elif leg.direction == "inbound":
            leg.hangup("ORIGINATOR_CANCEL", "recv_cancel")
        else:
            self._refuse(leg, 486)

    def hold(self) -> None:
        self.offers("sendonly", "inactive")

    def resume(self) -> None:
        self.offers("sendrecv", "inactive")

    def offers(self, sound: str, pictures: str) -> None:
        """Renegotiate directions as in SDP: ``sendrecv``, ``sendonly``..."""
        leg = self._current()
        leg.flows(sound, pictures)
        if sound in ("sendonly", "inactive"):
            self._switch.hold(leg, "phone")
        elif leg.held_by == "phone":
            self._switch.unhold(leg, "phone")
        leg.reinvited()

    def fall_silent(self, *, now: bool) -> None:
        """It sends nothing, not even silence."""
        self.silent_since = self._switch.clock.now() if now else None

    def packets(self, leg: SimulatedChannel) -> int:
        """How many packets it has sent."""
        until = self.silent_since or self._switch.clock.now()
        since = (leg.early_at if self.plan.speaks else 0.0) or leg.answered_at
        return max(0, int((until - since) * _PACKETS_A_SECOND)) if since else 0

    def press(self, digits: str) -> None:
        leg = self._current()
        source = "INFO" if self.dtmf == "info" else "RTP"
        for digit in digits:
            leg.receive_digit(digit, source, "1440")

    def _ringing(self) -> SimulatedChannel:
        for leg in self.legs:
            if leg.direction == "outbound" and not leg.answered:
                return leg
        raise NoCall(f"{self.name} is not ringing")

    def _current(self) -> SimulatedChannel:
        """The leg it talks on, else the one that rings or dials."""
        if not self.legs:
            raise NoCall(f"{self.name} has no call")
        return max(self.legs, key=lambda leg: leg.answered)

    # -- what can be seen of it

    @property
    def registered(self) -> bool:
        return self in self._switch.registered

    @property
    def address(self) -> str:
        way = ";transport=ws" if self.websocket else ""
        return f"sip:{self.contact_user}@127.0.0.1:5080{way}"

    @property
    def state(self) -> str:
        """``idle``, ``ringing``, ``dialing`` or ``talking``."""
        if any(leg.answered or leg.thread.caught for leg in self.legs):
            return "talking"
        if any(leg.direction == "inbound" for leg in self.legs):
            return "dialing"
        rings = any(leg.callstate in ("RINGING", "EARLY") for leg in self.legs)
        return "ringing" if rings else "idle"

    def hears(self) -> set[str]:
        return set().union(*(audio.heard(leg) for leg in self.legs))

    def until(self, state: str, seconds: float) -> DeferredResult:
        """Answers ``true`` as soon as the phone is in ``state``, ``false`` after ``seconds``."""
        result = DeferredResult()
        result.then(lambda _: self._watchers.remove(look))

        def look() -> None:
            if self.state == state:
                result.set("true")

        self._watchers.append(look)
        self._switch.clock.later(seconds, lambda: result.set("false"))
        look()
        return result

    def changed(self) -> None:
        for look in list(self._watchers):
            look()


def _end_of(leg: SimulatedChannel) -> str:
    if leg.answered_at:
        return "BYE"
    if leg.direction == "inbound":
        return str(causes.to_status(leg.cause))
    return leg.get("sip_term_status") or "CANCEL"


class NoCall(Exception):
    """The phone has no call that fits the command."""
