"""Completes a call whose steps were interrupted: what is missing is derived from its legs.

The daemon that controlled the call may have been killed between any two commands, and nobody knows
whether the last one arrived. So nothing here depends on what was sent, and every step may be done
twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from esl_bridge.callflow import ending, rejoining
from esl_bridge.callflow.procedure_registry import module_of
from esl_bridge.callflow.steps import Attempt, Steps
from esl_bridge.domain import leg_changes
from esl_bridge.domain.call import Call
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.channels import Channel

ChannelsByLeg = Mapping[Leg, Channel]


def recover(tenant: Tenant, call: Call, seen: ChannelsByLeg) -> Steps:
    """Run once it is known who is bridged with whom, and after waiting legs have been handled."""
    for leg in call.legs:
        yield from _hold(tenant, leg)
    if call.procedure is not None:
        yield from module_of(call.procedure).pursue(tenant, call.procedure)
    else:
        yield from _plain(tenant, call, seen)


def _hold(tenant: Tenant, leg: Leg) -> Steps:
    """Hold music that was about to begin or to end: nobody was told that it plays, so it is
    stopped, if there is any."""
    procedure = leg.call.procedure
    # Who is in a room holds nobody: not by waiting outside, nor by music to a former partner.
    is_inside = leg.media.hold in (Hold.OUT_OF_ROOM, Hold.MUSIC) and bool(leg.position.room)
    if is_inside or (leg.hold_changes and procedure is not None and procedure.uses_room):
        leg_changes.holds_nobody(tenant, leg)
    if not leg.hold_changes or leg.peer is None:
        return
    leg_changes.holds_nobody(tenant, leg)
    yield Attempt(commands.uuid_break(leg.peer.uuid))


def _plain(tenant: Tenant, call: Call, seen: ChannelsByLeg) -> Steps:
    talked = [
        leg
        for leg in call.legs
        if leg.progress.talked and not leg.position.room and leg.ending is None
    ]
    if len(talked) == 2:
        yield from _restore_pair(tenant, talked)
    elif len(call.legs) == 1 and talked and _is_alone(tenant, seen[talked[0]]):
        yield from _alone(tenant, talked[0])


def _is_alone(tenant: Tenant, channel: Channel) -> bool:
    """A queue may have bridged it to a leg that was not reported yet."""
    return not channel.bond and hears_us(tenant, channel)


def _alone(tenant: Tenant, leg: Leg) -> Steps:
    return rejoining.reroute(tenant, leg) if leg.is_customer else ending.end_leg(leg)


def _restore_pair(tenant: Tenant, legs: list[Leg]) -> Steps:
    """No procedure is under way: the two are to talk, and each to end with the other."""
    own_leg, customer = sorted(legs, key=lambda leg: leg.is_customer or not leg.inside)
    if own_leg.peer is not customer or any(
        leg.position.parks_on_unbridge is not False for leg in legs
    ):
        yield from rejoining.rejoin(tenant, own_leg, customer)


def hears_us(tenant: Tenant, channel: Channel) -> bool:
    """Whether the leg is played our music, our ringback, or the silence behind them: it was sent to
    wait."""
    ours = (tenant.switch_settings.hold_sound, dialstring.RINGBACK_SOUND)
    return channel.plays in ours or dialstring.is_behind(channel.plays)
