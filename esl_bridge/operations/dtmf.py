"""dtmf: tones to the far party."""

from __future__ import annotations

from enum import IntEnum

from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.permits import permit
from esl_bridge.errors import NotNow
from esl_bridge.esl import commands
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import Digits, OnALeg, Reply


class DtmfType(IntEnum):
    """How tones travel."""

    INFO = 0
    IN_BAND = 1
    RFC_2833 = 3


class Dtmf(OnALeg, frozen=True, kw_only=True, tag="dtmf"):
    """What to send. Its reply has no fields of its own."""

    content: Digits
    dtmf_type: DtmfType = DtmfType.RFC_2833


@operation(Dtmf)
def dtmf(request: Dtmf, desk: Desk, asker: Asker) -> Moves:
    agent = asker.agent
    far = desk.own_leg(agent, request.uuid).peer
    permit("dtmf", agent)
    if far is None:
        raise NotNow
    if request.dtmf_type is DtmfType.IN_BAND:
        yield commands.uuid_send_tones(far.uuid, request.content)
        yield Reply()
        return
    how = "info" if request.dtmf_type is DtmfType.INFO else "rfc2833"
    yield commands.uuid_setvar(far.uuid, dtmf_type=how)
    yield commands.uuid_send_dtmf(far.uuid, request.content)
    yield Reply()
