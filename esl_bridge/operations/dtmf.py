"""dtmf: sends tones to the far party."""

from __future__ import annotations

from enum import IntEnum

from esl_bridge.callflow import waiting
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import WrongState
from esl_bridge.esl import commands
from esl_bridge.operations import in_order
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import Digits, LegRequest, Reply


class DtmfType(IntEnum):
    """How the tones are sent."""

    INFO = 0
    IN_BAND = 1
    RFC_2833 = 3


class DtmfRequest(LegRequest, frozen=True, kw_only=True, tag="dtmf"):
    """``content``: the digits. The reply has no fields of its own."""

    content: Digits
    dtmf_type: DtmfType = DtmfType.RFC_2833


@operation(DtmfRequest, upon=in_order.tones)
def dtmf(request: DtmfRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    own_leg = tenant.leg_book.own_leg(agent, request.uuid)
    require_allowed("dtmf", agent)
    far = [own_leg.peer] if own_leg.peer is not None else _in_the_room(own_leg)
    if not far:
        raise WrongState
    for leg in far:
        yield from _send(leg, request)
    yield Reply()


def _in_the_room(own_leg: Leg) -> list[Leg]:
    room = own_leg.position.room
    return [leg for leg in own_leg.call.others(own_leg) if room and leg.position.room == room]


def _send(leg: Leg, request: DtmfRequest) -> Steps:
    if request.dtmf_type is DtmfType.IN_BAND:
        yield from waiting.play(leg, commands.uuid_send_tones(leg.uuid, request.content))
        return
    # No event reports that these were sent: the switch has queued them.
    how = "info" if request.dtmf_type is DtmfType.INFO else "rfc2833"
    yield commands.uuid_setvar(leg.uuid, dtmf_type=how)
    yield commands.uuid_send_dtmf(leg.uuid, request.content)
