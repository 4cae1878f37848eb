"""consult: asks a third party while the customer hears music, or ends that."""

from enum import StrEnum

from esl_bridge.errors import BadField
from esl_bridge.protocol.envelope import LegId, Line, Reply, SetsUpALeg, Target, require_number


class ConsultMode(StrEnum):
    """Begin or end."""

    START = "1"
    CANCEL = "2"


class Consult(SetsUpALeg, frozen=True, kw_only=True, tag="consult"):
    """``consult_number`` is an agent's id or a number; ending a consult needs neither."""

    uuid: LegId
    type: ConsultMode
    consult_type: Line | None = None
    consult_number: Target | None = None

    def __post_init__(self) -> None:
        if self.type is ConsultMode.CANCEL:
            return
        super().__post_init__()
        if self.consult_type is None:
            raise BadField("consult_type", "missing")
        if self.consult_number is None:
            raise BadField("consult_number", "missing")
        if self.consult_type is Line.OUTSIDE:
            require_number("consult_number", self.consult_number)


class ConsultReply(Reply, frozen=True, kw_only=True):
    """``consult_uuid``: the consultant's leg; absent when a consult was ended."""

    consult_uuid: str | None = None
