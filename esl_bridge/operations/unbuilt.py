"""Requests of the protocol that are understood and checked, but not carried out yet."""

from __future__ import annotations

from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.errors import NotBuiltYet
from esl_bridge.operations import edition7
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import Request


@operation(
    edition7.PlayRecord,
    edition7.PlayRecordControl,
    edition7.PreviewOutCall,
    edition7.ToggleServiceMode,
)
def unbuilt(_request: Request, _desk: Desk, asker: Asker) -> Moves:
    _ = asker.agent
    raise NotBuiltYet
    yield


@operation(edition7.GetToken, before_checkin=True)
def unbuilt_for_anybody(_request: Request, _desk: Desk, _asker: Asker) -> Moves:
    raise NotBuiltYet
    yield
