"""Settings that all tenants of a node share."""

from __future__ import annotations

import msgspec

from esl_bridge.domain.company import DEFAULT_NODE


class SwitchSettings(msgspec.Struct, frozen=True):
    """A switch, as the service is configured to use it; the same for every company that is homed on
    it. ``node``: its name. ``contacts_elsewhere``: whether phones may be called at addresses other
    than those they register from."""

    domain: str
    profile: str
    hold_sound: str
    pbx: str
    rtc: str
    answer_seconds: float
    orphan_leg_seconds: int
    rejoin_seconds: int
    room_profile: str = "esl_bridge"
    context: str = "esl_bridge"
    recordings: str = "/var/lib/freeswitch/recordings"
    contacts_elsewhere: bool = False
    node: str = DEFAULT_NODE
