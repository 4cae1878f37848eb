"""A supervisor ends a whole call."""

import pytest

from esl_bridge.domain.company import Skill
from esl_bridge.errors import SwitchTimedOut
from esl_bridge.esl.events import QueueEntered, QueueOffered, RoomEntered
from tests.builders import COMPANY, NAMES, NUMBER_OF_IVR, OUTSIDE, Office

OPERATED = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
INTERRUPTED = f"INTERRUPT_CALL:{NAMES['S']}"


def interrupt(office):
    """Everybody whose leg the switch is told to end, in that order."""
    office.forget()
    office.ask("S", "interrupt_call", **OPERATED)
    assert office.got("S") == ["R", "INTERRUPT_CALL.I"]
    heard = [line.split() for line in office.switch.take()]
    assert {words[1] for words in heard} == {"uuid_kill"}
    return [words[2] for words in heard]


def is_over(office, *legs):
    for leg in legs:
        office.ends(leg, "MANAGER_REQUEST")
    assert office.got("S") == ["INTERRUPT_CALL.E+"]
    office.nothing_left()


def begin(office, name, near, **more):
    """A consult, transfer or three-way with D; gives D's leg."""
    fields = {f"{name}_type": "0", f"{name}_number": NAMES["D"]} | more
    office.ask("A", name, uuid=near, **fields)
    return office.offered("D")


def test_7_12_in_a_talk(office):
    near, far = office.talk("A", "B")
    assert interrupt(office) == [near, far]
    is_over(office, near, far)
    assert office.got("A") == ["CALL.E+", f"CALLING>FREE {INTERRUPTED}"]
    assert office.got("B") == [f"CALLING>FREE {INTERRUPTED}"]


def test_one_end_that_has_no_answer_keeps_nobody_else_in_the_call(office):
    near, far = office.talk("A", "B")
    office.switch.will("uuid_kill", SwitchTimedOut("late"))
    assert interrupt(office) == [near, far]
    is_over(office, near, far)


def test_while_the_far_side_rings_or_is_not_called_yet(office):
    near, _ = office.begin_call("A", "B")
    office.pick_up(near)
    interrupt(office)
    is_over(office, near)
    assert office.got("A") == ["CALL.E- 5207", f"CALLING>FREE {INTERRUPTED}"]


@pytest.mark.parametrize("talks", [True, False])
def test_in_a_consult(office, talks):
    near, far = office.talk("A", OUTSIDE)
    third = begin(office, "consult", near, type="1")
    office.rings(third)
    if talks:
        office.takes(third)
        office.bridge(near, third)
    assert set(interrupt(office)) == {near, far, third}
    assert office.got("A") == ["CONSULT.E+" if talks else "CONSULT.E- 5207"]
    is_over(office, far, third, near)
    assert office.got("A") == ["CALL.E+", f"CALLING/CONSULT>FREE {INTERRUPTED}"]
    before = "CALLING/CONSULT" if talks else "RINGING"
    assert office.got("D") == [f"{before}>FREE {INTERRUPTED}"]


def test_in_a_three_way(office):
    near, far = office.talk("A", OUTSIDE)
    third = begin(office, "three_way", near)
    office.takes(third)
    room = office.desk.legs[near].call.work.room
    for leg in (near, far, third):
        office.event(RoomEntered(leg, room))
    assert set(interrupt(office)) == {near, far, third}
    is_over(office, near, far, third)
    assert office.got("A") == ["THREE_WAY.E+", "CALL.E+", f"CALLING/THREE_WAY>FREE {INTERRUPTED}"]


@pytest.mark.parametrize("kind", ["1", "2"])
def test_during_a_transfer_nobody_is_sent_on(kind):
    office = Office(fallback=Office().desk.company.numbers[NUMBER_OF_IVR])
    near, far = office.talk("A", OUTSIDE)
    more = {"type": kind, "trans_type": "1", "trans_number": NAMES["D"]}
    office.ask("A", "trans", uuid=near, **more)
    third = office.offered("D")
    office.rings(third)
    assert set(interrupt(office)) == {near, far, third}
    is_over(office, near, third, far)
    assert office.got("A") == ["TRANS.E- 5207", "CALL.E+", f"CALLING/TRANS>FREE {INTERRUPTED}"]
    assert not [line for line in office.switch.take() if "ivr_main" in line]


def test_a_third_party_that_is_not_called_yet_is_not_called_any_more(office):
    near, far = office.talk("A", OUTSIDE)
    office.switch.will("uuid_setvar_multi", "+OK")
    office.switch.will("uuid_setvar_multi", lambda: office.ask("S", "interrupt_call", **OPERATED))
    third = {"consult_type": "0", "consult_number": NAMES["D"]}
    office.ask("A", "consult", uuid=near, type="1", **third)
    assert not [line for line in office.switch.heard if "originate" in line][1:]
    office.ends(near)
    office.ends(far)
    office.nothing_left()


def test_a_supervisor_that_is_just_taking_a_place_does_not_get_it(office):
    near, far = office.talk("A", OUTSIDE)
    own = office.ask("S", "substitute", **OPERATED).uuid
    office.rings(own)
    office.switch.will("uuid_setvar_multi", lambda: office.ask("S", "interrupt_call", **OPERATED))
    office.forget()
    office.takes(own)
    assert "SUBSTITUTE.E- 5207" in office.got("S")
    heard = office.switch.take()
    assert not [line for line in heard if "uuid_bridge " in line]
    assert {line.split()[2] for line in heard if "uuid_kill" in line} == {near, far, own}
    for leg in (near, far, own):
        office.ends(leg, "MANAGER_REQUEST")
    assert office.got("A") == ["CALL.E+", f"CALLING>FREE {INTERRUPTED}"]
    assert office.got("S") == ["INTERRUPT_CALL.E+", f"CALLING>FREE {INTERRUPTED}"]
    office.nothing_left()


def test_7_13_while_it_rings(office):
    customer = office.caller()
    leg = office.offered("A")
    office.rings(leg)
    assert interrupt(office) == [customer, leg]
    is_over(office, customer, leg)
    assert office.got("A") == [f"RINGING>FREE {INTERRUPTED}"]


def test_an_offer_of_a_queue_ends_with_its_caller_first():
    office = Office(skills={"1001": Skill()})
    office.event(QueueEntered("member", COMPANY, "40010005", OUTSIDE, "", ""))
    office.event(QueueOffered("offer", COMPANY, NAMES["A"], "member", OUTSIDE))
    assert interrupt(office) == ["member"]
    is_over(office, "member", "offer")
    assert office.got("A") == [f"RINGING>FREE {INTERRUPTED}"]


def test_an_own_phone_that_rings(office):
    near, _ = office.begin_call("A", "B")
    office.rings(near)
    interrupt(office)
    is_over(office, near)
    assert office.got("A") == ["CALL.E- 5207", f"RINGING>FREE {INTERRUPTED}"]


def test_nobody_else_may_and_there_must_be_a_call(office):
    office.refused("4102", "B", "interrupt_call", **OPERATED)
    office.refused("4016", "S", "interrupt_call", **OPERATED)
    stranger = {"operated_agent_id": "90002_1", "operated_ext_id": "90002_1"}
    office.refused("4101", "S", "interrupt_call", **stranger)


def test_it_is_over_also_where_the_customer_has_been_handed_over_meanwhile(office):
    near, far = office.talk("A", OUTSIDE)
    third = begin(office, "consult", near, type="1")
    office.takes(third)
    office.bridge(near, third)
    office.ask("A", "consult_to_trans", consult_uuid=third)
    office.switch.will("uuid_kill", lambda: office.bridge(third, far))
    office.ask("S", "interrupt_call", **OPERATED)
    office.got("S")
    is_over(office, near, far, third)


def test_an_agent_that_sends_its_customer_on_at_this_very_moment():
    office = Office()
    near, _ = office.talk("A", OUTSIDE)
    office.ask("S", "interrupt_call", **OPERATED)
    office.ask("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")
    office.ends(near, "MANAGER_REQUEST")
    assert office.got("S") == ["R", "INTERRUPT_CALL.I", "INTERRUPT_CALL.E+"]
