"""eavesdrop, whisper, force_call: a supervisor in an agent's call, in three degrees."""

from esl_bridge.protocol.envelope import Reply, Supervises


class Eavesdrop(Supervises, frozen=True, kw_only=True, tag="eavesdrop"):
    """The supervisor hears the call and is heard by nobody."""


class Whisper(Supervises, frozen=True, kw_only=True, tag="whisper"):
    """The supervisor hears the call and only the agent hears the supervisor."""


class ForceCall(Supervises, frozen=True, kw_only=True, tag="force_call"):
    """The supervisor joins the call; all hear all."""


class SuperviseReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the supervisor's own leg."""

    uuid: str
