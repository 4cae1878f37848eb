"""record_control: starts, pauses, resumes and stops the recording of the agent's call."""

from enum import StrEnum

from esl_bridge.callflow import recording
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.permits import Stage, stage
from esl_bridge.domain.recording import Wish
from esl_bridge.domain.states import Status
from esl_bridge.errors import NotNow
from esl_bridge.operations import in_turn
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import OnALeg, RecordSuffix, Reply


class RecordAction(StrEnum):
    """What to do with the recording."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


class RecordControl(OnALeg, frozen=True, kw_only=True, tag="record_control"):
    """Any leg of the call, and what to do. The other fields are those of ``call``, for a start."""

    action: RecordAction
    record_contact: bool = False
    is_stereo: bool = False
    record_suffix: RecordSuffix = RecordSuffix.MP3


class RecordControlReply(Reply, frozen=True, kw_only=True):
    """``recording``: as it now is, "on", "paused" or "off"."""

    recording: str


@operation(RecordControl, durable=True, upon=in_turn.recording)
def record_control(request: RecordControl, desk: Desk, asker: Asker) -> Moves:
    agent = asker.agent
    own = desk.own_leg(agent, request.uuid)
    if agent.status is not Status.CALLING or stage(agent) is Stage.SUPERVISING:
        raise NotNow
    leg = recording.subject(own)
    yield from recording.settled(leg)
    yield from _carry_out(request, desk, leg)
    yield RecordControlReply(recording=_now(leg))


def _now(leg: Leg) -> str:
    return leg.recording.now if leg.recording is not None else "off"


def _carry_out(request: RecordControl, desk: Desk, leg: Leg) -> Moves:
    running = leg.recording if _now(leg) != "off" else None
    if running is None:
        if request.action is RecordAction.START:
            yield from _start(request, desk, leg)
        elif request.action is not RecordAction.STOP:
            raise NotNow
    elif request.action is RecordAction.STOP:
        yield from recording.stop(desk, running)
    elif request.action is not RecordAction.START:
        yield from recording.pause(desk, running, on=request.action is RecordAction.PAUSE)


def _start(request: RecordControl, desk: Desk, leg: Leg) -> Moves:
    wish = Wish(
        request.agent_id,
        request.req_id,
        both=request.record_contact,
        stereo=request.is_stereo,
        suffix=request.record_suffix,
    )
    if not recording.may_begin(leg, wish):
        raise NotNow
    yield from recording.begin(desk, leg, wish, leg)
