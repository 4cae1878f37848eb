"""Carries out what a plan says, one effect after the other, until a call is laid out as wanted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import assert_never

from esl_bridge.callflow import bridging, failsafe_timers
from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import SwitchTimedOut
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command
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
from esl_bridge.protocol.envelope import LONGEST_TALK_SECONDS

_MOST_EFFECTS = 12
"""Of one run: three legs are kept, awaited, rested and moved once each."""


def converge(tenant: Tenant, call: Call, layout: Callable[[], Layout]) -> Steps:
    """Bring the legs of a call where ``layout`` wants them; it is asked again before each effect,
    since the call goes on meanwhile. Raises SwitchError where the switch refuses an effect, and
    SwitchTimedOut where the legs are not in place after twelve of them."""
    kept: set[str] = set()
    waited: set[str] = set()  # in vain: an event may be lost, and the plan goes on without it
    for _ in range(_MOST_EFFECTS):
        legs = {leg.uuid: leg for leg in call.legs if not leg.ended}
        seen = {uuid: _seen(tenant, leg, kept, waited) for uuid, leg in legs.items()}
        in_flight = _in_flight(legs.values())
        match plan(layout(), seen, in_flight):
            case None:
                return
            case Keep(uuids):
                kept.update(uuids)
                yield from bridging.keep_on_unbridge(tenant, *[legs[uuid] for uuid in uuids])
            case AwaitArrival(uuid):
                waited.add(uuid)
                yield from bridging.arrived(legs[uuid])
            case Rest(uuid, seconds):
                waited.add(uuid)
                yield Until(lambda leg=legs[uuid]: leg.ended, seconds)  # type: ignore[misc]
            case Move(uuid, place):
                command = _command(tenant, legs[uuid], place)
                yield from bridging.send(legs[uuid], command, place)
    raise SwitchTimedOut


def _in_flight(legs: Iterable[Leg]) -> dict[str, Destination]:
    return {leg.uuid: leg.heading_for for leg in legs if leg.moving and leg.heading_for is not None}


def _seen(tenant: Tenant, leg: Leg, kept: set[str], waited: set[str]) -> Seen:
    if leg.moving and leg.uuid in waited:
        return Seen(Elsewhere(), kept=leg.uuid in kept)
    since = math.inf if leg.uuid in waited else tenant.clock() - leg.joined_at
    return Seen(_place(leg), leg.moving, leg.uuid in kept, since)


def _place(leg: Leg) -> Place:
    if leg.room:
        return InRoom(leg.room)
    if leg.peer is not None:
        return BridgedWith(leg.peer.uuid)
    return Parked() if leg.parked else Elsewhere()


def _command(tenant: Tenant, leg: Leg, place: Destination) -> Command:
    match place:
        case InRoom(room):
            limits = dialstring.set_variables(failsafe_timers.kept_on_unbridge(tenant))
            apps = dialstring.meeting(room, tenant.switch_settings.room_profile)
            return commands.uuid_execute(leg.uuid, limits, *apps)
        case Parked():
            longest = dialstring.set_variable("park_timeout", str(LONGEST_TALK_SECONDS))
            return commands.uuid_execute(leg.uuid, longest, dialstring.park())
        case _:
            assert_never(place)
