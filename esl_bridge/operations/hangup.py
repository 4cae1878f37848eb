"""hangup: ends the agent's own leg, or one that it set up."""

from esl_bridge.protocol.envelope import OnALeg


class Hangup(OnALeg, frozen=True, kw_only=True, tag="hangup"):
    """The leg to end. Its reply has no fields of its own."""
