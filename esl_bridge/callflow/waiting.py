"""What a leg is played while it waits, and what becomes of it when that ends.

A sound may end at any time: by a key, at the end of its file, because its stream is not there. A
leg that does nothing else would end with it. So silence follows each sound, and when the switch
tells that it has come to that, the leg is played the sound once more.
"""

from __future__ import annotations

import math
from contextlib import suppress

from esl_bridge.callflow import bridging, failsafe_timers
from esl_bridge.callflow.steps import Steps, Until
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import NotPlayed, PartyGone, SwitchRefused
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command

# A sound that ends sooner is not played again, or an empty file would keep the switch busy.
_SHORTEST_SECONDS = 1.0

MUSIC_SECONDS = 2.0
"""How long the switch takes to begin or end music that it has accepted to play, at most; measured:
0.2 s."""

_IN_SILENCE = dialstring.silence_behind(failsafe_timers.MUSIC_SECONDS)


def hold_with_music(tenant: Tenant, customer: Leg, seconds: int) -> Steps:
    """Music for a secured customer, who may have to wait for so many seconds."""
    limits = dialstring.set_variables(
        failsafe_timers.kept_on_unbridge(tenant) | failsafe_timers.music(tenant, seconds)
    )
    yield from bridging.grown_together(tenant, customer)
    yield from bridging.arrived(customer)
    yield from _play(tenant, customer, tenant.switch_settings.hold_sound, limits)


def ringback(tenant: Tenant, own_leg: Leg) -> Steps:
    """For a secured agent, who has been parked and waits for somebody to answer.

    Not as ``uuid_play`` does it: that starts late, and then goes on over a bridge that came before
    it (measured).
    """
    limits = dialstring.set_variables(failsafe_timers.kept_on_unbridge(tenant))
    yield from bridging.arrived(own_leg)
    yield from _play(tenant, own_leg, dialstring.RINGBACK_SOUND, limits)


def silence(tenant: Tenant, own_leg: Leg) -> Steps:
    """For a secured agent, who has been parked, and whom nobody hears."""
    limits = dialstring.set_variables(
        failsafe_timers.kept_on_unbridge(tenant)
        | failsafe_timers.music(tenant, tenant.switch_settings.rejoin_seconds)
    )
    yield from bridging.arrived(own_leg)
    yield from _play(tenant, own_leg, dialstring.SILENCE, limits)


def _play(tenant: Tenant, leg: Leg, sound: str, *first: dialstring.Application) -> Steps:
    leg.waiting_sound, leg.waiting_sound_began = sound, math.inf
    behind = dialstring.silence_behind(tenant.switch_settings.orphan_leg_seconds)
    apps = (*first, dialstring.playback(sound), dialstring.playback(behind))
    yield from bridging.send(leg, commands.uuid_execute(leg.uuid, *apps))


def began(tenant: Tenant, leg: Leg) -> None:
    """A sound is played to it from now on."""
    leg.moving, leg.waiting_sound_began = False, tenant.clock()


def sound_ended(tenant: Tenant, leg: Leg) -> Steps:
    """The switch plays it the silence behind its sound. Raises NotPlayed, once it has been seen to,
    where the sound could not be played."""
    unheard = _is_unheard(leg)
    if leg.ended or (leg.moving and not unheard):
        return  # the sound was ended by what takes the leg elsewhere
    sound = leg.waiting_sound
    if lasted := _has_lasted(tenant, leg):
        yield from _play(tenant, leg, sound)
    else:
        yield from _play(tenant, leg, _IN_SILENCE)
    if not lasted:
        raise NotPlayed(sound)


def is_held_on(tenant: Tenant, own_leg: Leg, far: Leg) -> bool:
    """Whether hold music that has ended is to go on: nobody has taken the hold back, begun anything
    else, or left."""
    stays = (
        own_leg.peer is far
        and far.call.procedure is None
        and own_leg.ending is None
        and far.ending is None
    )
    return own_leg.hold is Hold.MUSIC and stays and not far.moving and _has_lasted(tenant, far)


def hold_on(tenant: Tenant, own_leg: Leg, far: Leg) -> Steps:
    """Play hold music once more. Nobody is told, unless it is not played any more; then the two
    hear each other, and it raises NotPlayed."""
    far.waiting_sound_began = math.inf
    with suppress(SwitchRefused):
        yield commands.uuid_play(far.uuid, tenant.switch_settings.hold_sound)
        yield Until(
            far, lambda: not _is_unheard(far) or own_leg.hold is not Hold.MUSIC, MUSIC_SECONDS
        )
    if _is_unheard(far) and own_leg.hold is Hold.MUSIC and own_leg.peer is far:
        tenant.holds(own_leg, Hold.NO)
        raise NotPlayed(tenant.switch_settings.hold_sound)


def play(leg: Leg, command: Command) -> Steps:
    """A sound to one who talks, until the switch tells that it has begun. Raises NotPlayed where it
    does not, PartyGone where the leg is gone first."""
    leg.waiting_sound_began = math.inf
    yield command
    yield Until(leg, lambda: not _is_unheard(leg) or leg.ended, MUSIC_SECONDS)
    if leg.ended:
        raise PartyGone
    if _is_unheard(leg):
        raise NotPlayed(command.words[2])


def _is_unheard(leg: Leg) -> bool:
    return leg.waiting_sound_began == math.inf


def _has_lasted(tenant: Tenant, leg: Leg) -> bool:
    return tenant.clock() - leg.waiting_sound_began >= _SHORTEST_SECONDS
