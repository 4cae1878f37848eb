"""What a request has begun, from its acceptance to its end: a call, a transfer, a consult."""

from __future__ import annotations

from concurrent.futures import Future

from esl_bridge.client.errors import CallFailed, ClientError
from esl_bridge.protocol.messages import Callback


class ClientAction:
    """``started``: its parties talk; ``ended``: it has reached its aim. Both raise what prevented
    it."""

    def __init__(self, msg_type: str) -> None:
        self.msg_type = msg_type
        self.started: Future[None] = Future()
        self.ended: Future[None] = Future()

    def advance(self, push: Callback) -> bool:
        """Take its next push; gives whether that was the last."""
        if push.phase == "INITIATE":
            return False
        if push.phase == "END_CALL" and not push.success:
            self.lose(failure(push))
            return True
        if not self.started.done():
            self.started.set_result(None)
        if push.phase == "END_CALL":
            self.ended.set_result(None)
        return self.ended.done()

    def lose(self, error: ClientError) -> None:
        """It will not be told how it ends, or has failed."""
        for awaited in (self.started, self.ended):
            if not awaited.done():
                awaited.set_exception(error)


def failure(push: Callback) -> CallFailed:
    """For an END_CALL without success."""
    return CallFailed(push.code, push.msg, push.action, {"uuid": push.uuid})  # type: ignore[arg-type]
