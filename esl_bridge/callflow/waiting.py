"""What a leg is played while it waits, and what becomes of it when that ends.

A sound may end at any time: by a key, at the end of its file, because its stream is not there. A
leg that does nothing else would end with it. So silence follows each sound, and when the switch
tells that it has come to that, the leg is played the sound once more.
"""

from __future__ import annotations

import math

from esl_bridge.callflow import nets, parties
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.errors import NotPlayed
from esl_bridge.esl import commands, dialstring

# A sound that ends sooner is not played again, or an empty file would keep the switch busy.
_SHORTEST_SECONDS = 1.0

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
    unheard = leg.tune_began == math.inf
    if leg.ended or (leg.moving and not unheard):
        return  # the sound was ended by what takes the leg elsewhere
    sound = leg.tune
    if lasted := desk.clock() - leg.tune_began >= _SHORTEST_SECONDS:
        yield from _play(desk, leg, sound)
    else:
        yield from _play(desk, leg, _IN_SILENCE)
    if not lasted:
        raise NotPlayed(sound)
