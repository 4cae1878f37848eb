"""mute: nobody hears the agent, the agent hears all."""

from esl_bridge.protocol.envelope import OnALeg, OnOff, Reply


class Mute(OnALeg, frozen=True, kw_only=True, tag="mute"):
    """Whether the leg shall be muted."""

    mute: OnOff


class MuteReply(Reply, frozen=True, kw_only=True):
    """``mute``: as it now is, "1" muted; a refusal carries it too."""

    mute: str
