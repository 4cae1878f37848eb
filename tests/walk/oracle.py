"""The presence that each agent should have, read off the channels of the simulated switch.

Written from docs/protocol/STATES.md. Of the product it uses only what a client sees: which legs an
agent's requests have set up, and their purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from esl_bridge.simulator.activity import ParkedActivity
from esl_bridge.simulator.apps import Park
from esl_bridge.simulator.bridging import partner
from esl_bridge.simulator.channel import SimulatedChannel
from esl_bridge.simulator.playback import Playback
from esl_bridge.simulator.rooms import ConferenceApplication
from esl_bridge.simulator.switch import SimulatedSwitch

HOLD = "local_stream://moh"


@dataclass
class Third:
    """A leg that an agent's request has set up while it talked to ``customer``; ``kind``: CONSULT,
    TRANS, THREE_WAY."""

    uuid: str
    kind: str
    own_leg: str
    customer: str


class Oracle:
    """``thirds`` by the leg's uuid, as the walk has learnt of them."""

    def __init__(self, switch: SimulatedSwitch) -> None:
        self._switch = switch
        self.thirds: dict[str, Third] = {}

    # -- legs -----------------------------------------------------------------------------------

    def live(self, uuid: str) -> SimulatedChannel | None:
        leg = self._switch.channels.get(uuid)
        return leg if leg is not None and not leg.dead else None

    def legs(self) -> list[SimulatedChannel]:
        return [leg for leg in self._switch.channels.values() if not leg.dead]

    def leg_of(self, extension: str) -> SimulatedChannel | None:
        legs = [leg for leg in self._switch.extensions[extension].legs if not leg.dead]
        assert len(legs) < 2, f"{extension} is in two calls"
        return legs[0] if legs else None

    def under_way(self) -> list[Third]:
        return [
            third
            for third in self.thirds.values()
            if (leg := self.live(third.uuid)) is not None
            and (not leg.answered or (third.kind == "CONSULT" and self._consults(third)))
        ]

    def _consults(self, third: Third) -> bool:
        leg = self.live(third.uuid)
        peer = partner(leg) if leg is not None else None
        return peer is not None and peer.uuid == third.own_leg

    # -- agents ---------------------------------------------------------------------------------

    def status(self, extension: str) -> str:
        """RINGING, CALLING, or "" where the state is the agent's own choice."""
        leg = self.leg_of(extension)
        if leg is None:
            return ""
        return "CALLING" if leg.answered else "RINGING"

    def sub_status(self, extension: str) -> str:
        """In the order of the page."""
        leg = self.leg_of(extension)
        if leg is None or not leg.answered:
            return ""
        if self._holds(leg):
            return "HOLD"
        if any(self._consulting(leg, third) for third in self.under_way()):
            return "CONSULT"
        if any(third.kind == "TRANS" and third.own_leg == leg.uuid for third in self.under_way()):
            return "TRANS"
        return "THREE_WAY" if self._in_three_way(leg) else ""

    def _holds(self, leg: SimulatedChannel) -> bool:
        peer = partner(leg)
        music = peer is not None and peer.overlay is not None and peer.overlay.path == HOLD
        return leg.callstate == "HELD" or music or self.aside(leg)

    def aside(self, leg: SimulatedChannel) -> bool:
        """Out of a three-way talk."""
        return is_parked(leg) and self._room_of(leg) is not None

    def _room_of(self, leg: SimulatedChannel) -> str | None:
        """The conference room of this leg; all members may have stepped out of it."""
        for third in self.thirds.values():
            three = (third.own_leg, third.customer, third.uuid)
            if third.kind == "THREE_WAY" and leg.uuid in three and all(map(self.live, three)):
                return third.own_leg
        return None

    def _consulting(self, leg: SimulatedChannel, third: Third) -> bool:
        if third.kind != "CONSULT" or leg.uuid not in (third.own_leg, third.uuid):
            return False
        return leg.answered and self.live(third.customer) is not None

    def _in_three_way(self, leg: SimulatedChannel) -> bool:
        return isinstance(leg.activity, ConferenceApplication) and len(self._gathered(leg)) > 2

    def _gathered(self, leg: SimulatedChannel) -> list[SimulatedChannel]:
        """The members of a leg's room, including those who stepped out of it."""
        room = self._at(leg)
        return [one for one in self.legs() if self._at(one) == room] if room else []

    def _at(self, leg: SimulatedChannel) -> str | None:
        if isinstance(leg.activity, ConferenceApplication):
            return leg.activity.room.name
        return self._room_of(leg) if is_parked(leg) else None

    # -- the parties of a call ------------------------------------------------------------------

    def other_parties(self, extension: str) -> set[str]:
        """The names of the phones that have answered and are in the agent's call."""
        leg = self.leg_of(extension)
        if leg is None or not leg.answered:
            return set()
        found, todo = {leg.uuid}, [leg.uuid]
        pairs = self._pairs()
        while todo:
            at = todo.pop()
            new = {b for pair in pairs if at in pair for b in pair} - found
            found |= new
            todo += new
        names = (self._switch.channels[uuid].phone for uuid in found - {leg.uuid})
        return {phone.name for phone in names if phone is not None}

    def _pairs(self) -> list[tuple[str, str]]:
        pairs = [(leg.uuid, peer.uuid) for leg in self.legs() if (peer := partner(leg)) is not None]
        for leg in self.legs():
            pairs += combinations([one.uuid for one in self._gathered(leg)], 2)
        for third in self.under_way():
            pairs += [(third.own_leg, third.customer), (third.own_leg, third.uuid)]
        up = {leg.uuid for leg in self.legs() if leg.answered}
        return [pair for pair in pairs if up.issuperset(pair)]

    # -- what is left ---------------------------------------------------------------------------

    def misplaced(self, unreleased: set[str]) -> list[str]:
        """What no leg at rest may be: parked, secured or alone in a room for nothing."""
        found = []
        busy = {uuid for third in self.under_way() for uuid in (third.own_leg, third.customer)}
        busy |= {third.uuid for third in self.under_way()}
        for leg in self.legs():
            if is_parked(leg) and leg.uuid not in busy and not self.aside(leg):
                found.append(f"{leg.uuid} is parked")
            parks_on_unbridge = leg.get("park_after_bridge") == "true"
            if parks_on_unbridge and partner(leg) is not None and leg.uuid not in busy | unreleased:
                found.append(f"{leg.uuid} would be parked after its talk")
            if isinstance(leg.activity, ConferenceApplication) and len(self._gathered(leg)) < 2:
                found.append(f"{leg.uuid} is alone in a room")
        return found

    def in_a_place(self, leg: SimulatedChannel) -> bool:
        """A customer in an IVR, a queue or the survey, whom the tenant need not know."""
        return leg.direction == "inbound" and not is_parked(leg) and partner(leg) is None

    def hears_music(self, leg: SimulatedChannel) -> bool:
        return isinstance(leg.activity, Playback) and leg.activity.data == HOLD


def is_parked(leg: SimulatedChannel) -> bool:
    return isinstance(leg.activity, Park | ParkedActivity)
