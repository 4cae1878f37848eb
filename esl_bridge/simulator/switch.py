"""The simulated switch's world: legs, phones, rooms, queues, and their events.

No socket here: commands come as calls (``commands.py``), events leave through ``listeners``. Each
effect of a command waits for a later turn of the clock, so that its reply is always sent first.
"""

from __future__ import annotations

import random
import re
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from esl_bridge.simulator import events
from esl_bridge.simulator.apps import APPLICATIONS
from esl_bridge.simulator.bridging import partner
from esl_bridge.simulator.causes import known
from esl_bridge.simulator.channel import Profile, SimulatedChannel
from esl_bridge.simulator.dialplan import Dialplan, expand
from esl_bridge.simulator.phone import SimPhone
from esl_bridge.simulator.playback import Overlay
from esl_bridge.simulator.queues import Centre
from esl_bridge.simulator.rooms import Room

if TYPE_CHECKING:
    from esl_bridge.simulator.activity import LegActivity
    from esl_bridge.simulator.clock import Clock, ClockTimer
    from esl_bridge.simulator.dialstring import Target
    from esl_bridge.simulator.record_bug import Sounds

TICK_SECONDS = 0.002  # until a leg acts on a command; 20 ms on the real switch
OVERLAY_SECONDS = 0.01  # until a broadcast is heard; 160 ms on the real switch
MUSIC = "local_stream://moh"
_MODULES = (
    "mod_sofia",
    "mod_callcenter",
    "mod_conference",
    "mod_local_stream",
    "mod_shout",
    "mod_av",
    "mod_dptools",
    "mod_commands",
    "mod_event_socket",
    "mod_dialplan_xml",
)
_MODULE_OF = {"callcenter": "mod_callcenter", "conference": "mod_conference"}  # by application
_SCHEDULE = re.compile(r"\+?(\d+)[ ,:]?(\w*)")


class SimulatedSwitch:
    def __init__(
        self,
        clock: Clock,
        *,
        domain: str = "esl-bridge.local",
        profile: str = "esl_bridge",
        user_context: str = "esl_bridge",
        dialplan: Dialplan | None = None,
        seed: int | None = None,
    ) -> None:
        """``seed``: gives legs different paces, so that races end differently."""
        self.clock = clock
        self.domain = domain
        self.profile = profile
        self.user_context = user_context
        self.dialplan = dialplan or Dialplan()
        self._luck = random.Random(seed) if seed is not None else None
        self._ids = random.Random(seed)
        self.core_uuid = self.new_uuid()
        self.globals: dict[str, str] = {
            "core_uuid": self.core_uuid,
            "domain": domain,
            "hold_music": MUSIC,
        }
        self.modules = set(_MODULES)
        self.channels: dict[str, SimulatedChannel] = {}
        self.extensions: dict[str, SimPhone] = {}
        self.further: dict[str, SimPhone] = {}
        self.registered: list[SimPhone] = []
        self.outside: dict[str, SimPhone] = {}
        self.directory: dict[str, dict[str, str]] = {}  # extension -> its user's variables
        self.rooms: dict[str, Room] = {}
        self.recorded: dict[str, Sounds] = {}  # by the path of the file
        self.recordings_writable = True
        self.has_music = True
        self.centre = Centre(self)
        self.listeners: list[Callable[[events.Event], None]] = []
        self._scheduled: dict[str, list[ClockTimer]] = {}  # by the uuid of the leg that they end
        self._outgoing: deque[events.Event] = deque()
        self._sequence = 0
        self._members = 0

    # -- time, names, events

    def later(self, seconds: float, call: Callable[[], object]) -> ClockTimer:
        return self.clock.later(seconds, call)

    def soon(self, call: Callable[[], object]) -> None:
        pace = self._luck.uniform(0.5, 3) if self._luck else 1.0
        self.clock.later(TICK_SECONDS * pace, call)

    def is_unlucky(self) -> bool:
        """Whether to do now what the real switch does sometimes; never without a seed."""
        return self._luck is not None and self._luck.random() < 0.3

    def new_uuid(self) -> str:
        digits = f"{self._ids.getrandbits(128):032x}"
        return "-".join(
            (digits[:8], digits[8:12], f"4{digits[13:16]}", f"a{digits[17:20]}", digits[20:])
        )

    def next_member(self) -> int:
        self._members += 1
        return self._members

    def publish(self, name: str, headers: events.Headers, body: str = "") -> None:
        self._sequence += 1
        head = events.heading(name, self.clock.now(), self.core_uuid, self._sequence)
        self._outgoing.append(events.Event(head | headers, body))
        if len(self._outgoing) == 1:
            self.clock.later(0, self._deliver)

    def _deliver(self) -> None:
        while self._outgoing:
            event = self._outgoing.popleft()
            for listener in list(self.listeners):
                listener(event)

    # -- phones

    def add_extension(self, name: str, variables: dict[str, str] | None = None) -> SimPhone:
        phone = self.extensions.setdefault(name, SimPhone(self, name, outside=False))
        self.directory[name] = variables or {}
        return phone

    def further_phone(self, label: str) -> SimPhone:
        """Another phone of an extension: ``EXTENSION/ANYTHING``."""
        if label not in self.further:
            self.further[label] = SimPhone(self, label.partition("/")[0], outside=False)
        return self.further[label]

    def phones_of(self, name: str) -> list[SimPhone]:
        """The registered phones, the latest last; case is ignored."""
        return [one for one in self.registered if one.name.lower() == name.lower()]

    def outside_phone(self, number: str) -> SimPhone:
        """Every number has a phone; it rings until told otherwise."""
        if number not in self.outside:
            self.outside[number] = SimPhone(self, number, outside=True)
        return self.outside[number]

    def phone_changed(self, phone: SimPhone | None) -> None:
        if phone is not None:
            phone.changed()

    # -- legs

    def _new_channel(
        self, uuid: str, name: str, direction: str, profile: Profile
    ) -> SimulatedChannel:
        if not uuid or uuid in self.channels:
            uuid = self.new_uuid()
        leg = SimulatedChannel(self, uuid, name, direction, profile)
        self.channels[uuid] = leg
        self.soon(leg.create)
        return leg

    def forget(self, leg: SimulatedChannel) -> None:
        del self.channels[leg.uuid]

    def call(self, target: Target, caller: SimulatedChannel | None) -> SimulatedChannel | str:
        """Call an endpoint; returns the new leg, or the cause of failure."""
        phone = self._phone_at(target.endpoint, caller)
        if isinstance(phone, str):
            return phone
        leg = self._outbound(phone, target.variables, caller)
        leg.phone = phone
        phone.legs.append(leg)
        leg.after_create = lambda: self.soon(lambda: phone.invited(leg))
        return leg

    def _phone_at(self, endpoint: str, caller: SimulatedChannel | None) -> SimPhone | str:
        kind, _, rest = endpoint.partition("/")
        if kind == "user":
            name, _, domain = rest.partition("@")
            if domain not in ("", self.domain) or name not in self.extensions:
                return "SUBSCRIBER_ABSENT"
            if caller is not None:  # the caller's own values are overwritten (measured)
                caller.variables |= self._dialed(self.extensions[name])
            there = self.phones_of(name)
            # The second of several, however many there are (measured, source).
            return there[1 if len(there) > 1 else 0] if there else "USER_NOT_REGISTERED"
        if kind == "sofia" and rest.startswith(f"{self.profile}/sip:"):
            inside = (*self.extensions.values(), *self.further.values())
            known_at = {phone.address: phone for phone in inside}
            return known_at.get(rest.partition("/")[2], "NO_ROUTE_DESTINATION")
        if kind == "sofia" and rest:
            return self.outside_phone(rest.rpartition("/")[2].partition("@")[0])
        return known(rest) if kind == "error" else "CHAN_NOT_IMPLEMENTED"

    def _outbound(
        self, phone: SimPhone, variables: dict[str, str], caller: SimulatedChannel | None
    ) -> SimulatedChannel:
        named = phone.name if phone.outside else f"{phone.contact_user}@127.0.0.1:5080"
        name = f"sofia/{'external' if phone.outside else self.profile}/{named}"
        profile = self._outbound_profile(phone, variables, caller)
        leg = self._new_channel(variables.get("origination_uuid", ""), name, "outbound", profile)
        leg.variables |= self._exported(caller) | variables
        if caller is not None:
            _bind(leg, caller)
        if not phone.outside:
            leg.presence_id = f"{phone.name}@{self.domain}"
            leg.variables |= self.directory[phone.name] | self._dialed(phone)
            leg.variables["presence_id"] = leg.presence_id
        return leg

    def _dialed(self, phone: SimPhone) -> dict[str, str]:
        return {"dialed_user": phone.name, "dialed_domain": self.domain}

    def _outbound_profile(
        self, phone: SimPhone, variables: dict[str, str], caller: SimulatedChannel | None
    ) -> Profile:
        destination = phone.name if phone.outside else phone.contact_user
        number = "0000000000"
        if caller is not None:
            number = caller.get("effective_caller_id_number") or caller.profile.number
        name = caller.profile.name if caller else ""
        return Profile(
            number=variables.get("origination_caller_id_number", number),
            name=variables.get("origination_caller_id_name", name),
            destination=destination,
            callee_number=destination,
            original_number=number,
        )

    def _exported(self, caller: SimulatedChannel | None) -> dict[str, str]:
        if caller is None:
            return {}
        names = caller.get("export_vars").split(",")
        return {name: caller.get(name) for name in names if caller.get(name)}

    def dial_in(
        self, phone: SimPhone, destination: str, display: str = "", *, withheld: bool = False
    ) -> SimulatedChannel:
        """A phone calls: an extension in its user's context, an outside phone in public."""
        host = "127.0.0.1" if phone.outside else self.domain
        name = f"sofia/{'external' if phone.outside else self.profile}/{phone.name}@{host}"
        context = "public" if phone.outside else self.user_context
        profile = Profile(
            phone.name,
            display or phone.name,
            destination,
            context,
            original_number=phone.name,
            withheld=withheld,
        )
        leg = self._new_channel("", name, "inbound", profile)
        leg.variables["endpoint_disposition"] = "DELAYED NEGOTIATION"
        if not phone.outside:
            self._name_user(leg, phone.name)
        leg.phone = phone
        phone.legs.append(leg)
        leg.after_create = lambda: leg.thread.route(destination, context)
        return leg

    def _name_user(self, leg: SimulatedChannel, user: str) -> None:
        leg.presence_id = f"{user}@{self.domain}"
        leg.variables |= {
            "user_name": user,
            "domain_name": self.domain,
            "sip_auth_username": user,
            "user_context": self.user_context,
            "presence_id": leg.presence_id,
        } | self.directory.get(user, {})

    # -- instructions to legs

    def start_application(self, leg: SimulatedChannel, name: str, data: str) -> bool:
        """Run one application; True if the next one may follow at once."""
        kind = APPLICATIONS.get(name)
        if kind is None or _MODULE_OF.get(name, "mod_dptools") not in self.modules:
            leg.hangup("DESTINATION_OUT_OF_ORDER")
            return False
        app = kind(leg, expand(data, leg))
        leg.activity = app
        app.announce()
        if not app.run() or leg.thread.moving or leg.activity is not app:
            return False
        leg.thread.leave()
        return True

    def has_sound(self, path: str) -> bool:
        return self.has_music or not path.startswith("local_stream://")

    def run_beside(self, leg: SimulatedChannel, name: str, data: str) -> None:
        """Run an application that completes at once, without affecting what the leg does."""
        kind = APPLICATIONS.get(name)
        if kind is not None:
            app = kind(leg, expand(data, leg))
            app.announce()
            app.run()
            app.tell_complete("")

    def transfer(
        self, leg: SimulatedChannel, destination: str, dialplan: str = "XML", context: str = ""
    ) -> None:
        leg.other = None
        leg.flip()
        if dialplan.lower() == "inline":
            leg.thread.turn(lambda: leg.thread.route_inline(destination))
        else:
            where = context or leg.profile.context
            leg.thread.turn(lambda: leg.thread.route(destination, where))

    def schedule_hangup(self, leg: SimulatedChannel, when: str) -> None:
        """``+SECONDS[ CAUSE]``; the cause defaults to ALLOTTED_TIMEOUT."""
        parts = _SCHEDULE.match(when)
        if parts is not None:
            cause = known(parts[2]) if parts[2] else "ALLOTTED_TIMEOUT"
            limit = self.later(int(parts[1]), lambda: leg.hangup(cause))
            self._scheduled.setdefault(leg.uuid, []).append(limit)
            # Else the timer would keep the leg in memory for hours.
            leg.on_end.append(lambda: self.cancel_scheduled(leg))

    def cancel_scheduled(self, leg: SimulatedChannel) -> None:
        for limit in self._scheduled.pop(leg.uuid, []):
            limit.cancel()

    def limit_park(self, parked: LegActivity) -> None:
        """``park_timeout=SECONDS[:CAUSE]`` of a parked leg; it is cleared once used, and so is
        ``park_after_bridge`` (source)."""
        leg = parked.leg
        parts = _SCHEDULE.match(leg.get("park_timeout"))
        if parts is not None:
            cause = known(parts[2])
            ends = int(parts[1])
            self.later(ends, lambda: leg.activity is parked and leg.hangup(cause))
            leg.setvar("park_timeout", "")
            leg.setvar("park_after_bridge", "")

    def broadcast(self, leg: SimulatedChannel, path: str) -> None:
        name, separator, data = path.partition("::")
        if separator and name != "playback":
            self.soon(lambda: self.run_beside(leg, name, data))
        else:
            self.later(OVERLAY_SECONDS, Overlay(leg, data or path).start)

    def hold(self, leg: SimulatedChannel, by: str) -> bool:
        """By the "phone" the other party hears music; by the "switch" silence (measured)."""
        if leg.held_by or not leg.answered:
            return False
        leg.held_by = by
        leg.set_callstate("HELD")
        leg.emit("CHANNEL_HOLD")
        peer = partner(leg)
        music = leg.get("hold_music") or (MUSIC if by == "phone" else "")
        if peer is not None and music:
            overlay = Overlay(peer, music, silent=by == "switch")
            self.later(
                OVERLAY_SECONDS, lambda: overlay.start() if leg.callstate == "HELD" else None
            )
        return True

    def unhold(self, leg: SimulatedChannel, by: str) -> bool:
        if not leg.held_by:
            return False
        leg.held_by = ""
        peer = partner(leg)
        if leg.callstate != "HELD":  # it was moved meanwhile
            return True
        if peer is not None and peer.overlay is not None:
            peer.overlay.stop("break", "FILE PLAYED")
        leg.set_callstate("UNHELD")
        leg.emit("CHANNEL_UNHOLD")
        self.soon(leg.talk_again)
        return True


def _bind(leg: SimulatedChannel, caller: SimulatedChannel) -> None:
    leg.dialed_by = leg.other = caller
    leg.call_uuid = caller.uuid
    leg.profile.name = leg.get("origination_caller_id_name") or (
        "Outbound Call" if caller.direction == "outbound" else caller.profile.name
    )
    bound = ("originator", "signal_bond", "originating_leg_uuid")
    leg.variables |= dict.fromkeys(bound, caller.uuid)
