"""What a leg is played while it waits, and what happens when that ends.

A sound may end at any time: by a key, at the end of its file, or because its stream is unavailable.
A leg with nothing else to execute would end with it. So silence follows each sound, and when the
switch reports that it plays the silence, the leg is played the sound again.
"""

from __future__ import annotations

import math
from contextlib import suppress

from esl_bridge.callflow import bridging, failsafe_timers
from esl_bridge.callflow.steps import Effect, Steps
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import NotPlayed, PartyGone, SwitchRefused
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command

# A sound that ends sooner is not played again: an empty file would keep the switch busy.
_SHORTEST_SECONDS = 1.0

MUSIC_SECONDS = 2.0
"""Limit for the switch to begin or end music after it has accepted the command; measured: 0.2 s."""

_IN_SILENCE = dialstring.silence_behind(failsafe_timers.MUSIC_SECONDS)


def hold_with_music(tenant: Tenant, customer: Leg, seconds: int) -> Steps:
    """Play hold music to a customer that is kept on unbridge, and may have to wait for
    ``seconds``."""
    limits = dialstring.set_variables(
        failsafe_timers.kept_on_unbridge(tenant) | failsafe_timers.music(tenant, seconds)
    )
    yield from bridging.grown_together(tenant, customer)
    yield from bridging.arrived(customer)
    yield from _play(tenant, customer, tenant.switch_settings.hold_sound, limits)


def ringback(tenant: Tenant, own_leg: Leg) -> Steps:
    """Play ringback to a parked agent that waits for a party to answer.

    Not by ``uuid_play``: that starts late, and then continues over a bridge that came before it
    (measured).
    """
    limits = dialstring.set_variables(failsafe_timers.kept_on_unbridge(tenant))
    yield from bridging.arrived(own_leg)
    yield from _play(tenant, own_leg, dialstring.RINGBACK_SOUND, limits)


def silence(tenant: Tenant, own_leg: Leg) -> Steps:
    """Play silence to a parked agent whom nobody hears."""
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
    """A sound has begun to play."""
    leg.moving, leg.parked, leg.waiting_sound_began = False, False, tenant.clock()


def sound_ended(tenant: Tenant, leg: Leg) -> Steps:
    """The switch plays the silence behind the sound. Raises NotPlayed, after replacing the sound by
    silence, where the sound could not be played."""
    unheard = _is_unheard(leg)
    if leg.ended or (leg.moving and not unheard):
        return  # the sound ended because the leg was moved
    sound = leg.waiting_sound
    if lasted := _has_lasted(tenant, leg):
        yield from _play(tenant, leg, sound)
    else:
        yield from _play(tenant, leg, _IN_SILENCE)
    if not lasted:
        raise NotPlayed(sound)


def is_held_on(tenant: Tenant, own_leg: Leg, far: Leg) -> bool:
    """Whether hold music that has ended must be played again: the agent still holds, no procedure
    has begun, and nobody has left."""
    stays = (
        own_leg.peer is far
        and far.call.procedure is None
        and own_leg.ending is None
        and far.ending is None
    )
    return own_leg.hold is Hold.MUSIC and stays and not far.moving and _has_lasted(tenant, far)


def hold_on(tenant: Tenant, own_leg: Leg, far: Leg) -> Steps:
    """Play hold music again; nothing is reported. If it does not play any more the two hear each
    other, the hold is over, and NotPlayed is raised."""
    far.waiting_sound_began = math.inf
    with suppress(SwitchRefused):
        yield Effect(
            commands.uuid_play(far.uuid, tenant.switch_settings.hold_sound),
            lambda: not _is_unheard(far) or own_leg.hold is not Hold.MUSIC,
            MUSIC_SECONDS,
        )
    if _is_unheard(far) and own_leg.hold is Hold.MUSIC and own_leg.peer is far:
        tenant.holds(own_leg, Hold.NO)
        raise NotPlayed(tenant.switch_settings.hold_sound)


def play(leg: Leg, command: Command) -> Steps:
    """Play a sound to a leg that talks, and wait until it has begun. Raises NotPlayed where it does
    not begin, PartyGone where the leg ends first."""
    leg.waiting_sound_began = math.inf
    yield Effect(command, lambda: not _is_unheard(leg) or leg.ended, MUSIC_SECONDS)
    if leg.ended:
        raise PartyGone
    if _is_unheard(leg):
        raise NotPlayed(command.words[2])


def _is_unheard(leg: Leg) -> bool:
    return leg.waiting_sound_began == math.inf


def _has_lasted(tenant: Tenant, leg: Leg) -> bool:
    return tenant.clock() - leg.waiting_sound_began >= _SHORTEST_SECONDS
