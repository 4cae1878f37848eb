"""Recording a talk: on the customer's leg, so that it goes on through holds and transfers."""

from __future__ import annotations

from esl_bridge.callflow.steps import Moves, Until
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Call, Kind, Phase
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.news import ActionAdvanced
from esl_bridge.domain.recording import Recording, Wish
from esl_bridge.domain.states import Status
from esl_bridge.domain.work import Works
from esl_bridge.errors import BridgeError, Internal, NotNow, PartyGone, SwitchUnavailable
from esl_bridge.esl import commands
from esl_bridge.protocol.envelope import RecordStart, RecordSuffix, SetsUpALeg

# How long the switch takes to tell that it records, or does no more.
_SETTLE_SECONDS = 2.0


def wish_of(request: SetsUpALeg) -> Wish | None:
    """How the talk that a request leads to shall be recorded; None: not at all."""
    if request.record_start is RecordStart.NONE:
        return None
    # While the far side rings it is the agent's leg that is recorded, and the customer's goes on
    # in the same file: that the switch cannot do with an mp4.
    appends = request.record_suffix is not RecordSuffix.MP4
    return Wish(
        request.agent_id,
        request.req_id,
        from_ring=request.record_start is RecordStart.RING and appends,
        both=request.record_contact,
        stereo=request.is_stereo,
        suffix=request.record_suffix,
    )


def due(desk: Desk, call: Call) -> Moves:
    """Begin what waited for an answer, or for the talk."""
    for leg in list(call.legs):
        wish = leg.wish
        if wish is None:
            continue
        if leg.talked or leg.room:
            leg.wish = None
            yield from start(desk, _customer(leg), wish)
        elif wish.from_ring and leg.recording is None:
            for caller in _callers(leg):
                yield from _start(desk, leg, wish, caller)


def third(desk: Desk, leg: Leg, request: SetsUpALeg) -> Moves:
    """A third party is about to be called: the customer is recorded, from now or its answer on."""
    wish = wish_of(request)
    if wish is not None and wish.from_ring:
        yield from start(desk, _customer(leg), wish)
    else:
        leg.wish = wish


def _customer(leg: Leg) -> Leg:
    """Of a leg that was set up for a customer, else the leg itself."""
    work = leg.call.work
    return (work.customer if isinstance(work, Works) else leg.call.customer) or leg


def _callers(leg: Leg) -> list[Leg]:
    return [one.near for one in leg.call.actions if one.far is leg and one.near.answered]


def start(desk: Desk, leg: Leg, wish: Wish) -> Moves:
    """Record a leg that talks; what fails is told by ``callback``. One that is recorded already
    goes on as it is."""
    recording = leg.recording
    if recording is not None and not recording.over and recording.on is not leg:
        yield from _take_over(desk, recording)
    elif may_begin(leg, wish):
        yield from _start(desk, leg, wish, leg)


def _start(desk: Desk, leg: Leg, wish: Wish, on: Leg) -> Moves:
    try:
        yield from begin(desk, leg, wish, on)
    except BridgeError as error:
        assert leg.recording is not None
        _tell_end(desk, leg.recording, type(error))


def may_begin(leg: Leg, wish: Wish) -> bool:
    """Not while it is recorded; and an mp4 that is there would be overwritten by another."""
    before = leg.recording
    return before is None or (
        before.over and RecordSuffix.MP4 not in (wish.suffix, before.wish.suffix)
    )


def begin(desk: Desk, leg: Leg, wish: Wish, on: Leg) -> Moves:
    """As ``start``, but raises what the switch refuses it with; ``on`` is recorded for ``leg``."""
    file = f"{desk.company.code}/{desk.now()[:10]}/{leg.uuid}.{wish.suffix}"
    recording = Recording(wish, leg, on, file)
    if leg.recording is not None and leg.recording.file == file:
        recording.milliseconds = leg.recording.milliseconds
    leg.recording = on.recording = desk.recordings[file] = recording
    try:
        yield from _run(desk, recording)
    except BridgeError:
        if not recording.running:  # else the switch has told of it, which is as good
            _close(desk, recording)
            raise


def _run(desk: Desk, recording: Recording) -> Moves:
    """The variables are the leg's, and so set anew for each recording."""
    wish, own = recording.wish, recording.on_the_agents_leg
    yield commands.uuid_setvar(
        recording.on.uuid,
        RECORD_STEREO=_flag(wish.stereo),
        # The switch puts the recorded phone to the left.
        RECORD_STEREO_SWAP=_flag(wish.stereo and own),
        RECORD_READ_ONLY=_flag(own and not wish.both),
        RECORD_WRITE_ONLY=_flag(not own and not wish.both),
        RECORD_APPEND=_flag(True),
    )
    yield _command(desk, recording, "start")


def _flag(on: bool) -> str:
    return "true" if on else ""


def _command(desk: Desk, recording: Recording, what: str) -> commands.Command:
    return commands.uuid_record(recording.on.uuid, what, desk.premises.recordings, recording.file)


def _take_over(desk: Desk, recording: Recording) -> Moves:
    """From the caller's leg to that of the party which has answered, in the same file."""
    last = _command(desk, recording, "stop")
    recording.on.recording = None
    recording.on, recording.running = recording.leg, False
    try:
        yield last
        yield from _run(desk, recording)
    except BridgeError as error:
        if not recording.running:
            end(desk, recording, type(error))


def pause(desk: Desk, recording: Recording, *, on: bool) -> Moves:
    """Silence goes into the file meanwhile."""
    yield _command(desk, recording, "mask" if on else "unmask")
    recording.paused = on


def stop(desk: Desk, recording: Recording) -> Moves:
    recording.stopping = True
    try:
        yield _command(desk, recording, "stop")
    except BridgeError:
        recording.stopping = False
        raise


def settled(leg: Leg) -> Moves:
    """Wait for a recording to begin, or to be over, as the switch has been asked: what is not there
    yet cannot be paused, and what is there still cannot be begun anew."""
    recording = leg.recording
    if recording is not None and recording.changes:
        yield Until(leg, lambda: not recording.changes, _SETTLE_SECONDS)


def subject(own: Leg) -> Leg:
    """Whose leg is recorded, or would be, in an agent's call; NotNow while it is nobody's."""
    for leg in own.call.legs:
        if leg.recording is not None and leg.recording.now != "off":
            return leg.recording.leg
    leg = _customer(own)
    if leg is own:
        leg = own.peer or own
    if leg.ended or not (leg.talked or leg.room):
        raise NotNow
    return leg


# -- what the switch tells --------------------------------------------------------------------


def is_running(desk: Desk, recording: Recording) -> None:
    recording.running = True
    if not recording.started:
        recording.started = True
        _tell(desk, recording, Phase.START_CALL, None)


def has_stopped(desk: Desk, recording: Recording, uuid: str, ms: int, *, stored: bool) -> None:
    """That a caller's leg is not recorded any more ends nothing."""
    recording.milliseconds += ms
    if uuid == recording.on.uuid:
        end(desk, recording, None if stored else Internal)


def leg_ended(desk: Desk, leg: Leg) -> None:
    """The switch tells of a recording's end after that of its leg, but not of one that it never
    began."""
    recording = leg.recording
    if recording is not None and recording.on is leg and not recording.running:
        end(desk, recording, None if recording.started else PartyGone)


def lost(desk: Desk) -> None:
    """The switch was away: of legs that are gone it will tell no more."""
    for recording in list(desk.recordings.values()):
        if recording.on.ended:
            end(desk, recording, SwitchUnavailable)


def lost_with(desk: Desk, leg: Leg) -> None:
    """The end of a leg was not told: nor will that of its recording be."""
    recording = leg.recording
    if recording is not None and recording.on is leg and leg.ended:
        end(desk, recording, SwitchUnavailable)


def leave(desk: Desk, agent: Agent) -> None:
    """The agent goes while the recording goes on."""
    for recording in desk.recordings.values():
        if recording.wish.agent_id == agent.id and recording.started:
            _tell_end(desk, recording, None)


def end(desk: Desk, recording: Recording, cause: type[BridgeError] | None) -> None:
    if not recording.over:
        _close(desk, recording)
        _tell_end(desk, recording, cause)


def _close(desk: Desk, recording: Recording) -> None:
    recording.over = True
    desk.recordings.pop(recording.file, None)
    for leg in (recording.leg, recording.on):
        if leg.ended:
            desk.disown(leg)


def _tell_end(desk: Desk, recording: Recording, cause: type[BridgeError] | None) -> None:
    if not recording.told:
        recording.told = True
        _tell(desk, recording, Phase.END_CALL, cause)


def _tell(desk: Desk, recording: Recording, phase: Phase, cause: type[BridgeError] | None) -> None:
    agent = desk.agents.get(recording.wish.agent_id)
    if agent is None or agent.told[0] == Status.OFFLINE:
        return  # it receives no pushes
    ended = phase is Phase.END_CALL
    # What the switch had begun to store is there, also if it could not say so.
    kept = cause is None or (cause is SwitchUnavailable and recording.started)
    desk.news.append(
        ActionAdvanced(
            agent_id=agent.id,
            req_id=recording.wish.req_id,
            kind=Kind.RECORD,
            phase=phase,
            success=kept,
            code=cause.code if cause else "0",
            uuid=recording.leg.uuid,
            contact_id=recording.leg.call.contact_id,
            record_file=recording.file,
            record_seconds=round(recording.milliseconds / 1000) if ended else None,
        )
    )
