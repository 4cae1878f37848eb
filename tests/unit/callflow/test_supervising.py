"""What every act of a supervisor begins with."""

import pytest

from esl_bridge.callflow import originating, supervising
from esl_bridge.domain.allowed_operations import operable
from esl_bridge.domain.call import ActionKind, Call
from esl_bridge.domain.leg import Leg, Origin, Purpose
from esl_bridge.errors import (
    BadField,
    BridgeError,
    Cancelled,
    ForeignExtension,
    NotAllowed,
    NotInCall,
    PhoneNotRegistered,
    SwitchRefused,
    SwitchUnavailable,
    UnknownAgent,
)
from esl_bridge.esl import dialstring
from tests.builders import CONTACT, NAMES, OUTSIDE


@pytest.mark.parametrize(
    ("name", "agent_id", "extension", "error"),
    [
        ("A", "nobody", None, NotAllowed),
        ("S", "nobody", None, UnknownAgent),
        ("S", "90002_20000", "90002_20000", UnknownAgent),
        ("S", NAMES["S"], "90002_20000", BadField),
        ("S", NAMES["A"], NAMES["B"], ForeignExtension),
    ],
)
def test_an_agent_who_may_not_be_operated_is_refused(harness, name, agent_id, extension, error):
    with pytest.raises(BridgeError) as refusal:
        supervising.operated(harness.tenant, harness.agent(name), agent_id, extension)
    assert type(refusal.value) is error


@pytest.mark.parametrize("extension", [None, NAMES["A"]])
def test_an_agent_who_may_be_operated_is_found(harness, extension):
    found = supervising.operated(harness.tenant, harness.agent("S"), NAMES["A"], extension)
    assert found is harness.agent("A")


def test_supervising_an_agent_without_a_call_is_refused(harness):
    for act in ("eavesdrop", "substitute", "interrupt_call"):
        with pytest.raises(NotInCall):
            operable(act, harness.agent("A"))
    near, _ = harness.talk("A", OUTSIDE)
    for act in ("eavesdrop", "substitute", "interrupt_call"):
        assert operable(act, harness.agent("A")).uuid == near


def test_a_supervisor_whose_phone_cannot_be_called_is_refused(harness):
    supervising.own_phone_is_ready(harness.tenant, harness.agent("S"))
    harness.agent("S").registered_at = {}
    with pytest.raises(PhoneNotRegistered):
        supervising.own_phone_is_ready(harness.tenant, harness.agent("S"))
    harness.tenant.switch_up = False
    with pytest.raises(SwitchUnavailable):
        supervising.own_phone_is_ready(harness.tenant, harness.agent("S"))


def begun(harness):
    operated = Leg("operated", Call(contact_id=CONTACT), NAMES["A"], Origin(Purpose.CALL))
    return supervising.begin(
        harness.tenant, operated, harness.agent("S"), ActionKind.SUBSTITUTE, "r1"
    ).near


def called(harness, own_leg):
    then = dialstring.AfterAnswer(dialstring.park())
    harness.run(originating.ring_own_phone(harness.tenant, own_leg, OUTSIDE, lambda: then))


def test_the_leg_of_a_supervisor_is_in_a_call_of_its_own(harness):
    near, _ = harness.talk("A", OUTSIDE)
    own_leg = begun(harness)
    assert own_leg.call is not harness.tenant.legs[near].call
    assert own_leg.origin.purpose is Purpose.SUBSTITUTE
    called(harness, own_leg)
    [line] = harness.switch.take()
    assert f"origination_uuid={own_leg.uuid};" in line
    assert f"origination_caller_id_number={OUTSIDE};" in line
    assert line.endswith("'&park()'")
    harness.pick_up(own_leg.uuid)
    assert harness.got("S") == ["SUBSTITUTE.I", "FREE>RINGING", "RINGING>CALLING"]


def test_monitoring_that_the_switch_refuses_fails(harness):
    own_leg = begun(harness)
    harness.switch.will("originate", SwitchRefused("-ERR"))
    called(harness, own_leg)
    assert harness.got("S") == ["SUBSTITUTE.I", "SUBSTITUTE.E- 9999"]
    harness.nothing_left()


def test_monitoring_cancelled_before_its_phone_is_called_rings_nobody(harness):
    own_leg = begun(harness)
    own_leg.ending = Cancelled
    called(harness, own_leg)
    assert harness.switch.take() == []
    assert harness.got("S") == ["SUBSTITUTE.I", "SUBSTITUTE.E- 5207"]
    harness.nothing_left()
