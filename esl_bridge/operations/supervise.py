"""eavesdrop, whisper, force_call: a supervisor in an agent's call, in three degrees."""

from __future__ import annotations

from esl_bridge.callflow import listening, supervising
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.call import Action, Kind
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.permits import operable, permit
from esl_bridge.domain.work import Supervision
from esl_bridge.errors import NotInCall, NotNow
from esl_bridge.operations import in_turn
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import Reply, Supervises


class Eavesdrop(Supervises, frozen=True, kw_only=True, tag="eavesdrop"):
    """The supervisor hears the call and is heard by nobody."""


class Whisper(Supervises, frozen=True, kw_only=True, tag="whisper"):
    """The supervisor hears the call and only the agent hears the supervisor."""


class ForceCall(Supervises, frozen=True, kw_only=True, tag="force_call"):
    """The supervisor joins the call; all hear all."""


class SuperviseReply(Reply, frozen=True, kw_only=True):
    """``uuid``: the supervisor's own leg."""

    uuid: str
    contact_id: str


_KINDS = {Eavesdrop: Kind.EAVESDROP, Whisper: Kind.WHISPER, ForceCall: Kind.FORCE_CALL}


@operation(Eavesdrop, Whisper, ForceCall, upon=in_turn.supervision)
def supervise(request: Supervises, desk: Desk, asker: Asker) -> Moves:
    supervisor, kind = asker.agent, _KINDS[type(request)]
    agent = supervising.operated(
        desk, supervisor, request.operated_agent_id, request.operated_ext_id
    )
    permit("supervise", supervisor)
    operated = _operated_leg(agent)
    present = supervisor.own.call.work if supervisor.own is not None else None
    if present is None:
        yield from _begin(request, kind, desk, supervisor, operated)
    elif isinstance(present, Supervision) and present.operated is operated:
        yield from _change(request, kind, desk, present)
    else:
        raise NotNow


def _operated_leg(agent: Agent) -> Leg:
    leg = operable("eavesdrop", agent)
    # An agent whose own phone dials is CALLING; until the far side answers there is no sound.
    if not leg.answered:
        raise NotInCall
    return leg


def _begin(request: Supervises, kind: Kind, desk: Desk, supervisor: Agent, operated: Leg) -> Moves:
    supervising.own_phone_is_ready(desk, supervisor)
    action = supervising.begin(desk, operated, supervisor, kind, request.req_id)
    work = Supervision(supervisor, action.near, operated, action)
    action.near.call.work = work
    operated.supervised.append(work)
    yield _reply(work)
    yield from listening.begin(desk, work)


def _change(request: Supervises, kind: Kind, desk: Desk, work: Supervision) -> Moves:
    yield from listening.settled(work)
    if not work.settled or work.own.ending is not None or kind is work.action.kind:
        raise NotNow
    desk.need_switch()
    work.change = Action(kind, work.agent.id, request.req_id, work.own)
    desk.begin(work.change)
    yield _reply(work)
    yield from listening.change(desk, work, work.change)


def _reply(work: Supervision) -> SuperviseReply:
    return SuperviseReply(uuid=work.own.uuid, contact_id=work.own.call.contact_id)
