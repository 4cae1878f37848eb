"""The planner alone against a switch that loses, doubles and delays what it shows.

Every run begins with legs in places drawn by chance and a layout drawn by chance. Whatever is
seen, late or never, no leg is lost, no more than twelve effects follow each other without a new
observation, and at the end every leg is where it is wanted.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest

from esl_bridge.layout.places import (
    BridgedWith,
    Destination,
    Elsewhere,
    InRoom,
    Layout,
    Parked,
    Place,
    Seen,
)
from esl_bridge.layout.plan import AwaitArrival, Keep, Move, Rest, plan

LEGS = ("agent", "customer", "third")
MOST_EFFECTS = 12


@dataclass
class Switch:
    """Where the legs are, and where they are believed to be."""

    luck: random.Random
    places: dict[str, Place]
    kept: set[str] = field(default_factory=set)
    known: dict[str, Seen] = field(default_factory=dict)
    heading_for: dict[str, Destination] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)  # events on their way

    def obey(self, move: Move) -> None:
        left = self.places[move.uuid]
        self.places[move.uuid] = move.place
        self.known[move.uuid] = self._seen(move.uuid, moving=True)
        self.heading_for[move.uuid] = move.place
        self.shown.append(move.uuid)
        if isinstance(left, BridgedWith):
            assert left.uuid in self.kept, f"{left.uuid} is ended by the move of {move.uuid}"
            self.places[left.uuid] = Parked()
            self.known[left.uuid] = self._seen(left.uuid, moving=True)
            self.shown.append(left.uuid)

    def _seen(self, uuid: str, *, moving: bool = False) -> Seen:
        place = self.known[uuid].place if moving else self.places[uuid]
        return Seen(place, moving, uuid in self.kept, bridged_seconds=60.0)

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
        self.known[uuid] = self._seen(uuid)
        self.heading_for.pop(uuid, None)

    def observe_all(self) -> None:
        """As the reconciler does, or a restart."""
        for uuid in self.places:
            self.observe(uuid)


def drawn(luck: random.Random) -> tuple[dict[str, Place], Layout]:
    places: dict[str, Place] = {
        uuid: luck.choice([Parked(), Elsewhere(), InRoom("room"), InRoom("other")]) for uuid in LEGS
    }
    if luck.random() < 0.6:
        one, other = luck.sample(LEGS, 2)
        places[one], places[other] = BridgedWith(other), BridgedWith(one)
    order = luck.sample(LEGS, 3)
    layout = {uuid: luck.choice([InRoom("room"), InRoom("room"), Parked()]) for uuid in order}
    return places, layout


@pytest.mark.parametrize("seed", range(300))
def test_the_planner_alone(seed: int):
    luck = random.Random(seed)
    places, wanted = drawn(luck)
    switch = Switch(luck, places)
    switch.observe_all()
    effects = 0
    for _ in range(1_000):
        effect = plan(wanted, switch.known, switch.heading_for)
        match effect:
            case None:
                if not switch.show():
                    if switch.places == dict(wanted):
                        break
                    switch.observe_all()
                effects = 0
                continue
            case Keep(uuids):
                switch.kept.update(uuids)
                for uuid in uuids:
                    one = switch.known[uuid]
                    switch.known[uuid] = Seen(one.place, one.moving, True, one.bridged_seconds)
            case AwaitArrival() | Rest():
                if not switch.show():
                    switch.observe_all()
                effects = 0
                continue
            case Move():
                switch.obey(effect)
        effects += 1
        assert effects <= MOST_EFFECTS, "effects follow each other without a new observation"
    else:
        pytest.fail("it never comes to an end")
    assert switch.places == dict(wanted)
