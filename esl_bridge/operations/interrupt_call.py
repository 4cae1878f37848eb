"""interrupt_call: a supervisor ends an agent's whole call."""

from esl_bridge.protocol.envelope import Supervises


class InterruptCall(Supervises, frozen=True, kw_only=True, tag="interrupt_call"):
    """Whose call. Its reply has no fields of its own."""
