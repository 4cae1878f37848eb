"""mute: nobody hears the agent, the agent hears all."""

from __future__ import annotations

from collections.abc import Mapping

from esl_bridge.callflow.media import SEND
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.agent import Agent
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.permits import permit
from esl_bridge.esl import commands
from esl_bridge.operations import in_turn
from esl_bridge.operations.registry import Asker, operation
from esl_bridge.protocol.envelope import OnALeg, OnOff, Reply


class Mute(OnALeg, frozen=True, kw_only=True, tag="mute"):
    """Whether the leg shall be muted."""

    mute: OnOff


class MuteReply(Reply, frozen=True, kw_only=True):
    """``mute``: as it now is, "1" muted; a refusal carries it too."""

    mute: str


def _as_it_is(_fields: Mapping[str, object], agent: Agent) -> MuteReply:
    own = agent.own
    return MuteReply(mute=OnOff.ON if own is not None and own.muted else OnOff.OFF)


@operation(Mute, refused=_as_it_is, upon=in_turn.own_sound)
def mute(request: Mute, desk: Desk, asker: Asker) -> Moves:
    agent = asker.agent
    own, on = desk.own_leg(agent, request.uuid), request.mute is OnOff.ON
    permit("mute", agent)
    if own.flows & SEND:
        # Also if it seems to be so: a service that was killed right after its reply may have left
        # it otherwise, and the switch does not show who is muted.
        yield commands.uuid_mute(own.uuid, on=on)
    own.muted = on
    yield MuteReply(mute=request.mute)
