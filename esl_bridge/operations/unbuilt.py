"""Requests of the protocol that are parsed and validated, but not carried out yet."""

from __future__ import annotations

from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import NotBuiltYet
from esl_bridge.operations import unbuilt_requests
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import Request


@operation(unbuilt_requests.PlayRecord, reply=unbuilt_requests.PlayRecordReply)
@operation(unbuilt_requests.PlayRecordControl)
def unbuilt(_request: Request, _tenant: Tenant, requester: Requester) -> Steps:
    _ = requester.agent
    raise NotBuiltYet
    yield
