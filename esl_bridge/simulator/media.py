"""Who hears whom, read off what the legs do at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esl_bridge.simulator.bugs import Mute, Spy

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import Channel


def heard(leg: Channel) -> set[str]:
    """Names of all that the leg's phone is sent: phones, MOH, RINGBACK, IVR.."""
    if not leg.has_media or leg.held_by or _silenced(leg, "write"):
        return set()
    sounds = leg.overlay.heard() if leg.overlay else leg.activity.heard()
    whispers = (voice(bug.spy) for bug in _spies(leg) if bug.to_phone)
    return sounds.union(*whispers)


def voice(leg: Channel) -> set[str]:
    """The leg's own phone, if anything of it arrives: not while the leg is played something."""
    if leg.phone is None or not leg.has_media or leg.held_by or _silenced(leg, "read"):
        return set()
    if leg.overlay is not None:
        return set()
    return {leg.phone.name}


def speech(leg: Channel) -> set[str]:
    """What those hear who hear the leg: its phone, and who speaks through it."""
    through = (voice(bug.spy) for bug in _spies(leg) if bug.to_others)
    return voice(leg).union(*through)


def _silenced(leg: Channel, direction: str) -> bool:
    return any(isinstance(bug, Mute) and direction in bug.silenced for bug in leg.bugs)


def _spies(leg: Channel) -> list[Spy]:
    return [bug for bug in leg.bugs if isinstance(bug, Spy)]
