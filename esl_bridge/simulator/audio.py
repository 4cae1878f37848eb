"""Who hears whom, derived from what the legs do at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esl_bridge.simulator.media_bugs import Bug, MuteBug, Spy

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel


def heard(leg: SimulatedChannel) -> set[str]:
    """Names of everything that the leg's phone is sent: phones, MOH, RINGBACK, IVR..."""
    if not leg.has_media or leg.held_by or _silenced(leg, "write"):
        return set()
    sounds = leg.overlay.heard() if leg.overlay else leg.activity.heard()
    if leg.overlay is None and not leg.activity.sounds():
        return sounds  # a whisper is mixed into what the phone is sent (measured)
    whispers = (voice(bug.spy) for bug in _spies(leg) if bug.to_phone)
    return sounds.union(*whispers)


def passes(leg: SimulatedChannel) -> bool:
    """Whether what the leg's phone sends reaches its partner, even if it is silence."""
    return leg.has_media and not leg.held_by and leg.overlay is None


def voice(leg: SimulatedChannel) -> set[str]:
    """The leg's own phone, if its audio arrives: not while the leg is played something."""
    return said(leg) if leg.overlay is None else set()


def said(leg: SimulatedChannel) -> set[str]:
    """The leg's own phone, if it says anything."""
    if leg.phone is None or not leg.has_media or leg.held_by or _silenced(leg, "read"):
        return set()
    speaks = leg.answered or leg.phone.plan.speaks
    return {leg.phone.name} if speaks and leg.phone.silent_since is None else set()


def speech(leg: SimulatedChannel) -> set[str]:
    """What a partner hears: the leg's phone and its whisperers; nothing while the leg is
    played something. A mute also silences those that were there before it (measured)."""
    if leg.overlay is not None:
        return set()
    mutes = [place for place, bug in enumerate(leg.bugs) if _mutes(bug, "read")]
    later = leg.bugs[max(mutes, default=0) :]
    spies = [bug for bug in later if isinstance(bug, Spy) and bug.to_others]
    return voice(leg).union(*[voice(bug.spy) for bug in spies])


def _silenced(leg: SimulatedChannel, direction: str) -> bool:
    return any(_mutes(bug, direction) for bug in leg.bugs)


def _mutes(bug: Bug, direction: str) -> bool:
    return isinstance(bug, MuteBug) and direction in bug.silenced


def _spies(leg: SimulatedChannel) -> list[Spy]:
    return [bug for bug in leg.bugs if isinstance(bug, Spy)]
