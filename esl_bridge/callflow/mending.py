"""A call whose steps nobody has finished: what is missing is seen by the legs, and done now.

Whoever led the call may have been killed between any two commands, and whether the last one has
arrived nobody knows. So nothing here asks what was sent: all of it may be done twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from esl_bridge.callflow import (
    consulting,
    ending,
    listening,
    losing,
    meeting,
    parties,
    substituting,
)
from esl_bridge.callflow.steps import Moves
from esl_bridge.domain.call import Action, Call
from esl_bridge.domain.desk import Desk
from esl_bridge.domain.leg import Hold, Leg
from esl_bridge.domain.work import Consult, Loss, Meeting, Substitution, Supervision, Transfer
from esl_bridge.errors import SwitchRefused, SwitchUnavailable
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.channels import Channel

Seen = Mapping[Leg, Channel]


def joined(leg: Leg, seen: Seen) -> bool:
    """Whether the switch has the leg in a pair: both of it say so."""
    bond = seen[leg].bond
    return bool(bond) and any(one.uuid == bond and seen[one].bond == leg.uuid for one in seen)


def mend(desk: Desk, call: Call, seen: Seen) -> Moves:
    """After it is known who talks to whom, and whoever waits has been seen to."""
    for leg in call.legs:
        yield from _hold(desk, leg)
    match call.work:
        case None:
            yield from _plain(desk, call, seen)
        case Consult() as work if work.hand_over is not None and work.hand_over.open:
            yield from consulting.hand_over(desk, work, work.hand_over)
        case Transfer() as work if work.other is None and work.own.peer is work.customer:
            desk.finish(work, SwitchUnavailable)  # it has not left for its place
        case Meeting() as work if _half_gathered(work, seen):
            yield from meeting.gather(desk, work)
        case Substitution() as work:
            yield from substituting.mend(desk, work)
        case Loss() as work:
            yield from losing.go_on(desk, work)
        case Supervision(change=Action() as change) as work if work.own.answered:
            yield from listening.change(desk, work, change)


def _hold(desk: Desk, leg: Leg) -> Moves:
    """Music that was on its way, or about to end: nobody has been told that it plays, and it is
    ended, if there is any."""
    meets = isinstance(leg.call.work, Meeting)
    if (leg.hold is Hold.ASIDE and leg.room) or (leg.hold_changes and meets):
        desk.holds_nobody(leg)
    if not leg.hold_changes or leg.peer is None:
        return
    desk.holds_nobody(leg)
    with suppress(SwitchRefused):
        yield commands.uuid_break(leg.peer.uuid)


def _half_gathered(work: Meeting, seen: Seen) -> bool:
    """A third party that has just answered is seen to where it waits."""
    legs = (work.own, work.customer, work.other)
    missing = [leg for leg in legs if leg.room != work.room and leg.hold is not Hold.ASIDE]
    begun = len(missing) < len(legs) or work.other.talked
    return bool(missing) and work.other.answered and begun


def _plain(desk: Desk, call: Call, seen: Seen) -> Moves:
    talked = [leg for leg in call.legs if leg.talked and not leg.room and leg.ending is None]
    if len(talked) == 2:
        yield from _two(desk, talked, seen)
    elif len(call.legs) == 1 and talked and _is_alone(desk, seen[talked[0]]):
        yield from _alone(desk, talked[0])


def _is_alone(desk: Desk, channel: Channel) -> bool:
    """A queue may have joined it to somebody of whom nobody has heard yet."""
    return not channel.bond and hears_us(desk, channel)


def _alone(desk: Desk, leg: Leg) -> Moves:
    return parties.send_on(desk, leg) if leg.is_customer else ending.end_leg(leg)


def _two(desk: Desk, legs: list[Leg], seen: Seen) -> Moves:
    """Nothing is under way: they talk to each other, and who loses the other is ended."""
    own, customer = sorted(legs, key=lambda leg: leg.is_customer or not leg.inside)
    if not joined(own, seen):
        yield from parties.rejoin(desk, own, customer)
    elif any(seen[leg].secured for leg in legs):
        yield from parties.release(own, customer)


def hears_us(desk: Desk, channel: Channel) -> bool:
    """Our music, our ringback, or the silence behind them: it was put aside, and waits."""
    ours = (desk.premises.hold_sound, dialstring.RINGBACK_SOUND)
    return channel.plays in ours or dialstring.is_behind(channel.plays)
