"""call: the agent's phone first, then an agent, an outside number, or a room."""

from esl_bridge.protocol.envelope import (
    OutLine,
    Reply,
    SetsUpALeg,
    Target,
    Text,
    require_number,
    require_room,
)


class Call(SetsUpALeg, frozen=True, kw_only=True, tag="call"):
    """``callee_number`` is an agent's id, a number, or a room's name, as ``out_line`` says."""

    callee_number: Target
    out_line: OutLine = OutLine.OUTSIDE
    work_order_id: Text | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.out_line is OutLine.OUTSIDE:
            require_number("callee_number", self.callee_number)
        elif self.out_line is OutLine.ROOM:
            require_room("callee_number", self.callee_number)


class CallReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the agent's own leg."""

    uuid: str
