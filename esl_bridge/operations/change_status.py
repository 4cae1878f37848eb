"""change_status: an agent's own state, and by force another's."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from esl_bridge.protocol.envelope import Reply, Request, Target


class StatusAction(StrEnum):
    """What an agent can ask for; CHECKIN is not among them, for it needs a password."""

    CHECKOUT = "CHECKOUT"
    MAKE_FREE = "MAKE_FREE"
    MAKE_BUSY = "MAKE_BUSY"
    MAKE_REST = "MAKE_REST"
    MAKE_ARRANGE = "MAKE_ARRANGE"
    MAKE_FREE_AFTER_CALL_STOP = "MAKE_FREE_AFTER_CALL_STOP"
    MAKE_BUSY_AFTER_CALL_STOP = "MAKE_BUSY_AFTER_CALL_STOP"
    MAKE_REST_AFTER_CALL_STOP = "MAKE_REST_AFTER_CALL_STOP"
    CHECKOUT_AFTER_CALL_STOP = "CHECKOUT_AFTER_CALL_STOP"
    FORCE_RESET = "FORCE_RESET"
    FORCE_CHECKOUT = "FORCE_CHECKOUT"
    FORCE_MAKE_FREE = "FORCE_MAKE_FREE"
    FORCE_MAKE_BUSY = "FORCE_MAKE_BUSY"


class ChangeStatus(Request, frozen=True, kw_only=True, tag="change_status"):
    """``rest_min`` in minutes; ``operated_*`` for FORCE_* alone, which judges their absence."""

    action: StatusAction
    rest_min: Annotated[int, Meta(ge=1, le=480)] | None = None
    operated_agent_id: Target | None = None
    operated_ext_id: Target | None = None


class ChangeStatusReply(Reply, frozen=True, kw_only=True):
    """Of a FORCE_*, the states are the operated agent's; a refusal may carry ``action`` alone."""

    action: str
    last_agent_status: str | None = None
    agent_status: str | None = None
