"""Transfers whose parties leave while the switch is being told of them."""

import pytest

from esl_bridge.domain.company import Skill
from esl_bridge.domain.news import ActionAdvanced
from esl_bridge.domain.states import Status
from esl_bridge.errors import PartyGone, SwitchRefused, SwitchTimedOut, SwitchUnavailable
from esl_bridge.esl.events import PlaybackStarted
from tests.builders import HOLD, NAMES, NO_SUCH_CHANNEL, NUMBER_OF_IVR, OUTSIDE, Office


def transfer(office, leg, to, kind="1"):
    office.ask("A", "trans", uuid=leg, type=kind, trans_type="1", trans_number=NAMES[to])
    return office.agent(to).own


def test_nobody_stays_reserved_for_a_transfer_that_ended_before_its_target_was_called(office):
    near, far = office.talk("A", "B")

    def hangs_up():
        office.ends(near)
        office.ends(far)
        raise SwitchRefused("-ERR No such channel!")

    office.switch.will("uuid_setvar_multi", hangs_up)
    assert transfer(office, near, "D") is None
    office.nothing_left()


def test_an_agent_who_leaves_before_its_ringback_does_not_end_the_transfer(office):
    near, far = office.talk("A", "B")
    office.switch.will("uuid_transfer", "+OK")
    office.switch.will("uuid_transfer", NO_SUCH_CHANNEL)
    target = transfer(office, near, "D")
    assert office.switch.take()[-1].startswith("api bgapi originate")
    office.ends(near)
    assert target.uuid in office.desk.legs and far in office.desk.legs


def test_a_held_customer_hears_its_agent_again_while_the_target_of_type_2_rings(office):
    near, far = office.talk("A", "B")
    office.ask("A", "hold", uuid=near, hold="1")
    office.event(PlaybackStarted(far, HOLD))
    office.forget()
    transfer(office, near, "D", kind="2")
    assert f"api uuid_break {far} all" in office.switch.take()


def test_a_customer_that_is_sent_on_without_its_agent_is_secured_no_longer():
    office = Office(fallback=Office().desk.company.numbers[NUMBER_OF_IVR])
    near, far = office.talk("A", "B")
    target = transfer(office, near, "D")
    office.rings(target.uuid)
    office.ends(near)
    office.forget()
    office.ends(target.uuid, "NO_ANSWER")
    released, sent = office.switch.take()[:2]
    assert released.startswith(
        f"api uuid_setvar_multi {far} park_after_bridge=;park_timeout=;hangup_after_bridge=true"
    )
    assert sent.startswith(f"api uuid_transfer {far} ivr_main")


def test_a_customer_that_talked_on_is_sent_on_once_it_is_parked():
    office = Office(fallback=Office().desk.company.numbers[NUMBER_OF_IVR])
    near, far = office.talk("A", "B")
    target = transfer(office, near, "D", kind="2")
    office.rings(target.uuid)
    office.ends(near)
    office.forget()
    before = []

    def parked():
        before.extend(office.switch.take())
        office.parks(far)

    office.waits.append(parked)
    office.ends(target.uuid, "USER_BUSY")
    assert not [line for line in before if "uuid_transfer" in line]
    heard = office.switch.take()
    assert len([line for line in heard if f"uuid_transfer {far} ivr_main" in line]) == 1
    assert not [line for line in heard if "uuid_kill" in line]


def test_a_customer_that_its_target_is_being_joined_to_is_not_put_aside_any_more(office):
    near, far = office.talk("A", "B")
    target = transfer(office, near, "D", kind="2")

    def agent_leaves():
        office.ends(near)
        office.parks(far)

    office.switch.will("uuid_bridge", agent_leaves)
    office.takes(target.uuid)
    heard = office.switch.take()
    assert f"api uuid_bridge {target.uuid} {far}" in heard
    assert not [line for line in heard if f"uuid_transfer {far}" in line]


def test_who_was_handed_over_may_hold_before_the_agent_has_left(office):
    near, far = office.talk("A", "B")
    target = transfer(office, near, "D")
    office.takes(target.uuid)
    office.bridge(target.uuid, far)
    office.forget()

    def leaves():
        office.ends(near)
        office.event(PlaybackStarted(target.uuid, HOLD))

    office.waits.append(leaves)
    office.ask("B", "hold", uuid=far, hold="1")
    assert "CALLING>CALLING/HOLD" in office.got("B")


def test_a_target_that_is_being_taken_back_joins_nobody_any_more(office):
    near, _ = office.talk("A", "B")
    target = transfer(office, near, "D")
    office.rings(target.uuid)
    office.pick_up(target.uuid)
    office.ask("A", "trans", uuid=near, type="3")
    office.forget()
    office.parks(target.uuid)
    assert not [line for line in office.switch.take() if "uuid_bridge" in line]


def to_a_skill(outcome):
    """A sends a caller to a skill; the switch does so, or does not, and answers like this."""
    office = Office(skills={"1001": Skill()})
    customer = office.caller(answered=True)
    near = office.offered("A")
    office.takes(near)
    office.bridge(near, customer)
    office.forget()
    office.switch.will("uuid_transfer", outcome)
    office.ask("A", "trans", uuid=near, type="1", trans_type="2", trans_number="1001")
    assert office.switch.take() == [f"api uuid_transfer {customer} skill_1001@90001 XML esl_bridge"]
    assert office.got("A")[:3] == ["R", "TRANS.I", "CALLING>CALLING/TRANS"]
    return office, near, customer


@pytest.mark.parametrize("error", [SwitchTimedOut("late"), SwitchUnavailable("lost")], ids=repr)
@pytest.mark.parametrize("seen", ["told", "read back"])
def test_a_customer_who_has_reached_its_place_unheard_stays_there(error, seen):
    office, near, customer = to_a_skill(error)
    office.unbridge(near, customer)
    if seen == "told":
        office.ends(near)
    else:
        office.resync(customer)
    assert office.got("A")[0] == "TRANS.E+"
    assert office.switch.take() == []
    assert customer in office.desk.legs


def test_a_customer_whom_the_switch_would_not_send_stays_with_its_agent():
    office, _, _ = to_a_skill(NO_SUCH_CHANNEL)
    assert office.agent("A").own.call.work is None
    assert office.status("A") is Status.CALLING


def test_who_called_an_agent_that_hands_it_on_has_ended_its_call(office):
    near, far = office.talk("A", "B")
    office.forget()
    office.ask("B", "trans", uuid=far, type="1", trans_type="1", trans_number=NAMES["D"])
    target = office.offered("D")
    office.takes(target)
    office.bridge(target, near)
    office.ends(far)
    assert office.got("A") == ["CALL.E+"]


def test_the_media_asked_for_are_those_of_the_third_leg(office):
    near, _ = office.talk("A", OUTSIDE)
    ask = {"type": "1", "consult_type": "0", "consult_number": NAMES["D"], "video": 3}
    other = office.ask("A", "consult", uuid=near, **ask).consult_uuid
    office.takes(other)
    office.bridge(near, other)
    assert office.last_push("A", ActionAdvanced).media.video == 3


def test_an_agent_whose_leg_could_not_be_ended_is_still_to_be(office):
    near, far = office.talk("A", "B")
    target = transfer(office, near, "D").uuid
    office.takes(target)
    office.switch.will("uuid_kill", SwitchUnavailable("away"))
    office.bridge(target, far)
    assert office.desk.legs[near].ending is PartyGone  # by which the read-back ends it
