"""record_control: starts, pauses, resumes and stops recording the agent's call."""

from enum import StrEnum

from esl_bridge.callflow import recording
from esl_bridge.callflow.steps import Steps
from esl_bridge.domain.allowed_operations import require_allowed
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.recording import RecordingOptions
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import WrongState
from esl_bridge.operations import in_order
from esl_bridge.operations.registry import Requester, operation
from esl_bridge.protocol.envelope import LegRequest, RecordingState, RecordSuffix, Reply


class RecordAction(StrEnum):
    """What to do with the recording."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


class RecordControlRequest(LegRequest, frozen=True, kw_only=True, tag="record_control"):
    """``uuid``: any leg of the call. The fields besides ``action`` are those of ``call``, for a
    start."""

    action: RecordAction
    record_contact: bool = False
    is_stereo: bool = False
    record_suffix: RecordSuffix = RecordSuffix.MP3


class RecordControlReply(Reply, frozen=True, kw_only=True):
    """``recording``: the present state, "on", "paused" or "off"."""

    recording: RecordingState


@operation(RecordControlRequest, reply=RecordControlReply, durable=True, upon=in_order.recording)
def record_control(request: RecordControlRequest, tenant: Tenant, requester: Requester) -> Steps:
    agent = requester.agent
    own_leg = tenant.leg_book.own_leg(agent, request.uuid)
    require_allowed("record_control", agent)
    leg = recording.subject(own_leg)
    yield from recording.settled(leg)
    yield from _carry_out(request, tenant, leg)
    yield RecordControlReply(recording=_now(leg))


def _now(leg: Leg) -> str:
    return leg.media.recording.now if leg.media.recording is not None else "off"


def _carry_out(request: RecordControlRequest, tenant: Tenant, leg: Leg) -> Steps:
    running = leg.media.recording if _now(leg) != "off" else None
    if running is None:
        if request.action is RecordAction.START:
            yield from _start(request, tenant, leg)
        elif request.action is not RecordAction.STOP:
            raise WrongState
    elif request.action is RecordAction.STOP:
        yield from recording.stop(tenant, running)
    elif request.action is not RecordAction.START:
        yield from recording.pause(tenant, running, on=request.action is RecordAction.PAUSE)


def _start(request: RecordControlRequest, tenant: Tenant, leg: Leg) -> Steps:
    recording_options = RecordingOptions(
        request.agent_id,
        request.req_id,
        both=request.record_contact,
        stereo=request.is_stereo,
        suffix=request.record_suffix,
    )
    if not recording.may_begin(leg, recording_options):
        raise WrongState
    yield from recording.begin(tenant, leg, recording_options, leg, requested=True)
