"""What every act of a supervisor begins with."""

import pytest

from esl_bridge.callflow import supervising
from esl_bridge.domain.call import Call, Kind
from esl_bridge.domain.leg import Leg, Why
from esl_bridge.domain.permits import operable
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
def test_who_may_not_be_operated(office, name, agent_id, extension, error):
    with pytest.raises(BridgeError) as refusal:
        supervising.operated(office.desk, office.agent(name), agent_id, extension)
    assert type(refusal.value) is error


@pytest.mark.parametrize("extension", [None, NAMES["A"]])
def test_who_may_be_operated(office, extension):
    found = supervising.operated(office.desk, office.agent("S"), NAMES["A"], extension)
    assert found is office.agent("A")


def test_in_no_call_there_is_nothing_to_do(office):
    for act in ("eavesdrop", "substitute", "interrupt_call"):
        with pytest.raises(NotInCall):
            operable(act, office.agent("A"))
    near, _ = office.talk("A", OUTSIDE)
    for act in ("eavesdrop", "substitute", "interrupt_call"):
        assert operable(act, office.agent("A")).uuid == near


def test_a_phone_that_cannot_be_called(office):
    supervising.own_phone_is_ready(office.desk, office.agent("S"))
    office.agent("S").registered = False
    with pytest.raises(PhoneNotRegistered):
        supervising.own_phone_is_ready(office.desk, office.agent("S"))
    office.desk.switch_up = False
    with pytest.raises(SwitchUnavailable):
        supervising.own_phone_is_ready(office.desk, office.agent("S"))


def begun(office):
    operated = Leg("operated", Call(contact_id=CONTACT), NAMES["A"], Why.CALL)
    return supervising.begin(office.desk, operated, office.agent("S"), Kind.SUBSTITUTE, "r1").near


def called(office, own):
    office.run(supervising.call_own_phone(office.desk, own, OUTSIDE, dialstring.park()))


def test_the_own_leg_is_in_a_call_of_its_own(office):
    near, _ = office.talk("A", OUTSIDE)
    own = begun(office)
    assert own.call is not office.desk.legs[near].call
    assert own.why is Why.SUBSTITUTE
    called(office, own)
    [line] = office.switch.take()
    assert f"origination_uuid={own.uuid};" in line
    assert f"origination_caller_id_number={OUTSIDE};" in line
    assert line.endswith("'&park()'")
    office.pick_up(own.uuid)
    assert office.got("S") == ["SUBSTITUTE.I", "FREE>RINGING", "RINGING>CALLING"]


def test_what_the_switch_refuses(office):
    own = begun(office)
    office.switch.will("originate", SwitchRefused("-ERR"))
    called(office, own)
    assert office.got("S") == ["SUBSTITUTE.I", "SUBSTITUTE.E- 9999"]
    office.nothing_left()


def test_what_is_called_off_before_its_phone_is_called(office):
    own = begun(office)
    own.ending = Cancelled
    called(office, own)
    assert office.switch.take() == []
    assert office.got("S") == ["SUBSTITUTE.I", "SUBSTITUTE.E- 5207"]
    office.nothing_left()
