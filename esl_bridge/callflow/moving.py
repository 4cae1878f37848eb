"""The commands that move legs at the switch, and what is noted of a leg on its way.

When a leg may be moved, and what has to come before, the rules of ``layout`` say.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from esl_bridge.callflow import failsafe_timers
from esl_bridge.callflow.steps import Effect, Steps, Until
from esl_bridge.domain.leg import Leg
from esl_bridge.domain.tenant import Tenant
from esl_bridge.errors import SwitchError, SwitchRefused
from esl_bridge.esl import commands, dialstring
from esl_bridge.esl.commands import Command
from esl_bridge.layout import rules
from esl_bridge.layout.places import BridgedWith, Destination, ObservedLeg

MOVE_SECONDS = 2.0
"""Limit for the switch to move a leg, or to bridge two; measured: 0.1 s."""


def park_on_unbridge(tenant: Tenant, *legs: Leg) -> Steps:
    """From now on a leg that loses its partner, or the one that it is about to get, is parked for a
    while instead of being hung up by the switch. While parked its phone is sent silence: a whisper
    is mixed into that, not into nothing (measured)."""
    for leg in legs:
        leg.position.parks_on_unbridge = None  # without an answer it is not known
        yield commands.uuid_setvar(
            leg.uuid,
            **failsafe_timers.park_on_unbridge(tenant),
            hangup_after_bridge="false",
            uuid_bridge_park_on_cancel="true",
            send_silence_when_idle="-1",
            # Else the switch hangs up the partner of a phone that holds and then leaves (source).
            hold_hangup_xfer_exten="park:inline",
            **dialstring.KEYS_END_NOTHING,
        )
        leg.position.parks_on_unbridge = True


def end_on_unbridge(*legs: Leg) -> Steps:
    """Undo ``park_on_unbridge``: from now on a leg that loses its partner is hung up, even if the
    daemon is not running."""
    for leg in [leg for leg in legs if not leg.ended]:
        leg.position.parks_on_unbridge = None
        # The leg has just ended; or the link is down, and the resync does it.
        with suppress(SwitchError):
            yield commands.uuid_setvar(
                leg.uuid,
                park_after_bridge="",
                park_timeout="",
                hangup_after_bridge="true",
                uuid_bridge_park_on_cancel="",
                hold_hangup_xfer_exten="",
                # A partner's hold by its phone sets this, and may leave it behind.
                transfer_after_bridge="",
                **failsafe_timers.hold_music_limit(),
            )
            leg.position.parks_on_unbridge = False


def arrived(*legs: Leg) -> Steps:
    """Wait for legs that are being moved: ``rules.await_a_leg_on_its_way``."""
    for leg in legs:
        if leg.position.moving and not leg.ended:
            yield Until(partial(_has_arrived, leg), MOVE_SECONDS)


def _has_arrived(leg: Leg) -> bool:
    return leg.ended or not leg.position.moving


def rested(tenant: Tenant, leg: Leg) -> Steps:
    """Leave a leg alone for a moment after it was bridged: ``rules.rest_after_a_bridge``."""
    if leg.peer is not None:
        bridged = ObservedLeg(
            BridgedWith(leg.peer.uuid), bridged_seconds=tenant.clock() - leg.position.joined_at
        )
        yield Until(lambda: leg.ended, rules.rest_after_a_bridge(bridged))


def move(leg: Leg, command: Command) -> Steps:
    """Send a leg elsewhere once it has arrived where it was sent before."""
    yield from arrived(leg)
    yield from send(leg, command)


def send(leg: Leg, command: Command, place: Destination | None = None) -> Steps:
    """Send a leg elsewhere, to ``place`` where a layout wants it there; its partner is parked if it
    parks on unbridge."""
    _set_out(leg)
    leg.position.heading_for = place
    yield Effect(command, lambda: not leg.position.moving, failed=lambda _: _lose_course(leg))


def bridge(first: Leg, second: Leg) -> Steps:
    """Bridge ``first`` to ``second``. Pass the customer second: hold music on the first leg
    outlives its partner. If ``second`` ends before they talk, ``first`` is parked if it parks on
    unbridge. If ``first`` ends, ``second`` is left in limbo: no event reports it, but it may be
    sent anywhere (measured)."""
    _set_out(first, second)
    first.position.heading_for = BridgedWith(second.uuid)
    second.position.heading_for = BridgedWith(first.uuid)
    before = first.position.joined_at
    yield Effect(
        commands.uuid_bridge(first.uuid, second.uuid),
        lambda: first.position.joined_at != before,
        failed=partial(_not_bridged, first, second),
    )


def _set_out(*legs: Leg) -> None:
    for leg in legs:
        position = leg.position
        position.moving, position.heading_for, position.parked = True, None, False
        if leg.peer is not None:
            leg.peer.position.loses_partner()


def _lose_course(leg: Leg) -> None:
    """It was not sent, as far as is known."""
    leg.position.heading_for = None


def _not_bridged(first: Leg, second: Leg, error: SwitchError) -> None:
    """Where the switch has refused, both stay where they are; else they may be on their way."""
    for leg in (first, second):
        _lose_course(leg)
        if isinstance(error, SwitchRefused):
            leg.position.moving = False
            if leg.peer is not None:
                leg.peer.position.moving = False
