"""A supervisor in an agent's call: listening, whispering, barging in. One thing in three degrees.

Its phone executes ``eavesdrop`` of the agent's leg, which ends with that leg, and whose end
disturbs nobody. The agent's leg tells when the switch has begun with it, but not for whom.
"""

from __future__ import annotations

from contextlib import suppress

from esl_bridge.callflow import ending, notices, supervising
from esl_bridge.callflow.steps import Moves, Until
from esl_bridge.domain.call import Action, Kind
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.work import Supervision
from esl_bridge.errors import BridgeError, Cancelled, SwitchError, SwitchRefused
from esl_bridge.esl import commands, dialstring

# How long the switch takes to begin; measured: 0.02 s.
_BEGIN_SECONDS = 2.0

_HEARD_BY = {
    Kind.EAVESDROP: dialstring.heard_by(phone=False, others=False),
    Kind.WHISPER: dialstring.heard_by(phone=True, others=False),
    Kind.FORCE_CALL: dialstring.heard_by(phone=True, others=True),
}
# The switch mixes what a supervisor says into a slower leg at the wrong speed: a voice of 48 kHz
# comes out as a growl at 8 kHz (measured). No leg is slower than 8 kHz, whatever it changes to.
_CODECS = "PCMU,PCMA"
_TO_THE_PHONE = (Kind.WHISPER, Kind.FORCE_CALL)


def begin(desk: Desk, work: Supervision) -> Moves:
    """Ring the supervisor's phone, which then hears."""
    yield from supervising.call_own_phone(
        desk,
        work.own,
        work.operated.number,
        dialstring.eavesdrop(work.operated.uuid),
        {**_HEARD_BY[work.action.kind], "absolute_codec_string": _CODECS},
    )


def settled(work: Supervision) -> Moves:
    """Wait for what the switch has been asked to: its supervisor has been told that it is in."""
    if not work.settled:
        yield Until(work.own, lambda: work.settled or work.own.ended, _BEGIN_SECONDS)


def is_awaited(own: Leg) -> bool:
    """Whether the switch has yet to tell of this leg that it hears, as it was asked to."""
    work = own.call.work
    return isinstance(work, Supervision) and own.answered and not work.settled


def change(desk: Desk, work: Supervision, action: Action) -> Moves:
    """The same application once more, heard by others: the leg stays up, and misses nothing."""
    try:
        yield _once_more(work, action.kind)
    except SwitchError as error:
        _cancel_change(desk, work, type(error))
        if not isinstance(error, SwitchRefused):  # then nobody knows who hears the supervisor
            yield from ending.end_all(work.own)


def _once_more(work: Supervision, kind: Kind) -> commands.Command:
    variables = [dialstring.set_variable(*pair) for pair in _HEARD_BY[kind].items()]
    app = dialstring.eavesdrop(work.operated.uuid)
    return commands.uuid_execute(work.own.uuid, *variables, app)


def heard_on_hold(operated: Leg) -> Moves:
    """Who holds with music is sent nothing, and a whisper is mixed only into what a phone is sent
    (measured). As long as somebody whispers it is sent silence; not to a phone whose talk was held
    in its first fifth of a second: the switch plays nothing to that one (source)."""
    whispers = any(work.hears and work.action.kind in _TO_THE_PHONE for work in operated.supervised)
    wanted = whispers and operated.hold is Hold.MUSIC
    if operated.ended or wanted == operated.silence:
        return
    with suppress(SwitchRefused):
        if wanted:
            yield commands.uuid_play(operated.uuid, dialstring.SILENCE)
        else:
            yield commands.uuid_break(operated.uuid)


def silenced(operated: Leg) -> Moves:
    """A mute silences whatever went through the leg before; who comes after it is heard."""
    for work in list(operated.supervised):
        if work.barged_in and work.change is None:
            with suppress(SwitchRefused):
                yield _once_more(work, work.action.kind)


def begun(desk: Desk, operated: Leg) -> Moves:
    """Somebody's ``eavesdrop`` of this leg has begun: of those awaited, the first."""
    for work in operated.supervised:
        if work.own.answered and not work.settled:
            _hears(desk, work)
            break
    return heard_on_hold(operated)


def _hears(desk: Desk, work: Supervision) -> None:
    if work.change is not None:
        notices.end(desk, work)
        desk.end(work.action)
        work.action, work.change = work.change, None
    work.hears = work.own.talked = True
    desk.start(work.action)
    notices.begin(desk, work)
    desk.touch(work.agent)
    desk.touch_all(work.operated.call)


def ended(desk: Desk, work: Supervision, why: type[BridgeError] | None) -> Moves:
    """The supervisor's leg is over. Nobody else's is."""
    _cancel_change(desk, work, why or Cancelled)
    desk.end(work.action, why if why or work.action.started else Cancelled)
    notices.end(desk, work)
    work.operated.supervised.remove(work)
    if not work.operated.ended:  # else the others' legs are ending, too, which is all they are told
        desk.touch_all(work.operated.call)
    return heard_on_hold(work.operated)


def operated_ended(desk: Desk, operated: Leg) -> Moves:
    """Who listens to a leg that is over is to end: the switch does that itself, but for phones that
    ring yet. Before the leg is dropped: tell its agent. The steps come after that."""
    notices.end_all(desk, operated)
    return ending.end_all(*[work.own for work in operated.supervised])


def _cancel_change(desk: Desk, work: Supervision, why: type[BridgeError]) -> None:
    if work.change is not None:
        desk.end(work.change, why)
        work.change = None
