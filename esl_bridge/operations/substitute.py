"""substitute: a supervisor takes an agent's ringing or running call over."""

from esl_bridge.protocol.envelope import Reply, Supervises


class Substitute(Supervises, frozen=True, kw_only=True, tag="substitute"):
    """Whose call."""


class SubstituteReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the supervisor's own leg."""

    uuid: str
