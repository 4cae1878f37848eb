"""Recording a talk: on the customer's leg, so that it continues through holds and transfers."""

from __future__ import annotations

from esl_bridge.callflow.steps import Effect, Steps, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import ActionKind, ActionPhase, Call
from esl_bridge.domain.domain_events import ActionAdvanced
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.procedures import ThirdPartyProcedure
from esl_bridge.domain.recording import Recording, RecordingOptions
from esl_bridge.domain.states import Status
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, Internal, PartyGone, SwitchUnavailable, WrongState
from esl_bridge.esl import commands
from esl_bridge.protocol.envelope import OriginatingRequest, RecordStart, RecordSuffix

# Limit for the switch to report that a recording has begun or ended.
_SETTLE_SECONDS = 2.0


def recording_options_of(request: OriginatingRequest) -> RecordingOptions | None:
    """How to record the talk that a request leads to; None: not at all."""
    if request.record_start is RecordStart.NONE:
        return None
    # While the far side rings the agent's leg is recorded, and the customer's continues in the same
    # file, which the switch cannot do with an mp4.
    appends = request.record_suffix is not RecordSuffix.MP4
    return RecordingOptions(
        request.agent_id,
        request.req_id,
        from_ring=request.record_start is RecordStart.RING and appends,
        both=request.record_contact,
        stereo=request.is_stereo,
        suffix=request.record_suffix,
    )


def due(tenant: Tenant, call: Call) -> Steps:
    """Begin recordings that waited for an answer, or for the talk."""
    for leg in list(call.legs):
        recording_options = leg.media.recording_options
        if recording_options is None:
            continue
        if leg.progress.talked or leg.position.room:
            leg.media.recording_options = None
            yield from start(tenant, _customer(leg), recording_options)
        elif recording_options.from_ring and leg.media.recording is None:
            for caller in _callers(leg):
                yield from begin(tenant, leg, recording_options, caller)


def third(tenant: Tenant, leg: Leg, request: OriginatingRequest) -> Steps:
    """A third party is about to be called: record the customer, from now or from its answer on."""
    recording_options = recording_options_of(request)
    if recording_options is not None and recording_options.from_ring:
        yield from start(tenant, _customer(leg), recording_options)
    else:
        leg.media.recording_options = recording_options


def _customer(leg: Leg) -> Leg:
    """The customer that a leg was set up for, else the leg itself."""
    procedure = leg.call.procedure
    return (
        procedure.customer if isinstance(procedure, ThirdPartyProcedure) else leg.call.customer
    ) or leg


def _callers(leg: Leg) -> list[Leg]:
    return [one.near for one in leg.call.actions if one.far is leg and one.near.answered]


def start(tenant: Tenant, leg: Leg, recording_options: RecordingOptions) -> Steps:
    """Record a leg that talks; a failure is reported by ``callback``. A recording that runs already
    continues unchanged."""
    recording = leg.media.recording
    if recording is not None and not recording.over and recording.on is not leg:
        yield from _take_over(tenant, recording)
    elif may_begin(leg, recording_options):
        yield from begin(tenant, leg, recording_options, leg)


def may_begin(leg: Leg, recording_options: RecordingOptions) -> bool:
    """Not while one runs; and an existing mp4 would be overwritten by another recording."""
    before = leg.media.recording
    return before is None or (
        before.over
        and RecordSuffix.MP4 not in (recording_options.suffix, before.recording_options.suffix)
    )


def begin(
    tenant: Tenant,
    leg: Leg,
    recording_options: RecordingOptions,
    on: Leg,
    *,
    requested: bool = False,
) -> Steps:
    """Record ``on`` for ``leg``; where it is ``requested`` a failure is raised."""
    file = f"{tenant.company.code}/{tenant.now()[:10]}/{leg.uuid}.{recording_options.suffix}"
    recording = Recording(recording_options, leg, on, file)
    if leg.media.recording is not None and leg.media.recording.file == file:
        recording.milliseconds = leg.media.recording.milliseconds
    leg.media.recording = on.media.recording = tenant.recordings[file] = recording
    yield from _run(tenant, recording, requested=requested)


def _run(
    tenant: Tenant,
    recording: Recording,
    last: commands.Command | None = None,
    *,
    requested: bool = False,
) -> Steps:
    """Begin, after the ``last`` command about another leg. Where that fails a request is refused,
    and else a callback reports the end."""
    try:
        if last is not None:
            yield last
        yield from _begin(tenant, recording)
    except BridgeError as error:
        if requested:
            _close(tenant, recording)
            raise
        end(tenant, recording, type(error))


def _begin(tenant: Tenant, recording: Recording) -> Steps:
    """The variables persist on the leg, so they are set anew for each recording."""
    recording_options, own_leg = recording.recording_options, recording.on_the_agents_leg
    yield commands.uuid_setvar(
        recording.on.uuid,
        RECORD_STEREO=_flag(recording_options.stereo),
        # The switch records the leg's own phone on the left.
        RECORD_STEREO_SWAP=_flag(recording_options.stereo and own_leg),
        RECORD_READ_ONLY=_flag(own_leg and not recording_options.both),
        RECORD_WRITE_ONLY=_flag(not own_leg and not recording_options.both),
        RECORD_APPEND=_flag(True),
    )
    yield Effect(_command(tenant, recording, "start"), lambda: recording.running)


def _flag(on: bool) -> str:
    return "true" if on else ""


def _command(tenant: Tenant, recording: Recording, what: str) -> commands.Command:
    return commands.uuid_record(
        recording.on.uuid, what, tenant.switch_settings.recordings, recording.file
    )


def _take_over(tenant: Tenant, recording: Recording) -> Steps:
    """Continue on the answered party's leg instead of the caller's, in the same file."""
    last = _command(tenant, recording, "stop")
    recording.on.media.recording = None
    recording.on, recording.running = recording.leg, False
    yield from _run(tenant, recording, last)


def pause(tenant: Tenant, recording: Recording, *, on: bool) -> Steps:
    """Pause or resume; the file contains silence meanwhile."""
    yield _command(tenant, recording, "mask" if on else "unmask")
    recording.paused = on


def stop(tenant: Tenant, recording: Recording) -> Steps:
    recording.stopping = True
    stopped = _command(tenant, recording, "stop")
    yield Effect(stopped, lambda: recording.over, failed=lambda _: _goes_on(recording))


def _goes_on(recording: Recording) -> None:
    recording.stopping = False


def settled(leg: Leg) -> Steps:
    """Wait for a recording to begin or to end, as the switch was told: it cannot be paused before
    it has begun, nor begun again before it has ended."""
    recording = leg.media.recording
    if recording is not None and recording.changes:
        yield Until(lambda: not recording.changes, _SETTLE_SECONDS)


def subject(own_leg: Leg) -> Leg:
    """The leg that is recorded, or would be, in an agent's call; raises WrongState while there is
    none."""
    for leg in own_leg.call.legs:
        if leg.media.recording is not None and leg.media.recording.now != "off":
            return leg.media.recording.leg
    leg = _customer(own_leg)
    if leg is own_leg:
        leg = own_leg.peer or own_leg
    if leg.ended or not (leg.progress.talked or leg.position.room):
        raise WrongState
    return leg


# -- events of the switch ------------------------------------------------------------------------


def is_running(tenant: Tenant, recording: Recording) -> None:
    recording.running = True
    if not recording.started:
        recording.started = True
        _tell(tenant, recording, ActionPhase.START_CALL, None)


def has_stopped(tenant: Tenant, recording: Recording, uuid: str, ms: int, *, stored: bool) -> None:
    """The end of a recording on the caller's leg does not end the recording."""
    recording.milliseconds += ms
    if uuid == recording.on.uuid:
        end(tenant, recording, None if stored else Internal)


def leg_ended(tenant: Tenant, leg: Leg) -> None:
    """The switch reports the end of a recording after that of its leg; but not of one that it never
    began."""
    recording = leg.media.recording
    if recording is not None and recording.on is leg and not recording.running:
        end(tenant, recording, None if recording.started else PartyGone)


def lost(tenant: Tenant, node: str) -> None:
    """The link to the switch was down: of legs that have ended no more will be reported."""
    for recording in tenant.recordings_on(node):
        if recording.on.ended:
            end(tenant, recording, SwitchUnavailable)


def lost_with(tenant: Tenant, leg: Leg) -> None:
    """The end of a leg was not reported: nor will that of its recording be."""
    recording = leg.media.recording
    if recording is not None and recording.on is leg and leg.ended:
        end(tenant, recording, SwitchUnavailable)


def leave(tenant: Tenant, agent: Agent) -> None:
    """The agent leaves while the recording continues."""
    for recording in tenant.recordings.values():
        if recording.recording_options.agent_id == agent.id and recording.started:
            _tell_end(tenant, recording, None)


def end(tenant: Tenant, recording: Recording, cause: type[BridgeError] | None) -> None:
    if not recording.over:
        _close(tenant, recording)
        _tell_end(tenant, recording, cause)


def _close(tenant: Tenant, recording: Recording) -> None:
    recording.over = True
    tenant.recordings.pop(recording.file, None)
    for leg in (recording.leg, recording.on):
        if leg.ended:
            tenant.leg_book.disown(leg)


def _tell_end(tenant: Tenant, recording: Recording, cause: type[BridgeError] | None) -> None:
    if not recording.reported:
        recording.reported = True
        _tell(tenant, recording, ActionPhase.END_CALL, cause)


def _tell(
    tenant: Tenant, recording: Recording, phase: ActionPhase, cause: type[BridgeError] | None
) -> None:
    agent = tenant.agents.get(recording.recording_options.agent_id)
    if agent is None or agent.last_reported[0] == Status.OFFLINE:
        return  # an OFFLINE agent receives no pushes
    ended = phase is ActionPhase.END_CALL
    # What the switch began to store exists, even if its end was not reported.
    kept = cause is None or (cause is SwitchUnavailable and recording.started)
    tenant.domain_events.append(
        ActionAdvanced(
            agent_id=agent.id,
            req_id=recording.recording_options.req_id,
            kind=ActionKind.RECORD,
            phase=phase,
            success=kept,
            code=cause.code if cause else "0",
            uuid=recording.leg.uuid,
            contact_id=recording.leg.call.contact_id,
            record_file=recording.file,
            record_seconds=round(recording.milliseconds / 1000) if ended else None,
        )
    )
