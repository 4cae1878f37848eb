"""Carries out planned steps, one after the other, until a call has the wanted layout."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import assert_never

from esl_bridge.callflow import failsafe_timers, moving, waiting
from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import SwitchError, SwitchTimedOut
from esl_bridge.esl import commands, dialstring
from esl_bridge.layout.places import (
    BridgedWith,
    Destination,
    Elsewhere,
    InRoom,
    Layout,
    ObservedLeg,
    Parked,
    Place,
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

_MOST_STEPS = 12
"""Of one run: each of three legs is set to park, awaited, rested and moved once."""


def give_up(error: SwitchError) -> Steps:
    raise error


def leave_it(_error: SwitchError) -> Steps:
    """Nothing more is done: an event, or recovery, shows what became of the legs."""
    yield from ()


def converge(
    tenant: Tenant,
    call: Call,
    layout: Callable[[], Layout],
    failed: Callable[[SwitchError], Steps] = give_up,
    *,
    persistent: bool = False,
) -> Steps:
    """Bring the legs of a call where ``layout`` wants them; it is asked again before each step,
    since the call goes on meanwhile.

    The first step that fails ends the run, and ``failed`` gives what follows; a ``persistent`` run
    takes the step for done, and goes on with the next. Legs that are not in place after twelve
    steps have failed as well, by SwitchTimedOut.
    """
    run = _Run(tenant, call)
    for _ in range(_MOST_STEPS):
        wanted = layout()
        step = plan(wanted, run.seen(), run.in_flight())
        if step is None:
            return
        try:
            yield from run.carry_out(step, wanted)
        except SwitchError as error:
            if not persistent:
                yield from failed(error)
                return
            run.take_for_done(step)
    yield from failed(SwitchTimedOut())


class _Run:
    """One run, and what it takes for so although the switch has not shown it: an event may be lost,
    and a plan goes on without it."""

    def __init__(self, tenant: Tenant, call: Call) -> None:
        self._tenant = tenant
        self._call = call
        self._waited: set[str] = set()
        self._rested: set[str] = set()
        self._at: dict[str, Destination] = {}
        self._parks: dict[str, bool] = {}
        self._answered: set[str] = set()

    def _legs(self) -> dict[str, Leg]:
        return {leg.uuid: leg for leg in self._call.legs if not leg.ended}

    def in_flight(self) -> Mapping[str, Destination]:
        """Who has been sent where of late. A leg that has not come in time may never come: the
        command may have been lost, or forgotten."""
        since = self._tenant.clock() - moving.MOVE_SECONDS
        return {
            leg.uuid: leg.position.heading_for
            for leg in self._call.legs
            if leg.position.moving
            and leg.position.heading_for is not None
            and leg.position.sent_at > since
        }

    def seen(self) -> Mapping[str, ObservedLeg]:
        return {uuid: self._seen(leg) for uuid, leg in self._legs().items()}

    def _seen(self, leg: Leg) -> ObservedLeg:
        position, answered = leg.position, leg.answered or leg.uuid in self._answered
        parks = self._parks.get(leg.uuid, position.parks_on_unbridge)
        if leg.uuid in self._at:
            return ObservedLeg(self._at[leg.uuid], answered, parks_on_unbridge=parks)
        if position.moving and leg.uuid in self._waited:
            return ObservedLeg(Elsewhere(), answered, parks_on_unbridge=parks)
        since = math.inf if leg.uuid in self._rested else self._tenant.clock() - position.joined_at
        return ObservedLeg(
            observed_place(leg), answered, position.moving, parks, _hears_partner(leg), since
        )

    def carry_out(self, step: PlannedStep, wanted: Layout) -> Steps:
        legs = self._legs()
        match step:
            case ParkOnUnbridge(uuids):
                yield from moving.park_on_unbridge(self._tenant, *[legs[uuid] for uuid in uuids])
                for uuid in uuids:  # what is noted of the leg itself holds again
                    self._parks.pop(uuid, None)
            case EndOnUnbridge(uuids):
                yield from moving.end_on_unbridge(*[legs[uuid] for uuid in uuids])
                self._parks |= dict.fromkeys(uuids, False)  # told once, obeyed or not
            case AwaitArrival(uuid):
                yield from self._await(legs[uuid], wanted)
            case Rest(uuid, seconds):
                self._rested.add(uuid)
                yield Until(lambda: legs[uuid].ended, seconds)
            case Answer(uuid):
                yield commands.uuid_answer(uuid)
                self._answered.add(uuid)
            case Move(uuid, place):
                yield from self._move(legs, legs[uuid], place, wanted.wait_seconds)
            case _:
                assert_never(step)

    def _await(self, leg: Leg, wanted: Layout) -> Steps:
        self._waited.add(leg.uuid)
        yield from moving.arrived(leg)
        position = leg.position
        if not position.moving:
            return
        if position.heading_for is None:  # parked by now, perhaps: it forgets what it was told
            position.parks_on_unbridge = None
        elif position.heading_for in _ends_of(leg.uuid, wanted):
            self._at[leg.uuid] = position.heading_for
            if isinstance(position.heading_for, BridgedWith):  # one wait is enough for the two
                self._at[position.heading_for.uuid] = BridgedWith(leg.uuid)

    def _move(self, legs: dict[str, Leg], leg: Leg, place: Destination, seconds: int) -> Steps:
        tenant = self._tenant
        leg.position.sent_at = tenant.clock()
        match place:
            case BridgedWith(second):
                legs[second].position.sent_at = tenant.clock()
                yield from moving.bridge(leg, legs[second])
            case Waiting():
                yield from waiting.play_to(tenant, leg, place, seconds)
            case InRoom(room):
                limits = dialstring.set_variables(failsafe_timers.park_on_unbridge(tenant))
                apps = dialstring.closing_conference(room, tenant.switch_settings.room_profile)
                yield from moving.send(leg, commands.uuid_execute(leg.uuid, limits, *apps), place)
                leg.position.parks_on_unbridge = True
            case Parked():
                [limit] = failsafe_timers.parked_limit(tenant, seconds).items()
                apps = [dialstring.set_variable(*limit), dialstring.park()]
                park = commands.uuid_execute(leg.uuid, *apps)
                yield from moving.send(leg, park, place)
            case _:
                assert_never(place)

    def take_for_done(self, step: PlannedStep) -> None:
        match step:
            case ParkOnUnbridge(uuids):
                self._parks |= dict.fromkeys(uuids, True)
            case Move(uuid, BridgedWith(second) as place):
                self._at |= {uuid: place, second: BridgedWith(uuid)}
            case Move(uuid, place):
                self._at[uuid] = place


def _ends_of(uuid: str, wanted: Layout) -> list[Destination]:
    """Where a leg is wanted, also as the second of two."""
    partners = [
        BridgedWith(first)
        for first, place in wanted.places.items()
        if isinstance(place, BridgedWith) and place.uuid == uuid
    ]
    return [*partners, *([wanted.places[uuid]] if uuid in wanted.places else [])]


def _hears_partner(leg: Leg) -> bool:
    return leg.peer is None or not (leg.hold_changes or leg.peer.hold_changes)


def observed_place(leg: Leg) -> Place:
    """Where the switch has shown a leg."""
    if leg.position.room:
        return InRoom(leg.position.room)
    if leg.peer is not None:
        return BridgedWith(leg.peer.uuid)
    if leg.position.parked:
        return Parked()
    return waiting.sent_to_hear(leg) if leg.position.waiting_sound else Elsewhere()
