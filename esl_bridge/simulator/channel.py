"""One leg: its states, and its events. What it does is decided in its thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from esl_bridge.simulator import events
from esl_bridge.simulator.activity import Idle, LegActivity
from esl_bridge.simulator.causes import q850
from esl_bridge.simulator.dialstring import executed
from esl_bridge.simulator.leg_thread import LegThread

if TYPE_CHECKING:
    from esl_bridge.simulator.media_bugs import Bug
    from esl_bridge.simulator.phone import SimPhone
    from esl_bridge.simulator.playback import Overlay
    from esl_bridge.simulator.switch import SimulatedSwitch

_STATES: tuple[str, ...] = (
    "",
    "CS_INIT",
    "CS_ROUTING",
    "CS_SOFT_EXECUTE",
    "CS_EXECUTE",
    "CS_EXCHANGE_MEDIA",
)
_UNDER_WAY = ("RINGING", "EARLY", "RING_WAIT", "ACTIVE")  # a hold persists over these
_STATES += ("CS_PARK", "CS_CONSUME_MEDIA", "CS_HIBERNATE", "CS_RESET", "CS_HANGUP", "CS_REPORTING")


@dataclass
class Profile:
    """The leg's caller profile."""

    number: str = "0000000000"
    name: str = ""
    destination: str = ""
    context: str = "default"
    callee_number: str = ""
    callee_name: str = "Outbound Call"
    original_number: str = ""
    withheld: bool = False  # requests privacy


class SimulatedChannel:
    """A leg; created by the simulated switch."""

    def __init__(
        self, switch: SimulatedSwitch, uuid: str, name: str, direction: str, profile: Profile
    ) -> None:
        self.switch = switch
        self.uuid = uuid
        self.name = name
        self.direction = direction
        self.profile = profile
        self.phone: SimPhone | None = None
        self.presence_id = ""
        self.call_uuid = uuid
        self.source = "mod_sofia" if direction == "inbound" else "src/switch_ivr_originate.c"
        self.variables: dict[str, str] = {"direction": direction, "uuid": uuid}
        self.variables["channel_name"] = name
        self.state = "CS_INIT"
        self.callstate = "DOWN"
        self.answer_state = "ringing"
        self.cause = ""
        self.created_at = switch.clock.now()
        self.early_at = 0.0
        self.answered_at = 0.0
        self.hungup_at = 0.0
        self.told = False  # CHANNEL_CREATE is out
        self.hit_dialplan = False
        self.flipped = False
        self.other: SimulatedChannel | None = None  # shown in the Other-Leg headers; may be stale
        self.dialed_by: SimulatedChannel | None = None
        self.held_by: str = ""  # "phone" or "switch"
        self.activity: LegActivity = Idle(self)
        self.overlay: Overlay | None = None
        self.thread = LegThread(self)
        self.bugs: list[Bug] = []
        self.on_end: list[Callable[[], object]] = []
        self.after_create: Callable[[], None] | None = None
        self._cancelled: tuple[str, str, str] | None = None  # hung up before CHANNEL_CREATE

    @property
    def state_number(self) -> int:
        return _STATES.index(self.state)

    @property
    def answered(self) -> bool:
        return self.answered_at > 0 and not self.dead

    @property
    def has_media(self) -> bool:
        return self.answer_state in ("early", "answered")

    @property
    def dead(self) -> bool:
        return bool(self.cause) or self._cancelled is not None

    def get(self, name: str) -> str:
        return self.variables.get(name, "")

    def true(self, name: str) -> bool:
        return self.get(name).lower() in ("true", "yes", "on", "1", "t", "enabled", "active")

    def setvar(self, name: str, value: str) -> None:
        """An empty value removes the variable."""
        if value:
            self.variables[name] = value
        else:
            self.variables.pop(name, None)

    def emit(self, name: str, extra: events.Headers | None = None) -> None:
        own = events.of_channel(self, variables=name != "CHANNEL_CALLSTATE")
        self.switch.publish(name, own | (extra or {}))

    def emit_custom(self, subclass: str, extra: events.Headers) -> None:
        own = events.of_channel(self, variables=True)
        self.switch.publish("CUSTOM", {"Event-Subclass": subclass} | own | extra)

    def set_callstate(self, callstate: str) -> None:
        if callstate == self.callstate or (self.callstate == "HELD" and callstate in _UNDER_WAY):
            return
        before, self.callstate = self.callstate, callstate
        number = events.callstate_number(callstate)
        told = {"Original-Channel-Call-State": before, "Channel-Call-State-Number": number}
        self.emit("CHANNEL_CALLSTATE", told)
        self.switch.phone_changed(self.phone)

    def talk_again(self) -> None:
        if self.callstate == "UNHELD":
            self.set_callstate("ACTIVE")

    def unheld(self) -> None:
        """The switch considers a hold ended, although the phone still holds."""
        if self.callstate == "HELD":
            self.set_callstate("UNHELD")
            self.emit("CHANNEL_UNHOLD")
            self.set_callstate("ACTIVE")

    # -- birth

    def create(self) -> None:
        """Emit CHANNEL_CREATE; an earlier hangup waits for this."""
        self.told = True
        self.emit("CHANNEL_CREATE")
        if self.direction == "outbound":
            self.state = "CS_CONSUME_MEDIA"
            self.run_on("execute_on_originate")
        if self._cancelled is not None:
            cancelled, self._cancelled = self._cancelled, None
            self.hangup(*cancelled)
        elif self.after_create is not None:
            self.after_create()

    # -- progress

    def ring(self) -> None:
        if self.answer_state != "ringing" or self.dead:
            return
        self.emit("CHANNEL_PROGRESS")
        if self.callstate == "DOWN":
            self.set_callstate("RINGING")
        self.activity.rang()

    def early_media(self) -> None:
        if self.answer_state != "ringing" or self.dead:
            return
        self.answer_state = "early"
        self.early_at = self.switch.clock.now()
        self._media("EARLY MEDIA")
        self.emit("CHANNEL_PROGRESS_MEDIA")
        self.set_callstate("EARLY")
        self.activity.early()

    def answer(self) -> None:
        """The leg is answered, by its phone (outbound) or by the switch (inbound)."""
        if self.answered_at or self.dead:
            return
        if self.direction == "inbound":
            self.early_media()
        self.answer_state = "answered"
        self.answered_at = self.switch.clock.now()
        self._media("ANSWER")
        self.emit("CHANNEL_ANSWER")
        self.set_callstate("ACTIVE")
        self.run_on("execute_on_answer")
        self.activity.answered()

    def _media(self, disposition: str) -> None:
        self.variables["endpoint_disposition"] = disposition
        self.variables["rtp_use_codec_name"] = "PCMU"
        self.flows("sendrecv", "inactive")
        self.variables.setdefault("dtmf_type", self.phone.dtmf if self.phone else "rfc2833")

    def flows(self, sound: str, pictures: str) -> None:
        """Directions, as its phone states them. Video that was not offered is refused, but the
        variable keeps what the phone stated (measured)."""
        self.variables["remote_audio_media_flow"] = sound
        self.variables["remote_video_media_flow"] = pictures
        offered = "VP8" in self.variables.get("absolute_codec_string", "")
        if pictures != "inactive" and (offered or self.direction == "inbound"):
            self.variables["rtp_use_video_codec_name"] = "VP8"

    def reinvited(self) -> None:
        """Its phone sent a re-INVITE; the event names only the leg (measured)."""
        told = {"Event-Subclass": "sofia::reinvite", "Unique-ID": self.uuid}
        self.switch.publish("CUSTOM", told)

    def run_on(self, moment: str) -> None:
        """Execute each variable whose name begins with ``moment``."""
        for variable in [name for name in self.variables if name.startswith(moment)]:
            self.switch.run_beside(self, *executed(self.get(variable)))

    # -- digits

    def send_digit(self, digit: str) -> None:
        """Send to the phone as ``dtmf_type`` specifies; "none" means INFO (measured)."""
        if self.phone is not None:
            way = "2833" if self.get("dtmf_type") in ("", "rfc2833") else "info"
            self.phone.digits.append((digit, way))

    def receive_digit(self, digit: str, source: str, duration: str) -> None:
        """From the phone (RTP, INFO), or simulated by a command (APP)."""
        if self.dead:
            return
        told = {"DTMF-Digit": digit, "DTMF-Duration": duration, "DTMF-Source": source}
        self.emit("DTMF", told)
        (self.overlay or self.activity).digit(digit)

    def flip(self) -> None:
        """Swap an outbound leg's caller id once it acts by itself (measured)."""
        if self.direction == "inbound" or self.flipped:
            return
        self.flipped = True
        who = self.profile
        who.callee_number, who.number = who.number, who.destination
        who.callee_name = who.name = "Outbound Call"

    # -- end

    def hangup(self, cause: str, disposition: str = "", status: str = "") -> bool:
        """End the leg; returns False if it has ended already.

        ``disposition``: ``recv_bye``, ``recv_refuse``... if the phone ended it; else derived.
        """
        if self.dead:
            return False
        if not self.told:
            self._cancelled = (cause, disposition, status)
            return True
        self.cause, self.answer_state = cause, "hangup"
        if status:
            self.variables["sip_term_status"] = status
            self.variables["proto_specific_hangup_cause"] = f"sip:{status}"
        if disposition.endswith("_refuse"):
            self.variables["sip_hangup_disposition"] = disposition
        self.hungup_at = self.switch.clock.now()
        self.thread.next = lambda: self._end(disposition)
        self._tell_hangup(disposition)
        return True

    def _tell_hangup(self, disposition: str) -> None:
        told_at, self.hungup_at = self.hungup_at, 0.0
        self.emit("CHANNEL_HANGUP")
        self.hungup_at = told_at
        if disposition == "recv_bye":
            self.variables["sip_hangup_disposition"] = disposition
        if disposition.startswith("recv_"):
            self._lose_phone()  # it has ended the call itself
        self.thread.schedule()

    def _lose_phone(self) -> None:
        """The leg's thread sends the BYE when it gets to that: an INVITE may overtake it
        (measured)."""
        phone, self.phone = self.phone, None
        if phone is not None:
            phone.lost(self)

    def _end(self, disposition: str) -> None:
        self.state = "CS_HANGUP"
        for bug in [bug for bug in self.bugs if bug.ends_first]:
            bug.remove()
        self.set_callstate("HANGUP")
        self.state = "CS_REPORTING"
        self.variables.setdefault("sip_hangup_disposition", disposition or _how_we_end(self))
        self.variables |= {"hangup_cause": self.cause, "hangup_cause_q850": q850(self.cause)}
        self.variables |= _durations(self)
        self._lose_phone()
        self.emit("CHANNEL_HANGUP_COMPLETE")
        for bug in list(self.bugs):
            bug.remove()
        for call in self.on_end:
            call()
        self.switch.soon(self._destroy)

    def _destroy(self) -> None:
        self.emit("CHANNEL_DESTROY")
        self.switch.forget(self)


def _how_we_end(leg: SimulatedChannel) -> str:
    if leg.answered_at:
        return "send_bye"
    return "send_cancel" if leg.direction == "outbound" else "send_refuse"


def _durations(leg: SimulatedChannel) -> dict[str, str]:
    talked = leg.hungup_at - leg.answered_at if leg.answered_at else 0.0
    return {
        "duration": str(int(leg.hungup_at - leg.created_at)),
        "billsec": str(int(talked)),
        "billmsec": str(int(talked * 1000)),
    }
