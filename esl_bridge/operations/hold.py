"""hold: the far party hears music and neither hears the other."""

from esl_bridge.protocol.envelope import OnALeg, OnOff, Reply


class Hold(OnALeg, frozen=True, kw_only=True, tag="hold"):
    """Whether the leg shall be held."""

    hold: OnOff


class HoldReply(Reply, frozen=True, kw_only=True):
    """``hold``: as it now is, "1" held; a refusal carries it too."""

    hold: str
