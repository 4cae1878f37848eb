"""checkin: an agent takes its place on a connection."""

from typing import Annotated, Literal

from msgspec import Meta

from esl_bridge.errors import BadField
from esl_bridge.protocol.envelope import Addresses, Reply, Request, Secret


class Checkin(Request, frozen=True, kw_only=True, tag="checkin"):
    """By password, or by the ``token`` of an earlier check-in.

    ``epoch`` and ``seq`` are those of the last push seen: what came after it is sent again.
    """

    agent_pwd: Secret | None = None
    agent_ip: Addresses | None = None
    start_status: Literal["FREE", "BUSY", "REST", "ARRANGE"] | None = None
    reset: bool = False
    epoch: Secret | None = None
    seq: Annotated[int, Meta(ge=0)] | None = None

    def __post_init__(self) -> None:
        if self.agent_pwd is None and self.token is None:
            raise BadField("agent_pwd", "neither password nor token")


class CheckinReply(Reply, frozen=True, kw_only=True):
    """``login_type``: "1" RTC, "2" soft phone. ``ext_pwd``: over TLS or loopback only."""

    ext_id: str
    pbx: str
    ext_pwd: str | None = None
    rtc_address: str
    login_type: str
    status: str
    sub_status: str | None = None
    in_call_numbers: tuple[str, ...]
    token: str
    epoch: str
