"""A supervisor in an agent's call: EAVESDROP, WHISPER and FORCE_CALL are degrees of one thing.

The supervisor's phone executes ``eavesdrop`` on the agent's leg; it ends with that leg, and its own
end disturbs nobody. An event of the agent's leg reports that an eavesdrop has begun, but not whose.
"""

from __future__ import annotations

from esl_bridge.callflow import ending, notices, originating
from esl_bridge.callflow.steps import Attempt, Steps
from esl_bridge.domain.call import Action, ActionKind
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.phases import MonitoringSees
from esl_bridge.domain.procedures import Monitoring
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import BridgeError, Cancelled, SwitchError, SwitchRefused
from esl_bridge.esl import commands, dialstring

_HEARD_BY = {
    ActionKind.EAVESDROP: dialstring.heard_by(phone=False, others=False),
    ActionKind.WHISPER: dialstring.heard_by(phone=True, others=False),
    ActionKind.FORCE_CALL: dialstring.heard_by(phone=True, others=True),
}
# The switch mixes a supervisor's audio into a leg of a lower rate at the wrong speed: a voice at 48
# kHz becomes a growl at 8 kHz (measured). No leg is slower than 8 kHz, whatever codec it changes
# to.
_CODECS = "PCMU,PCMA"
_TO_THE_PHONE = (ActionKind.WHISPER, ActionKind.FORCE_CALL)


def begin(tenant: Tenant, procedure: Monitoring) -> Steps:
    """Ring the supervisor's phone, which eavesdrops once it has answered."""
    app = dialstring.eavesdrop(procedure.operated.uuid)
    return originating.ring_own_phone(
        tenant,
        procedure.own_leg,
        procedure.operated.number,
        lambda: dialstring.AfterAnswer(app),
        {**_HEARD_BY[procedure.action.kind], "absolute_codec_string": _CODECS},
    )


def change(tenant: Tenant, procedure: Monitoring, action: Action) -> Steps:
    """Have others hear the supervisor, whose leg stays up and misses nothing."""
    procedure.next_action = action
    procedure.sees(MonitoringSees.CHANGE_REQUESTED)
    return pursue(tenant, procedure)


def pursue(tenant: Tenant, procedure: Monitoring) -> Steps:
    """Execute ``eavesdrop`` again with other listeners; also after a restart of the service."""
    if procedure.next_action is None or not procedure.own_leg.answered:
        return
    try:
        yield _once_more(procedure, procedure.next_action.kind)
    except SwitchError as error:
        _cancel_change(tenant, procedure, type(error))
        # The outcome is unknown, and so is who hears the supervisor.
        if not isinstance(error, SwitchRefused):
            yield from ending.end_all(procedure.own_leg)


def _once_more(procedure: Monitoring, kind: ActionKind) -> commands.Command:
    variables = [dialstring.set_variable(*pair) for pair in _HEARD_BY[kind].items()]
    app = dialstring.eavesdrop(procedure.operated.uuid)
    return commands.uuid_execute(procedure.own_leg.uuid, *variables, app)


def heard_on_hold(operated: Leg) -> Steps:
    """An agent that holds with music is sent nothing, and a whisper is mixed only into what its
    phone is sent (measured). So its phone is sent silence while somebody whispers; not possible for
    a phone that was put on hold in the first fifth of a second of its talk: the switch plays
    nothing to it (source)."""
    whispers = any(
        procedure.hears and procedure.action.kind in _TO_THE_PHONE
        for procedure in operated.intrusion.monitorings
    )
    wanted = whispers and operated.media.hold is Hold.MUSIC
    if operated.ended or wanted == operated.position.silence:
        return
    if wanted:
        yield Attempt(commands.uuid_play(operated.uuid, dialstring.SILENCE))
    else:
        yield Attempt(commands.uuid_break(operated.uuid))


def silenced(operated: Leg) -> Steps:
    """A mute also silences supervisors that were there before; those who come later are heard. So
    have the earlier ones eavesdrop again."""
    for procedure in list(operated.intrusion.monitorings):
        if procedure.barged_in and procedure.settled:
            yield Attempt(_once_more(procedure, procedure.action.kind))


def begun(tenant: Tenant, operated: Leg) -> Steps:
    """An ``eavesdrop`` of this leg has begun; attribute it to the first supervisor that is
    awaited."""
    for procedure in operated.intrusion.monitorings:
        if procedure.own_leg.answered and not procedure.settled:
            _hears(tenant, procedure)
            break
    return heard_on_hold(operated)


def _hears(tenant: Tenant, procedure: Monitoring) -> None:
    if procedure.next_action is not None:
        notices.end(tenant, procedure)
        tenant.actions.end(procedure.action)
        procedure.action, procedure.next_action = procedure.next_action, None
    procedure.sees(MonitoringSees.EAVESDROP_BEGAN)
    procedure.own_leg.progress.talks(tenant.now_ms())
    tenant.actions.start(procedure.action)
    notices.begin(tenant, procedure)
    tenant.agent_states.mark_changed(procedure.agent)
    tenant.agent_states.mark_all_changed(procedure.operated.call)


def parked(tenant: Tenant, procedure: Monitoring, leg: Leg) -> None:
    """The supervisor's leg has nothing more to hear, and is about to end."""


def bridged(tenant: Tenant, procedure: Monitoring) -> None:
    """An eavesdropper is bridged with nobody."""


def ended(tenant: Tenant, procedure: Monitoring, leg: Leg, why: type[BridgeError] | None) -> Steps:
    """The supervisor's leg has ended. Nobody else's has."""
    _cancel_change(tenant, procedure, why or Cancelled)
    tenant.actions.end(procedure.action, why if why or procedure.action.started else Cancelled)
    notices.end(tenant, procedure)
    procedure.detach()
    if (
        not procedure.operated.ended
    ):  # else the other legs are ending too, and only that is reported
        tenant.agent_states.mark_all_changed(procedure.operated.call)
    return heard_on_hold(procedure.operated)


def operated_ended(tenant: Tenant, operated: Leg) -> Steps:
    """End the supervisors of a leg that is over: the switch ends those that listen, but not phones
    that still ring. Report to the agent now, before the leg is dropped; the steps run after
    that."""
    notices.end_all(tenant, operated)
    return ending.end_all(*[procedure.own_leg for procedure in operated.intrusion.monitorings])


def _cancel_change(tenant: Tenant, procedure: Monitoring, why: type[BridgeError]) -> None:
    if procedure.next_action is not None:
        tenant.actions.end(procedure.next_action, why)
        procedure.next_action = None
        procedure.sees(MonitoringSees.CHANGE_FAILED)
