"""A socket is lost: packets tell whether the phone is, too, and for how long it is waited for."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from esl_bridge.callflow import recovery
from esl_bridge.domain.company import Route
from esl_bridge.domain.procedures import PhoneLoss
from esl_bridge.errors import BridgeError
from esl_bridge.esl.dialstring import SILENCE
from esl_bridge.esl.events import (
    LegHeld,
    LegsBridged,
    PlaybackStarted,
    Registered,
    Unregistered,
)
from tests.builders import NAMES, NO_SUCH_CHANNEL, OTHER_OUTSIDE, OUTSIDE, PAGE, TenantHarness

A, B = NAMES["A"], NAMES["B"]
NOWHERE = "error/user_not_registered"
BY_WEBSOCKET = "<sip:x@y.invalid;transport=ws;fs_nat=yes>"
CUT = Unregistered(A, cut=True)
BACK = Registered(A, "", PAGE)
QUESTIONS = ("uuid_dump", "uuid_set_media_stats", "sofia_contact", "callcenter_config")


class Call:
    """A talks to the outside, or is called from there, by a phone that came by WebSocket."""

    def __init__(self, *, called_in: bool = False, contact: str = BY_WEBSOCKET) -> None:
        self.harness = TenantHarness(fallback=Route(number=OTHER_OUTSIDE))
        self.harness.event(BACK)
        self.speaks, self.packets, self.contact = True, 0, contact
        self.late = 0
        self.harness.switch.always("uuid_dump", self._dump)
        self.harness.switch.always("sofia_contact", lambda: NOWHERE)
        if called_in:
            self.customer = self.harness.caller()
            self.own_leg = self.harness.offered("A")
            self.harness.takes(self.own_leg)
            self.harness.pick_up(self.customer)  # the switch answers it to join the two
            self.harness.bridge(self.own_leg, self.customer)
            self.harness.forget()
        else:
            self.own_leg, self.customer = self.harness.talk("A", OUTSIDE)

    def _dump(self) -> str:
        self.packets += 50 if self.speaks else self.late
        self.late = 0
        told = {"sip_destination_url": self.contact, "rtp_audio_in_packet_count": self.packets}
        return json.dumps({f"variable_{name}": str(value) for name, value in told.items()})

    def falls_silent(self, *then: Callable[[], object]) -> None:
        """A second later nothing has come; what goes on while its phone is waited for."""
        self.speaks = False
        self.harness.waits += [lambda: None, *self._aside(), *then, self.time_is_up]
        self.harness.event(CUT)

    def _aside(self) -> list[Callable[[], object]]:
        """Two that have talked for a while are parted, and each is played its sound."""
        self.harness.now += 1

        own_leg, customer = self.own_leg, self.customer

        def parted() -> None:
            self.harness.unbridge(own_leg, customer)
            self.harness.event(PlaybackStarted(customer, "local_stream://moh"))
            self.harness.parks(own_leg)

        return [parted]

    def time_is_up(self) -> None:
        self.harness.now += 20

    def told(self) -> list[str]:
        """The switch, but for what it was asked."""
        lines = self.harness.switch.take()
        return [line for line in lines if line.split()[1] not in QUESTIONS]


def test_a_lost_phone_that_still_sends_packets_talks_on():
    call = Call()
    call.harness.event(CUT)
    assert call.told() == []
    assert call.harness.got("A") == ["EXT_UN_REG.E+"]


@pytest.mark.parametrize("called_in", [True, False])
def test_a_lost_phone_that_is_not_back_in_time_loses_its_customer_to_the_fallback(called_in):
    call = Call(called_in=called_in)
    call.falls_silent()
    lines = call.told()
    assert any("playback:local_stream://moh" in line and call.customer in line for line in lines)
    to_fallback = next(i for i, line in enumerate(lines) if f"carrier/{OTHER_OUTSIDE}" in line)
    assert f"api uuid_kill {call.own_leg} NORMAL_CLEARING" in lines[to_fallback:]
    call.harness.ends(call.own_leg)
    told = call.harness.got("A")
    assert told[0] == "EXT_UN_REG.E+"
    assert told[-1] == "CALLING>FREE PHONE_LOST"
    assert call.customer in call.harness.tenant.legs


def test_a_few_late_packets_do_not_count_as_a_phone_that_talks():
    call = Call()
    call.speaks = False

    def comes_late():
        call.late = 2

    call.harness.now += 1
    call.harness.waits += [comes_late, lambda: None, *call._aside(), call.time_is_up]
    call.harness.event(CUT)
    assert any(OTHER_OUTSIDE in line for line in call.told())


def test_a_phone_that_sends_few_packets_is_not_lost():
    call = Call()
    call.speaks = False

    def comes():
        call.late = 2

    call.harness.waits += [comes, comes, comes]
    call.harness.event(CUT)
    assert call.told() == []


def test_the_agent_of_a_lost_phone_stays_in_the_call():
    call = Call()
    shown = []
    call.falls_silent(lambda: shown.append((call.harness.status("A"), call.harness.got("A"))))
    [(status, told)] = shown
    assert (str(status), told) == ("CALLING", ["EXT_UN_REG.E+"])


def test_a_lost_phone_that_is_heard_again_talks_on():
    call = Call()

    def comes_back():
        call.speaks = True
        call.harness.event(PlaybackStarted(call.own_leg, SILENCE))
        call.harness.event(BACK)

    def joined():
        call.harness.event(LegsBridged(call.own_leg, call.customer))

    call.falls_silent(comes_back, lambda: None, joined)
    lines = call.told()
    assert f"api uuid_bridge {call.own_leg} {call.customer}" in lines
    assert not any("uuid_kill" in line or OTHER_OUTSIDE in line for line in lines)
    assert call.harness.got("A") == ["EXT_UN_REG.E+"]
    assert call.harness.tenant.legs[call.own_leg].call.procedure is None


def test_a_reloaded_page_counts_as_another_phone():
    call = Call()
    call.speaks = False
    call.harness.now += 1
    call.harness.waits += [lambda: None, *call._aside(), call.time_is_up]
    call.harness.event(Registered(A, "", PAGE, "another"))
    assert any(OTHER_OUTSIDE in line for line in call.told())


def test_a_phone_that_registers_again_is_not_checked():
    call = Call()
    call.speaks = False
    call.harness.event(BACK)
    assert call.told() == []


@pytest.mark.parametrize("contact", ["<sip:x@10.0.0.1:5080>", ""])
def test_a_phone_that_did_not_come_by_websocket_may_be_silent(contact):
    call = Call(contact=contact)
    call.speaks = False
    call.harness.event(CUT)
    assert call.told() == []


def test_no_phone_is_lost_where_the_switch_reports_no_packets():
    call = Call()
    call.speaks = False
    call.harness.switch.will("uuid_set_media_stats", NO_SUCH_CHANNEL)
    call.harness.event(CUT)
    assert call.told() == []


def test_the_customer_leaves_while_a_lost_phone_is_awaited():
    call = Call()
    call.falls_silent(lambda: call.harness.ends(call.customer))
    assert f"api uuid_kill {call.own_leg} NORMAL_CLEARING" in call.told()
    call.harness.ends(call.own_leg)
    assert call.harness.got("A")[-2:] == ["CALL.E+", "CALLING>FREE"]
    call.harness.nothing_left()


def test_the_agent_hangs_up_while_its_lost_phone_is_awaited():
    call = Call()

    def hangs_up():
        call.harness.ask("A", "hangup", uuid=call.own_leg)
        call.harness.ends(call.own_leg)

    call.falls_silent(hangs_up)
    assert f"api uuid_kill {call.customer} NORMAL_CLEARING" in call.told()
    call.harness.ends(call.customer)
    call.harness.nothing_left()


def test_the_leg_of_a_lost_phone_ends_while_the_phone_is_awaited():
    call = Call(called_in=True)
    call.falls_silent(lambda: call.harness.ends(call.own_leg, "MEDIA_TIMEOUT"))
    assert any(OTHER_OUTSIDE in line for line in call.told())


def test_a_colleague_of_a_lost_phone_goes_to_no_fallback():
    call = Call()
    call.harness.ends(call.own_leg)
    call.harness.ends(call.customer)
    call.own_leg, call.customer = call.harness.talk("A", "B")
    call.falls_silent()
    lines = call.told()
    assert f"api uuid_kill {call.customer} NORMAL_CLEARING" in lines
    assert not any(OTHER_OUTSIDE in line for line in lines)


def test_no_procedure_can_begin_while_a_lost_phone_is_awaited():
    call = Call()
    codes = []

    def asks():
        for what, fields in (
            ("consult", {"type": "1", "consult_type": "0", "consult_number": B}),
            ("hold", {"hold": "1"}),
        ):
            try:
                call.harness.ask("A", what, uuid=call.own_leg, **fields)
            except BridgeError as error:
                codes.append(error.code)

    call.falls_silent(asks)
    assert codes == ["4103", "4103"]


def test_a_phone_that_holds_may_be_silent_and_is_there_when_it_registers_again():
    call = Call()
    call.harness.event(LegHeld(call.own_leg))
    call.told()
    call.speaks = False
    call.harness.waits += [lambda: None, lambda: call.harness.event(BACK)]
    call.harness.event(CUT)
    assert call.told() == []
    assert not isinstance(call.harness.tenant.legs[call.own_leg].call.procedure, PhoneLoss)


def test_a_restarted_daemon_still_awaits_a_lost_phone():
    call = Call()
    legs = call.harness.tenant.legs
    own_leg, customer = legs[call.own_leg], legs[call.customer]
    own_leg.call.procedure = PhoneLoss(own_leg, customer)
    call.harness.unbridge(call.own_leg, call.customer)
    call.speaks = False
    call.harness.waits += [call.time_is_up, lambda: None]
    call.harness.run(recovery.recover(call.harness.tenant, own_leg.call, {}))
    assert any(OTHER_OUTSIDE in line for line in call.told())
