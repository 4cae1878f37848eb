"""Timers that end a leg on the switch if the daemon never comes back.

Of two legs that talk one has a talk limit, and ends the other with it. Timers are needed for a leg
that waits: parked, with music, or in a room that the others have left. They all expire later than
the daemon would act, and are set by commands that are sent anyway.
"""

from __future__ import annotations

from esl_bridge.domain.tenant import Tenant

LONGEST_MUSIC_SECONDS = 43_200
"""The longest music: the switch counts its samples in 31 bits, at 48 kHz twelve hours (source)."""


def parked_limit(tenant: Tenant, seconds: int = 0) -> dict[str, str]:
    """How long a leg may stay parked, where it is to wait for ``seconds``; 0: only until it is sent
    on. The switch clears the variable once the leg is parked (source)."""
    return {"park_timeout": str(seconds or tenant.switch_settings.orphan_leg_seconds)}


def park_on_unbridge(tenant: Tenant) -> dict[str, str]:
    """A leg is parked instead of hung up, but for a limited time. The switch clears both variables
    once the leg is parked (source), so they are set again on a leg that is sent on from there."""
    return {"park_after_bridge": "true", **parked_limit(tenant)}


def music(tenant: Tenant, seconds: int) -> dict[str, str]:
    """Ends a leg when its music ends; ``seconds``: how long it may have to wait."""
    return {
        "playback_timeout_sec": str(
            min(seconds + tenant.switch_settings.orphan_leg_seconds, LONGEST_MUSIC_SECONDS)
        )
    }


def hold_music_limit() -> dict[str, str]:
    """A leg that hears hold music may not notice until the music ends that its partner is gone
    (measured)."""
    return {"playback_timeout_sec": str(LONGEST_MUSIC_SECONDS)}
