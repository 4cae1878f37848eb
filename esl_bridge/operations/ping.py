"""ping: checks that the connection is alive; answered by ``pong``, also before check-in."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from esl_bridge.operations.registry import connection_operation
from esl_bridge.protocol.envelope import Reply, Request


class PingRequest(Request, frozen=True, kw_only=True, tag="ping"):
    """No fields besides the envelope, in which ``req_id`` is optional; neither has the reply."""

    req_id: Annotated[str, Meta(max_length=128)] = ""


@connection_operation(PingRequest)
def ping(_request: PingRequest) -> Reply:
    return Reply()
