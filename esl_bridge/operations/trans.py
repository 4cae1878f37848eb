"""trans: hands the customer to somebody else, or takes that back."""

from enum import StrEnum

from esl_bridge.errors import BadField
from esl_bridge.protocol.envelope import LegId, SetsUpALeg, Target, require_number


class TransMode(StrEnum):
    """BLIND: the customer hears music meanwhile; CONSULT: agent and customer talk on."""

    BLIND = "1"
    CONSULT = "2"
    CANCEL = "3"


class TransType(StrEnum):
    """To whom."""

    AGENT = "1"
    SKILL = "2"
    IVR = "3"
    OUTSIDE = "4"
    SURVEY = "5"


class Trans(SetsUpALeg, frozen=True, kw_only=True, tag="trans"):
    """``trans_number`` is an id or a number, as ``trans_type`` says; a survey needs none.

    Its reply has no fields of its own.
    """

    uuid: LegId
    type: TransMode
    trans_type: TransType | None = None
    trans_number: Target | None = None

    def __post_init__(self) -> None:
        if self.type is TransMode.CANCEL:
            return
        super().__post_init__()
        if self.trans_type is None:
            raise BadField("trans_type", "missing")
        if self.trans_number is None:
            if self.trans_type is not TransType.SURVEY:
                raise BadField("trans_number", "missing")
        elif self.trans_type is TransType.OUTSIDE:
            require_number("trans_number", self.trans_number)
