"""checkout: the agent goes OFFLINE; a call that is up is ended first."""

from esl_bridge.protocol.envelope import Request


class Checkout(Request, frozen=True, kw_only=True, tag="checkout"):
    """Nothing beside the envelope; so is its reply."""
