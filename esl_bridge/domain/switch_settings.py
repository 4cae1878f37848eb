"""Settings that all tenants of a node share."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from esl_bridge.domain.company import DEFAULT_NODE

IceUrl = Annotated[
    str,
    Meta(
        pattern=r"\A(?:stuns?:[0-9A-Za-z.:\[\]-]{1,256}"
        r"|turns?:[0-9A-Za-z.:\[\]-]{1,256}(?:\?transport=(?:udp|tcp))?)\Z",
        description="stun:HOST[:PORT] or turn:HOST[:PORT][?transport=udp|tcp], or stuns:, turns:",
    ),
]

_Login = Annotated[
    str,
    Meta(pattern=r"\A[\x21-\x7e]{1,256}\Z", description="1 to 256 visible ASCII characters"),
]


class IceServer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A STUN or TURN server for browsers that are phones, in the form of WebRTC's
    ``RTCIceServer``. A TURN server needs ``username`` and ``credential``."""

    urls: tuple[IceUrl, ...]
    username: _Login | None = None
    credential: _Login | None = None


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
    grace_seconds: float = 30
    room_profile: str = "esl_bridge"
    context: str = "esl_bridge"
    recordings: str = "/var/lib/freeswitch/recordings"
    contacts_elsewhere: bool = False
    ice_servers: tuple[IceServer, ...] = ()
    node: str = DEFAULT_NODE
