"""What ends a leg on the switch where the service never comes back.

One of two who talk has a talk limit, and takes the other along. So nets are needed for a leg that
waits: parked, with music, or in a room that the others have left. All of them are behind what the
service does itself, and go with commands that are sent anyway.
"""

from __future__ import annotations

from esl_bridge.domain.tenant import Tenant

MUSIC_SECONDS = 43_200
"""The longest music: the switch counts its samples in 31 bits, at 48 kHz twelve hours (source)."""


def parked(tenant: Tenant) -> dict[str, str]:
    """How long a leg may stay parked; the switch forgets it as soon as the leg is (source)."""
    return {"park_timeout": str(tenant.switch_settings.orphan_leg_seconds)}


def kept_on_unbridge(tenant: Tenant) -> dict[str, str]:
    """A leg is parked where it would be ended, but not for ever. Once it has been parked the switch
    has forgotten both (source), so they are said again to a leg that goes on from there."""
    return {"park_after_bridge": "true", **parked(tenant)}


def music(tenant: Tenant, seconds: int) -> dict[str, str]:
    """At the end of the music a leg is ended; ``seconds``: how long it may have to wait."""
    return {
        "playback_timeout_sec": str(
            min(seconds + tenant.switch_settings.orphan_leg_seconds, MUSIC_SECONDS)
        )
    }


def held() -> dict[str, str]:
    """Who hears music in a pair may not notice that the other is gone (measured) until it ends."""
    return {"playback_timeout_sec": str(MUSIC_SECONDS)}
