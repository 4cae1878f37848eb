"""The planner alone, against a switch that loses, doubles and delays its events.

Every run begins with random places of the legs and goes through random layouts, as the phases of a
procedure do. Legs end at random moments. Whatever is observed, late or never, no leg is lost, no
more than twelve steps follow each other without a new observation, and at the end every leg that is
still up is where it is wanted.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from esl_bridge.callflow import conference as conferences
from esl_bridge.callflow import consulting, transferring
from esl_bridge.callflow import phone_loss as phone_losses
from esl_bridge.callflow import rejoining as rejoinings
from esl_bridge.callflow import takeover as takeovers
from esl_bridge.domain.call import Action, ActionKind, Call
from esl_bridge.domain.leg import Leg, LegState, Purpose
from esl_bridge.domain.phases import (
    ConferencePhase,
    ConsultPhase,
    TakeoverPhase,
    TransferPhase,
)
from esl_bridge.domain.procedures import (
    Conference,
    Consult,
    PhoneLoss,
    Rejoining,
    Takeover,
    Transfer,
)
from esl_bridge.layout.places import (
    BridgedWith,
    Destination,
    Elsewhere,
    InRoom,
    Layout,
    ObservedLeg,
    Parked,
    Place,
    Sound,
    Waiting,
)
from esl_bridge.layout.plan import (
    Answer,
    AwaitArrival,
    EndOnUnbridge,
    Move,
    ParkOnUnbridge,
    PlannedStep,
    Rest,
    plan,
)
from tests.builders import TenantHarness

LEGS = ("agent", "customer", "third")
MOST_STEPS = 12
STEPS = int(os.environ.get("WALK_STEPS", "300"))


@dataclass
class Switch:
    """Where the legs are, and where they are believed to be."""

    luck: random.Random
    places: dict[str, Place]
    parks: dict[str, bool | None] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    known: dict[str, ObservedLeg] = field(default_factory=dict)
    heading_for: dict[str, Destination] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)  # events on their way
    wanted: Layout = field(default_factory=Layout)

    # -- what is carried out ---------------------------------------------------------------------

    def carry_out(self, step: PlannedStep) -> None:
        match step:
            case ParkOnUnbridge(uuids):
                self._set_parks(uuids, True)
            case EndOnUnbridge(uuids):
                self._set_parks(uuids, False)
            case Answer(uuid):
                self.unanswered.discard(uuid)
                self.known[uuid] = replace(self.known[uuid], answered=True)
            case Move(uuid, BridgedWith(second)):
                self._bridge(uuid, second)
            case Move(uuid, place):
                self._leaves(uuid)
                self._sends(uuid, place)

    def _set_parks(self, uuids: tuple[str, ...], parks: bool) -> None:
        for uuid in uuids:
            self.parks[uuid] = parks
            self.known[uuid] = replace(self.known[uuid], parks_on_unbridge=parks)

    def _bridge(self, first: str, second: str) -> None:
        assert second not in self.unanswered, f"{second} is bridged before it has media"
        partner = self.places[second]
        if isinstance(partner, BridgedWith) and partner.uuid != first:
            believed = self.known[second].place
            rings = partner.uuid in self.unanswered
            assert rings or believed != partner, f"{second} is taken straight out of its talk"
        for uuid, other in ((first, second), (second, first)):
            if self.places[uuid] != BridgedWith(other):
                self._leaves(uuid)
        for uuid, other in ((first, second), (second, first)):
            self._sends(uuid, BridgedWith(other))

    def _leaves(self, uuid: str) -> None:
        """The remaining partner is parked if it is set to park; else the switch hangs it up."""
        left = self.places[uuid]
        if not isinstance(left, BridgedWith):
            return
        self.places[uuid] = Elsewhere()
        if not self.parks.get(left.uuid):
            kept = left.uuid == "customer" or left.uuid in self.wanted.park_on_unbridge
            assert not kept, f"{left.uuid} is ended by the move of {uuid}"
            self.end(left.uuid)
            return
        self.places[left.uuid] = Parked()
        self.parks[left.uuid] = None
        self.known[left.uuid] = self._seen(left.uuid, moving=True)
        self.shown.append(left.uuid)

    def _sends(self, uuid: str, place: Destination) -> None:
        self.places[uuid] = place
        if not isinstance(place, BridgedWith):
            self.parks[uuid] = None if isinstance(place, Parked) else True
        self.known[uuid] = self._seen(uuid, moving=True)
        self.heading_for[uuid] = place
        self.shown.append(uuid)

    def end(self, uuid: str) -> None:
        """A leg ends, which is always seen; its partner is parked, or ends with it."""
        if uuid not in self.places:
            return
        partner = self.places.pop(uuid)
        for table in (self.known, self.heading_for, self.parks):
            table.pop(uuid, None)
        if isinstance(partner, BridgedWith) and (
            self.places.get(partner.uuid) == BridgedWith(uuid)
        ):
            if self.parks.get(partner.uuid):
                self.places[partner.uuid], self.parks[partner.uuid] = Parked(), None
                self.known[partner.uuid] = self._seen(partner.uuid, moving=True)
                self.shown.append(partner.uuid)
            else:
                self.end(partner.uuid)

    # -- what is observed ------------------------------------------------------------------------

    def _seen(self, uuid: str, *, moving: bool = False) -> ObservedLeg:
        place = self.known[uuid].place if moving else self.places[uuid]
        return ObservedLeg(
            place,
            uuid not in self.unanswered,
            moving,
            self.parks.get(uuid),
            bridged_seconds=60.0,
        )

    def show(self) -> bool:
        """One event: perhaps lost, perhaps twice, perhaps of a leg that has gone on meanwhile."""
        if not self.shown:
            return False
        uuid = self.shown.pop(self.luck.randrange(len(self.shown)))
        if self.luck.random() < 0.2:
            return False
        self.observe(uuid)
        if self.luck.random() < 0.2:
            self.observe(uuid)
        return True

    def observe(self, uuid: str) -> None:
        if uuid in self.places:
            self.known[uuid] = self._seen(uuid)
            self.heading_for.pop(uuid, None)

    def observe_all(self) -> None:
        """As the reconciler does, or a restart."""
        for uuid in self.places:
            self.observe(uuid)

    def is_laid_out(self, wanted: Layout) -> bool:
        for uuid, place in wanted.places.items():
            if uuid not in self.places:
                continue
            possible = not isinstance(place, BridgedWith) or place.uuid in self.places
            if possible and self.places[uuid] != place:
                return False
        return True


def drawn_places(luck: random.Random) -> dict[str, Place]:
    choices = [Parked(), Elsewhere(), InRoom("room"), InRoom("other"), Waiting(Sound.MUSIC)]
    places: dict[str, Place] = {uuid: luck.choice(choices) for uuid in LEGS}
    if luck.random() < 0.6:
        one, other = luck.sample(LEGS, 2)
        places[one], places[other] = BridgedWith(other), BridgedWith(one)
    return places


Wanted = Callable[[Mapping[str, ObservedLeg]], Layout]
"""What is wanted, as asked before each step: it may depend on who is bridged with whom."""


class Phases:
    """The phases of all procedures between an agent, a customer and a third party."""

    def __init__(self) -> None:
        harness = TenantHarness()
        agent, call = harness.agent("A"), Call()
        call.legs = [Leg(uuid, call, uuid, Purpose.CALL) for uuid in LEGS]
        own_leg, customer, third = call.legs
        action = Action(ActionKind.CONSULT, agent.id, "", own_leg)
        consult = Consult(agent, own_leg, customer, third, action)
        conference = Conference(agent, own_leg, customer, third, action, "room")
        takeover = Takeover(agent, third, own_leg, action, customer)
        blind = Transfer(agent, own_leg, customer, third, action, with_music=True)
        talking = Transfer(agent, own_leg, customer, third, action, with_music=False)
        loss, back = PhoneLoss(own_leg, customer), Rejoining(own_leg, customer)
        self._legs = {leg.uuid: leg for leg in call.legs}
        self.all: list[Wanted] = [
            *self._of(consult, ConsultPhase, partial(consulting.layout, consult)),
            *self._of(blind, TransferPhase, partial(transferring.layout, blind)),
            *self._of(talking, TransferPhase, partial(transferring.layout, talking)),
            *self._of(conference, ConferencePhase, partial(conferences.layout, conference)),
            *self._of(takeover, TakeoverPhase, partial(takeovers.layout, takeover, customer)),
            *self._of(loss, [None], partial(phone_losses.layout, harness.tenant, loss)),
            *self._of(back, [None], partial(rejoinings.layout, back)),
        ]

    def _of(
        self, procedure: Any, phases: Iterable[Any], layout: Callable[[], Layout]
    ) -> Iterator[Wanted]:
        for phase in phases:
            yield partial(self._wanted, procedure, phase, layout)

    def _wanted(
        self,
        procedure: Any,
        phase: object,
        layout: Callable[[], Layout],
        known: Mapping[str, ObservedLeg],
    ) -> Layout:
        procedure.own_leg.call.procedure = procedure
        if phase is not None:
            procedure.phase = phase
        for uuid, leg in self._legs.items():
            leg.state = LegState.ANSWERED if uuid in known else LegState.ENDED
            place = known[uuid].place if uuid in known else None
            leg.peer = self._legs[place.uuid] if isinstance(place, BridgedWith) else None
        return layout()


PHASES = Phases().all


def drawn_layout(luck: random.Random) -> Wanted:
    """A phase's, or any other: three in a room, two bridged and the third waiting."""
    first, second, third = luck.sample(LEGS, 3)
    waits: list[Destination] = [Waiting(Sound.MUSIC), Waiting(Sound.RINGBACK), Parked()]
    room: list[Destination] = [InRoom("room"), InRoom("room"), Parked()]
    some = {uuid: luck.choice(room) for uuid in (first, second, third)}
    if luck.random() < 0.3:
        some = {first: BridgedWith(second), third: luck.choice(waits)}
    return luck.choice([*PHASES, lambda _: Layout(some, LEGS), lambda _: Layout(some, LEGS)])


@pytest.mark.parametrize("seed", range(300))
def test_the_planner_always_reaches_the_layout_on_an_unreliable_switch(seed: int):
    luck = random.Random(seed)
    switch = Switch(luck, drawn_places(luck))
    switch.unanswered = {"customer"} if luck.random() < 0.2 else set()
    switch.observe_all()
    for _ in range(max(1, STEPS // 100)):
        wanted = drawn_layout(luck)
        walk(switch, wanted, luck)
        assert switch.is_laid_out(wanted(switch.known))
        if luck.random() < 0.1:
            switch.end(luck.choice(LEGS))


def walk(switch: Switch, wanted: Wanted, luck: random.Random) -> None:
    steps = 0
    for _ in range(1_000):
        switch.wanted = wanted(switch.known)
        step = plan(switch.wanted, switch.known, switch.heading_for)
        match step:
            case None:
                if not switch.show():
                    if switch.is_laid_out(switch.wanted):
                        switch.shown.clear()
                        switch.observe_all()
                        return
                    switch.observe_all()
                steps = 0
                continue
            case AwaitArrival() | Rest():
                if not switch.show():
                    switch.observe_all()
                steps = 0
                continue
        switch.carry_out(step)
        steps += 1
        assert steps <= MOST_STEPS, "steps follow each other without a new observation"
        if luck.random() < 0.01:
            switch.end(luck.choice(LEGS))
            steps = 0
    pytest.fail("it never comes to an end")
