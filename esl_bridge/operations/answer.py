"""answer: has the phone of the agent's ringing leg answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from esl_bridge.callflow.steps import Effect, Steps
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import PartyGone, PhoneDidNotAnswer
from esl_bridge.esl import commands
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import CallinChannel, LegId, MediaRequest, Reply


class AnswerRequest(MediaRequest, frozen=True, kw_only=True, tag="answer"):
    """``callin_channel`` as in the ``callin``. The reply has no fields of its own."""

    req_id: Annotated[str, Meta(max_length=128)] = ""
    uuid: LegId
    callin_channel: CallinChannel | None = None


@operation(AnswerRequest)
def answer(request: AnswerRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    leg = tenant.leg_book.own_leg(agent, request.uuid)
    if not require_allowed("answer", agent) or leg.answered:
        yield Reply()
        return
    # The switch cannot answer for a phone, only ask it to (NOTIFY, event talk).
    yield Effect(
        commands.uuid_phone_event(leg.uuid, "talk"),
        lambda: leg.answered or leg.ended,
        tenant.switch_settings.answer_seconds,
    )
    if leg.ended:
        raise PartyGone
    if not leg.answered:
        raise PhoneDidNotAnswer
    yield Reply()
