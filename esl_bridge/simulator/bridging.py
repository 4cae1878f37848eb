"""Two bridged legs: the ``bridge`` application and ``uuid_bridge``.

Only the a-leg of a pair executes: CHANNEL_BRIDGE and CHANNEL_UNBRIDGE are its events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from esl_bridge.simulator import audio
from esl_bridge.simulator.activity import LegActivity, RunningApplication
from esl_bridge.simulator.dialing import Dial
from esl_bridge.simulator.playback import sound_of

if TYPE_CHECKING:
    from esl_bridge.simulator.channel import SimulatedChannel

MEETING_SECONDS = 1.0  # how long a leg of uuid_bridge waits for one that has ended
FORGOTTEN_SECONDS = 20.0  # and for one that is up but does not come (measured)


class Pair:
    def __init__(self, a: SimulatedChannel, b: SimulatedChannel) -> None:
        self.a = a
        self.b = b
        self._over = False
        self._told = False
        self._caught = False
        self.when_over: Callable[[], None] = lambda: None

    def start(self) -> None:
        self.a.other, self.b.other = self.b, self.a
        self.a.profile.callee_number = self.b.profile.destination
        for leg, peer in ((self.a, self.b), (self.b, self.a)):
            leg.call_uuid = self.a.uuid
            leg.variables["signal_bond"] = peer.uuid
            leg.setvar("last_bridge_to", "")
        self.b.state = "CS_EXCHANGE_MEDIA"
        self.b.activity = Talking(self.b, self)
        self._tell("CHANNEL_BRIDGE")
        for leg, peer in ((self.a, self.b), (self.b, self.a)):
            leg.variables |= {"last_bridge_to": peer.uuid, "bridge_uuid": peer.uuid}

    def peer(self, leg: SimulatedChannel) -> SimulatedChannel:
        return self.b if leg is self.a else self.a

    @property
    def parts(self) -> bool:
        """One of them was sent elsewhere, which moves the other too; not by its end: a bridge meant
        for the remaining leg is never forgotten (none of 400 measured)."""
        ended = self.a.dead or self.b.dead
        return not ended and (self._over or self.a.thread.moving or self.b.thread.moving)

    def part(self, leg: SimulatedChannel) -> None:
        """``leg`` leaves; the other does what its variables say, unless it is being moved as well.

        If neither has ended, a phone's hold ends with it (measured).
        """
        first, self._over = not self._over, True
        if first:
            self.when_over()
        if self._caught:
            self.b.unheld()
            self._unbind()
            return
        if not self.a.dead and not self.b.dead:
            self._leave_hold(leg)
            self.a.unheld()
            self.b.unheld()
        self._unbind()
        if leg is self.a:
            self._tell_unbridge()
        if not first:
            return
        if leg is self.a:
            self._b_alone()
        elif leg.dead:
            self._a_alone()
        else:  # so that the new life of the b-leg begins before the end of the old (measured)
            self.a.switch.soon(self._a_alone)

    def catches_first(self) -> bool:
        """The second is moved straight into its next pair while the first is played something: the
        first does not notice, and stays caught here, hung up or not, as long as that pair lasts
        (measured, source)."""
        self._caught = self.a.overlay is not None
        self.a.thread.caught = self.a.thread.caught or self._caught
        return self._caught

    def frees_first(self) -> None:
        self._caught = False
        self.a.thread.goes_free()
        self._a_alone()

    def _leave_hold(self, leg: SimulatedChannel) -> None:
        """If a phone holds and is moved, the other leg is hung up (measured), or transferred to
        ``hold_hangup_xfer_exten``."""
        other, where = self.peer(leg), leg.get("hold_hangup_xfer_exten")
        if leg.callstate != "HELD" or other.thread.moving:
            return
        if where:
            other.switch.transfer(other, *where.split(":"))
        else:
            other.hangup("NORMAL_CLEARING")

    def _unbind(self) -> None:
        """Unless they are bound to others by now."""
        for leg, peer in ((self.a, self.b), (self.b, self.a)):
            if leg.get("signal_bond") == peer.uuid:
                leg.setvar("signal_bond", "")

    def _a_alone(self) -> None:
        if self.a.thread.moving or self.a.dead or self._told:
            return
        if self.b.dead and self.a.overlay is not None:
            # While it is played something the a-leg does not notice that it is alone (measured).
            self.a.overlay.afterwards = self._a_alone
            return
        self._tell_unbridge()
        fails = not self.b.answered_at and not self.a.true("continue_on_fail")
        if fails:  # a leg that had early media only has not been reached, parked or not (source)
            self.a.hangup(self.b.cause or "NORMAL_CLEARING")
        elif self.a.true("park_after_bridge"):
            self.a.thread.leave()
            self.a.thread.park()
        elif self.a.true("hangup_after_bridge"):
            self.a.hangup(self.b.cause or "NORMAL_CLEARING")
        else:
            self.a.thread.leave()
            self.a.thread.go_on()

    def _b_alone(self) -> None:
        if self.b.thread.moving or self.b.dead:
            return
        if self.b.true("park_after_bridge"):
            self.b.thread.leave()
            self.b.thread.park()
        else:  # who had early media alone was only ever called (source)
            self.b.hangup("NORMAL_CLEARING" if self.b.answered else "ORIGINATOR_CANCEL")

    def _tell_unbridge(self) -> None:
        if not self._told:
            self._told = True
            self._tell("CHANNEL_UNBRIDGE")

    def _tell(self, name: str) -> None:
        who = {"Bridge-A-Unique-ID": self.a.uuid, "Bridge-B-Unique-ID": self.b.uuid}
        self.a.emit(name, who)


class Talking(LegActivity):
    """In a pair, without an application of its own."""

    def __init__(self, leg: SimulatedChannel, pair: Pair) -> None:
        super().__init__(leg)
        self.pair = pair

    def stop(self) -> None:
        self.pair.part(self.leg)

    def answered(self) -> None:
        if self.leg is self.pair.b:
            self.pair.a.answer()

    def digit(self, digit: str) -> None:
        self.pair.peer(self.leg).send_digit(digit)

    def heard(self) -> set[str]:
        return audio.speech(self.pair.peer(self.leg))

    def sounds(self) -> bool:
        return audio.passes(self.pair.peer(self.leg))


class Bridge(RunningApplication):
    name = "bridge"
    dial: Dial | None = None
    pair: Pair | None = None

    def run(self) -> bool:
        leg = self.leg
        if leg.answered:
            leg.set_callstate("RING_WAIT")
        self.dial = Dial(leg.switch, self.data, leg, self._dialed, self._rings)
        self.dial.start()
        return False

    def stop(self) -> None:
        if self.pair is not None:
            self.pair.part(self.leg)
        elif self.dial is not None:
            self.dial.cancel()

    def _rings(self) -> None:
        if not self.leg.get("ringback"):
            self.leg.ring()
        else:
            self.leg.switch.soon(self.leg.early_media)

    def _dialed(self, peer: SimulatedChannel | None, cause: str) -> None:
        self._note(cause)
        if peer is None:
            self._failed(cause)
            return
        self.leg.other = peer
        if self.leg.callstate == "RING_WAIT":
            self.leg.set_callstate("ACTIVE")
        if peer.answered:
            self.leg.answer()
        else:
            self.leg.early_media()
        self.pair = Pair(self.leg, peer)
        self.pair.start()

    def _note(self, cause: str) -> None:
        outcome = cause or "SUCCESS"
        self.leg.variables |= {"originate_disposition": outcome, "DIALSTATUS": outcome}

    def _failed(self, cause: str) -> None:
        self.dial = None
        if self.leg.thread.moving:
            return
        if self.leg.callstate == "RING_WAIT":
            self.leg.set_callstate("ACTIVE")
        if self.leg.true("continue_on_fail"):
            self.leg.thread.finished(self)
        else:
            self.leg.hangup(cause)

    def digit(self, digit: str) -> None:
        if self.pair is not None:
            self.pair.b.send_digit(digit)

    def heard(self) -> set[str]:
        if self.pair is not None:
            return audio.speech(self.pair.peer(self.leg))
        leg = self.leg
        ringback = (leg.answered and leg.get("transfer_ringback")) or leg.get("ringback")
        if not ringback:
            return set()
        return {"MOH" if sound_of(ringback, leg) == "MOH" else "RINGBACK"}

    def sounds(self) -> bool:
        if self.pair is not None:
            return audio.passes(self.pair.peer(self.leg))
        return bool(self.heard())


class BridgeSetup:
    """``uuid_bridge``: both legs drop what they do, wait for each other, and talk.

    A leg that the switch called and that still rings cannot: both are hung up (measured). Nor, with
    bad luck, can a second leg that is still being moved: it goes where it was sent, and both are
    hung up in the end (1 of 100 measured).
    """

    def __init__(self, a: SimulatedChannel, b: SimulatedChannel) -> None:
        self.a = a
        self.b = b
        self._there: list[SimulatedChannel] = []
        self._forgotten = _on_its_way(b) and b.switch.is_unlucky()
        self._left: Pair | None = None

    def call(self) -> None:
        self.a.other, self.b.other = self.b, self.a
        talk = pair_of(self.b)
        if talk is not None and talk.b is self.b and talk.catches_first():
            self._left = talk
        for leg in (self.a,) if self._forgotten else (self.a, self.b):
            leg.thread.turn(lambda leg=leg: self._arrive(leg))  # type: ignore[misc]

    def _arrive(self, leg: SimulatedChannel) -> None:
        leg.flip()
        leg.state = "CS_HIBERNATE"
        leg.activity = WaitingForPartner(leg, self)
        self._there.append(leg)
        if len(self._there) == 2:
            leg.switch.soon(self._join)
        elif self._forgotten:
            leg.switch.later(FORGOTTEN_SECONDS, self._end_both)
        else:
            leg.switch.later(MEETING_SECONDS, self._give_up)

    def left(self, leg: SimulatedChannel) -> None:
        self._there.remove(leg)
        if leg is self.b:
            self._free_who_is_left()
        if self.a in self._there:
            self._a_is_left()

    def _a_is_left(self) -> None:
        """The second leg, without the first, is left as it is, hearing nothing (measured)."""
        if self.a.true("uuid_bridge_park_on_cancel"):
            self.a.thread.turn(self.a.thread.park)
        else:
            self.a.hangup("ORIGINATOR_CANCEL")

    def _give_up(self) -> None:
        if self._there == [self.a]:
            self._a_is_left()

    def _end_both(self) -> None:
        for leg in (self.a, self.b) if self._there == [self.a] else ():
            leg.hangup("ORIGINATOR_CANCEL")

    def _join(self) -> None:
        legs = (self.a, self.b)
        if len(self._there) < 2 or any(leg.thread.moving or leg.dead for leg in legs):
            return
        for leg in legs:
            leg.state = "CS_SOFT_EXECUTE"
        ringing = next((leg for leg in legs if _unanswered_outbound(leg)), None)
        if ringing is not None:
            ringing.hangup("DESTINATION_OUT_OF_ORDER")
            (self.b if ringing is self.a else self.a).hangup("ORIGINATOR_CANCEL")
            return
        self._bridge()

    def _bridge(self) -> None:
        self._there.clear()
        for leg, peer in ((self.a, self.b), (self.b, self.a)):
            what = {"Application": "uuid_bridge", "Application-Data": peer.uuid}
            leg.emit("CHANNEL_EXECUTE", what)
        self.a.answer()
        self.b.answer()
        pair = Pair(self.a, self.b)
        pair.when_over = self._free_who_is_left
        self.a.activity = Talking(self.a, pair)
        pair.start()

    def _free_who_is_left(self) -> None:
        """The second leg no longer talks, or never did."""
        talk, self._left = self._left, None
        if talk is not None:
            talk.frees_first()


def _on_its_way(leg: SimulatedChannel) -> bool:
    pair = pair_of(leg)
    return leg.thread.moving or (pair is not None and pair.parts)


def _unanswered_outbound(leg: SimulatedChannel) -> bool:
    return leg.direction == "outbound" and leg.answer_state == "ringing"


class WaitingForPartner(LegActivity):
    def __init__(self, leg: SimulatedChannel, setup: BridgeSetup) -> None:
        super().__init__(leg)
        self._setup = setup

    def stop(self) -> None:
        self._setup.left(self.leg)


def pair_of(leg: SimulatedChannel) -> Pair | None:
    activity = leg.activity
    return activity.pair if isinstance(activity, Talking | Bridge) else None


def partner(leg: SimulatedChannel) -> SimulatedChannel | None:
    """The leg that this one is bridged to."""
    pair = pair_of(leg)
    return pair.peer(leg) if pair is not None else None


def bond(leg: SimulatedChannel) -> SimulatedChannel | None:
    """The leg that this one talks to, calls, or is called by."""
    activity = leg.activity
    if isinstance(activity, Bridge) and activity.dial is not None and activity.pair is None:
        return next(iter(activity.dial.legs), None)
    return partner(leg) or leg.dialed_by
