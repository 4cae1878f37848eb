"""What a leg is played while it waits, and what becomes of it when that ends.

A sound may end at any time: by a key, at the end of its file, because its stream is not there. A
leg that does nothing else would end with it. So silence follows each sound, and when the switch
tells that it has come to that, the leg is played the sound once more.
"""

from __future__ import annotations

import math
from contextlib import suppress

from esl_bridge.callflow import nets, parties
from esl_bridge.callflow.steps import Moves, Until
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.errors import NotPlayed, PartyGone, SwitchRefused
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command

# A sound that ends sooner is not played again, or an empty file would keep the switch busy.
_SHORTEST_SECONDS = 1.0

MUSIC_SECONDS = 2.0
"""How long the switch takes to begin or end music that it has accepted to play, at most; measured:
0.2 s."""

_IN_SILENCE = dialstring.silence_behind(nets.MUSIC_SECONDS)


def put_aside(desk: Desk, customer: Leg, seconds: int) -> Moves:
    """Music for a secured customer, who may have to wait for so many seconds."""
    limits = dialstring.set_variables(nets.secured(desk) | nets.music(desk, seconds))
    yield from parties.grown_together(desk, customer)
    yield from parties.arrived(customer)
    yield from _play(desk, customer, desk.premises.hold_sound, limits)


def ringback(desk: Desk, own: Leg) -> Moves:
    """For a secured agent, who has been parked and waits for somebody to answer.

    Not as ``uuid_play`` does it: that starts late, and then goes on over a bridge that came before
    it (measured).
    """
    limits = dialstring.set_variables(nets.secured(desk))
    yield from parties.arrived(own)
    yield from _play(desk, own, dialstring.RINGBACK_SOUND, limits)


def silence(desk: Desk, own: Leg) -> Moves:
    """For a secured agent, who has been parked, and whom nobody hears."""
    limits = dialstring.set_variables(
        nets.secured(desk) | nets.music(desk, desk.premises.rejoin_seconds)
    )
    yield from parties.arrived(own)
    yield from _play(desk, own, dialstring.SILENCE, limits)


def _play(desk: Desk, leg: Leg, sound: str, *first: dialstring.App) -> Moves:
    leg.tune, leg.tune_began = sound, math.inf
    behind = dialstring.silence_behind(desk.premises.unled_seconds)
    apps = (*first, dialstring.playback(sound), dialstring.playback(behind))
    yield from parties.send(leg, commands.uuid_execute(leg.uuid, *apps))


def began(desk: Desk, leg: Leg) -> None:
    """A sound is played to it from now on."""
    leg.moving, leg.tune_began = False, desk.clock()


def sound_ended(desk: Desk, leg: Leg) -> Moves:
    """The switch plays it the silence behind its sound. Raises NotPlayed, once it has been seen to,
    where the sound could not be played."""
    unheard = _is_unheard(leg)
    if leg.ended or (leg.moving and not unheard):
        return  # the sound was ended by what takes the leg elsewhere
    sound = leg.tune
    if lasted := _has_lasted(desk, leg):
        yield from _play(desk, leg, sound)
    else:
        yield from _play(desk, leg, _IN_SILENCE)
    if not lasted:
        raise NotPlayed(sound)


def is_held_on(desk: Desk, own: Leg, far: Leg) -> bool:
    """Whether hold music that has ended is to go on: nobody has taken the hold back, begun anything
    else, or left."""
    stays = own.peer is far and far.call.work is None and own.ending is None and far.ending is None
    return own.hold is Hold.MUSIC and stays and not far.moving and _has_lasted(desk, far)


def hold_on(desk: Desk, own: Leg, far: Leg) -> Moves:
    """Play hold music once more. Nobody is told, unless it is not played any more; then the two
    hear each other, and it raises NotPlayed."""
    far.tune_began = math.inf
    with suppress(SwitchRefused):
        yield commands.uuid_play(far.uuid, desk.premises.hold_sound)
        yield Until(far, lambda: not _is_unheard(far) or own.hold is not Hold.MUSIC, MUSIC_SECONDS)
    if _is_unheard(far) and own.hold is Hold.MUSIC and own.peer is far:
        desk.holds(own, Hold.NO)
        raise NotPlayed(desk.premises.hold_sound)


def play(leg: Leg, command: Command) -> Moves:
    """A sound to one who talks, until the switch tells that it has begun. Raises NotPlayed where it
    does not, PartyGone where the leg is gone first."""
    leg.tune_began = math.inf
    yield command
    yield Until(leg, lambda: not _is_unheard(leg) or leg.ended, MUSIC_SECONDS)
    if leg.ended:
        raise PartyGone
    if _is_unheard(leg):
        raise NotPlayed(command.words[2])


def _is_unheard(leg: Leg) -> bool:
    return leg.tune_began == math.inf


def _has_lasted(desk: Desk, leg: Leg) -> bool:
    return desk.clock() - leg.tune_began >= _SHORTEST_SECONDS
