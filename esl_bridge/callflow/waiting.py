"""What a leg is played while it waits, and what happens when that ends.

A sound may end at any time: by a key, at the end of its file, or because its stream is unavailable.
A leg with nothing else to execute would end with it. So silence follows each sound, and when the
switch reports that it plays the silence, the leg is played the sound again.
"""

from __future__ import annotations

import math
from contextlib import suppress
from typing import assert_never

from esl_bridge.callflow import failsafe_timers, moving
from esl_bridge.callflow.steps import Effect, Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import NotPlayed, PartyGone, SwitchRefused
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command
from esl_bridge.layout.places import Sound, Waiting

# A sound that ends sooner is not played again: an empty file would keep the switch busy.
_SHORTEST_SECONDS = 1.0

MUSIC_CHANGE_SECONDS = 2.0
"""Limit for the switch to begin or end music after it has accepted the command; measured: 0.2 s."""

_IN_SILENCE = dialstring.silence_behind(failsafe_timers.LONGEST_MUSIC_SECONDS)


def play_to(tenant: Tenant, leg: Leg, place: Waiting, seconds: int) -> Steps:
    """Send a leg to wait, where it hears a sound; it may have to wait for ``seconds``.

    Ringback not by ``uuid_play``: that starts late, and then continues over a bridge that came
    before it (measured).
    """
    limits = failsafe_timers.park_on_unbridge(tenant)
    if place.sound is not Sound.RINGBACK:
        limits |= failsafe_timers.music(tenant, seconds)
    sound = _played(tenant, place.sound)
    yield from _play(tenant, leg, sound, place, dialstring.set_variables(limits))
    leg.position.parks_on_unbridge = True


def _played(tenant: Tenant, sound: Sound) -> str:
    match sound:
        case Sound.MUSIC:
            return tenant.switch_settings.hold_sound
        case Sound.RINGBACK:
            return dialstring.RINGBACK_SOUND
        case Sound.SILENCE:
            return dialstring.SILENCE
        case _:
            assert_never(sound)


def sent_to_hear(leg: Leg) -> Waiting:
    """What a waiting leg was sent to hear. It may hear silence in place of that."""
    if isinstance(leg.position.heading_for, Waiting):
        return leg.position.heading_for
    sounds = {dialstring.RINGBACK_SOUND: Sound.RINGBACK, dialstring.SILENCE: Sound.SILENCE}
    return Waiting(sounds.get(leg.position.waiting_sound, Sound.MUSIC))  # from before a restart


def _play(
    tenant: Tenant, leg: Leg, sound: str, place: Waiting, *first: dialstring.Application
) -> Steps:
    leg.position.waiting_sound, leg.position.waiting_sound_began = sound, math.inf
    behind = dialstring.silence_behind(tenant.switch_settings.orphan_leg_seconds)
    apps = (*first, dialstring.playback(sound), dialstring.playback(behind))
    yield from moving.send(leg, commands.uuid_execute(leg.uuid, *apps), place)


def sound_ended(tenant: Tenant, leg: Leg) -> Steps:
    """The switch plays the silence behind the sound. Raises NotPlayed, after replacing the sound by
    silence, where the sound could not be played."""
    unheard = _is_unheard(leg)
    if leg.ended or (leg.position.moving and not unheard):
        return  # the sound ended because the leg was moved
    sound, lasted = leg.position.waiting_sound, _has_lasted(tenant, leg)
    yield from _play(tenant, leg, sound if lasted else _IN_SILENCE, sent_to_hear(leg))
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
    return (
        own_leg.media.hold is Hold.MUSIC
        and stays
        and not far.position.moving
        and _has_lasted(tenant, far)
    )


def hold_on(tenant: Tenant, own_leg: Leg, far: Leg) -> Steps:
    """Play hold music again; nothing is reported. If it does not play any more the two hear each
    other, the hold is over, and NotPlayed is raised."""
    far.position.waiting_sound_began = math.inf
    with suppress(SwitchRefused):
        yield Effect(
            commands.uuid_play(far.uuid, tenant.switch_settings.hold_sound),
            lambda: not _is_unheard(far) or own_leg.media.hold is not Hold.MUSIC,
            MUSIC_CHANGE_SECONDS,
        )
    if _is_unheard(far) and own_leg.media.hold is Hold.MUSIC and own_leg.peer is far:
        leg_changes.set_hold(tenant, own_leg, Hold.NO)
        raise NotPlayed(tenant.switch_settings.hold_sound)


def play(leg: Leg, command: Command) -> Steps:
    """Play a sound to a leg that talks, and wait until it has begun. Raises NotPlayed where it does
    not begin, PartyGone where the leg ends first."""
    leg.position.waiting_sound_began = math.inf
    yield Effect(command, lambda: not _is_unheard(leg) or leg.ended, MUSIC_CHANGE_SECONDS)
    if leg.ended:
        raise PartyGone
    if _is_unheard(leg):
        raise NotPlayed(command.words[2])


def _is_unheard(leg: Leg) -> bool:
    return leg.position.waiting_sound_began == math.inf


def _has_lasted(tenant: Tenant, leg: Leg) -> bool:
    return tenant.clock() - leg.position.waiting_sound_began >= _SHORTEST_SECONDS
