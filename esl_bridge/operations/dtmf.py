"""dtmf: tones to the far party."""

from enum import IntEnum

from esl_bridge.protocol.envelope import Digits, OnALeg


class DtmfType(IntEnum):
    """How tones travel."""

    INFO = 0
    IN_BAND = 1
    RFC_2833 = 3


class Dtmf(OnALeg, frozen=True, kw_only=True, tag="dtmf"):
    """What to send. Its reply has no fields of its own."""

    content: Digits
    dtmf_type: DtmfType = DtmfType.RFC_2833
