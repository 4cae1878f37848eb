"""What all tenants have in common."""

from __future__ import annotations

import msgspec


class SwitchSettings(msgspec.Struct, frozen=True):
    """What is the same for every company: the switch as the service is told to use it.
    ``contacts_elsewhere``: whether phones may be called at other addresses than they register
    from."""

    domain: str
    profile: str
    hold_sound: str
    pbx: str
    rtc: str
    room_profile: str = "esl_bridge"
    context: str = "esl_bridge"
    recordings: str = "/var/lib/freeswitch/recordings"
    answer_seconds: float = 5
    orphan_leg_seconds: int = 60
    rejoin_seconds: int = 20
    contacts_elsewhere: bool = False
