"""get_status: the state of the agent, as pushes would have told it."""

from esl_bridge.protocol.envelope import Reply, Request


class GetStatus(Request, frozen=True, kw_only=True, tag="get_status"):
    """Nothing beside the envelope."""


class GetStatusReply(Reply, frozen=True, kw_only=True):
    """``call_stop_status``: the state that a remembered action will lead to."""

    status: str
    sub_status: str | None = None
    call_stop_status: str | None = None
    in_call_numbers: tuple[str, ...]
