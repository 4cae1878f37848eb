"""A supervisor ends a whole call."""

import pytest

from esl_bridge.domain.company import Skill
from esl_bridge.errors import SwitchTimedOut
from esl_bridge.esl.events import QueueEntered, QueueOffered, RoomEntered
from tests.builders import COMPANY, NAMES, NUMBER_OF_IVR, OUTSIDE, TenantHarness

OPERATED = {"operated_agent_id": NAMES["A"], "operated_ext_id": NAMES["A"]}
INTERRUPTED = f"INTERRUPT_CALL:{NAMES['S']}"


def interrupt(harness):
    """Everybody whose leg the switch is told to end, in that order."""
    harness.forget()
    harness.ask("S", "interrupt_call", **OPERATED)
    assert harness.got("S") == ["R", "INTERRUPT_CALL.I"]
    heard = [line.split() for line in harness.switch.take()]
    assert {words[1] for words in heard} == {"uuid_kill"}
    return [words[2] for words in heard]


def is_over(harness, *legs):
    for leg in legs:
        harness.ends(leg, "MANAGER_REQUEST")
    assert harness.got("S") == ["INTERRUPT_CALL.E+"]
    harness.nothing_left()


def begin(harness, name, near, **more):
    """A consult, transfer or three-way with D; gives D's leg."""
    fields = {f"{name}_type": "0", f"{name}_number": NAMES["D"]} | more
    harness.ask("A", name, uuid=near, **fields)
    return harness.offered("D")


def test_7_12_a_supervisor_interrupts_a_talk(harness):
    near, far = harness.talk("A", "B")
    assert interrupt(harness) == [near, far]
    is_over(harness, near, far)
    assert harness.got("A") == ["CALL.E+", f"CALLING>FREE {INTERRUPTED}"]
    assert harness.got("B") == [f"CALLING>FREE {INTERRUPTED}"]


def test_a_hangup_without_a_reply_does_not_keep_other_legs_of_an_interrupted_call(harness):
    near, far = harness.talk("A", "B")
    harness.switch.will("uuid_kill", SwitchTimedOut("late"))
    assert interrupt(harness) == [near, far]
    is_over(harness, near, far)


def test_a_supervisor_interrupts_while_the_far_side_rings_or_is_not_called_yet(harness):
    near, _ = harness.begin_call("A", "B")
    harness.pick_up(near)
    interrupt(harness)
    is_over(harness, near)
    assert harness.got("A") == ["CALL.E- 5207", f"CALLING>FREE {INTERRUPTED}"]


@pytest.mark.parametrize("talks", [True, False])
def test_a_supervisor_interrupts_a_consult(harness, talks):
    near, far = harness.talk("A", OUTSIDE)
    third = begin(harness, "consult", near, type="1")
    harness.rings(third)
    if talks:
        harness.takes(third)
        harness.bridge(near, third)
    assert set(interrupt(harness)) == {near, far, third}
    assert harness.got("A") == ["CONSULT.E+" if talks else "CONSULT.E- 5207"]
    is_over(harness, far, third, near)
    assert harness.got("A") == ["CALL.E+", f"CALLING/CONSULT>FREE {INTERRUPTED}"]
    before = "CALLING/CONSULT" if talks else "RINGING"
    assert harness.got("D") == [f"{before}>FREE {INTERRUPTED}"]


def test_a_supervisor_interrupts_a_three_way_talk(harness):
    near, far = harness.talk("A", OUTSIDE)
    third = begin(harness, "three_way", near)
    harness.takes(third)
    room = harness.tenant.legs[near].call.procedure.room
    for leg in (near, far, third):
        harness.event(RoomEntered(leg, room))
    assert set(interrupt(harness)) == {near, far, third}
    is_over(harness, near, far, third)
    assert harness.got("A") == ["THREE_WAY.E+", "CALL.E+", f"CALLING/THREE_WAY>FREE {INTERRUPTED}"]


@pytest.mark.parametrize("kind", ["1", "2"])
def test_no_customer_is_rerouted_when_a_transfer_is_interrupted(kind):
    harness = TenantHarness(fallback=TenantHarness().tenant.company.numbers[NUMBER_OF_IVR])
    near, far = harness.talk("A", OUTSIDE)
    more = {"type": kind, "trans_type": "1", "trans_number": NAMES["D"]}
    harness.ask("A", "trans", uuid=near, **more)
    third = harness.offered("D")
    harness.rings(third)
    assert set(interrupt(harness)) == {near, far, third}
    is_over(harness, near, third, far)
    assert harness.got("A") == ["TRANS.E- 5207", "CALL.E+", f"CALLING/TRANS>FREE {INTERRUPTED}"]
    assert not [line for line in harness.switch.take() if "ivr_main" in line]


def test_a_third_party_that_is_not_called_yet_is_not_called_after_the_interrupt(harness):
    near, far = harness.talk("A", OUTSIDE)
    harness.switch.will("uuid_setvar_multi", "+OK")
    harness.switch.will("uuid_setvar_multi", lambda: harness.ask("S", "interrupt_call", **OPERATED))
    third = {"consult_type": "0", "consult_number": NAMES["D"]}
    harness.ask("A", "consult", uuid=near, type="1", **third)
    assert not [line for line in harness.switch.heard if "originate" in line][1:]
    harness.ends(near)
    harness.ends(far)
    harness.nothing_left()


def test_a_supervisor_who_is_taking_over_does_not_get_an_interrupted_call(harness):
    near, far = harness.talk("A", OUTSIDE)
    own_leg = harness.ask("S", "substitute", **OPERATED).uuid
    harness.rings(own_leg)
    harness.switch.will("uuid_setvar_multi", lambda: harness.ask("S", "interrupt_call", **OPERATED))
    harness.forget()
    harness.takes(own_leg)
    assert "SUBSTITUTE.E- 5207" in harness.got("S")
    heard = harness.switch.take()
    assert not [line for line in heard if "uuid_bridge " in line]
    assert {line.split()[2] for line in heard if "uuid_kill" in line} == {near, far, own_leg}
    for leg in (near, far, own_leg):
        harness.ends(leg, "MANAGER_REQUEST")
    assert harness.got("A") == ["CALL.E+", f"CALLING>FREE {INTERRUPTED}"]
    assert harness.got("S") == ["INTERRUPT_CALL.E+", f"CALLING>FREE {INTERRUPTED}"]
    harness.nothing_left()


def test_7_13_a_supervisor_interrupts_while_the_agent_rings(harness):
    customer = harness.caller()
    leg = harness.offered("A")
    harness.rings(leg)
    assert interrupt(harness) == [customer, leg]
    is_over(harness, customer, leg)
    assert harness.got("A") == [f"RINGING>FREE {INTERRUPTED}"]


def test_an_interrupted_offer_of_a_queue_ends_with_its_caller_first():
    harness = TenantHarness(skills={"1001": Skill()})
    harness.event(QueueEntered("member", COMPANY, "40010005", OUTSIDE, "", ""))
    harness.event(QueueOffered("offer", COMPANY, NAMES["A"], "member", OUTSIDE))
    assert interrupt(harness) == ["member"]
    is_over(harness, "member", "offer")
    assert harness.got("A") == [f"RINGING>FREE {INTERRUPTED}"]


def test_a_supervisor_interrupts_while_the_callers_own_phone_rings(harness):
    near, _ = harness.begin_call("A", "B")
    harness.rings(near)
    interrupt(harness)
    is_over(harness, near)
    assert harness.got("A") == ["CALL.E- 5207", f"RINGING>FREE {INTERRUPTED}"]


def test_interrupting_needs_the_role_and_a_call(harness):
    harness.refused("4102", "B", "interrupt_call", **OPERATED)
    harness.refused("4016", "S", "interrupt_call", **OPERATED)
    stranger = {"operated_agent_id": "90002_1", "operated_ext_id": "90002_1"}
    harness.refused("4101", "S", "interrupt_call", **stranger)


def test_an_interrupted_call_ends_although_the_customer_was_transferred_meanwhile(harness):
    near, far = harness.talk("A", OUTSIDE)
    third = begin(harness, "consult", near, type="1")
    harness.takes(third)
    harness.bridge(near, third)
    harness.ask("A", "consult_to_trans", consult_uuid=third)
    harness.switch.will("uuid_kill", lambda: harness.bridge(third, far))
    harness.ask("S", "interrupt_call", **OPERATED)
    harness.got("S")
    is_over(harness, near, far, third)


def test_an_interrupt_ends_a_customer_that_is_transferred_at_this_moment():
    harness = TenantHarness()
    near, _ = harness.talk("A", OUTSIDE)
    harness.ask("S", "interrupt_call", **OPERATED)
    harness.ask("A", "trans", uuid=near, type="1", trans_type="3", trans_number="2001")
    harness.ends(near, "MANAGER_REQUEST")
    assert harness.got("S") == ["R", "INTERRUPT_CALL.I", "INTERRUPT_CALL.E+"]
