"""three_way: a third party joins the talk; all hear all from its answer on."""

from esl_bridge.protocol.envelope import LegId, Line, Reply, SetsUpALeg, Target, require_number


class ThreeWay(SetsUpALeg, frozen=True, kw_only=True, tag="three_way"):
    """``three_way_number`` is an agent's id or a number, as ``three_way_type`` says."""

    uuid: LegId
    three_way_type: Line
    three_way_number: Target

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.three_way_type is Line.OUTSIDE:
            require_number("three_way_number", self.three_way_number)


class ThreeWayReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the third party's leg."""

    in_call_numbers: tuple[str, ...]
    uuid: str
